// Package staff knows the people of an agency: who they are, what they may do,
// and how they show it.
//
// Holds: names and roles of staff; hashes of their tokens, sessions and recovery codes;
// their stretched passphrases, and the secrets their apps make codes from. May reach:
// nothing but the vault. If compromised: who works here, and codes as they show them; no
// token can be made from its hash, and no passphrase from what it was stretched to but
// by guessing.
package staff

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Roles are what one person does at her agency: at a small one, several things.
type Roles = posada.Set[posada.StaffRole]

// Member is a member of staff. One who was disabled stays on record, for the
// audit names her, and can show nothing.
type Member struct {
	ID       posada.StaffID `json:"id"`
	Name     string         `json:"name"`
	Roles    Roles          `json:"roles"`
	Added    time.Time      `json:"added"`
	Disabled time.Time      `json:"disabled,omitzero"` // zero: she works here
}

// Asker is how the units of the node are told of her.
func (m Member) Asker() handoff.Asker { return handoff.Asker{ID: m.ID, Roles: m.Roles} }

// people are kept under their identifiers.
var people = vault.Table[Member]{Name: "people", Version: 1}

// Staff is the unit.
type Staff struct {
	vault  *vault.Vault
	random io.Reader
	now    func() time.Time

	stretching chan struct{} // has room for those who stretch a passphrase
	memory     uint32        // stretchMemory
	slow       *slow

	mu   sync.Mutex
	used map[string]time.Time // when sessions were used, by their hashes
}

// New makes the unit. It has no side effects.
func New(v *vault.Vault, random io.Reader, now func() time.Time) *Staff {
	return &Staff{
		vault: v, random: random, now: now,
		stretching: make(chan struct{}, stretchAtOnce), memory: stretchMemory, slow: newSlow(), used: map[string]time.Time{},
	}
}

// Add adds a person and gives the token she shows herself with. It is shown
// this once. by is empty for the first one, whom nobody was there to add. The
// name is one nobody has who works here.
func (s *Staff) Add(by posada.StaffID, name string, roles Roles) (m Member, token string, err error) {
	id, err := posada.NewID[posada.StaffID](s.random)
	if err != nil {
		return Member{}, "", err
	}
	drawn, token, err := s.draw()
	if err != nil {
		return Member{}, "", err
	}
	m = Member{ID: id, Name: strings.Join(strings.Fields(name), " "), Roles: roles, Added: s.now().UTC()}
	if m.Name == "" || roles.Empty() {
		return Member{}, "", fault.New(fault.Invalid, fault.StaffIncomplete)
	}
	err = s.vault.Update(func(tx *vault.Tx) error {
		if err := free(tx, m.Name); err != nil {
			return err
		}
		return errors.Join(people.Put(tx, string(id), vault.KeyID{}, m), s.keep(tx, id, drawn, token), s.note(tx, by, audit.StaffAdded, id))
	})
	if err != nil {
		return Member{}, "", err
	}
	return m, token, nil
}

// free refuses a name that somebody has who works here, whatever its capitals:
// two people who are called alike could not be told apart.
func free(tx *vault.Tx, name string) error {
	return people.Each(tx, func(_ string, m Member) error {
		if m.Disabled.IsZero() && strings.EqualFold(m.Name, name) {
			return fault.New(fault.Conflict, fault.StaffNameTaken)
		}
		return nil
	})
}

// List is everybody, also who was disabled, by name.
func (s *Staff) List() (list []Member, err error) {
	err = s.vault.View(func(tx *vault.Tx) error {
		return people.Each(tx, func(_ string, m Member) error { list = append(list, m); return nil })
	})
	slices.SortFunc(list, func(a, b Member) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), a.Added.Compare(b.Added), strings.Compare(string(a.ID), string(b.ID)))
	})
	return list, err
}

// SetRoles says anew what a person does. What she asks from then on is answered
// by it.
func (s *Staff) SetRoles(by, id posada.StaffID, roles Roles) (Member, error) {
	if roles.Empty() {
		return Member{}, fault.New(fault.Invalid, fault.StaffIncomplete)
	}
	return s.change(by, id, audit.StaffRoles, func(_ *vault.Tx, m *Member) error {
		m.Roles = roles
		return nil
	})
}

// Disable ends what a person can do here: her tokens, account and sessions are gone when
// it returns. It cannot be undone; who comes back is added again.
func (s *Staff) Disable(by, id posada.StaffID) (Member, error) {
	return s.change(by, id, audit.StaffDisabled, func(tx *vault.Tx, m *Member) error {
		m.Disabled = s.now().UTC()
		return errors.Join(forget(tx, func(t Token) bool { return t.Of == id }), endSignedIn(tx, id))
	})
}

// change changes somebody who works here.
func (s *Staff) change(by, id posada.StaffID, act audit.Act, how func(*vault.Tx, *Member) error) (m Member, err error) {
	err = s.administered(func(tx *vault.Tx) error {
		if m, err = working(tx, id); err != nil {
			return err
		}
		if err := how(tx, &m); err != nil {
			return err
		}
		return errors.Join(people.Put(tx, string(id), vault.KeyID{}, m), s.note(tx, by, act, id))
	})
	if err != nil {
		return Member{}, err
	}
	return m, nil
}

// administered changes something and leaves the agency somebody who administers
// it and has a token or an account to show it with, or nobody could ever change anything
// again. Where there was none before, there need be none after.
func (s *Staff) administered(change func(*vault.Tx) error) error {
	return s.vault.Update(func(tx *vault.Tx) error {
		before, err := administrators(tx)
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		after, err := administrators(tx)
		if err == nil && before > 0 && after == 0 {
			return fault.New(fault.Conflict, fault.LastAdmin)
		}
		return err
	})
}

// administrators counts those who can be asked to change something.
func administrators(tx *vault.Tx) (count int, err error) {
	shows := map[posada.StaffID]bool{}
	if err := errors.Join(
		tokens.Each(tx, func(_ string, t Token) error { shows[t.Of] = shows[t.Of] || t.Scopes.Empty(); return nil }),
		accounts.Each(tx, func(id string, _ account) error { shows[posada.StaffID(id)] = true; return nil }),
	); err != nil {
		return 0, err
	}
	return count, people.Each(tx, func(_ string, m Member) error {
		if m.Disabled.IsZero() && m.Asker().Administers() && shows[m.ID] {
			count++
		}
		return nil
	})
}

// working finds somebody who works here.
func working(tx *vault.Tx, id posada.StaffID) (Member, error) {
	m, err := people.Get(tx, string(id))
	if vault.Gone(err) {
		return Member{}, fault.New(fault.Withheld, fault.NothingThere).Because(err)
	}
	if err == nil && !m.Disabled.IsZero() {
		return Member{}, fault.New(fault.Conflict, fault.StaffIsDisabled)
	}
	return m, err
}

func (s *Staff) note(tx *vault.Tx, by posada.StaffID, act audit.Act, whom posada.StaffID) error {
	return audit.Append(tx, audit.Entry{At: s.now(), By: by, Act: act, Staff: whom})
}
