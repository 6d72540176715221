package hub

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Files that Create makes, besides the three keys.
const (
	ConfigFile = "hub.yaml"
	PublicFile = "hub.pub"
)

// ExistsError is a file that would be written over.
type ExistsError string

func (e ExistsError) Error() string { return string(e) + " is there already" }

// Create makes a hub that no network has yet, in a folder: three keys that stay
// there, a configuration, and the public file that a network is founded with.
// address is host:port, where members reach it.
func Create(dir, operator, address string, random io.Reader) (enrol.Hub, error) {
	h := enrol.Hub{Operator: operator, Address: "tls://" + address}
	if err := enrol.CheckAddress(h.Address); err != nil {
		return h, err
	}
	d := Defaults()
	for _, name := range []string{d.TLSKey, d.OnlineKey, d.ReceiptKey, ConfigFile, PublicFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return h, ExistsError(filepath.Join(dir, name))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return h, fmt.Errorf("make a hub: %w", err)
	}
	seed, err := config.NewSeed(filepath.Join(dir, d.TLSKey), random)
	if err != nil {
		return h, err
	}
	pin, err := broker.PinOf(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		return h, err
	}
	h.Pins = []roster.Pin{pin}
	if h.Online, err = newPublic(filepath.Join(dir, d.OnlineKey), random); err != nil {
		return h, err
	}
	if h.Receipt, err = newPublic(filepath.Join(dir, d.ReceiptKey), random); err != nil {
		return h, err
	}
	text, err := h.Write()
	if err != nil {
		return h, err
	}
	return h, errors.Join(
		os.WriteFile(filepath.Join(dir, ConfigFile), listening(address), 0o600),
		os.WriteFile(filepath.Join(dir, PublicFile), text, 0o644),
	)
}

// newPublic makes a key in a file of its own, and gives its public half.
func newPublic(path string, random io.Reader) (jose.PublicKey, error) {
	seed, err := config.NewSeed(path, random)
	if err != nil {
		return jose.PublicKey{}, err
	}
	key, err := jose.KeyFromSeed(seed)
	return key.Public(), err
}

// listening is a configuration that says where the hub listens, and no more. One
// that others reach listens on every address of its machine.
func listening(address string) []byte {
	listen := "0.0.0.0:" + address[strings.LastIndex(address, ":")+1:]
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().IsLoopback() {
		listen = address
	}
	return fmt.Appendf(nil, "# A hub's configuration; deploy/hub.yaml explains every setting.\nlisten: '%s'\n", listen)
}
