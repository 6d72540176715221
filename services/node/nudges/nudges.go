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

	"github.com/posada-exchange/posada/pkg/handoff"
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
	Waiting []func() ([]handoff.Waiting, error) // what waits for an answer, unit by unit
	OnCall  func() ([]Person, error)            // in the order in which they are told
	Program string                              // empty: nobody is told
	After   time.Duration                       // unanswered for so long, the next is told
	Now     func() time.Time
	Log     obs.Log
}

// Nudges is the unit.
type Nudges struct{ c Config }

// New makes the unit. It has no side effects.
func New(c Config) *Nudges { return &Nudges{c} }

// told is who was told of one thing that waits.
type told struct {
	Told []oncall.Told `json:"told"`
}

var table = vault.Table[told]{Name: "nudges", Version: 1}

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

// look tells whoever is to be told now, each once, however much waits.
func (n *Nudges) look(ctx context.Context) error {
	waits := map[string]told{}
	for _, of := range n.c.Waiting {
		list, err := of()
		if err != nil {
			return err
		}
		for _, w := range list {
			waits[w.ID] = told{}
		}
	}
	if err := n.recall(waits); err != nil || len(waits) == 0 {
		return err
	}
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
	now := n.c.Now().UTC()
	of := map[posada.StaffID][]string{}
	for id, w := range waits {
		if whom, tell := oncall.Nudge(ids, w.Told, n.c.After, now); tell {
			of[whom] = append(of[whom], id)
		}
	}
	var failed error
	for whom, list := range of {
		err := n.tell(ctx, reach[whom])
		failed = errors.Join(failed, err, n.note(list, waits, oncall.Told{Whom: whom, At: now, Failed: err != nil}))
	}
	return failed
}

// recall finds who was told of what waits, and forgets what waits no more.
func (n *Nudges) recall(waits map[string]told) error {
	return n.c.Vault.Update(func(tx *vault.Tx) error {
		return table.Each(tx, func(id string, w told) error {
			if _, still := waits[id]; !still {
				return table.Delete(tx, id)
			}
			waits[id] = w
			return nil
		})
	})
}

func (n *Nudges) note(list []string, waits map[string]told, t oncall.Told) error {
	return n.c.Vault.Update(func(tx *vault.Tx) error {
		for _, id := range list {
			if err := table.Put(tx, id, vault.KeyID{}, told{append(waits[id].Told, t)}); err != nil {
				return err
			}
		}
		return nil
	})
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
