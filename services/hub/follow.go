package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
)

// look is how often a process of the hub looks whether stewards decided
// something: a suspension counts here within a second.
const look = 500 * time.Millisecond

// runFollower keeps this process's roster as the stewards decided it, by way of
// the registry, wherever that runs.
func (h *Hub) runFollower(ctx context.Context, keys ServiceKeys, ready func()) error {
	conn, err := h.dial(keys[pdp.KindFollower], nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	f := follower{hub: h, from: registry.New(conn), client: trust.NewClient(&trust.Memory{}, h.parts.Founding.Pin(), "")}
	ready()
	for {
		if err := f.follow(ctx); err != nil && ctx.Err() == nil {
			h.parts.Log.Info("what the stewards decided could not be followed; it will be tried again",
				obs.Reason(err, append(trust.Errors(), broker.ErrUnreachable, mail.ErrBusy, mail.ErrAnswer)...))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.published:
		case <-time.After(look):
		}
	}
}

// follower looks at the registry's files. It believes the registry no more than
// a node does; what it saw it forgets with the process, for a hub believes its
// own store, and nobody believes the hub.
type follower struct {
	hub     *Hub
	from    registry.Registry
	client  *trust.Client
	pulse   []byte // the newest timestamp that was followed
	view    trust.View
	allowed roster.Snapshot // what counts now
}

// follow looks, and lets count what is new. A brake's end is nothing new that
// the registry says, so what is allowed is made anew each time.
func (f *follower) follow(ctx context.Context) error {
	pulse, err := f.from.Fetch(ctx, trust.PulseName, trust.MaxPulse)
	if err != nil {
		return err
	}
	h, now := f.hub, f.hub.parts.Clock()
	if !bytes.Equal(pulse, f.pulse) {
		view, err := f.client.Refresh(ctx, trust.Showing(f.from, pulse), now)
		if err != nil {
			return err
		}
		news := f.pulse != nil && view.Chain != f.view.Chain
		f.view, f.pulse = view, pulse
		if err := h.remember(f.view.Roster); err != nil {
			return err
		}
		if news {
			defer run.Poke(h.decided) // when it counts here
		}
	}
	next := trust.Compose(f.view.Roster, f.view.Brakes, now)
	if f.allowed.Same(next) {
		return nil
	}
	if err := h.allow(next); err != nil {
		return err
	}
	f.allowed = next
	return nil
}

// remember keeps the newest roster for the next start: the keys this hub shows
// are held against it.
func (h *Hub) remember(s roster.Snapshot) error {
	if h.parts.Newest == "" || s.Version <= h.parts.Members.Version() {
		return nil
	}
	text, err := roster.Write(s)
	if err != nil {
		return err
	}
	if h.parts.Members, err = roster.New(s); err != nil {
		return err
	}
	next := h.parts.Newest + ".new"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("remember the roster: %w", err)
	}
	return os.Rename(next, h.parts.Newest)
}

// allow lets a roster count, and ends the connections of whoever may no longer
// be here, or has another identity key: what vouched for them no longer counts.
func (h *Hub) allow(s roster.Snapshot) error {
	next, err := roster.New(s)
	if err != nil {
		return err
	}
	before := h.members.Get()
	h.members.Change(func(r *roster.Roster) *roster.Roster { return next.Carrying(r) })
	h.parts.Log.Info("the roster is another now", obs.Version(s.Version))
	if h.server == nil {
		return nil
	}
	var problems []error
	for _, a := range before.Agencies() {
		now, err := next.Agency(a.ID)
		if a.Standing == posada.StandingActive && (err != nil || now.Standing != posada.StandingActive || now.Identity.ID() != a.Identity.ID()) {
			problems = append(problems, h.server.Disconnect(broker.RouteOf(string(a.ID))))
		}
	}
	return errors.Join(problems...)
}
