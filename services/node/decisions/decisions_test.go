package decisions

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/policy"
)

// desk is the unit on a vault of its own, under the shipped policy.
type desk struct {
	*Decisions
	t       testing.TB
	vault   *vault.Vault
	policy  *pdp.Current
	rules   *pdp.Engine
	now     time.Time
	edition trust.Edition // that waits
	waiting []byte
	changed int
	log     bytes.Buffer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	dir := t.TempDir()
	must(t, vault.Create(dir, vault.Key([32]byte{1}), rand.Reader))
	v, err := vault.Open(dir, vault.Key([32]byte{1}), rand.Reader)
	must(t, err)
	t.Cleanup(func() { must(t, v.Close()) })
	d := &desk{t: t, vault: v, now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)}
	d.rules, err = pdp.New(t.Context(), policy.Files)
	must(t, err)
	d.restart()
	return d
}

// restart starts the unit again, under the network's policy as shipped.
func (d *desk) restart() {
	d.t.Helper()
	var err error
	d.policy = pdp.NewCurrent(d.rules)
	d.Decisions, err = New(d.t.Context(), Config{
		Vault: d.vault, Policy: d.policy, Waiting: func() (trust.Edition, []byte) { return d.edition, d.waiting },
		Changed: func() { d.changed++ }, Now: func() time.Time { return d.now }, Log: obs.NewLog(&d.log),
	})
	must(d.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// gives decides on a disclosure and gives the name of the decision.
func (d *desk) gives(change func(*pdp.Disclosure)) pdp.Permit {
	d.t.Helper()
	in := prove.PermittedDisclosure()
	if change != nil {
		change(&in)
	}
	permit, err := d.Disclose(d.t.Context(), in)
	must(d.t, err)
	return permit
}

// kept is what is kept, as it stands in the vault.
func (d *desk) kept() (texts [][]byte) {
	d.t.Helper()
	must(d.t, d.write())
	must(d.t, d.vault.View(func(tx *vault.Tx) error {
		return tx.Each(records.Name, func(_ string, value []byte) error {
			texts = append(texts, bytes.Clone(value))
			return nil
		})
	}))
	return texts
}

// table is the shipped network policy after a change, under another number.
func table(t *testing.T, version uint64, cells matrix.Cells) []byte {
	t.Helper()
	shipped, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	must(t, err)
	text, err := pdp.Amend(shipped, version, cells)
	must(t, err)
	return text
}

func identityTo(mode posada.Mode) matrix.Cells {
	return matrix.Cells{}.With(matrix.Cell{Class: posada.ClassLegalAid, Purpose: posada.PurposeLegal, Category: posada.CategoryIdentity}, mode)
}

// TestWhatIsKeptIsWordsAlone: every leaf of every question is a word of a closed
// vocabulary or a set of them, so that no text and no identifier can be among what is kept;
// and nothing else is written beside it.
func TestWhatIsKeptIsWordsAlone(t *testing.T) {
	leaves := 0
	var look func(name string, of reflect.Type)
	look = func(name string, of reflect.Type) {
		if of.Kind() == reflect.Struct {
			for i := range of.NumField() {
				look(name+"."+of.Field(i).Name, of.Field(i).Type)
			}
			return
		}
		leaves++
		word := reflect.PointerTo(of).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) && !strings.HasSuffix(of.Name(), "ID") && of.Name() != "Alias"
		set := of.Kind() == reflect.Uint32 && strings.HasPrefix(of.Name(), "Set[")
		if of.PkgPath() != reflect.TypeFor[posada.Category]().PkgPath() || !word && !set {
			t.Errorf("%s is a %v: what it says is not closed", name, of)
		}
	}
	look("Facts", reflect.TypeFor[pdp.Facts]())
	if leaves < 40 {
		t.Fatalf("only %d facts were looked at", leaves)
	}
	fields := reflect.TypeFor[record]()
	var names []string
	for i := range fields.NumField() {
		names = append(names, fields.Field(i).Name)
	}
	if got := fmt.Sprint(names); got != "[Day Version Policy Facts Permitted Unmet]" {
		t.Errorf("beside facts and answer it is kept of a decision: %s", got)
	}
	d := newDesk(t)
	d.gives(nil)
	for _, text := range d.kept() {
		var r record
		must(t, json.Unmarshal(text[1:], &r))
		if r.Day != "2026-03-14" || bytes.Contains(text, []byte("23:40")) {
			t.Errorf("kept with an hour: %s", text)
		}
	}
}

// TestDecisionsAlikeOnOneDayAreOne, also where a transaction is run again and where the
// program was: how many there were is not kept.
func TestDecisionsAlikeOnOneDayAreOne(t *testing.T) {
	d := newDesk(t)
	first := d.gives(nil).Decision()
	if again := d.gives(nil).Decision(); again != first || first == "" {
		t.Fatalf("%q and then %q", first, again)
	}
	if len(d.new) != 1 || len(d.kept()) != 1 {
		t.Fatal("kept twice")
	}
	one := d.kept()[0]
	d.restart()
	if again := d.gives(nil).Decision(); again != first {
		t.Fatalf("after a restart %q", again)
	}
	if all := d.kept(); len(all) != 1 || !bytes.Equal(all[0], one) {
		t.Fatal("after a restart another is kept")
	}
	d.now = d.now.Add(24 * time.Hour)
	if tomorrow := d.gives(nil).Decision(); tomorrow == first {
		t.Fatal("a day on, it has the same name")
	}
	if other := d.gives(func(in *pdp.Disclosure) { in.Recipient.Naming = posada.Excluded }).Decision(); len(d.kept()) != 3 || other == first {
		t.Fatal("another question is not another")
	}
}

// TestADecisionIsKeptForNinetyDays: then it is gone, and so is the key it lay under.
func TestADecisionIsKeptForNinetyDays(t *testing.T) {
	d := newDesk(t)
	id := d.gives(nil).Decision()
	must(t, d.write())
	d.now = d.now.Add(keepDays * 24 * time.Hour)
	must(t, d.Sweep())
	if _, err := d.Explain(t.Context(), id); err != nil {
		t.Fatalf("on the ninetieth day: %v", err)
	}
	d.now = d.now.Add(24 * time.Hour)
	must(t, d.Sweep())
	if _, err := d.Explain(t.Context(), id); fault.From(err).Key != fault.NothingThere {
		t.Fatalf("after it: %v", err)
	}
	if destroyed, err := d.vault.Sweep(); err != nil || destroyed != 1 {
		t.Fatalf("%d keys were destroyed, %v", destroyed, err)
	}
	if len(d.kept()) != 0 {
		t.Fatal("something is left")
	}
}

// TestWhatIsKeptOfADayIsBounded, by each entry apart: whoever sends this and that leaves
// room for what we give.
func TestWhatIsKeptOfADayIsBounded(t *testing.T) {
	d := newDesk(t)
	take := func(i int) posada.DecisionID {
		in := prove.PermittedReception()
		in.Grant.Categories, in.Carried = posada.Set[posada.Category](i), posada.SetOf(posada.CategoryNeeds)
		taken, err := d.Receive(t.Context(), in)
		must(t, err)
		return pdp.Permit(taken).Decision()
	}
	for i := range mostKinds + 50 {
		if named := take(i) != ""; named != (i < mostKinds) {
			t.Fatalf("the %d. has a name: %v", i+1, named)
		}
	}
	must(t, d.write())
	d.restart()
	for i := range 50 {
		take(mostKinds + 50 + i)
	}
	if n := len(d.kept()); n != mostKinds {
		t.Errorf("%d kinds are kept of one entry", n)
	}
	if d.gives(nil).Decision() == "" || len(d.kept()) != mostKinds+1 {
		t.Error("there was no room for what we give")
	}
}

// TestEverythingThatWasDecidedIsKept, of each entry, and told of.
func TestEverythingThatWasDecidedIsKept(t *testing.T) {
	d := newDesk(t)
	refused := d.gives(func(in *pdp.Disclosure) { in.Consent.Categories = posada.SetOf(posada.CategoryNeeds) })
	passed, err := d.Onward(t.Context(), prove.PermittedPassing())
	must(t, err)
	asked, err := d.Ask(t.Context(), prove.PermittedAsking())
	must(t, err)
	taken, err := d.Receive(t.Context(), prove.PermittedReception())
	must(t, err)
	for entry, permit := range map[string]pdp.Permit{"disclose": refused, "onward": passed, "ask": asked, "receive": pdp.Permit(taken)} {
		e, err := d.Explain(t.Context(), permit.Decision())
		if err != nil || e.Facts.Entry() != entry || e.Since || len(e.Parts) == 0 {
			t.Errorf("%s: %+v, %v", entry, e, err)
		}
	}
	e, err := d.Explain(t.Context(), refused.Decision())
	must(t, err)
	for _, p := range e.Parts {
		if p.Category != posada.CategoryIdentity {
			continue
		}
		if p.Permitted || fmt.Sprint(p.Lacks) != "[G3.category]" || p.Network != "consent" || fmt.Sprint(p.Ways) != "[[{consent.categories identity}]]" {
			t.Errorf("%+v", p)
		}
	}
	d.waiting = table(t, 2, identityTo("never"))
	network, err := d.rules.With(t.Context(), d.waiting)
	must(t, err)
	must(t, d.policy.Set(t.Context(), network))
	if e, err := d.Explain(t.Context(), refused.Decision()); err != nil || !e.Since {
		t.Errorf("under another policy: %+v, %v", e, err)
	}
}
