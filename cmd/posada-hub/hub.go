package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
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
	running  bool // the command line was understood
}

func run(args, environ []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &cli{env: commandline.Environment(environ), out: out, err: errOut}
	c.Printer = commandline.Printer(args, c.env)
	if err := commandline.Spoken(c.Printer, args); err != nil {
		return c.fail(err)
	}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	if err := root.ExecuteContext(ctx); err != nil {
		return c.fail(err)
	}
	return exitOK
}

func (c *cli) root() *cobra.Command {
	var file, language string
	root := &cobra.Command{
		Use: "posada-hub", Short: c.Text("hub.short"), Long: c.Text("hub.long"), Args: commandline.Between(c.Printer, 0, 0),
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRun: func(*cobra.Command, []string) { c.running = true },
	}
	root.Flags().StringVar(&file, "config", "hub.yaml", c.Text("hub.flag.config"))
	var services, nats string
	root.Flags().StringVar(&services, "run", "", c.Text("hub.flag.run"))
	root.Flags().StringVar(&nats, "nats", "", c.Text("hub.flag.nats"))
	root.PersistentFlags().StringVar(&language, "lang", string(c.Language()), c.Text("flag.lang"))
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, err := hub.ReadConfig(file, c.asked(services, nats))
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
	group := &cobra.Command{Use: "config", Short: c.Text("hub.config.short"), Args: commandline.Between(c.Printer, 0, 0)}
	group.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	commandline.ConfigCommands(c.Printer, c.env, group, commandline.Configured[hub.Config]{
		Defaults: hub.Defaults, Read: hub.ReadConfig,
		Check: func(ctx context.Context, settings hub.Config) error {
			_, err := settings.Load(ctx)
			return err
		},
	})
	root.AddCommand(group, c.keyCommand(), c.initCommand())
	commandline.Localise(c.Printer, root)
	return root
}

// asked is the environment with what the command line says over it.
func (c *cli) asked(services, nats string) map[string]string {
	env := maps.Clone(c.env)
	for name, value := range map[string]string{"RUN": services, "NATS": nats} {
		if value != "" {
			env[config.PrefixHub+name] = value
		}
	}
	return env
}

// fail says what happened, what was kept and what to do next, and gives the
// exit code.
func (c *cli) fail(err error) int {
	if e, ok := errors.AsType[hub.ExistsError](err); ok {
		c.sayKey("hub.exists", "what", string(e))
		return exitUsage
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		c.sayKey("hub.address_in_use")
		return exitUsage
	}
	if what, ok := commandline.File(c.Printer, err); ok {
		c.sayKey("hub.file", "what", what)
		return exitUsage
	}
	if _, ok := errors.AsType[commandline.UsageError](err); ok || !c.running {
		c.sayKey("hub.usage", "what", err.Error())
		return exitUsage
	}
	c.sayKey("hub.failed", "what", err.Error())
	return exitUnexpected
}

func (c *cli) sayKey(key string, args ...any) { commandline.SayKey(c.err, c.Printer, key, args...) }
