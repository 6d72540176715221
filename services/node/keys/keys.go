// Package keys holds an agency's own keys and turns them over.
//
// Holds: the agency's identity key, its signing keys, the key it connects
// with, and the recipient key of each day. May reach: the vault.
// If compromised: everything can be said in this agency's name, and everything
// to it read, until stewards suspend it and it joins anew.
//
// Each kind has its time (schedule.go). The next ones are announced two weeks
// before they are used, so that whoever is away for less misses nothing, and no
// steward is asked: the announcement is signed under the identity key, which
// the roster has. Private halves are kept under vault keys of their own, and
// those are erased when the time is over.
package keys

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// ErrNoKey says that there is no key that may be used now.
var ErrNoKey = errors.New("no key of this agency's may be used now")

// Keys is the unit. It is safe for concurrent use, inside vault transactions
// too.
type Keys struct {
	vault  *vault.Vault
	random io.Reader

	changing sync.Mutex // one change at a time; held over vault transactions

	mu     sync.Mutex // never held over one
	state  state
	epochs map[posada.Epoch]seal.Identity // those that were asked for
	gone   int                            // how often epochs were forgotten
}

// state is what is read of the vault. It does not change.
type state struct {
	own       own
	identity  jose.PrivateKey
	announced roster.Announcement
	signing   map[jose.KeyID]jose.PrivateKey
}

// Create makes the keys of an agency in an empty vault: its id, its mailbox and
// all that it announces first. again is the id of one whose node was lost: it
// keeps that and nothing else.
func Create(v *vault.Vault, network posada.NetworkID, again posada.AgencyID, random io.Reader, now time.Time) (*Keys, error) {
	me := own{Network: network, Agency: again, Again: again != ""}
	if again == "" {
		id, err := posada.NewID[posada.AgencyID](random)
		if err != nil {
			return nil, err
		}
		me.Agency = id
	}
	if _, err := io.ReadFull(random, me.Mailbox[:]); err != nil {
		return nil, fmt.Errorf("draw a mailbox: %w", err)
	}
	identity, err := jose.GenerateKey(random)
	if err != nil {
		return nil, err
	}
	me.Identity = identity.Seed()
	if err := v.Update(func(tx *vault.Tx) error { return ownTable.Put(tx, ownName, vault.KeyID{}, me) }); err != nil {
		return nil, err
	}
	k, err := New(v, random)
	if err != nil {
		return nil, err
	}
	_, err = k.Turn(now)
	return k, err
}

// New reads the keys of an agency's vault.
func New(v *vault.Vault, random io.Reader) (*Keys, error) {
	k := &Keys{vault: v, random: random, epochs: map[posada.Epoch]seal.Identity{}}
	return k, k.reload()
}

func (k *Keys) reload() error {
	var fresh state
	if err := k.vault.View(func(tx *vault.Tx) (err error) { fresh, err = load(tx); return err }); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = fresh
	k.forget()
	return nil
}

// forget forgets the epoch keys that were asked for. The caller holds mu.
func (k *Keys) forget() {
	clear(k.epochs)
	k.gone++
}

// load reads everything but the epoch keys.
func load(tx *vault.Tx) (s state, err error) {
	if s.own, err = ownTable.Get(tx, ownName); err != nil {
		return s, fmt.Errorf("this agency's own keys: %w", err)
	}
	if s.identity, err = jose.KeyFromSeed([32]byte(s.own.Identity)); err != nil {
		return s, err
	}
	s.signing = map[jose.KeyID]jose.PrivateKey{}
	err = signingTable.Each(tx, func(name string, kept secret) error {
		key, err := jose.KeyFromSeed([32]byte(kept.Seed))
		s.signing[jose.KeyID(name)] = key
		return err
	})
	if err != nil || s.own.Announced == "" {
		return s, err
	}
	s.announced, err = roster.ReadAnnouncement([]byte(s.own.Announced), s.member(), s.own.Network)
	return s, err
}

func (s state) member() roster.Agency {
	return roster.Agency{ID: s.own.Agency, Standing: posada.StandingActive, Mailbox: s.own.Mailbox, Identity: s.identity.Public()}
}

func (k *Keys) now() state {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Member is what others need to know of this agency; its class is for the
// network to say.
func (k *Keys) Member() roster.Agency { return k.now().member() }

// Network is the network this agency is in.
func (k *Keys) Network() posada.NetworkID { return k.now().own.Network }

// Announced is what this agency announced last, and whether the hub has it.
func (k *Keys) Announced() (a roster.Announcement, atHub bool) {
	s := k.now()
	return s.announced, s.own.AtHub >= s.announced.Keys().Sequence
}

// Request is what stewards are asked with to make this agency a member, signed
// under its identity key.
func (k *Keys) Request(class posada.AgencyClass, now time.Time) ([]byte, error) {
	s := k.now()
	me := s.member()
	return enrol.Request{
		Network: s.own.Network, Agency: me.ID, Mailbox: me.Mailbox, Class: class, Identity: me.Identity, Made: now,
	}.Sign(s.identity)
}

// Again reports whether this node took the place of one that was lost.
func (k *Keys) Again() bool { return k.now().own.Again }

// Signer is the key to sign with now: of those within their times the one that
// began last.
func (k *Keys) Signer(now time.Time) (jose.PrivateKey, error) {
	s := k.now()
	var best roster.SigningKey
	for _, key := range s.announced.Keys().Signing {
		if _, mine := s.signing[key.Key.ID()]; mine && key.Valid(now) == nil && key.From.After(best.From) {
			best = key
		}
	}
	if best.From.IsZero() {
		return jose.PrivateKey{}, ErrNoKey
	}
	return s.signing[best.Key.ID()], nil
}

// Connection is what to connect with at now: a key, and the statement of our
// identity key that it connects for us. It is another every few weeks, and
// nobody has to be told.
func (k *Keys) Connection(now time.Time) (c Connection, err error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	s := k.now()
	if c := s.own.Connection; c.Seed != nil && now.Sub(c.From) < connectEvery && !now.Before(c.From) {
		return c, nil
	}
	from := now.UTC().Truncate(time.Second).Add(-slack)
	seed, public, err := broker.NewKey()
	if err != nil {
		return c, err
	}
	c = Connection{Seed: seed, From: from}
	c.Statement, err = roster.Connection{
		Network: s.own.Network, Issuer: s.own.Agency, Key: public,
		NotBefore: from.Unix(), Expires: from.Add(roster.ConnectionLife).Unix(),
	}.Sign(s.identity)
	if err != nil {
		return c, err
	}
	return c, k.changed(func(o *own) { o.Connection = c })
}

// Identity is the private key of an epoch, where it was not destroyed.
func (k *Keys) Identity(e posada.Epoch) (seal.Identity, bool) {
	k.mu.Lock()
	identity, ok := k.epochs[e]
	gone := k.gone
	k.mu.Unlock()
	if ok {
		return identity, true
	}
	var found secret
	err := k.vault.View(func(tx *vault.Tx) (err error) {
		found, err = epochTable.Get(tx, epochName(e))
		return err
	})
	if err != nil {
		return seal.Identity{}, false
	}
	if identity, err = seal.ParseIdentity(string(found.Seed)); err != nil {
		return seal.Identity{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone == gone { // it was not destroyed meanwhile
		k.epochs[e] = identity
	}
	return identity, true
}

// Told notes that the hub has an announcement of ours.
func (k *Keys) Told(a roster.Announcement) error {
	return k.change(func(o *own) {
		o.AtHub = max(o.AtHub, a.Keys().Sequence)
	})
}

// jumpEvery is how often numbers are passed at most. A store is not put back
// from a copy every week; somebody else who announces in our name might every
// minute.
const jumpEvery = 7 * day

// ErrJumped says that numbers were passed not long ago.
var ErrJumped = errors.New("numbers of announcements were passed this week already")

// Jump has the next announcement pass a number that was used in our name and is
// not known here: this store was put back from an old copy. Private keys that
// were made since the copy are lost; Turn makes others and announces them.
func (k *Keys) Jump(sequence uint64, now time.Time) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	s := k.now()
	if sequence <= s.own.Passed {
		return nil // Turn has yet to
	}
	if since := now.Sub(s.own.Jumped); !s.own.Jumped.IsZero() && since >= 0 && since < jumpEvery {
		return ErrJumped
	}
	return k.changed(func(o *own) {
		o.Passed, o.Jumped = max(o.Passed, sequence, s.announced.Keys().Sequence), now.UTC()
	})
}

// Drained notes that the mailbox was seen empty at now.
func (k *Keys) Drained(now time.Time) error {
	today := posada.EpochAt(now)
	if today == k.now().own.Drained {
		return nil
	}
	return k.change(func(o *own) { o.Drained = today })
}

// change changes what is noted of our own.
func (k *Keys) change(f func(*own)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	return k.changed(f)
}

// changed is change for who holds the lock already.
func (k *Keys) changed(f func(*own)) error {
	next := k.now().own
	f(&next)
	if err := k.vault.Update(func(tx *vault.Tx) error { return ownTable.Put(tx, ownName, vault.KeyID{}, next) }); err != nil {
		return fmt.Errorf("note of our own keys: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.own = next
	return nil
}
