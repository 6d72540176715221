package trust

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Store keeps a client's state: a few named byte strings, none of them secret.
//
//  1. Load returns what was last saved, empty at first.
//  2. Save replaces all of it or nothing, durably when it returns.
//
// Whoever can change the state can roll a node back: it belongs in the vault.
type Store interface {
	Load(ctx context.Context) (map[string][]byte, error)
	Save(ctx context.Context, state map[string][]byte) error
}

// Memory is a Store that lasts as long as the process, for who need not know
// tomorrow what it saw today.
type Memory struct{ state map[string][]byte }

var _ Store = (*Memory)(nil)

// Load returns what was last saved.
func (m *Memory) Load(context.Context) (map[string][]byte, error) { return maps.Clone(m.state), nil }

// Save replaces it.
func (m *Memory) Save(_ context.Context, state map[string][]byte) error {
	m.state = maps.Clone(state)
	return nil
}

// seenName is the state's own entry; every other is a file of the registry: by
// its role, "metadata/roster.json" and "targets/roster.json", what is in force;
// by its name there, "files/metadata/1.root.json", what is kept for a hub that
// loses it.
const seenName = "seen.json"

// seen is what a client remembers beside the files.
type seen struct {
	Pin    string `json:"pin"`
	Ledger ledger `json:"ledger"`
	View   View   `json:"view"`
}

// remembered reads the state; nil at first contact.
func remembered(state map[string][]byte, pin string) (*seen, error) {
	text, known := state[seenName]
	if !known {
		return nil, nil
	}
	var s seen
	if err := jose.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read what was seen: %w", ErrMalformed)
	}
	if s.Pin != pin {
		return nil, fmt.Errorf("what was seen: %w", ErrNetwork)
	}
	return &s, nil
}

// lay writes the state's files where go-tuf looks for them.
func lay(dir string, state map[string][]byte) error {
	for _, sub := range []string{"metadata", "targets"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			return fmt.Errorf("lay out the state: %w", err)
		}
	}
	for name, text := range state {
		if !strings.HasPrefix(name, "metadata/") {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), text, 0o600); err != nil {
			return fmt.Errorf("lay out the state: %w", err)
		}
	}
	return nil
}

// collect reads back what go-tuf kept of some roles.
func collect(dir string, roles []Role) (map[string][]byte, error) {
	state := map[string][]byte{}
	for _, role := range roles {
		name := "metadata/" + role.file()
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("keep the state: %w", err)
		}
		state[name] = text
	}
	return state, nil
}
