package gateway

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// TestWhatAFieldTakesIsSaidInSpanish tries values that fail in every way there
// is on every field there is. What the field's library says of them in English
// is in no Spanish sentence, and neither is the value.
func TestWhatAFieldTakesIsSaidInSpanish(t *testing.T) {
	p := i18n.For(i18n.Spanish)
	seen := map[string]bool{}
	for _, role := range htcds.Roles() {
		for _, f := range htcds.Fields(role) {
			for _, value := range []string{"", "\xff", "Xochitl", "a\x00", strings.Repeat("Xochitl", htcds.MaxLongText)} {
				c := referral.Content{
					Purpose: posada.PurposeLegal, Priority: posada.PriorityUrgent,
					Records: []referral.Record{{Role: role, Fields: map[string]string{f.Name: value}}},
				}
				err := checkContent(p, c)
				if err == nil {
					continue
				}
				what := fault.From(err).Args["what"]
				if !strings.HasPrefix(what, string(role)+"."+f.Name+": debe llevar ") || strings.Contains(what, "Xochitl") {
					t.Fatalf("%q", what)
				}
				want := strings.TrimPrefix(what, string(role)+"."+f.Name+": debe llevar ")
				if list, _, ok := strings.Cut(want, ": "); ok {
					want = list
				}
				seen[want] = true
			}
		}
	}
	for want := range seen {
		for _, english := range []string{"leave", "a date", "decimal number", "at most", "one of", "control characters", "UTF-8 text"} {
			if strings.Contains(want, english) {
				t.Errorf("%q is English", want)
			}
		}
	}
	if len(seen) < 7 {
		t.Errorf("only %d kinds of wrong were seen: %v", len(seen), seen)
	}
}

// TestEveryContradictionOfAConsentIsSaid: each of the record's errors has its
// sentence, and all that are joined are told.
func TestEveryContradictionOfAConsentIsSaid(t *testing.T) {
	all := []error{
		consent.ErrNobodyNamed, consent.ErrNothingShared, consent.ErrTimes, consent.ErrNamedTwice, consent.ErrBoth,
		fmt.Errorf("%w: history", consent.ErrIncomplete),
	}
	for _, l := range i18n.Languages() {
		told := map[string]bool{}
		for _, err := range all {
			told[consentReasons(i18n.For(l), err)] = true
		}
		if len(told) != len(all) || told[""] {
			t.Errorf("%s: %v", l, told)
		}
		if got := consentReasons(i18n.For(l), errors.Join(all...)); strings.Count(got, "; ") != len(all)-1 {
			t.Errorf("%s: %s", l, got)
		}
	}
}

func TestADigestHasOneForm(t *testing.T) {
	good := strings.Repeat("a", 52)
	for text, want := range map[string]bool{
		good: true, strings.ToUpper(good): false, good[1:]: false, good + "a": false, "": false,
		strings.Repeat("1", 52): false, good[:51] + " ": false, good[:26] + "\n" + good[26:]: false,
	} {
		if got := handoff.IsDigest(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestEveryWantHasASentenceInEveryLanguage(t *testing.T) {
	for _, want := range htcds.Wants() {
		for _, l := range i18n.Languages() {
			if key := "wrong.want." + string(want); i18n.For(l).Text(i18n.Key(key), "list", "", "most", 1) == key {
				t.Errorf("%s has no sentence in %s", key, l)
			}
		}
	}
}
