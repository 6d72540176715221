// Package mail is what nodes and the relay say to each other: the bodies of
// submit, collect and recall, and their answers.
//
// Guarantee: no body and no answer is ever empty, none tells a count or a
// sequence of anybody else's mail, and each has one spelling. Limit: who asks
// is not in them; the bus knows callers by their subject (pkg/broker).
package mail

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Status is the first byte of every answer of the relay.
type Status byte

// Statuses. Zero is none of them.
const (
	StatusOK      Status = 1
	StatusRefused Status = 2 // do not ask this again
	StatusBusy    Status = 3 // ask again later
	StatusMore    Status = 4 // of a collection: there is more
	StatusAbsent  Status = 5 // there is no such file
	StatusUsed    Status = 6 // another announcement has this number, or comes before this one
)

// Errors that statuses become.
var (
	ErrRefused = errors.New("the relay refuses this")
	ErrBusy    = errors.New("the relay asks to wait")
	ErrAnswer  = errors.New("not an answer of the hub")
	ErrAbsent  = errors.New("the registry has no such file")
	ErrUsed    = errors.New("the registry has another announcement under this number or before it")
)

// Limits of one collection.
const (
	MaxAcknowledged = 256
	MaxCollected    = 64
	MaxAnswer       = 1 << 20
)

// WriteAnswer makes an answer.
func WriteAnswer(s Status, body ...byte) []byte { return append([]byte{byte(s)}, body...) }

// ReadAnswer takes an answer apart.
func ReadAnswer(answer []byte) (more bool, body []byte, err error) {
	if len(answer) == 0 {
		return false, nil, ErrAnswer
	}
	switch Status(answer[0]) {
	case StatusOK:
		return false, answer[1:], nil
	case StatusMore:
		return true, answer[1:], nil
	case StatusBusy:
		return false, nil, ErrBusy
	case StatusRefused:
		return false, nil, ErrRefused
	case StatusAbsent:
		return false, nil, ErrAbsent
	case StatusUsed:
		return false, nil, ErrUsed
	}
	return false, nil, ErrAnswer
}

// How the body of a collection begins: without a bell, or with one.
const (
	withoutBell = 1
	withBell    = 2
)

// WriteAcknowledged makes the body of a collection: the ids that were taken in
// since the last one. The body is never empty.
func WriteAcknowledged(ids []posada.MessageID) []byte { return WriteCollection([16]byte{}, ids) }

// WriteCollection is WriteAcknowledged with the bell to ring when mail comes;
// zero: none is named, and the one that was named before stays.
func WriteCollection(bell [16]byte, ids []posada.MessageID) []byte {
	body := []byte{withoutBell}
	if bell != [16]byte{} {
		body = append([]byte{withBell}, bell[:]...)
	}
	for _, id := range ids {
		body = append(body, id[:]...)
	}
	return body
}

// ReadCollection takes the body of a collection apart.
func ReadCollection(body []byte) (bell [16]byte, ids []posada.MessageID, err error) {
	const size = len(posada.MessageID{})
	if len(body) == 0 {
		return bell, nil, ErrRefused
	}
	kind, rest := body[0], body[1:]
	if kind == withBell && len(rest) >= len(bell) {
		bell, rest = [16]byte(rest), rest[len(bell):]
	}
	if kind != withoutBell && bell == [16]byte{} || len(rest)%size != 0 || len(rest)/size > MaxAcknowledged {
		return [16]byte{}, nil, ErrRefused
	}
	for ; len(rest) > 0; rest = rest[size:] {
		ids = append(ids, posada.MessageID(rest))
	}
	return bell, ids, nil
}

// WriteRecall makes the body of a recall.
func WriteRecall(to posada.MailboxID, id posada.MessageID) []byte { return append(to[:], id[:]...) }

// ReadRecall takes the body of a recall apart.
func ReadRecall(body []byte) (to posada.MailboxID, id posada.MessageID, err error) {
	if len(body) != len(to)+len(id) {
		return to, id, ErrRefused
	}
	return posada.MailboxID(body), posada.MessageID(body[len(to):]), nil
}

// Receipt is what the hub signs for an envelope it holds. It names no
// sequence, no count and nobody.
type Receipt struct {
	Network posada.NetworkID `json:"net"`
	Message posada.MessageID `json:"message"`
	Day     posada.Epoch     `json:"day"`
}

// Collected is the bytes of each envelope in one answer, not parsed.
func Collected(body []byte) [][]byte { return envelope.Split(body, MaxCollected) }
