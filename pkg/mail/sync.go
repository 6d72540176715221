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
	MaxQuestion = 1 << 20   // bytes of its body
	MaxPiece    = 512 << 10 // bytes of a file in one answer, or of what is given back in one question
	MaxGiven    = 24 << 20  // bytes of what is given back, as WriteFiles writes it
)

// Question is what a member asks the registry: to take something in, a piece of
// a file, or else what was announced.
type Question struct {
	// Have is the sequence of the newest announcement of keys the asker has of
	// each agency; what is newer is wanted.
	Have map[posada.AgencyID]uint64 `json:"have,omitempty"`
	// Announce is an announcement of keys, as it was signed.
	Announce string `json:"announce,omitempty"`
	// Fetch names a file of what stewards decided, and From where in it to
	// begin. The answer is a piece of it, and says whether there is more.
	Fetch string `json:"fetch,omitempty"`
	From  int64  `json:"from,omitempty"`
	// Publish is what stewards signed, to be taken in together.
	Publish []Signed `json:"publish,omitempty"`
	// Restore is a part of what the registry published and lost.
	Restore *Given `json:"restore,omitempty"`
}

// Given is a part of what a member gives back. The first has the timestamp
// alone, and the size of the whole: whether it is wanted can be told by that.
// Each of the others has a piece; an answer that there is more asks for the
// next, and one without is that it was all taken back.
type Given struct {
	Pulse []byte `json:"pulse,omitempty"`
	Size  int64  `json:"size,omitempty"`
	From  int64  `json:"from,omitempty"`
	Piece []byte `json:"piece,omitempty"`
}

// ok: a first part or another, and no more than may be.
func (g Given) ok() bool {
	if len(g.Pulse) > 0 {
		return g.Size > 0 && g.Size <= MaxGiven && g.From == 0 && len(g.Piece) == 0
	}
	return g.Size == 0 && g.From >= 0 && g.From < MaxGiven && len(g.Piece) > 0 && len(g.Piece) <= MaxPiece
}

// Signed is one document with its signatures, and the file it speaks of, if it
// does of one.
type Signed struct {
	Document []byte `json:"document"`
	Target   []byte `json:"target,omitempty"`
}

// parts counts what a question asks at once.
func (q Question) parts() (n int) {
	for _, is := range []bool{q.Have != nil, q.Announce != "", q.Fetch != "", q.Publish != nil, q.Restore != nil} {
		if is {
			n++
		}
	}
	return n
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
	if len(body) > MaxQuestion || read(body, &q) != nil || len(q.Have) > posada.MaxMembers || q.parts() > 1 || q.From < 0 || q.From > 0 && q.Fetch == "" || q.Restore != nil && !q.Restore.ok() {
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

// WriteFiles makes one text of the files a registry serves, by their names.
func WriteFiles(files map[string][]byte) ([]byte, error) { return write(files) }

// ReadFiles takes it apart.
func ReadFiles(text []byte) (map[string][]byte, error) {
	var files map[string][]byte
	if len(text) > MaxGiven || read(text, &files) != nil {
		return nil, ErrRefused
	}
	return files, nil
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
