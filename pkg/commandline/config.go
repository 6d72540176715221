package commandline

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// Configured is a program that a configuration of type C is for.
type Configured[C any] struct {
	Defaults func() C
	// Read reads a configuration, with what the environment says over it.
	Read func(path string, env map[string]string) (C, error)
	// Check reads everything a configuration names.
	Check func(context.Context, C) error
}

// ConfigCommands adds check and print to a command.
func ConfigCommands[C any](p i18n.Printer, env map[string]string, group *cobra.Command, of Configured[C]) {
	check := &cobra.Command{Use: "check FILE", Short: p.Text("config.check"), Args: Between(p, 1, 1)}
	check.RunE = func(cmd *cobra.Command, args []string) error {
		settings, err := of.Read(args[0], env)
		if err != nil {
			return err
		}
		if err := of.Check(cmd.Context(), settings); err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), p.Text("config.good", "file", args[0]))
		return err
	}
	show := &cobra.Command{Use: "print [FILE]", Short: p.Text("config.print"), Args: Between(p, 0, 1)}
	show.RunE = func(cmd *cobra.Command, args []string) error {
		settings := of.Defaults()
		if len(args) == 1 {
			var err error
			if settings, err = of.Read(args[0], env); err != nil {
				return err
			}
		}
		return config.Print(cmd.OutOrStdout(), settings)
	}
	group.AddCommand(check, show)
}
