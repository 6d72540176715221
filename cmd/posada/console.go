package main

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/services/console"
)

// consoleCommand serves the pages of a node apart from it. In the node's own process
// they are served where its configuration says so.
func (c *cli) consoleCommand() *cobra.Command {
	settings := console.Config{}
	cmd := c.command("console", "posada")
	cmd.Args = c.exactly(0)
	f := cmd.Flags()
	f.StringVar(&settings.Listen, "listen", "127.0.0.1:7060", c.Text("flag.console_listen"))
	f.StringSliceVar(&settings.Names, "name", nil, c.Text("flag.console_name"))
	f.StringVar(&settings.Cert, "cert", "", c.Text("flag.console_cert"))
	f.StringVar(&settings.Key, "key", "", c.Text("flag.console_key"))
	f.StringVar(&settings.Neutral, "neutral", "", c.Text("flag.console_neutral"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings.Node, settings.Now, settings.Random, settings.Log = c.node, time.Now, rand.Reader, obs.NewLog(c.err)
		if err := settings.Check(); err != nil {
			return err
		}
		pages, err := console.New(settings)
		if err != nil {
			return err
		}
		return pages.Run(cmd.Context(), func() {
			fmt.Fprintln(c.out, c.Text("console.ready", "at", pages.At()))
		})
	}
	return cmd
}
