package main

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/services/node"
)

func (c *cli) nodeCommand() *cobra.Command {
	var file string
	cmd := c.command("node", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&file, "config", "node.yaml", c.Text("flag.config"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, err := node.ReadConfig(file, c.env)
		if err != nil {
			return err
		}
		parts, err := settings.Load(cmd.Context())
		if err != nil {
			return err
		}
		parts.Clock, parts.Random, parts.Log = time.Now, rand.Reader, obs.NewLog(c.err)
		n := node.New(settings, parts)
		return n.Run(cmd.Context(), func() {
			fmt.Fprintln(c.out, c.Text("node.ready", "api", "http://"+n.Where().API.String(), "admin", "http://"+n.Where().Admin.String()))
		})
	}
	return cmd
}

func (c *cli) configCommand() *cobra.Command {
	group := c.group("config", "posada")
	group.AddCommand(c.configCheck(), c.configPrint())
	return group
}

func (c *cli) configCheck() *cobra.Command {
	cmd := c.command("check FILE", "posada", "config")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		settings, err := node.ReadConfig(args[0], c.env)
		if err != nil {
			return err
		}
		if _, err := settings.Load(cmd.Context()); err != nil {
			return err
		}
		fmt.Fprintln(c.out, c.Text("config.good", "file", args[0]))
		return nil
	}
	return cmd
}

func (c *cli) configPrint() *cobra.Command {
	cmd := c.command("print [FILE]", "posada", "config")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		settings := node.Defaults()
		if len(args) == 1 {
			var err error
			if settings, err = node.ReadConfig(args[0], c.env); err != nil {
				return err
			}
		}
		return config.Print(c.out, settings)
	}
	return cmd
}
