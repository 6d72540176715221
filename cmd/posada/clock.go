package main

import "github.com/spf13/cobra"

func (c *cli) clock() *cobra.Command {
	cmd := c.command("clock", "posada")
	confirm := c.command("confirm", "posada.clock")
	confirm.Args = c.exactly(0)
	confirm.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.ConfirmClock(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			if out.Taken {
				p.say("clock.taken")
				return
			}
			p.say("clock.first")
		})
	}
	cmd.AddCommand(confirm)
	return cmd
}
