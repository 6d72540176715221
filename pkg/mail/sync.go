package mail

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrSync says that a body is not one of sync's.
var ErrSync = errors.New("not a question or an answer of the registry")

// Limits of one sync.
const (
	MaxMembers  = 1000      // agencies one question may name
	MaxQuestion = 512 << 10 // bytes of its body
)

// Question is what a member asks the registry: to take something in, or else
// what is new.
type Question struct {
	// Have is the sequence of the newest announcement of keys the asker has of
	// each agency; what is newer is wanted.
	Have map[posada.AgencyID]uint64 `json:"have,omitempty"`
	// Announce is an announcement of keys, as it was signed.
	Announce string `json:"announce,omitempty"`
}

// Reply is the registry's answer to what is new.
type Reply struct {
	// Announced are announcements the asker does not have, as they were signed.
	Announced []string `json:"announced,omitempty"`
	// Wanted are agencies of which the asker has a newer one than the registry:
	// it lost some, and asks for them back.
	Wanted []posada.AgencyID `json:"wanted,omitempty"`
}

// WriteQuestion makes the body of a sync.
func WriteQuestion(q Question) ([]byte, error) { return write(q) }

// ReadQuestion takes the body of a sync apart.
func ReadQuestion(body []byte) (Question, error) {
	var q Question
	if len(body) > MaxQuestion || read(body, &q) != nil || len(q.Have) > MaxMembers || q.Have != nil && q.Announce != "" {
		return Question{}, ErrRefused
	}
	return q, nil
}

// WriteReply makes the body of an answer to a sync.
func WriteReply(r Reply) ([]byte, error) { return write(r) }

// ReadReply takes the body of an answer to a sync apart.
func ReadReply(body []byte) (Reply, error) {
	var r Reply
	if err := read(body, &r); err != nil {
		return Reply{}, err
	}
	return r, nil
}

func write(v any) ([]byte, error) {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write sync: %w", err)
	}
	return text, nil
}

func read(text []byte, v any) error {
	if err := json.Unmarshal(text, v, json.RejectUnknownMembers(true)); err != nil {
		return ErrSync // its text is somebody's
	}
	return nil
}
