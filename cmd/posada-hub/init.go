package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/words"
)

// existsError is a file that would be written over.
type existsError string

func (e existsError) Error() string { return string(e) + " is there already" }

// publicFile is what goes to whoever founds the network.
const publicFile = "hub.pub"

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
		if enrol.CheckAddress("tls://"+address) != nil {
			return commandline.UsageError(c.Text("hub.init.address", "address", address))
		}
		return c.initHub(args[0], operator, address)
	}
	return cmd
}

func (c *cli) initHub(dir, operator, address string) error {
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"tls.key", "online.key", "receipt.key", "hub.yaml", publicFile} {
		if !absent(in(name)) {
			return existsError(in(name))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	h, err := newHub(in, operator, "tls://"+address)
	if err != nil {
		return err
	}
	public, err := h.Write()
	if err != nil {
		return err
	}
	digest, err := h.Digest()
	if err != nil {
		return err
	}
	if err := errors.Join(write(in("hub.yaml"), configuration(address)), write(in(publicFile), public)); err != nil {
		return err
	}
	fmt.Fprintln(c.out, c.Text("hub.init.made", "dir", dir))
	fmt.Fprintln(c.out, "  "+c.said(digest))
	_, err = fmt.Fprintln(c.out, c.Text("hub.init.next", "config", in("hub.yaml")))
	return err
}

// newHub makes the three keys, each in a file of its own, and says what others
// need to know of them.
func newHub(in func(string) string, operator, address string) (enrol.Hub, error) {
	h := enrol.Hub{Operator: operator, Address: address}
	seed, err := config.NewSeed(in("tls.key"), rand.Reader)
	if err != nil {
		return h, err
	}
	pin, err := broker.PinOf(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		return h, err
	}
	h.Pins = []roster.Pin{pin}
	for name, to := range map[string]*jose.PublicKey{"online.key": &h.Online, "receipt.key": &h.Receipt} {
		seed, err := config.NewSeed(in(name), rand.Reader)
		if err != nil {
			return h, err
		}
		key, err := jose.KeyFromSeed(seed)
		if err != nil {
			return h, err
		}
		*to = key.Public()
	}
	return h, nil
}

// configuration is hub.yaml: where it listens, and otherwise as in
// deploy/hub.yaml. A hub that others reach listens on every address.
func configuration(address string) []byte {
	listen := "0.0.0.0:" + address[strings.LastIndex(address, ":")+1:]
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().IsLoopback() {
		listen = address
	}
	return fmt.Appendf(nil, "# A hub's configuration; deploy/hub.yaml explains every setting.\nlisten: '%s'\n", listen)
}

func (c *cli) said(digest [sha256.Size]byte) string {
	text, err := words.Write(words.FingerprintOf(digest), words.Language(c.Language()))
	if err != nil {
		return ""
	}
	return text
}

func write(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
