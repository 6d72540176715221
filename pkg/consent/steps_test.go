package consent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// written are all steps there are, written out a second time.
func written() map[posada.ConsentStatus]string {
	return map[posada.ConsentStatus]string{
		"":            "requested deferred refused given renewed",
		"requested":   "deferred refused given withdrawn revoked invalidated",
		"deferred":    "requested deferred refused given withdrawn revoked invalidated",
		"given":       "withdrawn revoked invalidated",
		"renewed":     "withdrawn revoked invalidated",
		"unknown":     "withdrawn revoked invalidated",
		"expired":     "withdrawn revoked invalidated",
		"refused":     "",
		"withdrawn":   "",
		"revoked":     "",
		"invalidated": "",
	}
}

// asked is what was asked for, before anything was said.
func asked() consent.Record {
	r := record()
	return consent.Record{ID: r.ID, Case: r.Case, Allowances: r.Allowances, Excluded: r.Excluded, ExcludedAgencies: r.ExcludedAgencies, Services: r.Services}
}

// toldNow is what is said anew by whoever agrees: without lines.
func toldNow() consent.Record {
	r := record()
	r.ID, r.Case, r.Allowances, r.Services, r.Excluded, r.ExcludedAgencies, r.History = "", "", nil, 0, 0, nil, nil
	r.Given, r.NotBefore, r.Expires, r.TextVersion, r.Form = time.Time{}, time.Time{}, time.Time{}, "2", consent.Digest{2}
	return r
}

// take takes a step to a status by the function that is for it.
func take(r consent.Record, to posada.ConsentStatus, at time.Time, life time.Duration, by posada.StaffID) (consent.Record, error) {
	switch {
	case slices.Contains(consent.Questions(), to):
		return r.Ask(to, at, by)
	case slices.Contains(consent.Endings(), to):
		return r.End(to, at, by)
	case to == posada.ConsentRenewed:
		return r.Renew(toldNow(), []consent.Record{r}, at, life, by)
	case to == posada.ConsentGiven:
		agreed, err := r.Anew(toldNow())
		if err != nil {
			return consent.Record{}, err
		}
		return agreed.Give(at, life, by)
	}
	return r.End(to, at, by)
}

// From every status to every status: a step is taken where it is written out above,
// and nothing is changed where it is not. Renewed is the beginning of another record.
func TestARecordTakesTheStepsThereAreAndNoOther(t *testing.T) {
	taken, refused := 0, 0
	for _, from := range append(posada.Members[posada.ConsentStatus](), "", "another") {
		for _, to := range append(posada.Members[posada.ConsentStatus](), "", "another") {
			r := record()
			r.History[0].Status = from
			if from == "" {
				r.History = nil
			}
			before := slices.Clone(r.History)
			var got consent.Record
			var err error
			switch {
			case slices.Contains(consent.Questions(), to):
				got, err = r.Ask(to, given.Add(time.Hour), lifeBy)
			case to == posada.ConsentGiven:
				got, err = r.Give(given.Add(time.Hour), 0, lifeBy)
			default:
				got, err = r.End(to, given.Add(time.Hour), lifeBy)
			}
			want := slices.Contains(strings.Fields(written()[from]), string(to)) && to != posada.ConsentRenewed
			if (err == nil) != want || err == nil && got.Status() != to || !slices.Equal(r.History, before) {
				t.Errorf("from %q to %q: %q, %v", from, to, got.Status(), err)
			}
			if want {
				taken++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d steps taken, %d refused", taken, refused)
}

// TestTwoStepsFromOneRecordAreTwoRecords: neither writes into the other's history.
func TestTwoStepsFromOneRecordAreTwoRecords(t *testing.T) {
	r := record()
	r.History = append(make([]consent.StatusChange, 0, 8), r.History...)
	first, err := r.End(posada.ConsentWithdrawn, given.Add(time.Hour), lifeBy)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.End(posada.ConsentInvalidated, given.Add(time.Hour), lifeBy); err != nil || first.Status() != posada.ConsentWithdrawn {
		t.Errorf("the first is %s, %v", first.Status(), err)
	}
}

// TestNobodyGivesByAnsweringAQuestion: a yes has a function of its own, that asks for
// all that a consent needs; an end has another.
func TestNobodyGivesByAnsweringAQuestion(t *testing.T) {
	for _, from := range []consent.Record{asked(), record()} {
		for _, said := range posada.Members[posada.ConsentStatus]() {
			if slices.Contains(consent.Questions(), said) {
				continue
			}
			if _, err := from.Ask(said, given, lifeBy); !errors.Is(err, consent.ErrNoAnswer) {
				t.Errorf("%s: %v", said, err)
			}
		}
	}
}

// TestALifeOfARecord is any life at all, of any length, on a clock that goes both ways:
// an ended record stays as it is; its history is only added to, and each entry is
// later than the one before; what was given once is never lengthened, and lasts 90
// days at most; it permits within its time and in no other state; and every record
// that a step led to is whole.
func TestALifeOfARecord(t *testing.T) {
	steps, ended := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		r, now, renewed := asked(), given, byte(0)
		for range rapid.IntRange(1, 24).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-3, 40).Draw(t, "days")) * 24 * time.Hour)
			to := rapid.SampledFrom(likely(r)).Draw(t, "to")
			life := time.Duration(rapid.IntRange(1, 90).Draw(t, "life")) * 24 * time.Hour
			before, text := r, encoded(t, r)
			next, err := take(r, to, now, life, lifeBy)
			if got := encoded(t, before); !bytes.Equal(got, text) {
				t.Fatalf("a step changed the record it began at:\n%s\n%s", text, got)
			}
			if err != nil {
				continue
			}
			steps++
			if next.Renews != "" && next.Renews != before.Renews { // another record
				if !before.WasGiven() || slices.Contains(consent.Endings(), before.Status()) || len(next.History) != 1 {
					t.Fatalf("%s was renewed", before.Status())
				}
				renewed++
				next.ID = posada.ConsentID(agency(renewed))
			} else {
				follows(t, before, next)
			}
			r = next
			if to != posada.ConsentRenewed && !slices.Contains(strings.Fields(written()[before.Status()]), string(to)) && len(before.History) > 0 {
				t.Fatalf("%s led to %s", before.Status(), to)
			}
			if err := r.Check(); err != nil && !slices.Contains(consent.Endings(), r.Status()) {
				t.Fatalf("%s: %v", r.Status(), err)
			}
			permitsWithinItsTime(t, r)
			if written()[r.Status()] == "" {
				ended++
			}
		}
	})
	t.Logf("%d steps, %d into an ended state", steps, ended)
}

// likely are statuses to try: half of the time one that may follow, and seldom an end.
func likely(r consent.Record) []posada.ConsentStatus {
	list := append(posada.Members[posada.ConsentStatus](), "")
	for range 8 {
		list = append(list, posada.ConsentRequested, posada.ConsentDeferred)
	}
	if r.WasGiven() {
		for range 16 {
			list = append(list, posada.ConsentRenewed)
		}
	}
	return list
}

func encoded(t rapid.TB, r consent.Record) []byte {
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// follows holds a record against the one it came from.
func follows(t rapid.TB, before, next consent.Record) {
	if written()[before.Status()] == "" && len(before.History) > 0 {
		t.Fatalf("%s led to %s", before.Status(), next.Status())
	}
	if len(next.History) != len(before.History)+1 || !slices.Equal(next.History[:len(before.History)], before.History) {
		t.Fatal("the history was not only added to")
	}
	if n := len(before.History); n > 0 && !next.History[n].At.After(before.History[n-1].At) {
		t.Fatalf("%v after %v", next.History[n].At, before.History[n-1].At)
	}
	if before.WasGiven() && (!next.Expires.Equal(before.Expires) || !next.Given.Equal(before.Given)) {
		t.Fatalf("it was lengthened from %v to %v", before.Expires, next.Expires)
	}
	if next.WasGiven() && next.Expires.Sub(next.Given) > consent.MaxLife {
		t.Fatalf("it lasts %v", next.Expires.Sub(next.Given))
	}
	if next.Given.Before(before.Given) {
		t.Fatal("what was said went back in time")
	}
}

// permitsWithinItsTime asks at the ends of a record's time, and around them.
func permitsWithinItsTime(t rapid.TB, r consent.Record) {
	for _, at := range []time.Time{r.NotBefore.Add(-1), r.NotBefore, r.Expires.Add(-1), r.Expires, r.Expires.Add(consent.MaxLife)} {
		f := r.Facts(agency(3), posada.PurposeShelter, "", at)
		may := f.Window == posada.WindowWithin && (f.Status == posada.ConsentGiven || f.Status == posada.ConsentRenewed)
		want := (r.Status() == posada.ConsentGiven || r.Status() == posada.ConsentRenewed) && !at.Before(r.NotBefore) && at.Before(r.Expires)
		if may != want {
			t.Fatalf("%s may %v at %v of %v to %v", r.Status(), may, at, r.NotBefore, r.Expires)
		}
	}
}

// TestAQuestionNeedsWhatWasAskedAndWhoHeardIt, and a consent needs all the rest.
func TestAQuestionNeedsWhatWasAskedAndWhoHeardIt(t *testing.T) {
	for _, how := range consent.Questions() {
		r, err := asked().Ask(how, given, lifeBy)
		if err != nil || r.Check() != nil {
			t.Errorf("%s: %v, %v", how, err, r.Check())
		}
		for name, c := range map[string]struct {
			change func(*consent.Record)
			want   error
		}{
			"names nobody":         {func(r *consent.Record) { r.Allowances = nil }, consent.ErrNobodyNamed},
			"asks for nothing":     {func(r *consent.Record) { r.Allowances[0].Categories = 0 }, consent.ErrNothingShared},
			"for no purpose":       {func(r *consent.Record) { r.Allowances[0].Purpose = "" }, consent.ErrIncomplete},
			"whom it bars":         {func(r *consent.Record) { r.ExcludedAgencies = append(r.ExcludedAgencies, agency(2)) }, consent.ErrBoth},
			"nobody heard it":      {func(r *consent.Record) { r.History[0].By = "" }, consent.ErrIncomplete},
			"there is no history":  {func(r *consent.Record) { r.History = nil }, consent.ErrIncomplete},
			"given without a form": {func(r *consent.Record) { r.History[0].Status = posada.ConsentGiven }, consent.ErrIncomplete},
		} {
			changed, err := asked().Ask(how, given, lifeBy)
			c.change(&changed)
			if err != nil || !errors.Is(changed.Check(), c.want) {
				t.Errorf("%s, %s: %v", how, name, changed.Check())
			}
		}
	}
}

// TestToBeAskedAgainTakesNothingBack: when she said what a record says stays where it
// was while she is only asked, and moves with each thing she says.
func TestToBeAskedAgainTakesNothingBack(t *testing.T) {
	r := asked()
	for i, c := range []struct {
		said posada.ConsentStatus
		want time.Time
	}{
		{posada.ConsentRequested, given}, {posada.ConsentDeferred, given.Add(time.Hour)}, {posada.ConsentRequested, given.Add(time.Hour)},
		{posada.ConsentDeferred, given.Add(3 * time.Hour)}, {posada.ConsentDeferred, given.Add(4 * time.Hour)}, {posada.ConsentRefused, given.Add(5 * time.Hour)},
	} {
		var err error
		if r, err = r.Ask(c.said, given.Add(time.Duration(i)*time.Hour), lifeBy); err != nil || !r.Given.Equal(c.want) {
			t.Fatalf("%s: since %v, %v", c.said, r.Given, err)
		}
	}
}

// TestNothingElseWritesAHistory reads the source: outside of step nobody adds to a
// record's history or puts one in its place, but to begin a new record without any.
func TestNothingElseWritesAHistory(t *testing.T) {
	found := 0
	for _, root := range []string{"../../pkg", "../../services", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				assign, ok := n.(*ast.AssignStmt)
				if !ok {
					return true
				}
				for i, left := range assign.Lhs {
					sel, ok := left.(*ast.SelectorExpr)
					if !ok || sel.Sel.Name != "History" || len(assign.Rhs) != len(assign.Lhs) {
						continue
					}
					switch value := assign.Rhs[i].(type) {
					case *ast.Ident: // nil: it begins
						if value.Name == "nil" {
							continue
						}
					case *ast.SelectorExpr: // another's, as it is
						if value.Sel.Name == "History" {
							continue
						}
					}
					found++
					if filepath.Base(path) != "steps.go" {
						t.Errorf("%s writes a history", path)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found != 1 {
		t.Errorf("%d places write a history", found)
	}
}
