package trust

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Anchor is what must be known of a network before anybody has been asked: the
// first root, by its digest, and where the hub is. It comes from a person, in a
// join code or a file; everything else is verified from it. None of it is
// secret: whoever has it can find the hub, and is let on by nobody.
//
// Whoever can change it on its way can show the joiner another network. So the
// joiner's and the coordinator's words for it are compared by voice.
type Anchor struct {
	Network posada.NetworkID `json:"network"`
	Root    string           `json:"root"` // Pin of the first root
	Hub     string           `json:"hub"`  // tls://host:port
	Pins    []roster.Pin     `json:"pins"` // of the hub's TLS key, when this was written
	// Practice says that nothing in the network is real, so that whoever joins
	// is told before anything else. What counts is what the root says.
	Practice bool `json:"practice,omitzero"`
}

// WriteAnchor writes the file.
func WriteAnchor(a Anchor) ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(a, jsontext.Multiline(true))
	if err != nil {
		return nil, fmt.Errorf("write anchor: %w", err)
	}
	return append(text, '\n'), nil
}

// ReadAnchor reads the file.
func ReadAnchor(text []byte) (Anchor, error) {
	var a Anchor
	if err := json.Unmarshal(text, &a, json.RejectUnknownMembers(true)); err != nil {
		return Anchor{}, fmt.Errorf("read anchor: %w", ErrMalformed)
	}
	return a, a.check()
}

// codeBegins is what a join code begins with, so that a person sees what it is
// and a later form can differ.
const codeBegins = "posada1-"

// Code is the anchor as one word that can be sent and pasted.
func (a Anchor) Code() (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("write join code: %w", err)
	}
	return codeBegins + base64.RawURLEncoding.EncodeToString(text), nil
}

// ReadCode reads a join code. Space around and within it does not count: it may
// have come by mail.
func ReadCode(code string) (Anchor, error) {
	body, ours := strings.CutPrefix(strings.Join(strings.Fields(code), ""), codeBegins)
	text, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if !ours || err != nil {
		return Anchor{}, fmt.Errorf("read join code: %w", ErrMalformed)
	}
	return ReadAnchor(text)
}

// Roster is that of a network nobody has been asked about.
func (a Anchor) Roster() (*roster.Roster, error) { return roster.Nobody(a.Network, a.Pins...) }

func (a Anchor) check() error {
	if root, err := hex.DecodeString(a.Root); err != nil || len(root) != 32 || a.Network == "" || a.Hub == "" {
		return fmt.Errorf("anchor: %w", ErrMalformed)
	}
	if _, err := a.Roster(); err != nil {
		return fmt.Errorf("anchor: %w", ErrMalformed)
	}
	return nil
}
