// Package registry keeps what members must be able to trust and the hub need
// not be trusted with: the announcements of their keys.
//
// Holds: public keys, as their owners signed them. May reach: members, through
// one service; its own stream. If compromised: it can withhold what is new and
// offer what is old, until an announcement's time is over; it can forge none,
// and members notice an older one.
package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/hub/callers"
)

// How much one member may ask: what an answer may hold makes it costlier than
// an envelope.
const (
	perSecond = 2
	burst     = 40
)

// Config is what a registry needs. Who answers members can write to no stream,
// and who writes to its stream answers nobody.
type Config struct {
	Answers *broker.Conn
	Store   *broker.Conn
	Members *roster.Current // it is told what was announced
	Now     func() time.Time
	Count   obs.Counters
}

// Registry answers sync.
type Registry struct {
	c       Config
	callers *callers.Callers
	store   *store

	mu    sync.Mutex // of taking in
	limit map[posada.AgencyID]*rate.Limiter
}

// New makes a registry. It has no side effects.
func New(c Config) *Registry {
	return &Registry{c: c, callers: callers.New(c.Members), limit: map[posada.AgencyID]*rate.Limiter{}}
}

// Run serves until ctx ends.
func (r *Registry) Run(ctx context.Context, ready func()) error {
	if err := r.Restore(ctx); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return r.c.Answers.Serve(ctx, "registry", map[string]broker.Answer{broker.SyncPrefix: r.answer}, ready)
}

// Restore makes the stream again where the bus has lost it, takes in what it
// keeps, and puts back what it has not.
func (r *Registry) Restore(ctx context.Context) error {
	s, err := openStore(ctx, r.c.Store)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
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
	r.store = s
	r.c.Members.Set(members)
	return nil
}

// answer gives every refusal one shape.
func (r *Registry) answer(ctx context.Context, route broker.Route, body []byte) []byte {
	caller, known := r.callers.Find(route)
	if !known {
		r.c.Count.Add("sync refused")
		return mail.WriteAnswer(mail.StatusRefused)
	}
	if !r.allow(caller) {
		r.c.Count.Add("sync busy")
		return mail.WriteAnswer(mail.StatusBusy)
	}
	answer, err := r.sync(ctx, body)
	switch {
	case err == nil:
		r.c.Count.Add("sync")
		return answer
	case errors.Is(err, mail.ErrRefused):
		r.c.Count.Add("sync refused")
		return mail.WriteAnswer(mail.StatusRefused)
	default:
		r.c.Count.Add("sync busy")
		return mail.WriteAnswer(mail.StatusBusy)
	}
}

func (r *Registry) allow(caller roster.Agency) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit[caller.ID] == nil {
		r.limit[caller.ID] = rate.NewLimiter(perSecond, burst)
	}
	return r.limit[caller.ID].AllowN(r.c.Now(), 1)
}

func (r *Registry) sync(ctx context.Context, body []byte) ([]byte, error) {
	q, err := mail.ReadQuestion(body)
	if err != nil {
		return nil, err
	}
	if q.Announce != "" {
		return mail.WriteAnswer(mail.StatusOK), r.take(ctx, []byte(q.Announce))
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
		case err != nil:
			return mail.ErrRefused
		}
	}
	if err := r.store.put(ctx, announced); err != nil {
		return err
	}
	// Another process of ours may have set it meanwhile.
	r.c.Members.Set(r.c.Members.Get().With(announced))
	r.c.Count.Add("announced")
	return nil
}
