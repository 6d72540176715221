package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/hub"
)

// keyCommand makes the hub's keys. Each command makes its file where there is
// none, and says what others need to know of it: asked again it says the same.
func (c *cli) keyCommand() *cobra.Command {
	group := &cobra.Command{Use: "key", Short: c.Text("hub.key.short"), Args: commandline.Between(c.Printer, 0, 0)}
	group.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	tls := &cobra.Command{Use: "tls FILE", Short: c.Text("hub.key.tls.short"), Args: commandline.Between(c.Printer, 1, 1)}
	tls.RunE = func(_ *cobra.Command, args []string) error { return c.tlsKey(args[0]) }
	group.AddCommand(tls)
	for _, name := range hub.Apart() {
		service := &cobra.Command{Use: name + " FILE", Short: c.Text(i18n.Key("hub.key." + name + ".short")), Args: commandline.Between(c.Printer, 1, 1)}
		service.RunE = func(_ *cobra.Command, args []string) error { return c.serviceKeys(name, args[0]) }
		group.AddCommand(service)
	}
	return group
}

func absent(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func (c *cli) tlsKey(path string) error {
	if absent(path) {
		if _, err := config.NewSeed(path, rand.Reader); err != nil {
			return err
		}
	}
	seed, err := config.ReadSeed(path)
	if err != nil {
		return err
	}
	pin, err := broker.PinOf(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, pin)
	return err
}

func (c *cli) serviceKeys(name, path string) error {
	if absent(path) {
		made, err := hub.NewServiceKeys(name)
		if err != nil {
			return err
		}
		if err := config.WriteSecret(path, made.Text()); err != nil {
			return err
		}
	}
	keys, err := hub.ReadServiceKeys(path, name)
	if err != nil {
		return err
	}
	public, err := keys.Public()
	if err != nil {
		return err
	}
	_, err = c.out.Write(public.Text())
	return err
}
