package trust

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/roster"
)

// Founding is what a network begins with: its first root and targets, roster
// and policy, with their signatures, as the stewards give them to whoever runs
// the hub. All of it is public. Whether enough stewards signed is for Publish
// to say.
type Founding struct {
	Proposals []Proposal `json:"proposals"`
	// Hub is where the hub is, tls://host:port, for the join code. It is signed
	// by nobody: whoever answers there must show a key that the roster pins.
	Hub string `json:"hub,omitempty"`
	// ThrowAway says that every steward's key was made in one place, as for a
	// demo. Its hub is reached by this machine alone.
	ThrowAway bool `json:"throw_away,omitzero"`

	root   []byte
	roster *roster.Roster
}

// WriteFounding writes the file.
func WriteFounding(proposals ...Proposal) ([]byte, error) {
	return Founding{Proposals: proposals}.Write()
}

// Write writes the file.
func (f Founding) Write() ([]byte, error) {
	text, err := json.Marshal(f, jsontext.Multiline(true))
	if err != nil {
		return nil, fmt.Errorf("write founding: %w", err)
	}
	return text, nil
}

// ReadFounding reads the file: it must have a root and a roster.
func ReadFounding(text []byte) (Founding, error) {
	var f Founding
	if err := json.Unmarshal(text, &f, json.RejectUnknownMembers(true)); err != nil {
		return f, fmt.Errorf("read founding: %w", ErrMalformed)
	}
	for _, p := range f.Proposals {
		role, err := roleOf(p.Document)
		if err != nil {
			return f, fmt.Errorf("read founding: %w", err)
		}
		switch role {
		case RoleRoot:
			f.root = p.Document
		case RoleRoster:
			if f.roster, err = roster.Read(p.Target); err != nil {
				return f, fmt.Errorf("read founding: %w", err)
			}
		}
	}
	if f.root == nil || f.roster == nil {
		return f, fmt.Errorf("read founding: a root or a roster is missing: %w", ErrMalformed)
	}
	return f, nil
}

// Pin is what a join code says of the network.
func (f Founding) Pin() string { return Pin(f.root) }

// Roster is the first roster.
func (f Founding) Roster() *roster.Roster { return f.roster }
