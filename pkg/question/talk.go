package question

import (
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// How much may be asked about one referral. Whoever was given something is to serve the
// person with it; more than this is a conversation, and people have the telephone.
const (
	MaxOpen  = 3
	MaxAsked = 12
)

// Errors of asking and answering. None says what was asked.
var (
	ErrUnknown   = errors.New("this is no question, or no answer to it")
	ErrAsked     = errors.New("this is asked already and waits for an answer")
	ErrManyOpen  = errors.New("too many questions wait for an answer")
	ErrEnough    = errors.New("as much was asked about this referral as may be")
	ErrNotAsked  = errors.New("nobody asked this")
	ErrAnswered  = errors.New("this was answered")
	ErrNothing   = errors.New("an answer that says nothing has no note")
	ErrUncovered = errors.New("what is asked is not covered by consent or policy")
)

// Asking is a question as it travels.
type Asking struct {
	ID   posada.QuestionID `json:"question"`
	Asks posada.Question   `json:"asks"`
	Note Note              `json:"note,omitzero"`
}

// Answering is an answer as it travels.
type Answering struct {
	ID   posada.QuestionID `json:"question"`
	Says posada.Answer     `json:"says"`
	Note Note              `json:"note,omitzero"`
}

// String hides the question from every log line and error.
func (Asking) String() string { return "(redacted)" }

// GoString hides the question from %#v.
func (Asking) GoString() string { return "(redacted)" }

// String hides the answer from every log line and error.
func (Answering) String() string { return "(redacted)" }

// GoString hides the answer from %#v.
func (Answering) GoString() string { return "(redacted)" }

// Check refuses what is no question.
func (a Asking) Check() error {
	if a.ID == "" || !posada.Known(a.Asks) {
		return ErrUnknown
	}
	return a.Note.Check()
}

// answers refuses what is no answer to a question.
func (a Answering) answers(q posada.Question) error {
	switch {
	case a.ID == "" || !slices.Contains(Answers(q), a.Says):
		return ErrUnknown
	case a.Says == posada.AnswerNotSaid && a.Note != "":
		return ErrNothing
	}
	return a.Note.Check()
}

// Asked is one question, and what was answered to it.
type Asked struct {
	Asking
	At       time.Time     `json:"at"`
	Says     posada.Answer `json:"says,omitzero"`
	Reply    Note          `json:"reply,omitzero"` // the note with the answer
	Answered time.Time     `json:"answered,omitzero"`
	// Event is what carried this side's part of it.
	Event posada.EventID `json:"event,omitzero"`
	// Unsent is set where the answer was stopped on its way: it may be answered anew.
	Unsent bool `json:"unsent,omitzero"`
}

// Open reports whether the question waits for an answer.
func (a Asked) Open() bool { return a.Says == "" || a.Unsent }

// Talk is what was asked about one referral, in the order it was asked. Both ends keep
// one, by the same steps. Steps change nothing they are given.
type Talk []Asked

// Categories are what the answers tell, given and not.
func (t Talk) Categories() (set posada.Set[posada.Category]) {
	for _, a := range t {
		set = set.With(Category(a.Asks))
	}
	return set
}

// Open counts the questions that wait for an answer.
func (t Talk) Open() (count int) {
	for _, a := range t {
		if a.Open() {
			count++
		}
	}
	return count
}

// Ask is the talk with one more question.
func (t Talk) Ask(a Asking, at time.Time) (Talk, error) {
	if err := a.Check(); err != nil {
		return t, err
	}
	for _, o := range t {
		if o.ID == a.ID || o.Asks == a.Asks && o.Open() {
			return t, ErrAsked
		}
	}
	switch {
	case len(t) >= MaxAsked:
		return t, ErrEnough
	case t.Open() >= MaxOpen:
		return t, ErrManyOpen
	}
	return append(slices.Clone(t), Asked{Asking: a, At: whole(at)}), nil
}

// Find is the question with an id.
func (t Talk) Find(id posada.QuestionID) (Asked, error) {
	i := slices.IndexFunc(t, func(a Asked) bool { return a.ID == id })
	if i < 0 {
		return Asked{}, ErrNotAsked
	}
	return t[i], nil
}

// Answer is the talk with an answer to one of its questions. The first counts.
func (t Talk) Answer(a Answering, at time.Time) (Talk, error) {
	o, err := t.Find(a.ID)
	switch {
	case err != nil:
		return t, err
	case !o.Open():
		return t, ErrAnswered
	}
	if err := a.answers(o.Asks); err != nil {
		return t, err
	}
	o.Says, o.Reply, o.Answered, o.Unsent = a.Says, a.Note, whole(at), false
	return t.with(o), nil
}

// Carried is the talk, knowing which event carries this side's part of a question.
func (t Talk) Carried(id posada.QuestionID, by posada.EventID) Talk {
	o, err := t.Find(id)
	if err != nil {
		return t
	}
	o.Event = by
	return t.with(o)
}

// Of is the question whose part an event carried.
func (t Talk) Of(by posada.EventID) (Asked, error) {
	i := slices.IndexFunc(t, func(a Asked) bool { return by != "" && a.Event == by })
	if i < 0 {
		return Asked{}, ErrNotAsked
	}
	return t[i], nil
}

// Ended is the talk after the event that carried an answer was stopped, or after all was
// read.
func (t Talk) Ended(by posada.EventID, unsent bool) Talk {
	o, err := t.Of(by)
	if err != nil || o.Says == "" {
		return t
	}
	o.Unsent = unsent
	return t.with(o)
}

func (t Talk) with(o Asked) Talk {
	t = slices.Clone(t)
	for i := range t {
		if t[i].ID == o.ID {
			t[i] = o
		}
	}
	return t
}

// Allowed is an answer that may be sent. Only Allow makes one.
type Allowed struct{ said Answering }

// Allow is an answer to a question, where what it tells is among the categories that may
// be given. The zero set allows nothing.
func Allow(q Asked, a Answering, allow posada.Set[posada.Category]) (Allowed, error) {
	if q.ID != a.ID {
		return Allowed{}, ErrNotAsked
	}
	if err := a.answers(q.Asks); err != nil {
		return Allowed{}, err
	}
	if !allow.Has(Tells(q.Asks, a.Says)) {
		return Allowed{}, ErrUncovered
	}
	return Allowed{a}, nil
}

// String hides the answer from every log line and error.
func (Allowed) String() string { return "(redacted)" }

// GoString hides the answer from %#v.
func (Allowed) GoString() string { return "(redacted)" }

// Said is the answer; the zero value of what nobody allowed.
func (a Allowed) Said() Answering { return a.said }

func whole(at time.Time) time.Time { return at.UTC().Truncate(time.Second) }
