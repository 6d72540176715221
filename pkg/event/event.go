// Package event is the statements inside an envelope: CloudEvents 1.0
// attributes, a place in the sequence between two agencies, and a grant,
// obligations and data where there is a disclosure.
//
// Guarantee: an Event that carries case data was made from a redact.Minimal or a
// question.Allowed; beside those only a question has a place to put free text, its note,
// and both go under a grant. A Notice, a receipt, a filler and a keep-alive have none.
// Limit: what post keeps in its outbox is restored by Restore, which believes the vault.
package event

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Type says what a statement means; it is CloudEvents' type attribute.
type Type string

// Types of statements.
const (
	TypeReferral Type = "org.posada-exchange.referral.v1" // a referral's content, disclosed
	TypeMark     Type = "org.posada-exchange.mark.v1"     // one side set a referral's state
	TypeShredded Type = "org.posada-exchange.shredded.v1" // what was disclosed is destroyed here
	TypeQuestion Type = "org.posada-exchange.question.v1" // whoever was disclosed to asks something
	TypeAnswer   Type = "org.posada-exchange.answer.v1"   // and is answered, under the same grant
	// A withdrawal is for one agency and names nobody: whoever holds a grant with
	// its commitment knows whose it is.
	TypeWithdrawal Type = "org.posada-exchange.withdrawal.v1"
	// A need names nobody. Chosen and closed say which need, and nothing of it.
	TypeNeed   Type = "org.posada-exchange.need.v1"   // somebody looks for a place: could you
	TypeReply  Type = "org.posada-exchange.reply.v1"  // what whoever was asked answers
	TypeChosen Type = "org.posada-exchange.chosen.v1" // your offer is taken: do you hold it
	TypeClosed Type = "org.posada-exchange.closed.v1" // nothing more is asked of you here
	// What opens a directory names nobody who is listed in it.
	TypeDirectory Type = "org.posada-exchange.directory.v1"
	// A motion is about the network, and names nobody in anybody's care.
	TypeMotion Type = "org.posada-exchange.motion.v1" // what stewards are asked to sign

	TypeReceipt Type = "org.posada-exchange.receipt.v1" // these statements were stored
	TypeVoid    Type = "org.posada-exchange.void.v1"    // the statement of this place ended unsent
	TypeFiller  Type = "org.posada-exchange.filler.v1"  // nothing, of the usual size
	TypeAlive   Type = "org.posada-exchange.alive.v1"   // how far what was said to you goes
)

// Kind is how a statement is carried.
type Kind string

// Kinds. Receipts, fillers and keep-alives stand outside the sequence and are
// never receipted, or two nodes would receipt receipts forever.
const (
	KindEvent   Kind = "event"   // case data under a grant
	KindNotice  Kind = "notice"  // closed words and identifiers only
	KindReceipt Kind = "receipt" // transport's own
	KindFiller  Kind = "filler"
	KindAlive   Kind = "alive"
)

func (t Type) kind() (Kind, bool) {
	switch t {
	case TypeReferral, TypeQuestion, TypeAnswer:
		return KindEvent, true
	case TypeMark, TypeShredded, TypeWithdrawal, TypeNeed, TypeReply, TypeChosen, TypeClosed, TypeDirectory, TypeMotion, TypeVoid:
		return KindNotice, true
	case TypeReceipt:
		return KindReceipt, true
	case TypeFiller:
		return KindFiller, true
	case TypeAlive:
		return KindAlive, true
	}
	return "", false
}

// Sequenced reports whether statements of this type have a place in the
// sequence of a pair and are receipted.
func (t Type) Sequenced() bool {
	k, ok := t.kind()
	return ok && (k == KindEvent || k == KindNotice)
}

// PlacedLate reports whether a statement of this type takes its place in the sequence when
// it first goes, and not when it is queued: while one may not go nothing is missing there,
// and of one that never went its recipient learns nothing, not that there was something.
func (t Type) PlacedLate() bool {
	return t == TypeReferral || t == TypeNeed || t == TypeQuestion || t == TypeAnswer
}

// about reports whether a statement of this type has a referral as its subject.
func (t Type) about() bool {
	switch t {
	case TypeReferral, TypeMark, TypeShredded, TypeQuestion, TypeAnswer:
		return true
	}
	return false
}

// says reports whether a statement of this type has data.
func (t Type) says() bool { return t != TypeVoid && t != TypeFiller }

// ErrShape says that a statement lacks what its type needs, or has more.
var ErrShape = errors.New("a statement lacks what its type needs, or has more")

// Event is something to be sent: it has an identity and a meaning, and no
// place in a sequence yet. Only the constructors below make one.
type Event struct {
	id          posada.EventID
	typ         Type
	at          time.Time
	subject     posada.ReferralID
	grant       string
	obligations *consent.Obligations
	data        []byte
}

// String hides the event from every log line and error.
func (Event) String() string { return "(redacted)" }

// GoString hides the event from %#v.
func (Event) GoString() string { return "(redacted)" }

// ID is the statement's jti.
func (e Event) ID() posada.EventID { return e.id }

// Type is what the statement means.
func (e Event) Type() Type { return e.typ }

// Subject is the referral the statement is about; empty where there is none.
func (e Event) Subject() posada.ReferralID { return e.subject }

// Disclosure is a referral's content with the grant and the obligations under
// which it is disclosed.
func Disclosure(id posada.EventID, subject posada.ReferralID, m redact.Minimal, grant string, o consent.Obligations, at time.Time) (Event, error) {
	if id == "" || subject == "" || grant == "" || m.Categories().Empty() {
		return Event{}, ErrShape
	}
	return Event{
		id: id, typ: TypeReferral, at: at.UTC().Truncate(time.Second),
		subject: subject, grant: grant, obligations: &o, data: m.Data(),
	}, nil
}

// Mark tells the other side that this side set a referral's state.
func Mark(random io.Reader, subject posada.ReferralID, m referral.Mark, at time.Time) (Event, error) {
	return notice(random, TypeMark, subject, m, at)
}

// Shredded tells the source of a referral that what it disclosed is destroyed.
func Shredded(random io.Reader, subject posada.ReferralID, r referral.ShredReceipt, at time.Time) (Event, error) {
	return notice(random, TypeShredded, subject, r, at)
}

// Withdrawal tells one agency the secret that is its own of a withdrawal code.
func Withdrawal(random io.Reader, w Withdrawn, at time.Time) (Event, error) {
	return notice(random, TypeWithdrawal, "", w, at)
}

// Withdrawn is a withdrawal's data: s_r (consent.CaseSecret.WithdrawalSecret).
type Withdrawn struct {
	Secret consent.Digest `json:"secret"`
}

// Directory gives one agency what opens its sheet of the directory.
func Directory(random io.Reader, key directory.Key, at time.Time) (Event, error) {
	return notice(random, TypeDirectory, "", Opens{Key: key}, at)
}

// Opens is the data of what opens a directory.
type Opens struct {
	Key directory.Key `json:"key"`
}

// Opens is the key that an event gives, and that it gives one.
func (e Event) Opens() (o Opens, is bool) {
	return o, e.typ == TypeDirectory && read(e.data, &o) == nil
}

// MaxMotion is the longest motion that goes in a statement, in bytes: a longer one is
// handed over as a file.
const MaxMotion = 64 << 10

// Motion gives one agency what stewards are asked to sign, as pkg/enrol writes it.
func Motion(random io.Reader, text []byte, at time.Time) (Event, error) {
	if len(text) == 0 || len(text) > MaxMotion {
		return Event{}, ErrShape
	}
	return notice(random, TypeMotion, "", Moved{Motion: text}, at)
}

// Moved is the data of a motion: all of it is public to members once it is decided.
type Moved struct {
	Motion []byte `json:"motion"`
}

// Moved is the motion that an event gives, and that it gives one.
func (e Event) Moved() (m Moved, is bool) {
	return m, e.typ == TypeMotion && read(e.data, &m) == nil
}

// Receipt tells a sender which of its statements came.
func Receipt(random io.Reader, r Receipted, at time.Time) (Event, error) {
	if len(r.Stored)+len(r.Void) == 0 {
		return Event{}, ErrShape
	}
	return notice(random, TypeReceipt, "", r, at)
}

// Void takes the place of a statement that ended unsent: the same jti, so the
// sequence has no gap and what was never sent can no longer be.
func Void(id posada.EventID, at time.Time) Event {
	return Event{id: id, typ: TypeVoid, at: at.UTC().Truncate(time.Second)}
}

// Filler says nothing. An envelope that holds one looks like any other.
func Filler(random io.Reader, at time.Time) (Event, error) {
	return notice(random, TypeFiller, "", nil, at)
}

func notice(random io.Reader, t Type, subject posada.ReferralID, data any, at time.Time) (Event, error) {
	if (subject != "") != t.about() {
		return Event{}, ErrShape
	}
	id, err := posada.NewID[posada.EventID](random)
	if err != nil {
		return Event{}, err
	}
	e := Event{id: id, typ: t, at: at.UTC().Truncate(time.Second), subject: subject}
	if data != nil {
		if e.data, err = jose.Marshal(data); err != nil {
			return Event{}, fmt.Errorf("write statement: %w", err)
		}
	}
	return e, nil
}

// Receipted is a receipt's data. A sender that stopped a statement on its way
// learns from it whether that came too late.
type Receipted struct {
	Stored []posada.EventID `json:"stored,omitzero"` // statements that were stored
	Void   []posada.EventID `json:"void,omitzero"`   // places that came void
}
