// Package members follows who the members are and which keys are theirs, and
// tells the network this agency's own.
//
// Holds: the announcements of every member, all public. May reach: the hub's
// registry. If compromised: envelopes could be sealed to somebody else's key.
//
// The registry is not believed: an announcement counts under the identity key
// the roster has for its agency, and never goes back to an older one. One of
// our own that we did not make is an alarm: this store is an old copy, and new
// keys are announced past it; or somebody else has our identity key.
package members

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/vault"
)

// ErrNotOurs says that the network has an announcement in our name that we did
// not make.
var ErrNotOurs = errors.New("an announcement of keys in this agency's name was not made here")

// Registry is what members asks of the hub.
//
//  1. Sync returns announcements the asker has not, in some order, and whether
//     there is more to ask for; and agencies of which the registry has less.
//  2. Announce returns nil when the registry has taken an announcement in, or
//     had it. mail.ErrRefused: it will not. mail.ErrUsed: it has another one
//     in its place, or before it.
type Registry interface {
	Sync(ctx context.Context, have map[posada.AgencyID]uint64) (reply mail.Reply, more bool, err error)
	Announce(ctx context.Context, compact []byte) error
}

// Own is this agency's own keys, as far as they are announced.
type Own interface {
	Turn(now time.Time) (changed bool, err error)
	Announced() (a roster.Announcement, atHub bool)
	Told(a roster.Announcement) error
	// Jump has the next announcement pass a number; an error if that was done
	// not long ago.
	Jump(sequence uint64, now time.Time) error
}

// Config is what members needs.
type Config struct {
	Agency   posada.AgencyID
	Vault    *vault.Vault
	Registry Registry
	Own      Own
	Base     *roster.Roster  // as the stewards signed it, to begin with
	Current  *roster.Current // is kept up to date
	Now      func() time.Time
	// Trusted runs what may only be done where it is known what time it is.
	Trusted func(func(now time.Time) error) error
	Log     obs.Log
	Every   time.Duration
	// Connect is called before the hub is asked: the key to connect with may be
	// another now.
	Connect func(ctx context.Context)
	// Changed is called when Current is another, or our own keys are.
	Changed func()
}

// Members is the unit.
type Members struct {
	c    Config
	wake chan struct{}

	mu    sync.Mutex // one refresh at a time
	base  *roster.Roster
	known map[posada.AgencyID]roster.Announcement
	alarm bool // ErrNotOurs was said
	used  bool // the hub says that our number is another's
}

// announced is what a member announced last, as it was signed.
type announced struct {
	Compact string `json:"compact"`
}

// longest is how long one refresh may take.
const longest = time.Minute

var announcedTable = vault.Table[announced]{Name: "announced", Version: 1}

// New makes the unit and sets Current to what is known of earlier runs.
func New(c Config) (*Members, error) {
	m := &Members{c: c, wake: make(chan struct{}, 1), base: c.Base, known: map[posada.AgencyID]roster.Announcement{}}
	err := c.Vault.View(func(tx *vault.Tx) error {
		return announcedTable.Each(tx, func(name string, kept announced) error {
			// One that no longer verifies is of an identity key that was replaced.
			if a, err := c.Base.ReadAnnouncement([]byte(kept.Compact)); err == nil && string(a.Keys().Issuer) == name {
				m.known[a.Keys().Issuer] = a
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	m.publish()
	return m, nil
}

// publish sets Current to what is known.
func (m *Members) publish() {
	list := make([]roster.Announcement, 0, len(m.known)+1)
	for _, a := range m.known {
		list = append(list, a)
	}
	if own, _ := m.c.Own.Announced(); own.Keys().Sequence > 0 {
		list = append(list, own)
	}
	m.c.Current.Change(func(*roster.Roster) *roster.Roster { return m.base.With(list...) })
}

// Run keeps up until ctx ends.
func (m *Members) Run(ctx context.Context, ready func()) error {
	ready()
	for failed := 0; ; {
		err := m.Refresh(ctx)
		if failed++; !errors.Is(err, mail.ErrBusy) && !errors.Is(err, broker.ErrUnreachable) {
			failed = 0 // it answered
		}
		if err != nil && ctx.Err() == nil {
			m.c.Log.Info("the members' keys could not be asked for; it will be tried again", obs.Reason(err, named()...))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-m.wake:
		case <-time.After(run.Again(failed, m.c.Every)):
		}
	}
}

// Wake asks again now: the bus is back.
func (m *Members) Wake() {
	run.Poke(m.wake)
}

// Rebase goes over to a roster that stewards decided. What a member announced
// under an identity key that was replaced counts no more.
func (m *Members) Rebase(base *roster.Roster) {
	m.mu.Lock()
	defer m.mu.Unlock()
	other := !base.Same(m.base)
	m.base = base
	for id, a := range m.known {
		if _, err := base.ReadAnnouncement(a.Compact()); err != nil {
			delete(m.known, id)
		}
	}
	m.publish()
	if other {
		m.Wake() // there may be others to ask about
	}
}

// Refresh turns our own keys over where it is time, announces them, and takes
// in what others announced.
func (m *Members) Refresh(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	turned := false
	err := m.c.Trusted(func(now time.Time) (err error) { turned, err = m.c.Own.Turn(now); return err })
	if err != nil {
		return fmt.Errorf("members: %w", err)
	}
	m.c.Connect(ctx)
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	told, notTold := m.tell(ctx)
	heard, notHeard := m.hear(ctx)
	if turned || told || heard {
		m.publish()
		m.c.Changed()
	}
	return errors.Join(notTold, notHeard)
}

// tell announces our own keys where the hub has not the newest.
func (m *Members) tell(ctx context.Context) (told bool, err error) {
	own, atHub := m.c.Own.Announced()
	if atHub {
		return false, nil
	}
	err = m.c.Registry.Announce(ctx, own.Compact())
	m.used = errors.Is(err, mail.ErrUsed)
	if errors.Is(err, mail.ErrRefused) {
		// It has another in our name, or our clock is wrong: hear will tell.
		m.c.Log.Alarm("the hub refuses this agency's announcement of keys")
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("announce keys: %w", err)
	}
	return true, m.c.Own.Told(own)
}

// hear takes in what others announced, until there is no more. A registry that
// always has more is left after as many rounds as there are members.
func (m *Members) hear(ctx context.Context) (heard bool, err error) {
	for range len(m.base.Agencies()) + 1 {
		reply, more, err := m.c.Registry.Sync(ctx, m.have())
		if err != nil {
			return heard, fmt.Errorf("sync: %w", err)
		}
		took, err := m.takeIn(reply.Announced)
		heard = heard || took
		if err != nil {
			return heard, err
		}
		m.giveBack(ctx, reply.Wanted)
		if !more || !took {
			break
		}
	}
	return heard, nil
}

// have is the newest that is known of each agency, us among them.
func (m *Members) have() map[posada.AgencyID]uint64 {
	have := map[posada.AgencyID]uint64{}
	for id, a := range m.known {
		have[id] = a.Keys().Sequence
	}
	own, _ := m.c.Own.Announced()
	have[m.c.Agency] = own.Keys().Sequence
	if m.used {
		have[m.c.Agency] = 0 // let it show by what
	}
	return have
}

// takeIn keeps what verifies and is newer than what is known. What does not is
// the hub's doing or a hostile member's, and changes nothing.
func (m *Members) takeIn(compacts []string) (bool, error) {
	fresh, wrong := map[posada.AgencyID]roster.Announcement{}, 0
	// Nobody honest gives more than one of each member.
	for _, compact := range compacts[:min(len(compacts), len(m.base.Agencies()))] {
		a, err := m.base.ReadAnnouncement([]byte(compact))
		if err != nil || time.Unix(a.Keys().IssuedAt, 0).After(m.c.Now().Add(posada.ClocksDiffer)) {
			wrong++
			continue
		}
		issuer := a.Keys().Issuer
		if issuer == m.c.Agency {
			m.notOurs(a)
			continue
		}
		before, known := m.known[issuer]
		if earlier, ok := fresh[issuer]; ok {
			before, known = earlier, true
		}
		if known {
			if err := a.Follows(before); err != nil {
				if errors.Is(err, roster.ErrKeysForked) {
					m.c.Log.Alarm("a member's announcements of keys contradict each other; the first counts")
				}
				continue
			}
		}
		fresh[issuer] = a
	}
	if wrong > 0 {
		m.c.Log.Alarm("the hub gave announcements of keys that do not count", obs.Count(wrong))
	}
	if len(fresh) == 0 {
		return false, nil
	}
	err := m.c.Vault.Update(func(tx *vault.Tx) error {
		for id, a := range fresh {
			if err := announcedTable.Put(tx, string(id), vault.KeyID{}, announced{Compact: string(a.Compact())}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("keep announcements: %w", err)
	}
	for id, a := range fresh {
		m.known[id] = a
	}
	return true, nil
}

// notOurs looks at an announcement in our name that the hub takes for newer
// than ours, or that stands where ours should. Where our identity key is the one
// the roster has, it signed both: this store is an old copy, and we pass the
// number. Nobody can tell that from somebody else who has the key; but that one
// would go on, and we pass no more than once in a while.
func (m *Members) notOurs(a roster.Announcement) {
	own, _ := m.c.Own.Announced()
	made := a.Keys().Sequence <= own.Keys().Sequence && !errors.Is(own.Follows(a), roster.ErrKeysForked)
	if made || m.alarm {
		return // a hub that brings up our word of yesterday says nothing
	}
	if _, err := m.base.ReadAnnouncement(own.Compact()); err == nil && m.c.Own.Jump(a.Keys().Sequence, m.c.Now()) == nil {
		m.c.Log.Alarm("keys were announced in this agency's name that are not here: this store is an old copy, and new keys are announced now; if nobody put back a copy, somebody has its identity key: tell a steward")
		m.Wake()
		return
	}
	m.alarm = true
	m.c.Log.Alarm("an announcement of keys in this agency's name was not made here: somebody has its identity key; tell a steward")
}

// NotOurs reports whether somebody else announces keys in our name.
func (m *Members) NotOurs() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alarm
}

// giveBack gives the registry what it lost and we have, our own first, each
// once. One that it refuses keeps no other back.
func (m *Members) giveBack(ctx context.Context, wanted []posada.AgencyID) {
	asked := map[posada.AgencyID]bool{}
	for _, id := range wanted {
		asked[id] = true
	}
	var back []roster.Announcement
	if own, _ := m.c.Own.Announced(); asked[m.c.Agency] {
		back = append(back, own)
	}
	for id, a := range m.known {
		if asked[id] && id != m.c.Agency {
			back = append(back, a)
		}
	}
	for _, a := range back {
		if a.Keys().Valid(m.c.Now()) != nil {
			continue
		}
		err := m.c.Registry.Announce(ctx, a.Compact())
		if err != nil && !errors.Is(err, mail.ErrRefused) {
			m.c.Log.Info("the hub did not take back an announcement it lost; it will be tried again", obs.Reason(err, named()...))
			return
		}
	}
}
