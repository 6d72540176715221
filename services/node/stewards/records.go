package stewards

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// decided is what runs of what stewards decided, and who runs more.
type decided struct {
	Roster     trust.Activation                   `json:"roster"`
	RosterText []byte                             `json:"roster_text"` // roster.Write, of what runs
	Policy     trust.Activation                   `json:"policy"`
	PolicyText []byte                             `json:"policy_text"` // as signed, of what runs
	Claims     map[posada.AgencyID]trust.Versions `json:"claims"`
}

// file is one of the registry's, as a client keeps it.
type file struct {
	Text []byte `json:"text"`
}

var (
	decidedTable = vault.Table[decided]{Name: "decided", Version: 1}
	clockTable   = vault.Table[trust.ClockState]{Name: "clock", Version: 1}
	fileTable    = vault.Table[file]{Name: "trust", Version: 1}
)

const only = "this" // the one name in a table of one record

// ReadClock is what the trusted clock left at its last run; zero at first.
func ReadClock(v *vault.Vault) (state trust.ClockState, err error) {
	return state, v.View(func(tx *vault.Tx) (err error) {
		state, err = optional(clockTable.Get(tx, only))
		return err
	})
}

func readDecided(v *vault.Vault) (d decided, err error) {
	return d, v.View(func(tx *vault.Tx) (err error) {
		d, err = optional(decidedTable.Get(tx, only))
		return err
	})
}

// optional takes a record that is not there for its zero value.
func optional[R any](record R, err error) (R, error) {
	if errors.Is(err, vault.ErrNotFound) {
		var none R
		return none, nil
	}
	return record, err
}

func (d decided) write(v *vault.Vault) error {
	return v.Update(func(tx *vault.Tx) error { return decidedTable.Put(tx, only, vault.KeyID{}, d) })
}

// same compares everything that is written down.
func (d decided) same(o decided) bool {
	return d.Roster == o.Roster && d.Policy == o.Policy && maps.Equal(d.Claims, o.Claims)
}

// without is d without what one agency claims. d stays as it is.
func (d decided) without(from posada.AgencyID) decided {
	d.Claims = maps.Clone(d.Claims)
	delete(d.Claims, from)
	return d
}

// with is d with what an agency claims. d stays as it is.
func (d decided) with(from posada.AgencyID, v trust.Versions) decided {
	claims := map[posada.AgencyID]trust.Versions{}
	maps.Copy(claims, d.Claims)
	claims[from] = v
	d.Claims = claims
	return d
}

// keepEvery is how much time may pass that the next start can be told again.
const keepEvery = time.Minute

// keepClock writes down how late it is, where that is worth a transaction.
func (s *Stewards) keepClock() error {
	state := s.c.Clock.State()
	s.mu.Lock()
	last := s.kept
	s.mu.Unlock()
	if state.Agreed.Equal(last.Agreed) && state.Low.Sub(last.Low) < keepEvery {
		return nil
	}
	err := s.c.Vault.Update(func(tx *vault.Tx) error { return clockTable.Put(tx, only, vault.KeyID{}, state) })
	if err != nil {
		return fmt.Errorf("keep the time: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = state
	return nil
}

// store keeps a client's state in the vault, a record a file.
type store struct{ v *vault.Vault }

var _ trust.Store = store{}

// Load returns what was last saved.
func (s store) Load(context.Context) (state map[string][]byte, err error) {
	state = map[string][]byte{}
	return state, s.v.View(func(tx *vault.Tx) error {
		return fileTable.Each(tx, func(name string, f file) error { state[name] = f.Text; return nil })
	})
}

// Save replaces it in one transaction.
func (s store) Save(_ context.Context, state map[string][]byte) error {
	return s.v.Update(func(tx *vault.Tx) error {
		before := map[string][]byte{}
		if err := fileTable.Each(tx, func(name string, f file) error { before[name] = f.Text; return nil }); err != nil {
			return err
		}
		for name := range before {
			if _, kept := state[name]; !kept {
				if err := fileTable.Delete(tx, name); err != nil {
					return err
				}
			}
		}
		for name, text := range state {
			if old, known := before[name]; known && string(old) == string(text) {
				continue
			}
			if err := fileTable.Put(tx, name, vault.KeyID{}, file{text}); err != nil {
				return err
			}
		}
		return nil
	})
}
