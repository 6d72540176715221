package main

import "github.com/spf13/cobra"

func (c *cli) policy() *cobra.Command {
	group := c.group("policy", "posada")
	group.AddCommand(c.policyExplain(), c.policyReplay(), c.policyAgency())
	return group
}
