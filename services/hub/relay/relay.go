// Package relay keeps sealed envelopes until their mailbox takes them in.
//
// Holds: sealed envelopes, for at most a week, and the hub's receipt key.
// May reach: members, through three services; its own streams.
// If compromised: it can drop, delay and repeat envelopes, and sees which
// connection sent and collected when; it can open none, and none that it
// changed is taken in.
package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/hub/callers"
)

// maxAge is how long an envelope is kept for a mailbox that does not come.
const maxAge = 7 * 24 * time.Hour

// Config is what a relay needs. Its three connections have three credentials:
// who answers members can write to no stream, and who writes to streams
// answers nobody.
type Config struct {
	Answers  *broker.Conn // serves members
	Store    *broker.Conn // keeps mail
	Doorbell *broker.Conn // rings in the members' account
	Members  *roster.Current
	Decided  <-chan struct{} // rings when stewards decided something
	Key      jose.PrivateKey // signs receipts
	Now      func() time.Time
	Shards   int // streams the mailboxes are spread over
	// Relays is how many run at once. They share no memory: each keeps to its
	// part of every limit, so that together they keep to the whole.
	Relays int
	// PerSecond is how many envelopes of the smallest size one member may
	// submit a second, and Burst how many at once; a larger one counts as
	// several. As often it may collect and recall.
	PerSecond float64
	Burst     int
	// MaxBytes bounds what one shard keeps.
	MaxBytes int64
	Count    obs.Counters
}

// Relay answers submit, collect and recall.
type Relay struct {
	c       Config
	store   *store
	callers *callers.Callers

	submits *limits
	others  *limits // collect and recall
}

// New makes a relay. It has no side effects.
func New(c Config) *Relay {
	return &Relay{c: c, callers: callers.New(c.Members), submits: newLimits(c), others: newLimits(c)}
}

// Run serves until ctx ends. Any number may serve at once, on one set of
// streams: the bus gives each request to one of them.
func (r *Relay) Run(ctx context.Context, ready func()) error {
	s, err := openStore(ctx, r.c)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	r.store = s
	var ringing sync.WaitGroup
	defer ringing.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ringing.Go(func() { r.ringUntil(ctx) })
	return r.c.Answers.Serve(ctx, "relay", map[string]broker.Answer{
		broker.SubmitPrefix:  r.answer("submit", r.submit),
		broker.CollectPrefix: r.answer("collect", r.collect),
		broker.RecallPrefix:  r.answer("recall", r.recall),
	}, ready)
}

// Restore makes the streams again where the bus has lost them.
func (r *Relay) Restore(ctx context.Context) error {
	_, _, err := openStreams(ctx, r.c)
	return err
}

// answer turns a handler's error into one of two shapes of refusal. A caller
// that is not a member in good standing gets the same as one that asked
// something wrong.
func (r *Relay) answer(what obs.Line, handle func(context.Context, roster.Agency, []byte) ([]byte, error)) broker.Answer {
	return func(ctx context.Context, route broker.Route, body []byte) []byte {
		caller, known := r.callers.Find(route)
		if !known {
			r.c.Count.Add(what + " refused")
			return mail.WriteAnswer(mail.StatusRefused)
		}
		answer, err := handle(ctx, caller, body)
		switch {
		case err == nil:
			r.c.Count.Add(what)
			return answer
		case errors.Is(err, mail.ErrRefused):
			r.c.Count.Add(what + " refused")
			return mail.WriteAnswer(mail.StatusRefused)
		default:
			r.c.Count.Add(what + " busy")
			return mail.WriteAnswer(mail.StatusBusy)
		}
	}
}

// submit takes an envelope for a member's mailbox: its size, its mailbox, its
// epoch (yesterday's to tomorrow's) and its expiry are looked at, nothing else
// can be. The answer is a signed receipt. The same envelope again gets the
// same receipt.
func (r *Relay) submit(ctx context.Context, caller roster.Agency, body []byte) ([]byte, error) {
	if !r.submits.allow(caller, (len(body)+envelope.Class8K.Size()-1)/envelope.Class8K.Size()) {
		return nil, mail.ErrBusy
	}
	e, err := envelope.Parse(body)
	if err != nil {
		return nil, mail.ErrRefused
	}
	h, today := e.Header(), posada.EpochAt(r.c.Now())
	if (h.Message == posada.MessageID{}) || h.Mailbox == caller.Mailbox {
		return nil, mail.ErrRefused
	}
	if h.Epoch+1 < today || h.Epoch > today+1 || h.Expiry < today || h.Expiry > today+8 {
		return nil, mail.ErrRefused
	}
	owner, err := r.c.Members.Get().ByMailbox(h.Mailbox)
	if err != nil || owner.Standing != posada.StandingActive {
		return nil, mail.ErrRefused
	}
	if err := r.store.put(ctx, e); err != nil {
		return nil, err
	}
	receipt, err := r.receipt(h.Message, today)
	if err != nil {
		return nil, err
	}
	r.ring(ctx, owner, broker.RingMail)
	return mail.WriteAnswer(mail.StatusOK, receipt...), nil
}

// ring rings the bell that a member named, if it named one. A bell that nobody
// hears is no loss: members also come by themselves.
func (r *Relay) ring(ctx context.Context, who roster.Agency, says broker.Ring) {
	if bell, err := r.store.bell(ctx, who); err == nil {
		_ = r.c.Doorbell.Publish(broker.RouteOf(string(who.ID)).Bell(bell), []byte{byte(says)})
	}
}

// ringUntil tells every member that stewards decided something, whenever they did, until
// ctx ends. Who hears it asks the registry, and believes it no more than otherwise.
func (r *Relay) ringUntil(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.c.Decided:
		}
		for _, a := range r.c.Members.Get().Agencies() {
			if a.Standing == posada.StandingActive {
				r.ring(ctx, a, broker.RingDecided)
			}
		}
	}
}

func (r *Relay) receipt(id posada.MessageID, day posada.Epoch) ([]byte, error) {
	payload, err := jose.Marshal(mail.Receipt{Network: r.c.Members.Get().Network(), Message: id, Day: day})
	if err != nil {
		return nil, err
	}
	return jose.Sign(r.c.Key, jose.TypeHubReceipt, payload)
}

// collect erases what the caller acknowledges from its own mailbox and gives
// what waits there. What was given before and not acknowledged is given again.
// The bell it names is hung before it is told what waits, so that nothing comes
// in between unheard.
func (r *Relay) collect(ctx context.Context, caller roster.Agency, body []byte) ([]byte, error) {
	if !r.others.allow(caller, 1) {
		return nil, mail.ErrBusy
	}
	bell, acknowledged, err := mail.ReadCollection(body)
	if err != nil {
		return nil, err
	}
	if bell != [16]byte{} {
		if err := r.store.hang(ctx, caller, bell); err != nil {
			r.c.Count.Add("bell not hung") // its owner comes by itself, and names it again
		}
	}
	for _, id := range acknowledged {
		if err := r.store.erase(ctx, caller.Mailbox, id); err != nil {
			return nil, err
		}
	}
	waiting, more, err := r.store.waiting(ctx, caller.Mailbox)
	if err != nil {
		return nil, err
	}
	status := mail.StatusOK
	if more {
		status = mail.StatusMore
	}
	return mail.WriteAnswer(status, envelope.Batch(waiting...)...), nil
}

// recall erases an envelope that was not collected. Whoever knows its random
// id may: only its sender and its recipient do.
func (r *Relay) recall(ctx context.Context, caller roster.Agency, body []byte) ([]byte, error) {
	if !r.others.allow(caller, 1) {
		return nil, mail.ErrBusy
	}
	mailbox, id, err := mail.ReadRecall(body)
	if err != nil {
		return nil, err
	}
	// Gone already, or never there: the answer is the same.
	return mail.WriteAnswer(mail.StatusOK), r.store.erase(ctx, mailbox, id)
}

// limits bounds how much each member asks.
type limits struct {
	perSecond rate.Limit
	burst     int
	now       func() time.Time

	mu sync.Mutex
	of map[posada.AgencyID]*rate.Limiter
}

func newLimits(c Config) *limits {
	return &limits{perSecond: rate.Limit(c.PerSecond / float64(c.Relays)), burst: max(1, c.Burst/c.Relays), now: c.Now, of: map[posada.AgencyID]*rate.Limiter{}}
}

// allow lets a member ask for so much now, or not. What is more than can ever
// be had at once takes all there is.
func (l *limits) allow(who roster.Agency, much int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[who.ID] == nil {
		l.of[who.ID] = rate.NewLimiter(l.perSecond, l.burst)
	}
	return l.of[who.ID].AllowN(l.now(), min(much, l.burst))
}
