package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/words"
	"github.com/posada-exchange/posada/services/hub"
)

// initCommand makes a hub that no network has yet.
func (c *cli) initCommand() *cobra.Command {
	var operator, address string
	cmd := &cobra.Command{Use: "init FOLDER", Short: c.Text("hub.init.short"), Args: commandline.Between(c.Printer, 1, 1)}
	cmd.Flags().StringVar(&operator, "operator", "", c.Text("hub.init.flag.operator"))
	cmd.Flags().StringVar(&address, "address", "", c.Text("hub.init.flag.address"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if operator == "" || address == "" {
			return commandline.UsageError(c.Text("hub.init.needs"))
		}
		h, err := hub.Create(args[0], operator, address, rand.Reader)
		if errors.Is(err, enrol.ErrMalformed) {
			return commandline.UsageError(c.Text("hub.init.address", "address", address))
		}
		if err != nil {
			return err
		}
		return c.sayHub(args[0], h)
	}
	return cmd
}

// sayHub says what was made, and all of the public file in words.
func (c *cli) sayHub(dir string, h enrol.Hub) error {
	digest, err := h.Digest()
	if err != nil {
		return err
	}
	said, err := words.Write(words.FingerprintOf(digest), words.Language(c.Language()))
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, c.Text("hub.init.made", "dir", dir))
	fmt.Fprintln(c.out, "  "+said)
	_, err = fmt.Fprintln(c.out, c.Text("hub.init.next", "config", filepath.Join(dir, hub.ConfigFile)))
	return err
}
