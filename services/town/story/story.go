// Package story plays the demo: a short night on a town, told as it happens,
// each step held against what must be true. A step that is not as told ends the
// story with an error.
//
// Holds: a throw-away town. May reach: loopback. If compromised: nobody;
// everything in it is invented.
package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// The agencies of deploy/demo/town.yaml that the story speaks of.
const (
	ngo     = "girasol"
	shelter = "luna"
	other   = "luna" // it never met him
	barred  = "mesquite"
	legal   = "frontera"
	police  = "condado"
)

// ErrNotAsTold says that something was not as the story tells it.
var ErrNotAsTold = errors.New("not as told")

// Config is how to tell the story.
type Config struct {
	Dir     string // empty; for the town
	Files   fs.FS  // deploy/demo
	Policy  fs.FS  // nil is the shipped one
	Printer i18n.Printer
	Out     io.Writer
	JSON    bool
	Now     func() time.Time
	Console bool // each node serves pages for people
	// Apart runs the town's hub in processes of their own; nil: it runs in this one.
	Apart func(town.Laid) error
}

// Story is a story that was played; its town may go on.
type Story struct {
	Town *town.Town // nil before Play

	c        Config
	told     teller
	tap      *tap
	spy      *spy
	asks     map[string]*client.Client
	consent  client.Consent
	draft    client.NewPreview
	preview  client.Preview
	referral client.Referral
}

// step is one thing that happens and must be as told.
type step struct {
	key  i18n.Key
	play func(*Story, context.Context) error
}

func steps() []step {
	return []step{
		{"story.network", (*Story).network},
		{"story.listening", (*Story).listening},
		{"story.consent", (*Story).recordConsent},
		{"story.preview", (*Story).previewIt},
		{"story.send", (*Story).sendIt},
		{"story.open", (*Story).openIt},
		{"story.accept", (*Story).acceptIt},
		{"story.uncovered", (*Story).uncovered},
		{"story.excluded", (*Story).excluded},
		{"story.police", (*Story).toThePolice},
		{"story.replay", (*Story).replay},
		{"story.forward", (*Story).forward},
		{"story.heard", (*Story).heard},
		{"story.seized", (*Story).seized},
		{"story.withdrawn", (*Story).withdrawn},
	}
}

// New prepares a story. It has no side effects.
func New(c Config) *Story {
	return &Story{c: c, asks: map[string]*client.Client{}, told: newTeller(c), tap: &tap{}}
}

// Play lays a town, starts it and plays the story on it. The town goes on when
// Play has returned, with an error or without.
func (s *Story) Play(ctx context.Context) error {
	for i, st := range steps() {
		s.told.begin(i+1, st.key)
		err := st.play(s, ctx)
		if err := s.told.end(err); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNotAsTold, st.key, err)
		}
	}
	return s.told.closing(len(steps()))
}

// must turns what is not true into an error that says what should have been.
func must(true_ bool, what string, args ...any) error {
	if true_ {
		return nil
	}
	return fmt.Errorf(what, args...)
}

// network lays the town and starts all of it but the police's node: the police
// come with a program of their own.
func (s *Story) network(ctx context.Context) error {
	file, err := s.c.Files.Open("town.yaml")
	if err != nil {
		return err
	}
	defer file.Close()
	var plan town.Plan
	if err := config.Document(file, &plan); err != nil {
		return err
	}
	plan.Console = s.c.Console
	laid, err := town.Lay(s.c.Dir, plan, s.c.Now())
	if err != nil {
		return err
	}
	if s.c.Apart != nil {
		if err := s.c.Apart(laid); err != nil {
			return err
		}
	}
	running, err := town.Start(ctx, laid, town.Options{
		Apart: s.c.Apart != nil, Policy: s.c.Policy, Clock: func(string) time.Time { return s.c.Now() }, Skip: []string{police},
		Hub: func(key string, h post.Hub) post.Hub {
			if key != ngo {
				return h
			}
			s.tap.Hub = h
			return s.tap
		},
	})
	if err != nil {
		return err
	}
	s.Town = running
	for _, a := range plan.Agencies {
		s.told.fact(a.Name, s.c.Printer.Term("class", string(a.Class)))
		if a.Key == police {
			continue
		}
		if s.asks[a.Key], err = s.Town.Client(a.Key, string(s.c.Printer.Language())); err != nil {
			return err
		}
	}
	s.told.fact(plan.Operator, s.c.Printer.Text("story.hub"))
	return eventually(ctx, func() (bool, error) { return s.tap.settled(len(plan.Agencies) - 1), nil })
}

// eventually waits until is says yes: events cross by themselves.
func eventually(ctx context.Context, is func() (bool, error)) error {
	deadline := time.After(20 * time.Second)
	for {
		yes, err := is()
		if err != nil || yes {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return errors.New("it did not happen within 20 s")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Close stops the town, if it runs, and ends what the story itself holds.
func (s *Story) Close() error {
	if s.spy != nil {
		s.spy.close()
	}
	if s.Town == nil {
		return nil
	}
	return s.Town.Stop()
}
