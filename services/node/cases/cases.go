// Package cases keeps what belongs to a case and to no consent of it: what it
// is called, the key that all of it is sealed under, whose work it is, and whom it
// excludes.
//
// Holds: labels, keys, assignments and exclusions of cases, and that a paper came
// which wants something of one. May reach: nothing but the vault. If compromised:
// how many cases there are, who works on which, whom survivors fear, and what a
// judge's order named.
package cases

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Config is what cases needs.
type Config struct {
	Agency  posada.AgencyID
	Vault   *vault.Vault
	Members *roster.Current
	Policy  *pdp.Current
	Now     func() time.Time
	Random  io.Reader
	Zone    *time.Location // of the agency, for the days that papers name; UTC where there is none
	// Listed reports whether an agency that is no member is one that is telephoned.
	Listed func(posada.AgencyID) bool
	// Changed is called after a change that may permit less.
	Changed func()
}

// Cases is the unit.
type Cases struct{ c Config }

// New makes the unit. It has no side effects.
func New(c Config) *Cases { return &Cases{c} }

// Open opens a case in tx and gives it a label nobody chose. It is the work of
// whoever opens it, if cases are her work at all.
func (c *Cases) Open(tx *vault.Tx, by handoff.Asker) (handoff.Case, error) {
	id, err := posada.NewID[posada.CaseID](c.c.Random)
	if err != nil {
		return handoff.Case{}, err
	}
	f := file{ID: id, Opened: c.c.Now().UTC(), By: by.ID}
	if by.WorksCases() {
		f.Assigned = []posada.StaffID{by.ID}
	}
	if f.Label, err = newLabel(tx, c.c.Random); err != nil {
		return handoff.Case{}, err
	}
	if f.Key, err = tx.NewKey(); err != nil {
		return handoff.Case{}, err
	}
	if err := put(tx, f); err != nil {
		return handoff.Case{}, err
	}
	return f.known(), c.note(tx, audit.Entry{By: by.ID, Act: audit.CaseOpened, Case: id})
}

// Of finds a case by its label. fault.UnknownCase: there is none, or its key
// was destroyed.
func (c *Cases) Of(tx *vault.Tx, label string) (handoff.Case, error) {
	f, err := get(tx, label)
	return f.known(), err
}

// Work finds a case that is her work. fault.UnknownCase: as for Of, or she is not
// to know that there is one. fault.NotAssigned: she knows, and it is not hers.
func (c *Cases) Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error) {
	f, err := c.workedOn(ctx, tx, by, label)
	return f.known(), err
}

func (c *Cases) workedOn(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (file, error) {
	f, err := c.seen(ctx, tx, by, label)
	if err == nil && !f.Erasing.IsZero() {
		return file{}, fault.New(fault.Conflict, fault.BeingErased, "case", label)
	}
	if err == nil && by.Assignment(f.Assigned) != posada.AssignedToAsker {
		return file{}, fault.New(fault.Conflict, fault.NotAssigned, "case", label)
	}
	return f, err
}

// AddTo finds a case that she may add to: one that is her work, or that she opened
// and nobody has taken on yet, as a volunteer does, who reads nothing back.
// Errors as of Work.
func (c *Cases) AddTo(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error) {
	f, err := c.addedTo(ctx, tx, by, label)
	return f.known(), err
}

func (c *Cases) addedTo(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (file, error) {
	f, err := get(tx, label)
	if err == nil && f.Erasing.IsZero() && len(f.Assigned) == 0 && f.By == by.ID && by.ID != "" {
		return f, nil
	}
	return c.workedOn(ctx, tx, by, label)
}

// Seen finds a case that she is to know of, though it may not be her work.
// fault.UnknownCase: there is none, or she is not. fault.BeingErased: it is to be
// destroyed.
func (c *Cases) Seen(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error) {
	f, err := c.seen(ctx, tx, by, label)
	if err == nil && !f.Erasing.IsZero() {
		return handoff.Case{}, fault.New(fault.Conflict, fault.BeingErased, "case", label)
	}
	return f.known(), err
}

// seen finds a case that she is to know of.
func (c *Cases) seen(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (file, error) {
	f, err := get(tx, label)
	if err != nil {
		return file{}, err
	}
	sees, err := c.sees(ctx, by, f)
	if err != nil {
		return file{}, err
	}
	if !sees {
		return file{}, unknown(label)
	}
	return f, nil
}

// sees asks the policy whether she is to know that there is this case.
func (c *Cases) sees(ctx context.Context, by handoff.Asker, f file) (bool, error) {
	sight, err := c.c.Policy.Get().View(ctx, by.LooksAtOwn(f.Assigned, posada.SetOf(posada.CategoryNeeds)))
	return !sight.Categories().Empty(), err
}

// Each calls fn for every case whose key was not destroyed, in no order.
func (c *Cases) Each(tx *vault.Tx, fn func(handoff.Case) error) error {
	return files.Each(tx, func(_ string, f file) error { return fn(f.known()) })
}

// Listed is a case, when it was opened and which papers came in it.
type Listed struct {
	handoff.Case
	Opened time.Time
	Papers []handoff.Paper // the oldest first
	Tell   int             // orders of which the person is to be told now
}

// Start opens a case before anything is agreed to: whom she fears is often what
// she says first.
func (c *Cases) Start(by handoff.Asker) (l Listed, err error) {
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		l.Case, err = c.Open(tx, by)
		l.Opened = c.c.Now().UTC()
		return err
	})
	return l, err
}

// List is every case she is to know of, the newest first. Whom one excludes is
// told to those whose work it is.
func (c *Cases) List(ctx context.Context, by handoff.Asker) (list []Listed, err error) {
	all, err := c.Page(ctx, by, page.Asked{})
	return all.Rows, err
}

// Page is a part of that list.
func (c *Cases) Page(ctx context.Context, by handoff.Asker, a page.Asked) (part page.Of[Listed], err error) {
	err = c.c.Vault.View(func(tx *vault.Tx) error {
		all, err := files.All(tx)
		if err != nil {
			return err
		}
		part, err = page.Take(all, file.place, a, func(f file) (l Listed, sees bool, err error) {
			if sees, err = c.sees(ctx, by, f); err == nil && sees {
				l, err = c.listed(tx, by, f)
			}
			return l, sees, err
		})
		return err
	})
	return part, err
}

func (c *Cases) listed(tx *vault.Tx, by handoff.Asker, f file) (Listed, error) {
	if by.Assignment(f.Assigned) != posada.AssignedToAsker {
		f.Excluded = nil
	}
	came, err := papersOf(tx, f.Label)
	return Listed{Case: f.known(), Opened: f.Opened, Papers: came, Tell: c.toTell(came)}, err
}

// Assign gives a case to somebody, as her work too; instead of by where instead
// is. Whoever sees that there is a case may: those whose work it is, and
// coordinators.
func (c *Cases) Assign(ctx context.Context, by handoff.Asker, label string, to handoff.Asker, instead bool) (l Listed, err error) {
	if !to.WorksCases() {
		return Listed{}, fault.New(fault.Invalid, fault.CannotAssign)
	}
	act := audit.CaseAssigned
	if instead {
		act = audit.CaseHandedOver
	}
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		f, err := c.seen(ctx, tx, by, label)
		if err != nil {
			return err
		}
		f.Assigned = handoff.Assign(f.Assigned, by.ID, to.ID, instead)
		if err := errors.Join(put(tx, f), c.note(tx, audit.Entry{By: by.ID, Act: act, Case: f.ID, Staff: to.ID})); err != nil {
			return err
		}
		l, err = c.listed(tx, by, f)
		return err
	})
	return l, err
}

// Exclude sees to it that an agency never has anything of a case, from now on
// and whatever a record of it allows. What waits to be sent to it is stopped;
// what it was sent before, it has. To take it back is a new case: a click must
// not undo what somebody said in fear.
func (c *Cases) Exclude(ctx context.Context, by handoff.Asker, label string, agency posada.AgencyID) (l Listed, err error) {
	if agency == c.c.Agency {
		return Listed{}, fault.New(fault.Invalid, fault.ExcludesOurselves)
	}
	if _, err := c.c.Members.Get().Agency(agency); err != nil && (c.c.Listed == nil || !c.c.Listed(agency)) {
		return Listed{}, fault.New(fault.Invalid, fault.UnknownAgency, "where", "agency").Because(err)
	}
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		f, err := c.addedTo(ctx, tx, by, label)
		if err != nil {
			return err
		}
		if !slices.Contains(f.Excluded, agency) {
			f.Excluded = append(f.Excluded, agency)
			if err := errors.Join(put(tx, f), c.note(tx, audit.Entry{By: by.ID, Act: audit.CaseExcluded, Case: f.ID, Peer: agency})); err != nil {
				return err
			}
		}
		l, err = c.listed(tx, by, f)
		return err
	})
	if err != nil {
		return Listed{}, err
	}
	if c.c.Changed != nil {
		c.c.Changed()
	}
	return l, nil
}

// Erase says that all of a case is to be destroyed. From now on nothing is done in
// it; Destroy does the rest.
func (c *Cases) Erase(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error) {
	f, err := c.workedOn(ctx, tx, by, label)
	if err != nil {
		return handoff.Case{}, err
	}
	f.Erasing = c.c.Now().UTC()
	return f.known(), errors.Join(put(tx, f), c.note(tx, audit.Entry{By: by.ID, Act: audit.CaseErasing, Case: f.ID}))
}

// Destroy gives up the key of a case: all that is sealed under it goes with it. Its
// label stays taken, for somebody may still say it on the phone.
func (c *Cases) Destroy(tx *vault.Tx, of handoff.Case) error {
	return errors.Join(tx.Erase(of.Key), c.note(tx, audit.Entry{Act: audit.CaseErased, Case: of.ID}))
}

func (c *Cases) note(tx *vault.Tx, e audit.Entry) error {
	e.At = c.c.Now()
	return audit.Append(tx, e)
}
