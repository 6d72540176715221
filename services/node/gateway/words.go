package gateway

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// reader reads a request's words into the vocabulary and remembers the first
// that is wrong, by its place.
type reader struct{ err error }

func (r *reader) fail(where, kind, word string, err error) {
	key := fault.UnknownWord
	if word == "" {
		key = fault.MissingWord
	}
	r.refuse(fault.New(fault.Invalid, key, "where", where, "kind", kind).Because(err))
}

func (r *reader) refuse(err error) {
	if r.err == nil {
		r.err = err
	}
}

// kindOf is what the command line calls a vocabulary, so that an error can say
// how to list it.
func kindOf[T any]() string { return kinds()[fmt.Sprintf("%T", *new(T))] }

func kinds() map[string]string {
	return map[string]string{
		"posada.AgencyClass":      "class",
		"posada.Purpose":          "purpose",
		"posada.Category":         "category",
		"posada.ServiceType":      "service",
		"posada.Priority":         "priority",
		"posada.ReferralState":    "state",
		"posada.DeclineReason":    "reason",
		"posada.Outcome":          "outcome",
		"posada.Question":         "question",
		"posada.Answer":           "answer",
		"posada.Informed":         "informed",
		"posada.GivenBy":          "given_by",
		"posada.AgeBand":          "age_band",
		"posada.Jurisdiction":     "jurisdiction",
		"posada.ConsentMethod":    "method",
		"posada.ServiceCondition": "condition",
		"posada.Assent":           "assent",
		"posada.ConflictCheck":    "conflict",
		"posada.CoSigner":         "co_signed",
		"posada.ConsentStatus":    "consent",
		"posada.StaffRole":        "role",
		"posada.Scope":            "scope",
		"posada.Instrument":       "paper",
		"posada.Weekday":          "day",
		"posada.WebhookType":      "webhook",
		"posada.WebhookScheme":    "scheme",
		"posada.Gender":           "gender",
		"posada.HouseholdSize":    "size",
		"posada.HouseholdKind":    "with",
		"posada.ExploitationKind": "exploitation",
		"posada.AccessNeed":       "access",
		"posada.Nights":           "nights",
		"posada.Wish":             "wish",
		"posada.NeedState":        "need_state",
		"posada.PlaceReply":       "reply",
	}
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
func (r *reader) agencies(g *Gateway, where string, names []string) []posada.AgencyID {
	var list []posada.AgencyID
	for i, name := range names {
		list = append(list, r.agency(g, fmt.Sprintf("%s[%d]", where, i), name))
	}
	return list
}

func (r *reader) agency(g *Gateway, where, name string) posada.AgencyID {
	if strings.TrimSpace(name) == "" {
		r.refuse(fault.New(fault.Invalid, fault.MissingAgency))
		return ""
	}
	id, err := g.find(where, name)
	if err != nil {
		r.refuse(err)
	}
	return id
}

// jurisdiction reads where a minor is who consents alone: whose law says whether
// she may. Of anybody else's consent it may be left out.
func (r *reader) jurisdiction(givenBy, text string) posada.Jurisdiction {
	if text == "" && givenBy != string(posada.GivenByMinorAlone) {
		return ""
	}
	return word[posada.Jurisdiction](r, "jurisdiction", text)
}

// form reads the SHA-256 of a signed form. There is no consent without one.
func (r *reader) form(text string) (d consent.Digest) {
	if text == "" {
		r.refuse(fault.New(fault.Invalid, fault.ConsentFormMissing))
		return d
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(d) {
		r.refuse(fault.New(fault.Invalid, fault.ConsentFormWrong).Because(consent.ErrBadDigest))
		return d
	}
	return consent.Digest(raw)
}

// language reads which language was spoken: three letters of ISO 639-3, as
// interpreters are asked for.
func (r *reader) language(text string) string {
	if len(text) != 3 || strings.ContainsFunc(text, func(c rune) bool { return c < 'a' || c > 'z' }) {
		r.refuse(fault.New(fault.Invalid, fault.ConsentLanguage))
	}
	return text
}

// days reads how long a consent lasts; none is the default.
func (r *reader) days(n int) time.Duration {
	if most := int(consent.MaxLife / (24 * time.Hour)); n < 0 || n > most {
		r.refuse(fault.New(fault.Invalid, fault.ConsentDays, "most", strconv.Itoa(most)))
	}
	return time.Duration(n) * 24 * time.Hour
}

// label reads what a case is called: people say it on the phone, and labels
// are in small letters.
func label(text string) string { return strings.ToLower(strings.TrimSpace(text)) }
