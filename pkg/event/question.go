package event

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
)

// Under is what a question and its answer go under: the grant a referral came with, and
// its obligations, both byte for byte.
type Under struct {
	Referral    posada.ReferralID
	Grant       string
	Obligations consent.Obligations
}

// Question asks the source of a referral something about it.
func Question(random io.Reader, u Under, a question.Asking, at time.Time) (Event, error) {
	if err := a.Check(); err != nil {
		return Event{}, errors.Join(ErrShape, err)
	}
	id, err := posada.NewID[posada.EventID](random)
	if err != nil {
		return Event{}, err
	}
	return u.event(id, TypeQuestion, a, at)
}

// Answer answers a question. Its id is drawn before it is decided on, like a disclosure's:
// a consent for one use is used by it.
func Answer(id posada.EventID, u Under, a question.Allowed, at time.Time) (Event, error) {
	if a == (question.Allowed{}) {
		return Event{}, ErrShape
	}
	return u.event(id, TypeAnswer, a.Said(), at)
}

func (u Under) event(id posada.EventID, t Type, data any, at time.Time) (Event, error) {
	if id == "" || u.Referral == "" || u.Grant == "" {
		return Event{}, ErrShape
	}
	text, err := jose.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("write statement: %w", err)
	}
	return Event{id: id, typ: t, at: at.UTC().Truncate(time.Second), subject: u.Referral, grant: u.Grant, obligations: &u.Obligations, data: text}, nil
}
