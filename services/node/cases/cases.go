// Package cases keeps what belongs to a case and to no consent of it: what it
// is called, the key that all of it is sealed under, and whom it excludes.
//
// Holds: labels, keys and exclusions of cases. May reach: nothing but the
// vault. If compromised: how many cases there are, and whom survivors fear.
package cases

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Config is what cases needs.
type Config struct {
	Agency  posada.AgencyID
	Vault   *vault.Vault
	Members *roster.Current
	Now     func() time.Time
	Random  io.Reader
	// Changed is called after a change that may permit less.
	Changed func()
}

// Cases is the unit.
type Cases struct{ c Config }

// New makes the unit. It has no side effects.
func New(c Config) *Cases { return &Cases{c} }

// Open opens a case in tx and gives it a label nobody chose.
func (c *Cases) Open(tx *vault.Tx, by posada.StaffID) (handoff.Case, error) {
	id, err := posada.NewID[posada.CaseID](c.c.Random)
	if err != nil {
		return handoff.Case{}, err
	}
	f := file{ID: id, Opened: c.c.Now().UTC(), By: by}
	if f.Label, err = newLabel(tx, c.c.Random); err != nil {
		return handoff.Case{}, err
	}
	if f.Key, err = tx.NewKey(); err != nil {
		return handoff.Case{}, err
	}
	if err := put(tx, f); err != nil {
		return handoff.Case{}, err
	}
	return f.known(), c.note(tx, by, audit.CaseOpened, id, "")
}

// Of finds a case by its label. fault.UnknownCase: there is none, or its key
// was destroyed.
func (c *Cases) Of(tx *vault.Tx, label string) (handoff.Case, error) {
	f, err := get(tx, label)
	return f.known(), err
}

// Each calls fn for every case whose key was not destroyed, in no order.
func (c *Cases) Each(tx *vault.Tx, fn func(handoff.Case) error) error {
	return files.Each(tx, func(_ string, f file) error { return fn(f.known()) })
}

// Listed is a case and when it was opened.
type Listed struct {
	handoff.Case
	Opened time.Time
}

// Start opens a case before anything is agreed to: whom she fears is often what
// she says first.
func (c *Cases) Start(by posada.StaffID) (l Listed, err error) {
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		l.Case, err = c.Open(tx, by)
		l.Opened = c.c.Now().UTC()
		return err
	})
	return l, err
}

// List is every case, the newest first.
func (c *Cases) List() (list []Listed, err error) {
	err = c.c.Vault.View(func(tx *vault.Tx) error {
		return files.Each(tx, func(_ string, f file) error {
			list = append(list, Listed{f.known(), f.Opened})
			return nil
		})
	})
	slices.SortFunc(list, func(a, b Listed) int { return b.Opened.Compare(a.Opened) })
	return list, err
}

// Exclude sees to it that an agency never has anything of a case, from now on
// and whatever a record of it allows. What waits to be sent to it is stopped;
// what it was sent before, it has. To take it back is a new case: a click must
// not undo what somebody said in fear.
func (c *Cases) Exclude(by posada.StaffID, label string, agency posada.AgencyID) (l Listed, err error) {
	if agency == c.c.Agency {
		return Listed{}, fault.New(fault.Invalid, fault.ExcludesOurselves)
	}
	if _, err := c.c.Members.Get().Agency(agency); err != nil {
		return Listed{}, fault.New(fault.Invalid, fault.UnknownAgency, "agency", string(agency)).Because(err)
	}
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		f, err := get(tx, label)
		if err != nil {
			return err
		}
		if !slices.Contains(f.Excluded, agency) {
			f.Excluded = append(f.Excluded, agency)
			if err := errors.Join(put(tx, f), c.note(tx, by, audit.CaseExcluded, f.ID, agency)); err != nil {
				return err
			}
		}
		l = Listed{f.known(), f.Opened}
		return nil
	})
	if err != nil {
		return Listed{}, err
	}
	if c.c.Changed != nil {
		c.c.Changed()
	}
	return l, nil
}

func (c *Cases) note(tx *vault.Tx, by posada.StaffID, act audit.Act, id posada.CaseID, peer posada.AgencyID) error {
	return audit.Append(tx, audit.Entry{At: c.c.Now(), By: by, Act: act, Case: id, Peer: peer})
}
