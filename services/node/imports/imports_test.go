package imports

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/cases"
	"github.com/posada-exchange/posada/services/node/records"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func asker(n byte, roles ...posada.StaffRole) handoff.Asker {
	return handoff.Asker{ID: posada.IDFrom[posada.StaffID]([16]byte{n}), Roles: posada.SetOf(roles...)}
}

func ana() handoff.Asker { return asker(9, posada.RoleAdvocate) }
func luz() handoff.Asker { return asker(10, posada.RoleLegal) }

// unasked stands for consents: nothing here is under one.
type unasked struct{ records.Consents }

func (unasked) Stands(*vault.Tx, posada.ConsentID) (bool, error) { return false, nil }

// bench is the unit with real cases and records, on a vault of its own.
type bench struct {
	*Imports
	cases   *cases.Cases
	records *records.Records
	vault   *vault.Vault
}

func newBench(t testing.TB) *bench {
	t.Helper()
	dir, secret, now := t.TempDir(), vault.Key([32]byte{1}), time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	must(t, vault.Create(dir, secret, rand.Reader))
	v, err := vault.Open(dir, secret, rand.Reader)
	must(t, err)
	t.Cleanup(func() { must(t, v.Close()) })
	shipped, err := pdp.Shipped()
	must(t, err)
	us := invented.New(t, 1, now)
	members, policy, clock := roster.NewCurrent(invented.Roster(t, us)), pdp.NewCurrent(shipped), func() time.Time { return now }
	b := &bench{vault: v}
	b.cases = cases.New(cases.Config{Agency: us.Member.ID, Vault: v, Members: members, Policy: policy, Now: clock, Random: rand.Reader})
	b.records = records.New(records.Config{Agency: us.Member.ID, Vault: v, Members: members, Policy: policy, Cases: b.cases, Consents: unasked{}, Now: clock, Random: rand.Reader})
	b.Imports = New(Config{Vault: v, Cases: b.cases, Records: b.records, Now: clock, Random: rand.Reader})
	return b
}

func content(name string) referral.Content {
	return referral.Content{Purpose: posada.PurposeCaseManagement, Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"prs_FirstName": name, "prs_Birthdate": "1994-02-03"}}}}
}

// digest stands for something that is imported.
func digest(n int) string { return fmt.Sprintf("%052d", n) }

func (b *bench) begin(t testing.TB, by handoff.Asker, n int) Import {
	t.Helper()
	is, err := b.Begin(by, "invented-sheet", digest(n), 3)
	must(t, err)
	return is
}

// one brings a row in by itself.
func (b *bench) one(t testing.TB, by handoff.Asker, n int, row Row) Done {
	t.Helper()
	_, done, err := b.Bring(t.Context(), by, b.begin(t, by, n).ID, Batch{After: 0, Through: 1, Rows: []Row{row}})
	must(t, err)
	return done[0]
}

func (b *bench) opened(t testing.TB) int {
	t.Helper()
	n := 0
	must(t, b.vault.View(func(tx *vault.Tx) error {
		return b.cases.Each(tx, func(handoff.Case) error { n++; return nil })
	}))
	return n
}

// TestEachRowIsBroughtOnceWhateverBreaksOff draws an import whose answers are lost, which is
// begun again, and goes on from where the node says it is or from before. Each row is in
// one case, and in no more.
func TestEachRowIsBroughtOnceWhateverBreaksOff(t *testing.T) {
	b, run, before := newBench(t), 0, 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		before = b.opened(t)
		total := rapid.IntRange(1, 12).Draw(r, "rows")
		for {
			is := b.begin(t, ana(), run)
			after := is.Through
			if after > 0 && rapid.Bool().Draw(r, "an answer was lost") {
				after-- // whoever asks does not know that it was saved
			}
			through := min(total, after+rapid.IntRange(1, 4).Draw(r, "batch"))
			if after < is.Through {
				through = is.Through
			}
			batch := Batch{After: after, Through: through}
			for n := after + 1; n <= through; n++ {
				batch.Rows = append(batch.Rows, Row{fmt.Sprint(run, " key ", n), content(fmt.Sprint("Invented ", n))})
			}
			got, _, err := b.Bring(t.Context(), ana(), is.ID, batch)
			if err != nil {
				r.Fatal(err)
			}
			if got.Through == total && got.ID == is.ID {
				break
			}
		}
		is := b.begin(t, ana(), run)
		if n := b.opened(t) - before; n != total || is.Became[handoff.ImportSaved] != total {
			r.Fatalf("%d rows are in %d cases, and %d are counted", total, n, is.Became[handoff.ImportSaved])
		}
	})
}

// TestWhatBecameOfARowIsSaid: of each there is an outcome, and nothing that is here changes.
func TestWhatBecameOfARowIsSaid(t *testing.T) {
	b := newBench(t)
	first := b.one(t, ana(), 1, Row{"17", content("Invented")})
	if first.Outcome != handoff.ImportSaved || first.Case == "" {
		t.Fatalf("%+v", first)
	}
	destroyed := b.one(t, ana(), 2, Row{"18", content("Invented")})
	must(t, b.vault.Update(func(tx *vault.Tx) error {
		at, err := b.cases.Of(tx, destroyed.Case)
		must(t, err)
		return tx.Erase(at.Key)
	}))
	_, err := b.vault.Sweep()
	must(t, err)
	met := []handoff.ImportOutcome{first.Outcome}
	for name, c := range map[string]struct {
		by   handoff.Asker
		row  Row
		want Done
	}{
		"as it is":     {ana(), Row{"17", content("Invented")}, Done{handoff.ImportAlready, first.Case}},
		"otherwise":    {ana(), Row{"17", content("Invented Ana")}, Done{handoff.ImportDiffers, first.Case}},
		"by another":   {luz(), Row{"17", content("Invented")}, Done{handoff.ImportOthers, ""}},
		"what is gone": {ana(), Row{"18", content("Invented")}, Done{handoff.ImportErased, ""}},
	} {
		if got := b.one(t, c.by, 3+len(met), c.row); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		met = append(met, c.want.Outcome)
	}
	for _, o := range handoff.ImportOutcomes() {
		if !slices.Contains(met, o) {
			t.Errorf("nothing became %s", o)
		}
	}
	if n := b.opened(t); n != 1 {
		t.Errorf("%d cases are there", n)
	}
	own, err := b.records.Show(t.Context(), ana(), first.Case)
	must(t, err)
	if len(own.Imported) != 1 || own.Imported[0].Content.Records[0].Fields["prs_FirstName"] != "Invented" || own.Imported[0].More {
		t.Errorf("%d things are in it", len(own.Imported))
	}
	// By another mapping the same key is another row's.
	is, err := b.Begin(ana(), "other-sheet", digest(99), 1)
	must(t, err)
	if _, done, err := b.Bring(t.Context(), ana(), is.ID, Batch{Through: 1, Rows: []Row{{"17", content("Invented")}}}); err != nil || done[0].Outcome != handoff.ImportSaved {
		t.Errorf("%+v, %v", done, err)
	}
}

// TestRowsThatDoNotFollowAreRefused: and those of an import that ended, or is another's.
func TestRowsThatDoNotFollowAreRefused(t *testing.T) {
	b := newBench(t)
	is, row := b.begin(t, ana(), 1), []Row{{"17", content("Invented")}}
	_, _, err := b.Bring(t.Context(), ana(), is.ID, Batch{Through: 2, Refused: 1, Rows: row})
	must(t, err)
	ended := b.begin(t, ana(), 2)
	_, err = b.End(ana(), ended.ID)
	must(t, err)
	for name, c := range map[string]struct {
		by    handoff.Asker
		id    posada.ImportID
		batch Batch
		want  fault.Key
	}{
		"a gap":           {ana(), is.ID, Batch{After: 3, Through: 4, Rows: row}, fault.ImportBehind},
		"partly there":    {ana(), is.ID, Batch{After: 1, Through: 3, Rows: row}, fault.ImportBehind},
		"ended":           {ana(), ended.ID, Batch{Through: 1, Rows: row}, fault.ImportOver},
		"another's":       {luz(), is.ID, Batch{After: 2, Through: 3, Rows: row}, fault.NothingThere},
		"one that is not": {ana(), posada.IDFrom[posada.ImportID]([16]byte{7}), Batch{Through: 1, Rows: row}, fault.NothingThere},
	} {
		if _, done, err := b.Bring(t.Context(), c.by, c.id, c.batch); fault.From(err).Key != c.want || done != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.End(luz(), is.ID); fault.From(err).Key != fault.NothingThere {
		t.Errorf("another ends it: %v", err)
	}
	list, err := b.Page(ana(), page.Asked{})
	if err != nil || len(list.Rows) != 2 || b.opened(t) != 1 {
		t.Errorf("%d imports, %d cases, %v", len(list.Rows), b.opened(t), err)
	}
	if list, err := b.Page(luz(), page.Asked{}); err != nil || len(list.Rows) != 0 {
		t.Errorf("another lists %d, %v", len(list.Rows), err)
	}
	// It counts what was refused, and forgets what it was of.
	got, err := b.End(ana(), is.ID)
	if err != nil || got.Refused != 1 || got.Through != 2 || got.Digest != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if again := b.begin(t, ana(), 1); again.ID == is.ID || again.Through != 0 {
		t.Error("one that ended goes on")
	}
}

// TestABatchThatIsBroughtAgainChangesNothing: neither what was counted, nor how far it came.
func TestABatchThatIsBroughtAgainChangesNothing(t *testing.T) {
	b := newBench(t)
	is := b.begin(t, ana(), 1)
	batches := []Batch{
		{After: 0, Through: 3, Refused: 1, Rows: []Row{{"17", content("Invented")}, {"18", content("Invented")}}},
		{After: 3, Through: 4, Rows: []Row{{"19", content("Invented")}}},
	}
	var now Import
	for _, batch := range batches {
		var err error
		now, _, err = b.Bring(t.Context(), ana(), is.ID, batch)
		must(t, err)
	}
	for _, batch := range batches {
		again, done, err := b.Bring(t.Context(), ana(), is.ID, batch)
		if err != nil || len(done) != len(batch.Rows) || !reflect.DeepEqual(again, now) || !reflect.DeepEqual(b.begin(t, ana(), 1), now) {
			t.Errorf("%+v, then %+v, %v", now, again, err)
		}
		for _, d := range done {
			if d.Outcome != handoff.ImportAlready || d.Case == "" {
				t.Errorf("%+v", d)
			}
		}
	}
}

// TestWhatIsBroughtIsNotedAndNotTold: the account has who, which case and which kinds, and no
// word of any row; nor has what is printed of one.
func TestWhatIsBroughtIsNotedAndNotTold(t *testing.T) {
	b := newBench(t)
	const canary = "Xochitl"
	b.one(t, ana(), 1, Row{canary, content(canary)})
	var noted []audit.Entry
	must(t, b.vault.View(func(tx *vault.Tx) error {
		return audit.Each(tx, 0, func(_ uint64, e audit.Entry) error { noted = append(noted, e); return nil })
	}))
	text, err := json.Marshal(noted)
	must(t, err)
	last := noted[len(noted)-1]
	if last.Act != audit.OwnImported || last.By != ana().ID || last.Case == "" || !last.Shared.Has(posada.CategoryIdentity) || strings.Contains(string(text), canary) {
		t.Errorf("%+v", last)
	}
	if text := fmt.Sprintf("%v %+v %#v", Row{canary, content(canary)}, Row{canary, content(canary)}, Row{canary, content(canary)}); strings.Contains(text, canary) {
		t.Error(text)
	}
}
