package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/services/hub"
)

// Exit codes.
const (
	exitOK         = 0
	exitUnexpected = 1
	exitUsage      = 2 // the command or the configuration is wrong
)

type cli struct {
	i18n.Printer
	env      map[string]string
	out, err io.Writer
	running  bool
}

func run(args, environ []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &cli{env: commandline.Environment(environ), out: out, err: errOut}
	c.Printer = commandline.Printer(args, c.env)
	root := c.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(errOut, c.Text("hub.failed", "what", err.Error()))
		if errors.Is(err, config.ErrConfig) || !c.running {
			return exitUsage
		}
		return exitUnexpected
	}
	return exitOK
}

func (c *cli) root() *cobra.Command {
	var file, language string
	root := &cobra.Command{
		Use: "posada-hub", Short: c.Text("hub.short"), Long: c.Text("hub.long"), Args: cobra.NoArgs,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRun: func(*cobra.Command, []string) { c.running = true },
	}
	root.Flags().StringVar(&file, "config", "hub.yaml", c.Text("hub.flag.config"))
	root.PersistentFlags().StringVar(&language, "lang", string(c.Language()), c.Text("flag.lang"))
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, err := hub.ReadConfig(file, c.env)
		if err != nil {
			return err
		}
		parts, err := settings.Load(cmd.Context())
		if err != nil {
			return err
		}
		parts.Log = obs.NewLog(c.err)
		h := hub.New(settings, parts)
		return h.Run(cmd.Context(), func() {
			fmt.Fprintln(c.out, c.Text("hub.ready", "bus", h.Where().Bus, "admin", "http://"+h.Where().Admin.String()))
		})
	}
	root.AddCommand(c.configCommand())
	commandline.Localise(c.Printer, root)
	return root
}

func (c *cli) configCommand() *cobra.Command {
	group := &cobra.Command{Use: "config", Short: c.Text("hub.config.short"), Args: cobra.NoArgs}
	group.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	group.AddCommand(&cobra.Command{
		Use: "check FILE", Short: c.Text("hub.config.check.short"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, err := hub.ReadConfig(args[0], c.env)
			if err != nil {
				return err
			}
			if _, err := settings.Load(cmd.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, c.Text("config.good", "file", args[0]))
			return err
		},
	}, &cobra.Command{
		Use: "print [FILE]", Short: c.Text("hub.config.print.short"), Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			settings := hub.Defaults()
			if len(args) == 1 {
				var err error
				if settings, err = hub.ReadConfig(args[0], c.env); err != nil {
					return err
				}
			}
			return config.Print(c.out, settings)
		},
	})
	return group
}
