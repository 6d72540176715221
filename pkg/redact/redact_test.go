package redact_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
)

// everything is a content with one record of every role and every field, each
// holding a text that names its own place.
func everything() referral.Content {
	c := referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityUrgent,
		Services: posada.SetOf(posada.ServiceLegalImmigration),
	}
	for _, role := range htcds.Roles() {
		fields := map[string]string{}
		for _, f := range htcds.Fields(role) {
			fields[f.Name] = token(role, f.Name)
		}
		c.Records = append(c.Records, referral.Record{Role: role, Fields: fields})
	}
	return c
}

func token(role htcds.Role, name string) string { return fmt.Sprintf("<%s %s>", role, name) }

// TestNothingIsKeptThatWasNotAllowed looks for every field's text in the bytes
// that would travel, for random allow-lists over a content of everything.
func TestNothingIsKeptThatWasNotAllowed(t *testing.T) {
	all := everything()
	rapid.Check(t, func(t *rapid.T) {
		allow := posada.Set[posada.Category](rapid.Uint32Range(0, 1<<26-1).Draw(t, "allow"))
		m, left, err := redact.Reduce(all, allow)
		if allow.Empty() {
			if !errors.Is(err, redact.ErrNothingLeft) || len(m.Data()) != 0 {
				t.Fatalf("nothing was allowed: %v, %d bytes", err, len(m.Data()))
			}
			return
		}
		if err != nil || !allow.Covers(m.Categories()) {
			t.Fatalf("carries %v of %v: %v", m.Categories().List(), allow.List(), err)
		}
		kept, total := 0, 0
		for _, role := range htcds.Roles() {
			for _, f := range htcds.Fields(role) {
				total++
				want := !f.About || allow.Has(f.Category)
				if got := strings.Contains(string(m.Data()), token(role, f.Name)); got != want {
					t.Fatalf("%s %s (%s): kept %v, want %v", role, f.Name, f.Category, got, want)
				} else if got {
					kept++
				}
			}
		}
		if kept+len(left) != total {
			t.Fatalf("%d kept and %d left out of %d", kept, len(left), total)
		}
		if got := strings.Contains(string(m.Data()), string(posada.ServiceLegalImmigration)); got != allow.Has(posada.CategoryNeeds) {
			t.Fatalf("services kept: %v", got)
		}
	})
}

func TestReduceChangesNothingItWasGiven(t *testing.T) {
	all := everything()
	before := len(all.Records[0].Fields)
	if _, _, err := redact.Reduce(all, posada.SetOf(posada.CategoryNeeds)); err != nil {
		t.Fatal(err)
	}
	if len(all.Records[0].Fields) != before {
		t.Error("fields were taken out of the original")
	}
}

func TestZeroValuesCarryNothing(t *testing.T) {
	var m redact.Minimal
	if len(m.Data()) != 0 || !m.Categories().Empty() {
		t.Error("the zero Minimal carries something")
	}
	if _, _, err := redact.Reduce(referral.Content{}, ^posada.Set[posada.Category](0)); !errors.Is(err, redact.ErrNothingLeft) {
		t.Errorf("an empty content: %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		full, _, err := redact.Reduce(everything(), posada.SetOf(posada.CategoryIdentity))
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf(verb, full); text != "(redacted)" {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func BenchmarkReduce(b *testing.B) {
	all := everything()
	allow := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity)
	for b.Loop() {
		if _, _, err := redact.Reduce(all, allow); err != nil {
			b.Fatal(err)
		}
	}
}
