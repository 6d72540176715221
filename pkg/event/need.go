package event

import (
	"errors"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Need asks an agency for a place. A profile has no room for a person, so it is a notice,
// and no grant goes with it: what lets it go is the person's permission to ask, which
// stays where it was given.
func Need(random io.Reader, p need.Posting, at time.Time) (Event, error) {
	if err := p.Check(); err != nil {
		return Event{}, errors.Join(ErrShape, err)
	}
	p.Until = p.Until.UTC().Truncate(time.Second)
	return notice(random, TypeNeed, "", p, at)
}

// Reply tells whoever asked what this agency answers.
func Reply(random io.Reader, r need.Reply, at time.Time) (Event, error) {
	if err := r.Check(); err != nil {
		return Event{}, errors.Join(ErrShape, err)
	}
	if !r.Until.IsZero() {
		r.Until = r.Until.UTC().Truncate(time.Second)
	}
	return notice(random, TypeReply, "", r, at)
}

// Chosen asks an agency to hold what it offered.
func Chosen(random io.Reader, id posada.NeedID, at time.Time) (Event, error) {
	return about(random, TypeChosen, id, at)
}

// Closed tells an agency that a need is over for it. It is the same whether the person has
// a place, wants none any more, or found none.
func Closed(random io.Reader, id posada.NeedID, at time.Time) (Event, error) {
	return about(random, TypeClosed, id, at)
}

func about(random io.Reader, t Type, id posada.NeedID, at time.Time) (Event, error) {
	if id == "" {
		return Event{}, ErrShape
	}
	return notice(random, t, "", need.About{Need: id}, at)
}

// Reply is what a reply says, and that it is one.
func (e Event) Reply() (r need.Reply, is bool) {
	return r, e.typ == TypeReply && read(e.data, &r) == nil
}

// Concerns is the need that a letter to or from an agency that is asked for a place is
// about; empty, of anything else.
func (e Event) Concerns() posada.NeedID {
	switch e.typ {
	case TypeNeed:
		var p need.Posting
		if read(e.data, &p) == nil {
			return p.Need
		}
	case TypeReply:
		var r need.Reply
		if read(e.data, &r) == nil {
			return r.Need
		}
	case TypeChosen, TypeClosed:
		var a need.About
		if read(e.data, &a) == nil {
			return a.Need
		}
	}
	return ""
}
