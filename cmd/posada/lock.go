package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
)

func (c *cli) unlock() *cobra.Command {
	var file string
	cmd := c.command("unlock", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&file, "passphrase-file", "", c.Text("flag.passphrase_file"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		passphrase, err := c.passphrase(cmd.Context(), file)
		if err != nil {
			return err
		}
		defer clear(passphrase)
		// Who unlocks is whoever knows the passphrase: there is no token in it.
		out, err := client.New(c.node, "", string(c.Language())).Unlock(cmd.Context(), passphrase)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("lock.unlocked") })
	}
	return cmd
}

func (c *cli) lock() *cobra.Command {
	cmd := c.command("lock", "posada")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.Lock(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("lock.locked") })
	}
	return cmd
}

// passphrase reads it from a file, or from the terminal without showing it. It
// is taken from no argument and no variable: others on the machine see those.
func (c *cli) passphrase(ctx context.Context, file string) ([]byte, error) {
	return c.secretText(ctx, file, c.Text("lock.prompt"))
}

func (c *cli) secretText(ctx context.Context, file, prompt string) ([]byte, error) {
	if file != "" {
		return config.ReadSecret(file)
	}
	terminal, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return nil, commandline.UsageError(c.Text("cli.no_terminal"))
	}
	fmt.Fprint(c.err, prompt+" ")
	defer fmt.Fprintln(c.err)
	text, err := readUnseen(ctx, int(terminal.Fd()))
	return bytes.TrimRight(text, "\r\n"), err
}

// readUnseen reads a line that is not shown. Where ctx ends first the terminal
// shows again what is typed.
func readUnseen(ctx context.Context, terminal int) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, fmt.Errorf("read the terminal: %w", err)
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(terminal)
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return l.text, l.err
	case <-ctx.Done():
		return nil, fmt.Errorf("read the terminal: %w", errors.Join(ctx.Err(), term.Restore(terminal, before)))
	}
}
