// Package roster is who the members are: their class, standing and mailbox, as
// one signed snapshot, and the keys they announce themselves (keys.go).
//
// Guarantee: a Roster is consistent: no two agencies share an id, a mailbox
// or an identity key, so each lookup has one answer. An agency it does not hold
// has standing unknown; one that announced nothing has no keys. A Roster does
// not change: With makes another.
//
// Limit: whether the snapshot itself is to be believed is for whoever loaded
// it to know. It holds no names, contacts or places: those are in the
// directory (read.go), which is a file of each agency's own.
package roster

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a snapshot and of looking things up in it.
var (
	ErrInconsistent  = errors.New("the roster contradicts itself")
	ErrUnknownAgency = errors.New("no such agency in the roster")
	ErrUnknownKey    = errors.New("no member announced this key")
	ErrKeyTime       = errors.New("the key was not valid when it signed")
	ErrKeyRevoked    = errors.New("the key is revoked")
	ErrNoRecipient   = errors.New("the agency announced no recipient key for this epoch")
)

// Snapshot is the roster as it is written and signed.
type Snapshot struct {
	Network  posada.NetworkID `json:"network"`
	Version  uint64           `json:"version"`
	Hub      Hub              `json:"hub"`
	Agencies []Agency         `json:"agencies"`
}

// Hub is what members know of the relay.
type Hub struct {
	Operator string         `json:"operator"` // who runs it; grants name it as intermediary
	Receipt  jose.PublicKey `json:"receipt"`  // verifies the hub's receipts
	// Pins are the TLS keys it may show, at most 4: the next one is announced
	// before it is used. A hub without any is reached on loopback alone.
	Pins []Pin `json:"pins,omitempty"`
}

// Agency is one member, as the stewards signed it.
type Agency struct {
	ID       posada.AgencyID    `json:"id"`
	Class    posada.AgencyClass `json:"class"`
	Standing posada.Standing    `json:"standing"`
	Mailbox  posada.MailboxID   `json:"mailbox"`
	Identity jose.PublicKey     `json:"identity"` // signs what it announces
	// Sponsors are the two members that spoke for it when it joined; none for
	// who founded the network.
	Sponsors [2]posada.AgencyID `json:"sponsors,omitzero"`
}

// Roster is a snapshot that was found consistent, and what its members
// announced. It does not change.
type Roster struct {
	snapshot   Snapshot
	byID       map[posada.AgencyID]Agency
	byMailbox  map[posada.MailboxID]posada.AgencyID
	byIdentity map[jose.KeyID]posada.AgencyID
	announced  map[posada.AgencyID]Announcement
	// byKey are the signing keys that were announced. One may be claimed by
	// two; whose it is to use, Signer says.
	byKey map[jose.KeyID]jose.PublicKey
}

// New checks a snapshot and makes it ready for lookups. Nobody in it has
// announced a key yet.
func New(s Snapshot) (*Roster, error) {
	r := empty(s)
	if s.Network == "" || s.Version == 0 || s.Hub.Operator == "" || s.Hub.Receipt.ID() == "" {
		return nil, fmt.Errorf("%w: network, version, hub operator or hub key is missing", ErrInconsistent)
	}
	if len(s.Agencies) > posada.MaxMembers {
		return nil, fmt.Errorf("%w: more than %d agencies", ErrInconsistent, posada.MaxMembers)
	}
	if err := checkPins(s.Hub.Pins); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	for i, a := range s.Agencies {
		if err := r.add(a); err != nil {
			return nil, fmt.Errorf("%w: agency %d: %w", ErrInconsistent, i, err)
		}
	}
	return r, nil
}

// Nobody is the roster of a network that was not heard of yet: version 0, no
// members, and the keys its hub may show.
func Nobody(network posada.NetworkID, pins ...Pin) (*Roster, error) {
	if err := checkPins(pins); err != nil || network == "" {
		return nil, fmt.Errorf("%w: no network, or pins that contradict each other", ErrInconsistent)
	}
	return empty(Snapshot{Network: network, Hub: Hub{Pins: pins}}), nil
}

func empty(s Snapshot) *Roster {
	return &Roster{
		snapshot:   s,
		byID:       map[posada.AgencyID]Agency{},
		byMailbox:  map[posada.MailboxID]posada.AgencyID{},
		byIdentity: map[jose.KeyID]posada.AgencyID{},
		announced:  map[posada.AgencyID]Announcement{},
	}
}

func (r *Roster) add(a Agency) error {
	if !posada.Known(a.Class) || !posada.Known(a.Standing) || a.ID == "" || a.Identity.ID() == "" {
		return errors.New("a fact is missing")
	}
	// By that word an agency is read to; whatever is in a roster is sent to.
	if a.Standing == posada.StandingListed {
		return errors.New("a member has a node")
	}
	_, id := r.byID[a.ID]
	_, mailbox := r.byMailbox[a.Mailbox]
	_, identity := r.byIdentity[a.Identity.ID()]
	if id || mailbox || identity || a.Mailbox == (posada.MailboxID{}) {
		return errors.New("an id, a mailbox or an identity key is missing or stands twice")
	}
	r.byID[a.ID], r.byMailbox[a.Mailbox], r.byIdentity[a.Identity.ID()] = a, a.ID, a.ID
	return nil
}

// With is the roster with what its members announced since. An announcement of
// somebody else, under another identity key than the roster's, or older than
// the one it has, changes nothing.
func (r *Roster) With(announced ...Announcement) *Roster {
	next := *r
	next.announced = maps.Clone(r.announced)
	for _, a := range announced {
		member, known := r.byID[a.keys.Issuer]
		if !known || a.keys.Network != r.snapshot.Network || a.identity != member.Identity.ID() {
			continue
		}
		if before, ok := next.announced[a.keys.Issuer]; !ok || a.keys.Sequence > before.keys.Sequence {
			next.announced[a.keys.Issuer] = a
		}
	}
	next.byKey = map[jose.KeyID]jose.PublicKey{}
	for _, a := range next.announced {
		for _, k := range a.keys.Signing {
			next.byKey[k.Key.ID()] = k.Key
		}
	}
	return &next
}

// Snapshot is what the stewards signed.
func (r *Roster) Snapshot() Snapshot { return r.snapshot }

// Network is the network this roster is of.
func (r *Roster) Network() posada.NetworkID { return r.snapshot.Network }

// Version is the snapshot's number; a newer one is higher.
func (r *Roster) Version() uint64 { return r.snapshot.Version }

// Hub is what members know of the relay.
func (r *Roster) Hub() Hub { return r.snapshot.Hub }

// Agencies lists the members in the snapshot's order; it must not be changed.
func (r *Roster) Agencies() []Agency { return r.snapshot.Agencies }

// Agency finds a member of any standing.
func (r *Roster) Agency(id posada.AgencyID) (Agency, error) {
	a, ok := r.byID[id]
	if !ok {
		return Agency{}, ErrUnknownAgency
	}
	return a, nil
}

// Standing is a member's standing; unknown for anybody else.
func (r *Roster) Standing(id posada.AgencyID) posada.Standing {
	if a, ok := r.byID[id]; ok {
		return a.Standing
	}
	return posada.StandingUnknown
}

// Class is a member's class. Anybody else has none, and the policy distrusts what it does
// not know.
func (r *Roster) Class(id posada.AgencyID) posada.AgencyClass { return r.byID[id].Class }

// ByMailbox finds whose mailbox it is.
func (r *Roster) ByMailbox(m posada.MailboxID) (Agency, error) { return r.Agency(r.byMailbox[m]) }

// Announcement is what an agency announced last.
func (r *Roster) Announcement(id posada.AgencyID) (Announcement, bool) {
	a, ok := r.announced[id]
	return a, ok
}

// Key is a signing key that some member announced; whose it is to use, Signer
// says.
func (r *Roster) Key(kid jose.KeyID) (jose.PublicKey, error) {
	key, ok := r.byKey[kid]
	if !ok {
		return jose.PublicKey{}, ErrUnknownKey
	}
	return key, nil
}

// Signer finds the times of a signing key of an agency's. What the agency
// announced must count now: else it may have revoked the key since, and we
// would not know.
func (r *Roster) Signer(id posada.AgencyID, kid jose.KeyID, now time.Time) (SigningKey, error) {
	a, ok := r.announced[id]
	if !ok {
		return SigningKey{}, ErrUnknownKey
	}
	if err := a.keys.Valid(now); err != nil {
		return SigningKey{}, err
	}
	for _, k := range a.keys.Signing {
		if k.Key.ID() == kid {
			return k, nil
		}
	}
	return SigningKey{}, ErrUnknownKey
}

// Recipient is an agency's recipient key for an epoch, where what it announced
// still counts when the epoch begins.
func (r *Roster) Recipient(id posada.AgencyID, epoch posada.Epoch) (string, error) {
	a, ok := r.announced[id]
	if !ok || !epoch.Start().Before(time.Unix(a.keys.Expires, 0)) {
		return "", ErrNoRecipient
	}
	for _, e := range a.keys.Epochs {
		if e.Epoch == epoch {
			return e.Recipient, nil
		}
	}
	return "", ErrNoRecipient
}
