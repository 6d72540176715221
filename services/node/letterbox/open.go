package letterbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Answer is how a request was answered: its HTTP status and, where it was
// refused, the fault's code and key.
type Answer struct {
	Status int
	Code   string
	Key    string
}

// Outcome is what became of a letter.
type Outcome struct {
	At   time.Time `json:"at"`
	Code string    `json:"code,omitempty"` // empty: carried out
	Key  string    `json:"key,omitempty"`
}

// Damaged is the code of a letter that did not open.
const Damaged = "damaged"

// tries is how often a letter is carried out that the node itself could not.
const tries = 3

type identity struct {
	Secret string `json:"secret"`
}

// begun is a letter on which work began.
type begun struct {
	Entries uint64 `json:"entries"` // of the audit, before
	Pending bool   `json:"pending"` // how it went was not written down
	Tries   int    `json:"tries"`
}

var (
	identities = vault.Table[identity]{Name: "letterbox", Version: 1}
	begunTable = vault.Table[begun]{Name: "letters begun", Version: 1}
	doneTable  = vault.Table[Outcome]{Name: "letters done", Version: 1} // by id, for good: a letter that comes back is known
)

const ownName = "own"

// Opened is a box whose vault is open.
type Opened struct {
	box   *Box
	vault *vault.Vault
	key   seal.Identity
	seen  map[string]bool // letters that had their turn
}

// Open finds the box's key in the vault, or makes one, and lays its public half
// beside the vault. ErrOtherKey: another lay there; it is ours again.
func (b *Box) Open(v *vault.Vault) (*Opened, error) {
	o := &Opened{box: b, vault: v, seen: map[string]bool{}}
	var kept identity
	err := v.View(func(tx *vault.Tx) (err error) { kept, err = identities.Get(tx, ownName); return err })
	switch {
	case errors.Is(err, vault.ErrNotFound):
		if o.key, err = seal.GenerateIdentity(); err != nil {
			return nil, err
		}
		err = v.Update(func(tx *vault.Tx) error {
			return identities.Put(tx, ownName, vault.KeyID{}, identity{o.key.Secret()})
		})
	case err == nil:
		o.key, err = seal.ParseIdentity(kept.Secret)
	}
	if err != nil {
		return nil, fmt.Errorf("letterbox: %w", err)
	}
	return o, o.lay()
}

// lay puts the public half where Put finds it.
func (o *Opened) lay() error {
	if err := os.MkdirAll(o.box.dir, 0o700); err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	path := filepath.Join(o.box.dir, keyFile)
	there, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(there)) == o.key.Recipient() {
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("letterbox: %w", err)
	}
	replaced := err == nil
	if err := vault.WriteDurably(path, []byte(o.key.Recipient()+"\n")); err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	if replaced {
		return ErrOtherKey
	}
	return nil
}

// Deliver has every letter carried out that had no turn yet, in order. Nobody
// else may act for staff meanwhile.
func (o *Opened) Deliver(ctx context.Context, carryOut func(context.Context, Request) Answer) error {
	if err := o.resolve(); err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	names, err := o.box.list()
	if err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	for _, name := range names {
		if o.seen[name] {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o.seen[name] = true
		if err := o.deliver(ctx, filepath.Join(o.box.dir, name), carryOut); err != nil {
			return fmt.Errorf("letterbox: %w", err)
		}
		if _, err := os.Lstat(filepath.Join(o.box.dir, name)); errors.Is(err, os.ErrNotExist) {
			delete(o.seen, name) // the next letter may have its number
		}
	}
	return nil
}

// resolve finds out of letters that were under way when the process died
// whether they were carried out. It goes before anything else is done: after
// that the audit would no longer tell.
func (o *Opened) resolve() error {
	return o.vault.Update(func(tx *vault.Tx) error {
		pending := map[string]begun{}
		err := begunTable.Each(tx, func(id string, b begun) error {
			if b.Pending {
				pending[id] = b
			}
			return nil
		})
		if err != nil {
			return err
		}
		for id, b := range pending {
			acted, err := staffActed(tx, b.Entries)
			if err != nil {
				return err
			}
			if acted {
				err = o.finish(tx, id, Outcome{At: o.box.now()})
			} else {
				b.Pending = false
				err = begunTable.Put(tx, id, vault.KeyID{}, b)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// staffActed reports whether staff did, since the audit had so many entries,
// what a letter may ask for.
func staffActed(tx *vault.Tx, entries uint64) (acted bool, err error) {
	err = audit.Each(tx, entries+1, func(_ uint64, e audit.Entry) error {
		switch e.Act {
		case audit.ConsentRecorded, audit.ConsentAsked, audit.ConsentAnswered, audit.ConsentEnded, audit.ReferralSent, audit.StateSet:
			acted = acted || e.By != ""
		}
		return nil
	})
	return acted, err
}

func (o *Opened) deliver(ctx context.Context, path string, carryOut func(context.Context, Request) Answer) error {
	l, err := o.read(path)
	if err != nil {
		return o.putAside(path)
	}
	var before begun
	done := false
	err = o.vault.Update(func(tx *vault.Tx) (err error) {
		if _, err = doneTable.Get(tx, l.ID); !errors.Is(err, vault.ErrNotFound) {
			done = err == nil
			return err
		}
		if before, err = begunTable.Get(tx, l.ID); err != nil && !errors.Is(err, vault.ErrNotFound) {
			return err
		}
		if before.Entries, err = audit.Entries(tx); err != nil {
			return err
		}
		before.Pending = true
		return begunTable.Put(tx, l.ID, vault.KeyID{}, before)
	})
	if err != nil {
		return err
	}
	if !done {
		if done, err = o.carry(l, before, carryOut(ctx, l.Request)); err != nil {
			return err
		}
	}
	if !done {
		return nil
	}
	return vault.Destroy(path)
}

// carry writes down what became of a letter, and whether it is done with.
func (o *Opened) carry(l letter, b begun, a Answer) (done bool, err error) {
	return done, o.vault.Update(func(tx *vault.Tx) error {
		done = false
		acted, err := staffActed(tx, b.Entries)
		if err != nil {
			return err
		}
		again := b
		again.Pending, again.Tries = false, b.Tries+1
		if !acted && a.Status >= 500 && again.Tries < tries {
			return begunTable.Put(tx, l.ID, vault.KeyID{}, again)
		}
		done = true
		outcome := Outcome{At: o.box.now()}
		if !acted && a.Status >= 300 {
			outcome.Code, outcome.Key = a.Code, a.Key
		}
		return o.finish(tx, l.ID, outcome)
	})
}

// finish notes in one transaction that a letter is done with, and in the audit
// that it was refused.
func (o *Opened) finish(tx *vault.Tx, id string, outcome Outcome) error {
	outcome.At = outcome.At.UTC()
	if err := errors.Join(doneTable.Put(tx, id, vault.KeyID{}, outcome), begunTable.Delete(tx, id)); err != nil {
		return err
	}
	if outcome.Code == "" {
		return nil
	}
	return audit.Append(tx, audit.Entry{At: outcome.At, Act: audit.HandedInRefused})
}

func (o *Opened) read(path string) (l letter, err error) {
	sealed, err := os.ReadFile(path)
	if err != nil {
		return l, err
	}
	text, err := seal.OpenLetter(o.key, sealed)
	if err != nil {
		return l, err
	}
	defer clear(text)
	if err := json.Unmarshal(text, &l); err != nil || l.ID == "" {
		return l, vault.ErrDamaged
	}
	return l, nil
}

// putAside keeps a letter that does not open, where it has no second turn, and
// tells of it.
func (o *Opened) putAside(path string) error {
	if err := os.Rename(path, strings.TrimSuffix(path, suffix)+aside); err != nil {
		return err
	}
	return o.vault.Update(func(tx *vault.Tx) error {
		return o.finish(tx, "aside "+filepath.Base(path), Outcome{At: o.box.now(), Code: Damaged, Key: Damaged})
	})
}

// Refused is what was refused since a moment, and how many letters wait for
// another try.
func (o *Opened) Refused(since time.Time) (list []Outcome, waiting int, err error) {
	names, err := o.box.list()
	if err != nil {
		return nil, 0, fmt.Errorf("letterbox: %w", err)
	}
	err = o.vault.View(func(tx *vault.Tx) error {
		return doneTable.Each(tx, func(_ string, outcome Outcome) error {
			if outcome.Code != "" && outcome.At.After(since) {
				list = append(list, outcome)
			}
			return nil
		})
	})
	return list, len(names), err
}
