// Package handoff is the contract between the units of a node: between post,
// which carries events and knows no meaning, and those that give them one and
// know no transport; and what all of them mean by a case and by who asks.
//
// Guarantee: both sides meet in a vault transaction, so a hand-off is done
// with everything that belongs to it, or not at all. Limit: it is types only;
// the promise is kept by those who implement it.
package handoff

import (
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Incoming is a statement that was authenticated, has not been seen before and
// waits to be taken in.
type Incoming struct {
	From      posada.AgencyID
	Statement event.Statement
	Came      time.Time // when it came here; it may have been held since
}

// Verdict is what a unit says of an event that waits to be sent.
type Verdict int

// Verdicts. The zero verdict stops.
const (
	Stop Verdict = iota // it may no longer be sent, ever
	Wait                // not now; ask again later
	Send
)

// Ending is how an event left the outbox.
type Ending int

// Endings.
const (
	Receipted Ending = iota // its recipient stored it
	Ended                   // it may no longer be sent, and was not receipted
)

// ErrNotAdmitted says that a statement may not be taken in. It is receipted
// like any other, held, and decided again under a newer policy.
var ErrNotAdmitted = errors.New("not admitted")

// Refusal is why a statement was not admitted: a code that people are told in
// their language, and the cause, for whoever mends a defect.
type Refusal struct {
	Code string
	// Waits says that something else may come and admit it.
	Waits bool
	// Unheard says that its sender is to be asked, as long as it waits: what it lacks
	// is that that was heard lately.
	Unheard bool
	cause   error
}

// Refuse says that a statement is not admitted.
func Refuse(code string, cause error) error { return &Refusal{Code: code, cause: cause} }

// Await says that a statement is not admitted as long as something it is about
// has not come.
func Await(code string, cause error) error { return &Refusal{Code: code, Waits: true, cause: cause} }

// AwaitWord says that a statement is not admitted as long as its sender is not heard.
func AwaitWord(code string) error { return &Refusal{Code: code, Waits: true, Unheard: true} }

func (r *Refusal) Error() string { return ErrNotAdmitted.Error() + ": " + r.Code }

// Is makes every refusal an ErrNotAdmitted.
func (r *Refusal) Is(target error) bool { return target == ErrNotAdmitted }

func (r *Refusal) Unwrap() error { return r.cause }

// Unit gives an event's type its meaning.
//
//  1. Handle takes a statement in, in the transaction that notes it as seen
//     and queues its receipt; what it enqueues goes with it. It returns
//     ErrNotAdmitted where policy or grant forbid it; any other error leaves
//     the statement to be offered again.
//  2. Recheck decides again whether an event may be sent, before each attempt.
//  3. Settled hears how an event ended, in the transaction that ends it. One
//     that Ended may be Receipted after all: it was read before it could be
//     taken back. Of the event only the id is sure then.
type Unit interface {
	Handle(ctx context.Context, tx *vault.Tx, in Incoming) error
	Recheck(ctx context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (Verdict, error)
	Settled(tx *vault.Tx, to posada.AgencyID, e event.Event, how Ending) error
}
