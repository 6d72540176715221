package gateway

import (
	"encoding/base64"
	"fmt"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// reader reads a request's words into the vocabulary and remembers the first
// that is wrong, by its place.
type reader struct{ err error }

func (r *reader) fail(where, kind, word string, err error) {
	if r.err == nil {
		r.err = fault.New(fault.Invalid, fault.UnknownWord, "where", where, "kind", kind, "word", word).Because(err)
	}
}

// kindOf is what the command line calls a vocabulary, so that an error can say
// how to list it.
func kindOf[T any]() string {
	switch any(*new(T)).(type) {
	case posada.Purpose:
		return "purpose"
	case posada.Category:
		return "category"
	case posada.ServiceType:
		return "service"
	case posada.Priority:
		return "priority"
	case posada.ReferralState:
		return "state"
	case posada.DeclineReason:
		return "reason"
	case posada.Outcome:
		return "outcome"
	case posada.Informed:
		return "informed"
	case posada.GivenBy:
		return "given_by"
	case posada.AgeBand:
		return "age_band"
	case posada.ConsentMethod:
		return "method"
	}
	return ""
}

// word reads one word that must be there.
func word[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](r *reader, where, text string) (w T) {
	if err := P(&w).UnmarshalText([]byte(text)); err != nil {
		r.fail(where, kindOf[T](), text, err)
	}
	return w
}

// optional reads one word that may be left out.
func optional[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](r *reader, where, text string, otherwise T) T {
	if text == "" {
		return otherwise
	}
	return word[T, P](r, where, text)
}

// wordList reads a list of words.
func wordList[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](r *reader, where string, texts []string) []T {
	list := make([]T, len(texts))
	for i, text := range texts {
		list[i] = word[T, P](r, fmt.Sprintf("%s[%d]", where, i), text)
	}
	return list
}

// agencies reads a list of agencies by name or id.
func (r *reader) agencies(g *Gateway, names []string) []posada.AgencyID {
	var list []posada.AgencyID
	for _, name := range names {
		list = append(list, r.agency(g, name))
	}
	return list
}

func (r *reader) agency(g *Gateway, name string) posada.AgencyID {
	id, err := g.find(name)
	if err != nil && r.err == nil {
		r.err = err
	}
	return id
}

// digest reads a SHA-256.
func (r *reader) digest(where, text string) (d consent.Digest) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(d) {
		r.fail(where, "", text, consent.ErrBadDigest)
		return d
	}
	return consent.Digest(raw)
}
