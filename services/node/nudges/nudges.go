// Package nudges tells whoever is on call that something waits for an answer, by a
// program that the agency names: one that sends an SMS, an e-mail, or rings a bell.
//
// Holds: whom it told when, of what waits. May reach: that program, and nothing else
// outside the vault. If compromised: when something waited here, and whom that woke.
//
// The program is given an address and one text that is always the same. What waits, for
// whom, how much of it and from whom is in nothing that it is given.
package nudges

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Text is all that is ever sent.
const Text = "Please look at your pages. / Por favor, vea sus páginas.\n"

// How often it is looked whether something waits, and how long the program may take.
const (
	lookEvery = 15 * time.Second
	atMost    = 30 * time.Second
)

// Person is somebody on call now, and where to reach her.
type Person struct {
	ID    posada.StaffID
	Reach string // a telephone number, an address: the program knows what it is
}

// Config is what nudges needs.
type Config struct {
	Vault   *vault.Vault
	Waiting []func() (int, error)    // how much waits for an answer, unit by unit
	OnCall  func() ([]Person, error) // in the order in which they are told
	Program string                   // empty: nobody is told
	After   time.Duration            // unanswered for so long, the next is told
	Now     func() time.Time
	Log     obs.Log
}

// Nudges is the unit.
type Nudges struct{ c Config }

// New makes the unit. It has no side effects.
func New(c Config) *Nudges { return &Nudges{c} }

// round is who was told since something waits. When nothing does any more it is at rest, and
// only the last counts: so that many needs, one after another, wake nobody each time.
type round struct {
	Told []oncall.Told `json:"told"`
	Rest bool          `json:"rest,omitempty"`
}

// rest is how long after the last was told, and all was answered, nobody is told anew.
const rest = 2 * time.Minute

const only = "round" // the name of the one record

var table = vault.Table[round]{Name: "nudges", Version: 1}

// Run looks and tells until ctx ends.
func (n *Nudges) Run(ctx context.Context, ready func()) error {
	ready()
	for {
		if n.c.Program != "" {
			if err := n.look(ctx); err != nil && ctx.Err() == nil {
				n.c.Log.Alarm("whoever is on call could not be told that something waits; it will be tried again", obs.Reason(err, vault.ErrClosed, exec.ErrNotFound))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
	}
}

// look tells whoever is to be told now, however much waits.
func (n *Nudges) look(ctx context.Context) error {
	waits := 0
	for _, of := range n.c.Waiting {
		count, err := of()
		if err != nil {
			return err
		}
		waits += count
	}
	var r round
	err := n.c.Vault.View(func(tx *vault.Tx) (err error) {
		if r, err = table.Get(tx, only); vault.Gone(err) {
			err = nil
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case waits == 0 && (r.Rest || len(r.Told) == 0):
		return nil
	case waits == 0:
		return n.keep(round{Told: r.Told[len(r.Told)-1:], Rest: true})
	}
	now := n.c.Now().UTC()
	if r.Rest {
		if now.Before(r.Told[0].At.Add(rest)) {
			return nil
		}
		r = round{}
	}
	return n.next(ctx, r, now)
}

// next tells the next of those on call, if it is time, and notes it.
func (n *Nudges) next(ctx context.Context, r round, now time.Time) error {
	people, err := n.c.OnCall()
	if err != nil {
		return err
	}
	reach := map[posada.StaffID]string{}
	var ids []posada.StaffID
	for _, p := range people {
		if p.Reach != "" {
			ids, reach[p.ID] = append(ids, p.ID), p.Reach
		}
	}
	whom, tell := oncall.Nudge(ids, r.Told, n.c.After, now)
	if !tell {
		return nil
	}
	failed := n.tell(ctx, reach[whom])
	r.Told = append(r.Told, oncall.Told{Whom: whom, At: now, Failed: failed != nil})
	if most := 4 * len(ids); len(r.Told) > most {
		r.Told = r.Told[len(r.Told)-most:] // all that says whose turn it is
	}
	return errors.Join(failed, n.keep(r))
}

func (n *Nudges) keep(r round) error {
	return n.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, only, vault.KeyID{}, r) })
}

// tell runs the program. Of this process it is given nothing but the way to other programs.
func (n *Nudges) tell(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	program := exec.CommandContext(ctx, n.c.Program, address)
	program.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	program.Stdin = strings.NewReader(Text)
	program.WaitDelay = time.Second
	return program.Run()
}
