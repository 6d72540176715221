package post

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Times of the outbox.
const (
	again   = time.Hour        // without a receipt, the next attempt
	settled = 30 * time.Second // after the hub was away, for the receipts that waited meanwhile
	longest = 10 * time.Minute // between failed attempts
	notNow  = time.Minute      // after a unit said Wait
	// recallAgain is when an envelope is taken back that could not be, doubled
	// each time up to notNow.
	recallAgain = 5 * time.Second
	// forgotten is when a receipt that did not go is, and a void for who is no member.
	forgotten = 30 * 24 * time.Hour
)

// maxBundle is how many bytes of stored events share an envelope: what is over
// goes into another. The largest class holds more.
const maxBundle = 128 << 10

// sendUntil attempts what is due until ctx ends.
func (p *Post) sendUntil(ctx context.Context) {
	for {
		next, err := p.sendDue(ctx)
		if err != nil && ctx.Err() == nil {
			p.c.Log.Alarm("the outbox could not be worked on", obs.Reason(err, named()...))
		}
		pause := time.Minute
		if !next.IsZero() {
			pause = min(max(next.Sub(p.c.Now()), 10*time.Millisecond), pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-time.After(pause):
		}
	}
}

// sendDue attempts everything that is due and gives the time of the next attempt. While what is known of the network is
// stale it attempts nothing: it only keeps.
func (p *Post) sendDue(ctx context.Context) (next time.Time, err error) {
	if p.hushed.Load() || p.Staleness() == posada.StalenessStale {
		return next, nil // nothing may leave; Speak and Reachable wake us
	}
	if p.review.Swap(false) {
		if err := p.reviewOutbox(ctx); err != nil {
			p.review.Store(true)
			return next, err
		}
	}
	reachable := p.reachable.Swap(false)
	if err := p.keepAlive(reachable); err != nil {
		p.c.Log.Alarm("other agencies could not be told that this one is there; it will be tried again", obs.Reason(err, named()...))
	}
	var todo work
	err = p.c.Vault.View(func(tx *vault.Tx) (err error) {
		todo, err = due(tx, p.c.Members.Get(), p.c.Now(), reachable, p.thereSince())
		return err
	})
	if err != nil {
		return next, err
	}
	if todo.unread > 0 {
		p.c.Log.Alarm("events in the outbox cannot be read; they stay there", obs.Count(todo.unread))
	}
	if len(todo.ready) > 0 {
		p.step(StepQueued)
	}
	if soonest := p.attemptAll(ctx, todo.ready); todo.next.IsZero() || !soonest.IsZero() && soonest.Before(todo.next) {
		return soonest, nil
	}
	return todo.next, nil
}

// together is to how many agencies something is sealed and submitted at once: most of the
// time of each goes by while the store is synced and the hub answers.
const together = 8

// attemptAll attempts everything that is due, what is for one agency one envelope after
// another, and gives the time of the next attempt; zero where there is none.
func (p *Post) attemptAll(ctx context.Context, ready []waiting) (next time.Time) {
	each := map[posada.AgencyID][][]waiting{}
	for _, bundle := range bundles(ready) {
		each[bundle[0].To] = append(each[bundle[0].To], bundle)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	turns := make(chan struct{}, together)
	for _, list := range each {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			for _, bundle := range list {
				if ctx.Err() != nil {
					return
				}
				at := p.attemptEach(ctx, bundle)
				mu.Lock()
				if next.IsZero() || at.Before(next) {
					next = at
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return next
}

// attemptEach attempts a bundle, and where that fails each event of it by
// itself: one's trouble is not the others'.
func (p *Post) attemptEach(ctx context.Context, bundle []waiting) time.Time {
	at, err := p.attempt(ctx, bundle)
	switch {
	case err == nil:
		return at
	case len(bundle) == 1:
		p.c.Log.Alarm("an event could not be attempted; it will be tried again", obs.Reason(err, named()...), obs.EventID(bundle[0].id))
		return p.c.Now().Add(notNow)
	}
	next := p.c.Now().Add(notNow)
	for i := range bundle {
		next = minTime(next, p.attemptEach(ctx, bundle[i:i+1]))
	}
	return next
}

// bundles groups what waits for one agency into lists that fit an envelope, in
// the order of their places; what has no place comes first, and last what says how
// far those go. Neither shares an envelope with a disclosure: one that is taken back from
// the hub would take with it what nobody sends again before an hour is over.
func bundles(ready []waiting) [][]waiting {
	slices.SortFunc(ready, func(a, b waiting) int { return cmp.Or(cmp.Compare(a.To, b.To), inOrder(a, b)) })
	var out [][]waiting
	size := 0
	for _, w := range ready {
		last := len(out) - 1
		if last < 0 || out[last][0].To != w.To || len(out[last]) == seal.MaxStatements || size+len(w.Event) > maxBundle ||
			slices.ContainsFunc(out[last], w.apart) {
			out, size, last = append(out, nil), 0, last+1
		}
		out[last] = append(out[last], w)
		size += len(w.Event)
	}
	return out
}

// apart reports whether one of two is a disclosure or a need and the other has no place.
func (w waiting) apart(o waiting) bool {
	a, b := w.read.Type(), o.read.Type()
	return a.PlacedLate() && !b.Sequenced() || b.PlacedLate() && !a.Sequenced()
}

// inOrder is the order in which what waits for one agency goes: what never has a place;
// what has one, by that; what is given one when it goes, by how long it waits; what is
// quiet.
func inOrder(a, b waiting) int {
	turn := func(w waiting) int {
		switch {
		case w.Quiet:
			return 3
		case w.Place.Seq == 0 && w.read.Type().Sequenced():
			return 2
		}
		return 1
	}
	return cmp.Or(cmp.Compare(turn(a), turn(b)), cmp.Compare(a.Place.Seq, b.Place.Seq), a.Queued.Compare(b.Queued), cmp.Compare(a.id, b.id))
}

func (p *Post) sender(members *roster.Roster) (seal.Sender, error) {
	key, err := p.c.Keys.Signer(p.c.Now())
	known := p.c.Network.Versions()
	return seal.Sender{Network: members.Network(), Agency: p.c.Agency, Key: key, Roster: known.Roster, Policy: known.Policy}, err
}

// recipient is a recipient key and the text it was parsed from.
type recipient struct {
	text   string
	parsed seal.Recipient
}

// address is where to reach an agency today.
func (p *Post) address(members *roster.Roster, to posada.AgencyID) (seal.Address, error) {
	today := posada.EpochAt(p.c.Now())
	agency, err := members.Agency(to)
	if err != nil {
		return seal.Address{}, err
	}
	text, err := members.Recipient(to, today)
	if err != nil {
		return seal.Address{}, err
	}
	p.mu.Lock()
	known := p.parsed[to]
	p.mu.Unlock()
	if known.text != text {
		if known.parsed, err = seal.ParseRecipient(text); err != nil {
			return seal.Address{}, err
		}
		known.text = text
		p.mu.Lock()
		p.parsed[to] = known
		p.mu.Unlock()
	}
	return seal.Address{Agency: to, Mailbox: agency.Mailbox, Epoch: today, Recipient: known.parsed}, nil
}

func (p *Post) newMessage() (m posada.MessageID, err error) {
	if _, err := io.ReadFull(p.c.Random, m[:]); err != nil {
		return m, fmt.Errorf("draw a message id: %w", err)
	}
	return m, nil
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
