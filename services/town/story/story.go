// Package story plays the demo: a short night on a town, told as it happens,
// each step held against what must be true. A step that is not as told ends the
// story with an error. There are three: a referral, a night on which nobody takes
// men, and a sixteen-year-old whose sponsor nobody should trust.
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
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/stewards"
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
	Tale    string // one of Tales; empty is the first of them
	Files   fs.FS  // deploy/demo
	Policy  fs.FS  // nil is the shipped one
	Printer i18n.Printer
	Out     io.Writer
	JSON    bool
	Now     func() time.Time
	Console bool // each node serves pages for people
	// Apart runs the town's hub in processes of their own; nil: it runs in this one.
	Apart func(town.Laid) error
	// Stretch is what the town's nodes make of withdrawal codes: nil is what production does.
	Stretch consent.Stretch
}

// Story is a story that was played; its town may go on.
type Story struct {
	Town *town.Town // nil before Play

	c        Config
	told     teller
	taps     map[string]*tap      // of every agency's post
	decides  map[string]*careless // what every node asks what stewards decided
	tap      *tap                 // the one of the NGO's
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
	play func(context.Context) error
}

// New prepares a story. It has no side effects.
func New(c Config) *Story {
	return &Story{c: c, asks: map[string]*client.Client{}, told: newTeller(c), taps: map[string]*tap{}, decides: map[string]*careless{}}
}

// Play lays a town, starts it and plays the story on it. The town goes on when
// Play has returned, with an error or without.
func (s *Story) Play(ctx context.Context) error {
	t, err := s.c.tale()
	if err != nil {
		return err
	}
	if t.folder != "" {
		if s.c.Files, err = fs.Sub(s.c.Files, t.folder); err != nil {
			return err
		}
	}
	steps := t.steps(s)
	for i, st := range steps {
		s.told.begin(i+1, st.key)
		err := st.play(ctx)
		if err := s.told.end(err); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNotAsTold, st.key, err)
		}
	}
	return s.told.closing(len(steps))
}

// must turns what is not true into an error that says what should have been.
func must(true_ bool, what string, args ...any) error {
	if true_ {
		return nil
	}
	return fmt.Errorf(what, args...)
}

// network lays the town and starts all of it but the police's node: in the
// first story they come with a program of their own alone.
func (s *Story) network(ctx context.Context) error {
	laid, err := s.lay()
	if err != nil {
		return err
	}
	return s.start(ctx, laid, police)
}

// lay makes the town of the story's files.
func (s *Story) lay() (town.Laid, error) {
	file, err := s.c.Files.Open("town.yaml")
	if err != nil {
		return town.Laid{}, err
	}
	defer file.Close()
	var plan town.Plan
	if err := config.Document(file, &plan); err != nil {
		return town.Laid{}, err
	}
	plan.Console, plan.Stretch = s.c.Console, s.c.Stretch
	return town.Lay(s.c.Dir, plan, s.c.Now())
}

// start runs a laid town but for the nodes that are to be skipped, and returns when
// every node has told the others that it is there.
func (s *Story) start(ctx context.Context, laid town.Laid, skip ...string) (err error) {
	if s.c.Apart != nil {
		if err := s.c.Apart(laid); err != nil {
			return err
		}
	}
	for _, a := range laid.Plan.Agencies {
		s.taps[a.Key], s.decides[a.Key] = &tap{}, &careless{}
	}
	s.tap = s.taps[ngo]
	s.Town, err = town.Start(ctx, laid, town.Options{
		Apart: s.c.Apart != nil, Policy: s.c.Policy, Clock: func(string) time.Time { return s.c.Now() }, Skip: skip,
		Hub: func(key string, h post.Hub) post.Hub {
			s.taps[key].Hub = h
			return s.taps[key]
		},
		Registry: func(key string, r stewards.Registry) stewards.Registry {
			s.decides[key].Registry = r
			return s.decides[key]
		},
	})
	if err != nil {
		return err
	}
	for _, a := range laid.Plan.Agencies {
		s.told.fact(a.Name, s.c.Printer.Term("class", string(a.Class)))
		if slices.Contains(skip, a.Key) {
			continue
		}
		if s.asks[a.Key], err = s.Town.Client(a.Key, string(s.c.Printer.Language())); err != nil {
			return err
		}
	}
	s.told.fact(laid.Plan.Operator, s.c.Printer.Text("story.hub"))
	for key := range s.asks {
		if err := eventually(ctx, func() (bool, error) { return s.taps[key].settled(len(laid.Plan.Agencies) - 1), nil }); err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a step may take, on a machine that has much else to do.
const patience = time.Minute

// eventually waits until is says yes: events cross by themselves.
func eventually(ctx context.Context, is func() (bool, error)) error {
	deadline := time.After(patience)
	for {
		yes, err := is()
		if err != nil || yes {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("it did not happen within %s", patience)
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
