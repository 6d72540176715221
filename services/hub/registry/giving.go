package registry

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/trust"
)

// takeBack takes a part of what members have and this registry lost. Most that
// is offered is not wanted, and that is told by the timestamp alone: it must be
// this hub's own and speak of more than there is here. Who takes the place of
// whoever could give it back has it for two minutes, and then must wait.
func (r *Registry) takeBack(ctx context.Context, route broker.Route, g mail.Given) ([]byte, error) {
	if len(g.Pulse) > 0 {
		if err := r.repository().Lacks(ctx, g.Pulse, r.c.Now()); err != nil {
			return nil, refusedUnless(err)
		}
		return mail.WriteAnswer(mail.StatusOK), r.giving.begin(route, g.Size)
	}
	whole, err := r.giving.piece(route, g)
	if err != nil {
		return nil, err
	}
	if whole == nil {
		return mail.WriteAnswer(mail.StatusMore), nil
	}
	err = r.restored(ctx, whole)
	r.giving.checked(err)
	return mail.WriteAnswer(mail.StatusOK), err
}

func (r *Registry) restored(ctx context.Context, whole []byte) error {
	files, err := mail.ReadFiles(whole)
	if err != nil {
		return err
	}
	err = r.repository().Restore(ctx, files, r.c.Now())
	if err == nil {
		r.c.Count.Add("given back")
		r.c.Log.Alarm("this hub had lost what stewards published, and a member gave it back")
		r.c.Published()
		return nil
	}
	if err := refusedUnless(err); !errors.Is(err, mail.ErrRefused) {
		return err
	}
	r.c.Log.Alarm("what a member gave back was refused", obs.Reason(err, append(trust.Errors(), broker.ErrTooLarge)...))
	return mail.ErrRefused
}

// refusedUnless is a refusal, unless it is the store that could not.
func refusedUnless(err error) error {
	for _, again := range []error{broker.ErrUnreachable, broker.ErrTwice, broker.ErrFull} {
		if errors.Is(err, again) {
			return err
		}
	}
	return mail.ErrRefused
}

// How long one member may take to give all of it, and how long who did not, or
// gave what was refused, must leave it to others.
const (
	giveWithin = 2 * time.Minute
	pauseOf    = 15 * time.Minute
)

// giving is what a member is giving back: one at a time.
type giving struct {
	now func() time.Time

	mu     sync.Mutex
	who    broker.Route // none: nobody
	size   int64
	text   []byte
	until  time.Time
	whole  bool                       // and being looked at
	paused map[broker.Route]time.Time // until when
}

func newGiving(now func() time.Time) *giving {
	return &giving{now: now, paused: map[broker.Route]time.Time{}}
}

// begin lets a member begin, or begin again within its time.
func (g *giving) begin(who broker.Route, size int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lapse()
	if g.who != "" && g.who != who || g.whole || g.now().Before(g.paused[who]) {
		return mail.ErrBusy
	}
	if g.who == "" {
		g.until = g.now().Add(giveWithin)
	}
	g.who, g.size, g.text = who, size, nil
	return nil
}

// piece takes a piece, and gives the whole when it was the last. One that was
// there already takes its own place.
func (g *giving) piece(who broker.Route, p mail.Given) (whole []byte, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lapse()
	if g.whole {
		return nil, mail.ErrBusy
	}
	if g.who != who || p.From > int64(len(g.text)) || p.From+int64(len(p.Piece)) > g.size {
		return nil, mail.ErrRefused
	}
	g.text = append(g.text[:p.From], p.Piece...)
	g.whole = int64(len(g.text)) == g.size
	if !g.whole {
		return nil, nil
	}
	return g.text, nil
}

// checked is what became of the whole. What could not be written now can be
// given again; what was refused is left to others for a while.
func (g *giving) checked(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.whole = false
	if err != nil && !errors.Is(err, mail.ErrRefused) {
		return
	}
	if err != nil {
		g.pause()
	}
	g.who, g.text = "", nil
}

// lapse ends what took too long. The caller holds mu.
func (g *giving) lapse() {
	if g.who != "" && !g.whole && !g.now().Before(g.until) {
		g.pause()
		g.who, g.text = "", nil
	}
}

func (g *giving) pause() {
	now := g.now()
	for who, until := range g.paused {
		if !now.Before(until) {
			delete(g.paused, who)
		}
	}
	g.paused[g.who] = now.Add(pauseOf)
}
