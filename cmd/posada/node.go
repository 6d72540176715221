package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
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
		c.subject = settings.Vault
		parts, err := settings.Load(cmd.Context())
		if err != nil {
			return err
		}
		parts.Clock, parts.Random, parts.Log = time.Now, rand.Reader, obs.NewLog(c.err)
		n := node.New(settings, parts)
		return n.Run(cmd.Context(), func() {
			says := i18n.Key("node.ready")
			if settings.Asks() {
				says = "node.locked"
			}
			fmt.Fprintln(c.out, c.Text(says, "api", "http://"+n.Where().API.String(), "admin", "http://"+n.Where().Admin.String()))
		})
	}
	cmd.AddCommand(c.nodeInit(), c.nodePassphrase())
	return cmd
}

func (c *cli) configCommand() *cobra.Command {
	group := c.group("config", "posada")
	commandline.ConfigCommands(c.Printer, c.env, group, commandline.Configured[node.Config]{
		Defaults: node.Defaults, Read: node.ReadConfig,
		Check: func(ctx context.Context, settings node.Config) error {
			c.subject = settings.Vault
			if _, err := settings.Load(ctx); err != nil {
				return err
			}
			return settings.CheckVault()
		},
	})
	return group
}
