// Package decisions makes this agency's decisions, and keeps what each rested on for 90
// days, so that its own people can ask why, and what another policy would have answered.
//
// Holds: for 90 days, by the day, which kinds of questions were decided here and how:
// closed words, no content and no identifier; and the agency's own policy. May reach:
// nothing outside the vault. If compromised: what kinds of things were decided on which
// day, at whose side nothing says of whom.
//
// Decisions alike on one day are one, under one name: how many there were, in what order
// and at what hour is not kept. Nothing here can change an answer: what is kept is written
// after it was given, and what could not be kept is not.
package decisions

import (
	"context"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Config is what the unit needs.
type Config struct {
	Vault  *vault.Vault
	Policy *pdp.Current
	// Waiting is the policy that enough stewards signed and that does not run yet; version
	// 0: there is none.
	Waiting func() (trust.Edition, []byte)
	Changed func() // the agency's own policy is another
	Now     func() time.Time
	Log     obs.Log
}

// Decisions is the unit. It is safe for concurrent use.
type Decisions struct {
	c    Config
	wake chan struct{}

	mu   sync.Mutex
	day  string
	made map[question]posada.DecisionID // of that day, since the start
	kept map[string]int                 // how many of them, by entry
	new  []line                         // what is not written yet

	one    sync.Mutex // one write at a time
	shadow shadow
}

// question is what makes two decisions of a day the same.
type question struct {
	policy string // its digest
	facts  pdp.Facts
}

// line is a decision that is to be written.
type line struct {
	id      posada.DecisionID
	day     string
	version uint64
	asks    question
	permit  pdp.Permit
}

// New makes the unit, and lays the agency's own policy under the network's.
func New(ctx context.Context, c Config) (*Decisions, error) {
	d := &Decisions{c: c, wake: make(chan struct{}, 1)}
	own, err := readOwn(c.Vault)
	if err != nil {
		return nil, err
	}
	return d, c.Policy.Narrow(ctx, own)
}

// Disclose decides whether categories may be given, and keeps what it rested on.
func (d *Decisions) Disclose(ctx context.Context, in pdp.Disclosure) (pdp.Permit, error) {
	return d.decide(ctx, pdp.Facts{Disclosure: in})
}

// Onward decides whether something may be passed on, and keeps what it rested on.
func (d *Decisions) Onward(ctx context.Context, in pdp.Passing) (pdp.Permit, error) {
	return d.decide(ctx, pdp.Facts{Passing: in})
}

// Ask decides whether a need may be between two agencies, and keeps what it rested on.
func (d *Decisions) Ask(ctx context.Context, in pdp.Asking) (pdp.Permit, error) {
	return d.decide(ctx, pdp.Facts{Asking: in})
}

// Receive decides whether what came may be taken in, and keeps what it rested on.
func (d *Decisions) Receive(ctx context.Context, in pdp.Reception) (pdp.Admission, error) {
	permit, err := d.decide(ctx, pdp.Facts{Reception: in})
	return pdp.Admission(permit), err
}

func (d *Decisions) decide(ctx context.Context, f pdp.Facts) (pdp.Permit, error) {
	e := d.c.Policy.Get()
	permit, err := e.Decide(ctx, f)
	if err != nil {
		return permit, err
	}
	return permit.As(d.note(e, f, permit)), nil
}

// mostKinds is how many different decisions of one entry are kept of a day: whoever sends
// us this and that has no part in what is kept of what we give.
const mostKinds = 256

// note keeps a decision in mind until it is written. It may be called again for the same
// one, as a transaction may be run again: then it has its name.
func (d *Decisions) note(e *pdp.Engine, f pdp.Facts, permit pdp.Permit) posada.DecisionID {
	asks, day := question{e.Digest(), f}, d.today()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.day != day {
		d.day, d.made, d.kept = day, map[question]posada.DecisionID{}, map[string]int{}
	}
	if id, again := d.made[asks]; again {
		return id
	}
	id, err := d.name(day, asks)
	if err != nil || d.kept[f.Entry()] >= mostKinds {
		return ""
	}
	d.made[asks] = id
	d.kept[f.Entry()]++
	d.new = append(d.new, line{id, day, e.Version(), asks, permit})
	run.Poke(d.wake)
	return id
}

func (d *Decisions) today() string { return d.c.Now().UTC().Format(time.DateOnly) }

// name is the same for the same decision of a day, and relates to nothing for whoever does
// not have this vault's keys.
func (d *Decisions) name(day string, q question) (posada.DecisionID, error) {
	facts, err := q.facts.Text()
	if err != nil {
		return "", err
	}
	return posada.IDFrom[posada.DecisionID](d.c.Vault.Pseudonym("decision", day, q.policy, string(facts))), nil
}

// together is how long decisions wait to be written together.
const together = time.Second

// Run writes what was decided until ctx ends, and then what is left.
func (d *Decisions) Run(ctx context.Context, ready func()) error {
	ready()
	for {
		select {
		case <-ctx.Done():
			return d.write()
		case <-d.wake:
		}
		select {
		case <-ctx.Done():
		case <-time.After(together):
		}
		if err := d.write(); err != nil {
			d.c.Log.Alarm("what decisions rested on could not be kept; they hold, and it will be tried again with the next", obs.Reason(err, vault.ErrClosed, vault.ErrDamaged))
		}
	}
}
