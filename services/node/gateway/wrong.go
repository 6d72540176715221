package gateway

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// checkContent refuses content that the standard does not know, and names each
// field with its record, never its value; of one that there is none of, where it stands.
func checkContent(p i18n.Printer, c referral.Content) error {
	err := c.Check()
	if err == nil {
		return nil
	}
	var wrong []string
	switch {
	case errors.Is(err, referral.ErrEmpty):
		wrong = append(wrong, p.Text("wrong.content.empty"))
	case errors.Is(err, referral.ErrTooManyRecords):
		wrong = append(wrong, p.Text("wrong.content.too_many", "most", referral.MaxRecords))
	default:
		wrong = wrongFields(p, c)
	}
	return fault.New(fault.Invalid, fault.ContentWrong, "what", strings.Join(wrong, "; ")).Because(err)
}

func wrongFields(p i18n.Printer, c referral.Content) []string {
	var wrong []string
	nth := map[htcds.Role]int{}
	for i, r := range c.Records {
		nth[r.Role]++
		for n, name := range slices.Sorted(maps.Keys(r.Fields)) {
			at := referral.Place{Record: i, Nth: nth[r.Role], Role: r.Role, Field: name}.String()
			field, err := htcds.Lookup(r.Role, name)
			if err != nil {
				// What stands where a field's name should might be anything of hers.
				wrong = append(wrong, fmt.Sprintf("records[%d].fields: ", i)+p.Text("wrong.content.no_such_field", "nth", n+1, "count", len(r.Fields)))
			} else if err := field.Check(r.Fields[name]); err != nil {
				wrong = append(wrong, at+": "+p.Text("wrong.content.bad_value", "want", wanted(p, err)))
			}
		}
	}
	return wrong
}

// wanted is what a field takes, in the reader's language.
func wanted(p i18n.Printer, err error) string {
	wrong, _ := errors.AsType[*htcds.ValueError](err)
	return p.Wanted(wrong)
}

// consentReasons says in the reader's language what a consent contradicts or
// lacks.
func consentReasons(p i18n.Printer, err error) string {
	var reasons []string
	for _, known := range []struct {
		is  error
		say string
	}{
		{consent.ErrNobodyNamed, p.Text("wrong.consent.nobody_named")},
		{consent.ErrNothingShared, p.Text("wrong.consent.nothing_shared")},
		{consent.ErrTimes, p.Text("wrong.consent.times")},
		{consent.ErrNamedTwice, p.Text("wrong.consent.named_twice")},
		{consent.ErrBoth, p.Text("wrong.consent.both")},
		{consent.ErrIncomplete, p.Text("wrong.consent.incomplete")},
	} {
		if errors.Is(err, known.is) {
			reasons = append(reasons, known.say)
		}
	}
	return strings.Join(reasons, "; ")
}

// needReasons says in the reader's language which parts of a need, or of whom a place
// takes, cannot be said so.
func needReasons(p i18n.Printer, err error) string {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var reasons []string
	for _, one := range list {
		part, _, _ := strings.Cut(one.Error(), ":")
		for _, known := range []struct {
			is  error
			say string
		}{
			{need.ErrNoService, p.Text("wrong.need.no_service")},
			{need.ErrNoPriority, p.Text("wrong.need.no_priority")},
			{need.ErrLanguage, p.Text("wrong.need.language")},
			{need.ErrTooMany, p.Text("wrong.need.too_many")},
			{need.ErrTwice, p.Text("wrong.need.twice")},
			{need.ErrRegion, p.Text("wrong.need.region")},
			{need.ErrAlone, p.Text("wrong.need.alone")},
			{posada.ErrUnknownWord, p.Text("wrong.need.unknown_word")},
		} {
			if errors.Is(one, known.is) {
				reasons = append(reasons, part+": "+known.say)
			}
		}
	}
	return strings.Join(reasons, "; ")
}
