// Package registry keeps what members must be able to trust and the hub need
// not be trusted with: what stewards decided, and the keys members announced.
//
// Holds: signed documents, all public; the key that signs which of them is the
// newest. May reach: members, through one service; its own stream.
// If compromised: it can withhold what is new, for a day, and offer what is old,
// which members notice; it can forge nothing.
package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/hub/callers"
)

// How much one caller may ask a second, and at once: what an answer may hold
// makes it costlier than an envelope.
const (
	perSecond = 5
	burst     = 40
)

// Config is what a registry needs. Who answers members can write to no stream,
// and who writes to its stream answers nobody.
type Config struct {
	Answers *broker.Conn
	Store   *broker.Conn
	Members *roster.Current // it is told what was announced
	Online  jose.PrivateKey // signs which documents are the newest
	// Founding is what a network begins with: published where nothing is.
	Founding []trust.Proposal
	Policy   trust.Policy  // what to know of policies
	Renew    time.Duration // how often the newest is said to be the newest
	Now      func() time.Time
	Log      obs.Log
	Count    obs.Counters
	// Published is called when something was.
	Published func()
}

// Registry answers sync.
type Registry struct {
	c       Config
	callers *callers.Callers
	store   *store
	trust   *trust.Repository

	giving *giving // what a member gives back

	mu    sync.Mutex // of taking in
	limit map[broker.Route]*rate.Limiter
}

// New makes a registry. It has no side effects.
func New(c Config) *Registry {
	return &Registry{c: c, callers: callers.New(c.Members), limit: map[broker.Route]*rate.Limiter{}, giving: newGiving(c.Now)}
}

// Run serves until ctx ends.
func (r *Registry) Run(ctx context.Context, ready func()) error {
	if err := r.Restore(ctx); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	var renewing sync.WaitGroup
	defer renewing.Wait()
	renewing.Go(func() { r.renewUntil(ctx) })
	return r.c.Answers.Serve(ctx, "registry", map[string]broker.Answer{broker.SyncPrefix: r.answer}, ready)
}

// Restore makes the stream again where the bus has lost it, takes in what it
// keeps, and puts back what it has not. Where the bus goes away meanwhile, members
// are answered from what was open before.
func (r *Registry) Restore(ctx context.Context) error {
	stream, err := openStream(ctx, r.c.Store)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	repository, err := r.openTrust(ctx, stream)
	if err != nil {
		return err
	}
	s := &store{stream}
	members := r.c.Members.Get()
	kept, err := s.all(ctx, members)
	if err != nil {
		return err
	}
	stored, members := members, members.With(kept...)
	for _, a := range members.Agencies() {
		announced, ok := members.Announcement(a.ID)
		if before, was := stored.Announcement(a.ID); !ok || !was || before.Digest() != announced.Digest() {
			continue
		}
		if err := s.put(ctx, announced); err != nil {
			return err
		}
	}
	r.trust, r.store = repository, s
	r.c.Members.Change(func(now *roster.Roster) *roster.Roster { return now.Carrying(members) })
	return nil
}

// openTrust opens the files, and founds the network where there is none.
func (r *Registry) openTrust(ctx context.Context, stream *broker.Stream) (*trust.Repository, error) {
	f, err := openFiles(ctx, stream)
	if err != nil {
		return nil, err
	}
	repository := trust.NewRepository(f, r.c.Online, r.c.Policy)
	err = repository.Renew(ctx, r.c.Now())
	if errors.Is(err, trust.ErrAbsent) {
		if err = repository.Publish(ctx, r.c.Now(), r.c.Founding...); err != nil {
			return nil, fmt.Errorf("found the network: %w", err)
		}
	}
	if err != nil {
		return nil, err
	}
	return repository, nil
}

// renewUntil says again and again which documents are the newest: as often by
// the hub's clock, so that a machine that slept says it when it wakes.
func (r *Registry) renewUntil(ctx context.Context) {
	last := r.c.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(r.c.Renew, time.Second)):
		}
		if passed := r.c.Now().Sub(last); passed >= 0 && passed < r.c.Renew {
			continue
		}
		last = r.c.Now()
		if err := r.repository().Renew(ctx, r.c.Now()); err != nil && ctx.Err() == nil {
			r.c.Log.Alarm("it could not be signed which documents are the newest; members stop after a day", obs.Reason(err, broker.ErrUnreachable, broker.ErrFull))
		}
	}
}

func (r *Registry) repository() *trust.Repository {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trust
}

// answer gives every refusal one shape. The hub's own services fetch files, too;
// nothing but they and members has a way here.
func (r *Registry) answer(ctx context.Context, route broker.Route, body []byte) []byte {
	if !r.allow(route) {
		r.c.Count.Add("busy")
		return mail.WriteAnswer(mail.StatusBusy)
	}
	answer, err := r.sync(ctx, route, body)
	switch {
	case err == nil:
		r.c.Count.Add("answered")
		return answer
	case errors.Is(err, mail.ErrAbsent):
		r.c.Count.Add("absent")
		return mail.WriteAnswer(mail.StatusAbsent)
	case errors.Is(err, mail.ErrUsed):
		r.c.Count.Add("used")
		return mail.WriteAnswer(mail.StatusUsed)
	case errors.Is(err, mail.ErrRefused):
		r.c.Count.Add("refused")
		return mail.WriteAnswer(mail.StatusRefused)
	default:
		r.c.Count.Add("busy")
		return mail.WriteAnswer(mail.StatusBusy)
	}
}

// maxCallers bounds the limits that are remembered: more routes than members
// there are not, but who was removed stays.
const maxCallers = 4096

func (r *Registry) allow(route broker.Route) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit[route] == nil {
		if len(r.limit) >= maxCallers {
			clear(r.limit)
		}
		r.limit[route] = rate.NewLimiter(perSecond, burst)
	}
	return r.limit[route].AllowN(r.c.Now(), 1)
}

func (r *Registry) sync(ctx context.Context, route broker.Route, body []byte) ([]byte, error) {
	q, err := mail.ReadQuestion(body)
	if err != nil {
		return nil, err
	}
	if q.Fetch != "" {
		return r.fetch(ctx, q)
	}
	if _, member := r.callers.Find(route); !member {
		return nil, mail.ErrRefused
	}
	switch {
	case q.Announce != "":
		return mail.WriteAnswer(mail.StatusOK), r.take(ctx, []byte(q.Announce))
	case q.Publish != nil:
		return mail.WriteAnswer(mail.StatusOK), r.publish(ctx, q.Publish)
	case q.Restore != nil:
		return r.takeBack(ctx, route, *q.Restore)
	}
	reply, more := news(r.c.Members.Get(), q.Have)
	text, err := mail.WriteReply(reply)
	if err != nil {
		return nil, err
	}
	status := mail.StatusOK
	if more {
		status = mail.StatusMore
	}
	return mail.WriteAnswer(status, text...), nil
}

// fetch gives a piece of a file.
func (r *Registry) fetch(ctx context.Context, q mail.Question) ([]byte, error) {
	text, err := r.repository().Fetch(ctx, q.Fetch, maxFile)
	if err != nil {
		return nil, mail.ErrAbsent
	}
	rest := text[min(q.From, int64(len(text))):]
	if len(rest) > mail.MaxPiece {
		return mail.WriteAnswer(mail.StatusMore, rest[:mail.MaxPiece]...), nil
	}
	return mail.WriteAnswer(mail.StatusOK, rest...), nil
}

// maxFile is longer than any file there is.
const maxFile = 1 << 30

// publish takes in what stewards signed, whoever brings it.
func (r *Registry) publish(ctx context.Context, signed []mail.Signed) error {
	proposals := make([]trust.Proposal, len(signed))
	for i, s := range signed {
		proposals[i] = trust.Proposal{Document: s.Document, Target: s.Target}
	}
	err := r.repository().Publish(ctx, r.c.Now(), proposals...)
	switch {
	case err == nil:
		r.c.Count.Add("published")
		r.c.Published()
		return nil
	case errors.Is(err, broker.ErrUnreachable) || errors.Is(err, broker.ErrTwice) || errors.Is(err, broker.ErrFull):
		return err
	}
	r.c.Log.Alarm("what a member brought in the stewards' name was refused", obs.Reason(err, trust.Errors()...))
	return mail.ErrRefused
}

// news is what a member has not, as much as one answer holds, and whether there
// is more.
func news(members *roster.Roster, have map[posada.AgencyID]uint64) (reply mail.Reply, more bool) {
	const around = 4 // what JSON adds to each
	size := 0
	for _, a := range members.Agencies() {
		announced, ok := members.Announcement(a.ID)
		switch theirs := have[a.ID]; {
		case theirs > announced.Keys().Sequence:
			reply.Wanted = append(reply.Wanted, a.ID)
		case ok && theirs < announced.Keys().Sequence:
			compact := announced.Compact()
			if size += len(compact) + around; size > mail.MaxAnswer/2 && len(reply.Announced) > 0 {
				return reply, true
			}
			reply.Announced = append(reply.Announced, string(compact))
		}
	}
	return reply, false
}

// take takes an announcement in, whoever brings it: it is signed. One that is
// there already is no error.
func (r *Registry) take(ctx context.Context, compact []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	members := r.c.Members.Get()
	announced, err := members.ReadAnnouncement(compact)
	if err != nil {
		return mail.ErrRefused
	}
	issuer := announced.Keys().Issuer
	if err := announced.Keys().Valid(r.c.Now()); err != nil {
		return mail.ErrRefused
	}
	if before, ok := members.Announcement(issuer); ok {
		switch err := announced.Follows(before); {
		case errors.Is(err, roster.ErrKeysOlder):
			return nil
		case errors.Is(err, roster.ErrKeysForked):
			// Both are signed: its owner's store is an old copy, or somebody
			// else has its identity key. The first counts.
			return mail.ErrUsed
		case err != nil:
			return mail.ErrRefused
		}
	}
	if err := r.store.put(ctx, announced); err != nil {
		return err
	}
	r.c.Members.Change(func(now *roster.Roster) *roster.Roster { return now.With(announced) })
	r.c.Count.Add("announced")
	return nil
}
