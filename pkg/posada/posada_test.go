package posada_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
)

type vocabulary interface {
	~string
	comparable
}

// closedVocabulary is one enumeration, looked at from outside.
type closedVocabulary struct {
	name  string
	words []string
	read  func(string) error
}

func of[T vocabulary, P interface {
	*T
	UnmarshalText([]byte) error
}](name string, members []T) closedVocabulary {
	v := closedVocabulary{name: name, read: func(text string) error {
		var w T
		err := P(&w).UnmarshalText([]byte(text))
		if err == nil && string(w) != text {
			return errors.New("read another word than was written")
		}
		return err
	}}
	for _, m := range members {
		v.words = append(v.words, string(m))
	}
	return v
}

func vocabularies() []closedVocabulary {
	return []closedVocabulary{
		of("agency class", posada.Members[posada.AgencyClass]()),
		of("standing", posada.Members[posada.Standing]()),
		of("staff role", posada.Members[posada.StaffRole]()),
		of("scope", posada.Members[posada.Scope]()),
		of("assignment", posada.Members[posada.Assignment]()),
		of("holding", posada.Members[posada.Holding]()),
		of("origin", posada.Members[posada.Origin]()),
		of("purpose", posada.Members[posada.Purpose]()),
		of("category", posada.Members[posada.Category]()),
		of("service type", posada.Members[posada.ServiceType]()),
		of("priority", posada.Members[posada.Priority]()),
		of("referral state", posada.Members[posada.ReferralState]()),
		of("decline reason", posada.Members[posada.DeclineReason]()),
		of("outcome", posada.Members[posada.Outcome]()),
		of("question", posada.Members[posada.Question]()),
		of("answer", posada.Members[posada.Answer]()),
		of("need state", posada.Members[posada.NeedState]()),
		of("placement state", posada.Members[posada.PlacementState]()),
		of("asked state", posada.Members[posada.AskedState]()),
		of("place reply", posada.Members[posada.PlaceReply]()),
		of("consent status", posada.Members[posada.ConsentStatus]()),
		of("given by", posada.Members[posada.GivenBy]()),
		of("age band", posada.Members[posada.AgeBand]()),
		of("jurisdiction", posada.Members[posada.Jurisdiction]()),
		of("assent", posada.Members[posada.Assent]()),
		of("conflict check", posada.Members[posada.ConflictCheck]()),
		of("consent method", posada.Members[posada.ConsentMethod]()),
		of("informed", posada.Members[posada.Informed]()),
		of("service condition", posada.Members[posada.ServiceCondition]()),
		of("co-signer", posada.Members[posada.CoSigner]()),
		of("opt-in", posada.Members[posada.OptIn]()),
		of("window", posada.Members[posada.Window]()),
		of("naming", posada.Members[posada.Naming]()),
		of("use", posada.Members[posada.Use]()),
		of("staleness", posada.Members[posada.Staleness]()),
		of("mode", posada.Members[posada.Mode]()),
		of("instrument", posada.Members[posada.Instrument]()),
		of("gender", posada.Members[posada.Gender]()),
		of("household size", posada.Members[posada.HouseholdSize]()),
		of("household kind", posada.Members[posada.HouseholdKind]()),
		of("exploitation kind", posada.Members[posada.ExploitationKind]()),
		of("access need", posada.Members[posada.AccessNeed]()),
		of("nights", posada.Members[posada.Nights]()),
		of("wish", posada.Members[posada.Wish]()),
		of("weekday", posada.Members[posada.Weekday]()),
		of("webhook type", posada.Members[posada.WebhookType]()),
		of("webhook outcome", posada.Members[posada.WebhookOutcome]()),
		of("webhook off", posada.Members[posada.WebhookOff]()),
		of("webhook scheme", posada.Members[posada.WebhookScheme]()),
		of("availability", posada.Members[posada.Availability]()),
	}
}

func TestVocabulariesAreClosed(t *testing.T) {
	for _, v := range vocabularies() {
		t.Run(v.name, func(t *testing.T) {
			if len(v.words) == 0 || len(v.words) > 32 {
				t.Fatalf("%d words: a set holds at most 32", len(v.words))
			}
			seen := map[string]bool{}
			for _, w := range v.words {
				if seen[w] || w != strings.ToLower(w) || strings.ContainsAny(w, " \t\"\\") || w == "" {
					t.Errorf("%q stands twice or is not a plain word", w)
				}
				seen[w] = true
				if err := v.read(w); err != nil {
					t.Errorf("%q: %v", w, err)
				}
				for _, wrong := range []string{strings.ToUpper(w), w + " ", " " + w, w + "\x00", w + "x"} {
					if wrong == w || seen[wrong] {
						continue
					}
					if err := v.read(wrong); !errors.Is(err, posada.ErrUnknownWord) {
						t.Errorf("%q: %v", wrong, err)
					}
				}
			}
			if err := v.read(""); !errors.Is(err, posada.ErrUnknownWord) {
				t.Errorf("empty: %v", err)
			}
		})
	}
}

func TestVocabulariesHaveTheSizeOfTheDomain(t *testing.T) {
	want := map[string]int{
		"agency class": 24, "purpose": 21, "category": 26, "service type": 25, "referral state": 19,
		"decline reason": 11, "outcome": 9, "need state": 7, "staff role": 8, "informed": 8,
	}
	for _, v := range vocabularies() {
		if n, ok := want[v.name]; ok && n != len(v.words) {
			t.Errorf("%s has %d words; want %d", v.name, len(v.words), n)
		}
	}
}

func TestTenClassesAreDistrustedAndSoIsEveryUnknownOne(t *testing.T) {
	distrusted := 0
	for _, c := range posada.Members[posada.AgencyClass]() {
		if c.Distrusted() {
			distrusted++
		}
	}
	if distrusted != 10 {
		t.Errorf("%d distrusted classes; want 10", distrusted)
	}
	for _, c := range []posada.AgencyClass{"", "police", "NGO", "ngo "} {
		if !c.Distrusted() {
			t.Errorf("%q is trusted", c)
		}
	}
}

func TestIdentifiersHaveOneSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "raw")
		id, err := posada.NewID[posada.CaseID](bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := posada.ParseID[posada.CaseID](string(id)); err != nil || again != id {
			t.Fatalf("%s: %v", id, err)
		}
		for _, wrong := range []string{string(id[:25]), string(id) + "a", strings.ToUpper(string(id)), string(id[:25]) + "7", string(id[:25]) + "1"} {
			if wrong == string(id) {
				continue
			}
			if _, err := posada.ParseID[posada.CaseID](wrong); !errors.Is(err, posada.ErrBadID) {
				t.Fatalf("%q: %v", wrong, err)
			}
		}
		var m posada.MessageID
		if err := m.UnmarshalText([]byte(id)); err != nil || !bytes.Equal(m[:], raw) || m.String() != string(id) {
			t.Fatalf("message id %s: %v", m, err)
		}
	})
	if _, err := posada.NewID[posada.CaseID](bytes.NewReader(make([]byte, 15))); err == nil {
		t.Error("an identifier was drawn from too little randomness")
	}
}

func TestSetsAreWhatTheyList(t *testing.T) {
	words := posada.Members[posada.Category]()
	rapid.Check(t, func(t *rapid.T) {
		pick := rapid.SliceOf(rapid.SampledFrom(words))
		a, b := pick.Draw(t, "a"), pick.Draw(t, "b")
		sa, sb := posada.SetOf(a...), posada.SetOf(b...)
		for _, w := range words {
			inA, inB := contains(a, w), contains(b, w)
			if sa.Has(w) != inA || sa.And(sb).Has(w) != (inA && inB) || sa.Or(sb).Has(w) != (inA || inB) || sa.Minus(sb).Has(w) != (inA && !inB) {
				t.Fatalf("%s: set and list disagree", w)
			}
		}
		if !sa.Covers(sa.And(sb)) || sa.Covers(sb) != sb.Minus(sa).Empty() {
			t.Fatal("covers disagrees with minus")
		}
		text, err := json.Marshal(sa)
		if err != nil {
			t.Fatal(err)
		}
		var again posada.Set[posada.Category]
		if err := json.Unmarshal(text, &again); err != nil || again != sa {
			t.Fatalf("%s came back as %v, %v", text, again, err)
		}
	})
	for _, wrong := range []string{`["identity","identity"]`, `["name"]`, `"identity"`, `[1]`, `{}`} {
		var s posada.Set[posada.Category]
		if err := json.Unmarshal([]byte(wrong), &s); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
	if !posada.SetOf[posada.Category]("unknown").Empty() {
		t.Error("an unknown word entered a set")
	}
}

func contains[T comparable](list []T, w T) bool {
	for _, l := range list {
		if l == w {
			return true
		}
	}
	return false
}

func TestEpochsAreDays(t *testing.T) {
	noon := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	e := posada.EpochAt(noon)
	if !e.Start().Equal(noon.Truncate(24*time.Hour)) || !e.End().Equal((e + 1).Start()) {
		t.Errorf("epoch %d: %v to %v", e, e.Start(), e.End())
	}
	if posada.EpochAt(e.Start().Add(-time.Nanosecond)) != e-1 || posada.EpochAt(e.End()) != e+1 {
		t.Error("an epoch's ends are not where they should be")
	}
	if posada.EpochAt(time.Unix(-1, 0)) != 0 {
		t.Error("before 1970")
	}
}

func TestAnswersAreDueInTime(t *testing.T) {
	for p, want := range map[posada.Priority]time.Duration{
		posada.PriorityTonight: 2 * time.Hour, posada.PriorityEmergency: 24 * time.Hour,
		posada.PriorityUrgent: 72 * time.Hour, posada.PriorityNormal: 14 * 24 * time.Hour, "": 0,
	} {
		if p.Answer() != want {
			t.Errorf("%s: %v; want %v", p, p.Answer(), want)
		}
	}
}

func BenchmarkSetOfCategories(b *testing.B) {
	for b.Loop() {
		s := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity)
		if !s.Has(posada.CategoryIdentity) {
			b.Fatal("lost")
		}
	}
}

// TestOfAvailabilityOnlyItsBandIsTold, and the least number of a band says that band again.
func TestOfAvailabilityOnlyItsBandIsTold(t *testing.T) {
	for free, want := range map[int]posada.Availability{-1: "none", 0: "none", 1: "some", 3: "some", 4: "several", 400: "several"} {
		got := posada.AvailabilityOf(free)
		if got != want || posada.AvailabilityOf(got.Least()) != got {
			t.Errorf("%d: %s, at least %d", free, got, got.Least())
		}
	}
}
