package enrol

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Hub is what a network needs to know of its hub.
type Hub struct {
	Operator string         `json:"operator"` // who runs it; grants name it as intermediary
	Address  string         `json:"address"`  // tls://host:port
	Pins     []roster.Pin   `json:"pins"`     // of its TLS key
	Online   jose.PublicKey `json:"online"`   // signs what is newest
	Receipt  jose.PublicKey `json:"receipt"`  // verifies its receipts
}

// Write writes the file.
func (h Hub) Write() ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return write(h)
}

// ReadHub reads the file.
func ReadHub(text []byte) (h Hub, err error) {
	if err := read(text, &h); err != nil {
		return Hub{}, fmt.Errorf("read hub: %w", err)
	}
	return h, h.check()
}

// Digest is of all of it: several keys are said in one line of words.
func (h Hub) Digest() ([sha256.Size]byte, error) {
	text, err := jose.Marshal(h)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("digest of a hub: %w", err)
	}
	return sha256.Sum256(text), nil
}

// CheckAddress refuses what is not where a hub can be: tls://host:port, and
// nothing that a terminal or a configuration could take for more.
func CheckAddress(address string) error {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "tls" || at.Hostname() == "" || at.Port() == "" || address != "tls://"+at.Host || !printable(address) {
		return fmt.Errorf("hub: address: %w", ErrMalformed)
	}
	return nil
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (h Hub) check() error {
	if err := CheckAddress(h.Address); err != nil {
		return err
	}
	if h.Operator == "" || !printable(h.Operator) || len(h.Pins) == 0 || h.Online.ID() == "" || h.Receipt.ID() == "" || h.Online.ID() == h.Receipt.ID() {
		return fmt.Errorf("hub: %w", ErrMalformed)
	}
	return nil
}
