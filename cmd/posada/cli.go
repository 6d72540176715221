package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// cli is what all commands share.
type cli struct {
	streams
	i18n.Printer
	env       map[string]string
	node      string
	tokenFile string
	output    commandline.Format
	quiet     bool // nothing is said but the answer
	language  string
	running   bool   // the command line was understood
	subject   string // the file or folder the command is about, for its errors
}

// run runs one command line and gives its exit code.
func run(args, environ []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &cli{streams: s, env: commandline.Environment(environ)}
	c.Printer = commandline.Printer(args, c.env)
	if err := commandline.Spoken(c.Printer, args); err != nil {
		return c.fail(err)
	}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	if err := root.ExecuteContext(ctx); err != nil {
		return c.fail(err)
	}
	return exitOK
}

// root is the command tree.
func (c *cli) root() *cobra.Command {
	root := c.group("posada")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(c.need(), c.placement(), c.offer(), c.hold(), c.capacity())
	root.PersistentPreRunE = func(*cobra.Command, []string) error { c.running = true; return c.checkOutput() }
	f := root.PersistentFlags()
	f.StringVar(&c.node, "node", or(c.env["POSADA_NODE"], "http://127.0.0.1:7070"), c.Text("flag.node"))
	f.StringVar(&c.tokenFile, "token-file", c.env["POSADA_TOKEN_FILE"], c.Text("flag.token_file"))
	f.StringVarP((*string)(&c.output), "output", "o", string(commandline.Table), c.Text("flag.output"))
	f.BoolVarP(&c.quiet, "quiet", "q", false, c.Text("flag.quiet"))
	f.StringVar(&c.language, "lang", string(c.Language()), c.Text("flag.lang"))
	root.AddCommand(c.cases(), c.consent(), c.referral(), c.withdraw(), c.imports(), c.staff(), c.token(), c.account(), c.webhook(), c.status(), c.doctor(), c.unlock(), c.lock(), c.clock(), c.words(), c.directory(), c.policy(), c.duty(), c.demo(), c.nodeCommand(), c.consoleCommand(), c.join(), c.network(), c.stewardCommand(), c.configCommand(), c.manual(), c.torture())
	commandline.Localise(c.Printer, root)
	return root
}

// command makes a command whose texts are cmd.<path>.short, .long and
// .example.
func (c *cli) command(use string, path ...string) *cobra.Command {
	key := "cmd." + strings.Join(append(path, strings.Fields(use)[0]), ".")
	cmd := &cobra.Command{Use: use, Short: c.Text(i18n.Key(key + ".short"))}
	if text := c.Text(i18n.Key(key + ".long")); text != key+".long" {
		cmd.Long = text
	}
	if text := c.Text(i18n.Key(key + ".example")); text != key+".example" {
		cmd.Example = "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
	}
	return cmd
}

// group is a command that only holds others: alone it shows its help, and an
// unknown word below it is an error.
func (c *cli) group(use string, path ...string) *cobra.Command {
	cmd := c.command(use, path...)
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// exactly wants so many words after a command.
func (c *cli) exactly(want int) cobra.PositionalArgs {
	return commandline.Between(c.Printer, want, want)
}

// ask makes a client of the node for whoever runs the command.
func (c *cli) ask() (*client.Client, error) {
	if c.tokenFile == "" {
		return nil, errNoToken
	}
	token, err := config.ReadSecret(c.tokenFile)
	if err != nil {
		return nil, err
	}
	return client.New(c.node, string(token), string(c.Language())), nil
}

func (c *cli) checkOutput() error {
	if !c.output.Known() {
		return commandline.UsageError(c.Text("cli.output"))
	}
	return nil
}

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
