// Package roster is who the members are: their class, standing, mailbox and
// keys, as one snapshot that is looked up at a given time.
//
// Guarantee: a Roster that New returned is consistent: no two agencies share
// an id, a mailbox, a connection key, a signing key or a recipient, so each
// lookup has one answer. An agency it does not hold has standing unknown.
// Limit: whether the snapshot itself is to be believed is for whoever loaded
// it to know. It holds no names, contacts or places: those are in the
// directory (read.go), which is a file of each agency's own.
package roster

import (
	"errors"
	"fmt"
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

// Agency is one member.
type Agency struct {
	ID         posada.AgencyID    `json:"id"`
	Class      posada.AgencyClass `json:"class"`
	Standing   posada.Standing    `json:"standing"`
	Mailbox    posada.MailboxID   `json:"mailbox"`
	Identity   jose.PublicKey     `json:"identity"`   // signs the keys below; kept offline
	Connection string             `json:"connection"` // public nkey that opens the bus
	Signing    []SigningKey       `json:"signing"`
	Epochs     []EpochRecipient   `json:"epochs"`
}

// SigningKey is a key that signs for an agency from one moment until another.
type SigningKey struct {
	Key     jose.PublicKey `json:"key"`
	From    time.Time      `json:"from"`
	Until   time.Time      `json:"until"`
	Revoked bool           `json:"revoked,omitempty"`
}

// Valid reports whether a signature made at a moment counts now: the key was
// within its times when it signed, and is not revoked now.
func (k SigningKey) Valid(signed time.Time) error {
	switch {
	case k.Revoked:
		return ErrKeyRevoked
	case signed.Before(k.From) || !signed.Before(k.Until):
		return ErrKeyTime
	}
	return nil
}

// EpochRecipient is an age hybrid recipient, as text, for one day.
type EpochRecipient struct {
	Epoch     posada.Epoch `json:"epoch"`
	Recipient string       `json:"recipient"`
}

// Roster is a snapshot that was found consistent. It does not change.
type Roster struct {
	snapshot     Snapshot
	byID         map[posada.AgencyID]Agency
	byMailbox    map[posada.MailboxID]posada.AgencyID
	byConnection map[string]posada.AgencyID
	byKey        map[jose.KeyID]signer
	recipients   map[posada.AgencyID]map[posada.Epoch]string
}

type signer struct {
	owner posada.AgencyID
	key   SigningKey
}

// New checks a snapshot and makes it ready for lookups.
func New(s Snapshot) (*Roster, error) {
	r := &Roster{
		snapshot:     s,
		byID:         map[posada.AgencyID]Agency{},
		byMailbox:    map[posada.MailboxID]posada.AgencyID{},
		byConnection: map[string]posada.AgencyID{},
		byKey:        map[jose.KeyID]signer{},
		recipients:   map[posada.AgencyID]map[posada.Epoch]string{},
	}
	if s.Network == "" || s.Version == 0 || s.Hub.Operator == "" || s.Hub.Receipt.ID() == "" {
		return nil, fmt.Errorf("%w: network, version, hub operator or hub key is missing", ErrInconsistent)
	}
	if err := checkPins(s.Hub.Pins); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	known := map[string]bool{}
	for i, a := range s.Agencies {
		if err := r.add(a, known); err != nil {
			return nil, fmt.Errorf("%w: agency %d: %w", ErrInconsistent, i, err)
		}
	}
	return r, nil
}

func (r *Roster) add(a Agency, recipients map[string]bool) error {
	if !posada.Known(a.Class) || !posada.Known(a.Standing) || a.ID == "" || a.Connection == "" || a.Identity.ID() == "" {
		return errors.New("a fact is missing")
	}
	_, id := r.byID[a.ID]
	_, mailbox := r.byMailbox[a.Mailbox]
	_, connection := r.byConnection[a.Connection]
	if id || mailbox || connection || a.Mailbox == (posada.MailboxID{}) {
		return errors.New("an id, a mailbox or a connection key is missing or stands twice")
	}
	for _, k := range a.Signing {
		if _, twice := r.byKey[k.Key.ID()]; twice || k.Key.ID() == "" {
			return errors.New("a signing key is missing or stands twice")
		}
		r.byKey[k.Key.ID()] = signer{owner: a.ID, key: k}
	}
	byEpoch := make(map[posada.Epoch]string, len(a.Epochs))
	for _, e := range a.Epochs {
		if _, twice := byEpoch[e.Epoch]; twice || recipients[e.Recipient] || e.Recipient == "" {
			return errors.New("an epoch or a recipient key is missing or stands twice")
		}
		recipients[e.Recipient] = true
		byEpoch[e.Epoch] = e.Recipient
	}
	r.byID[a.ID], r.byMailbox[a.Mailbox], r.byConnection[a.Connection] = a, a.ID, a.ID
	r.recipients[a.ID] = byEpoch
	return nil
}

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

// ByMailbox finds whose mailbox it is.
func (r *Roster) ByMailbox(m posada.MailboxID) (Agency, error) { return r.Agency(r.byMailbox[m]) }

// ByConnection finds who announced a connection key (public nkey).
func (r *Roster) ByConnection(nkey string) (Agency, error) { return r.Agency(r.byConnection[nkey]) }

// Signer finds who announced a signing key, and its times.
func (r *Roster) Signer(kid jose.KeyID) (posada.AgencyID, SigningKey, error) {
	s, ok := r.byKey[kid]
	if !ok {
		return "", SigningKey{}, ErrUnknownKey
	}
	return s.owner, s.key, nil
}

// Recipient is an agency's recipient key for an epoch.
func (r *Roster) Recipient(id posada.AgencyID, epoch posada.Epoch) (string, error) {
	recipient, ok := r.recipients[id][epoch]
	if !ok {
		return "", ErrNoRecipient
	}
	return recipient, nil
}
