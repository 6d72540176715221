package cases

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// order is a judge's order that is complete.
func order() handoff.Paper {
	return handoff.Paper{Kind: posada.InstrumentCourtOrder, Order: &handoff.Order{
		Counsel: luz().ID, Names: posada.SetOf(posada.CategoryIdentity, posada.CategoryMedical), Due: "2026-03-20",
	}}
}

// came records a paper and gives the error's key.
func (b *bench) came(t testing.TB, by handoff.Asker, label string, p handoff.Paper) (Listed, fault.Key) {
	t.Helper()
	l, err := b.Paper(t.Context(), by, label, p)
	if err != nil {
		return l, fault.From(err).Key
	}
	return l, ""
}

func (b *bench) told(t testing.TB, by handoff.Asker, label string, lifted posada.StaffID) (Listed, fault.Key) {
	t.Helper()
	l, err := b.Told(t.Context(), by, label, lifted)
	if err != nil {
		return l, fault.From(err).Key
	}
	return l, ""
}

// Of what no judge signed it is kept that it came, and of what it wants nothing;
// of an order exactly what it names, and never half of it.
func TestAPaperIsRecordedAsWhatItIs(t *testing.T) {
	b := newBench(t)
	for _, kind := range posada.Members[posada.Instrument]() {
		of := b.start(t).Label
		bare, whole := handoff.Paper{Kind: kind}, order()
		whole.Kind = kind
		refused, kept := whole, bare
		if kind.Judicial() {
			refused, kept = bare, whole
		}
		if _, key := b.came(t, worker(), of, refused); key != fault.PaperCompelsNothing {
			t.Errorf("%s: %q", kind, key)
		}
		l, key := b.came(t, worker(), of, kept)
		if key != "" || len(l.Papers) != 1 {
			t.Fatalf("%s: %q, %+v", kind, key, l.Papers)
		}
		kept.Came, kept.By = b.now, ana()
		if !reflect.DeepEqual(l.Papers[0], kept) || (l.Tell == 1) != kind.Judicial() {
			t.Errorf("%s is kept as %+v, %d to tell", kind, l.Papers[0], l.Tell)
		}
		acts := b.acts(t)
		last := acts[len(acts)-1]
		want := audit.Entry{At: b.now, By: ana(), Act: audit.PaperCame, Case: l.ID}
		if kind.Judicial() {
			want.Act, want.Staff = audit.OrderCame, luz().ID
		}
		// What it names dies with the case, so it does not stand in the account.
		if last != want {
			t.Errorf("%s is noted as %+v", kind, last)
		}
	}
}

func TestAPaperOfNoKnownKindIsRefused(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	for _, kind := range []posada.Instrument{"", "warrant"} {
		whole := order()
		whole.Kind = kind
		for _, p := range []handoff.Paper{whole, {Kind: kind}} {
			if l, key := b.came(t, worker(), of, p); key != fault.PaperCompelsNothing || len(l.Papers) != 0 {
				t.Errorf("%q: %q", kind, key)
			}
		}
	}
}

func TestHalfAnOrderIsRefusedAndLeavesNothing(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	for name, c := range map[string]struct {
		spoil func(*handoff.Order)
		want  fault.Key
		what  string
	}{
		"nobody spoke with counsel": {func(o *handoff.Order) { o.Counsel = "" }, fault.PaperIncomplete, "counsel"},
		"it names nothing":          {func(o *handoff.Order) { o.Names = 0 }, fault.PaperIncomplete, "names"},
		"by no day":                 {func(o *handoff.Order) { o.Due = "" }, fault.PaperIncomplete, "by"},
		"nothing":                   {func(o *handoff.Order) { *o = handoff.Order{} }, fault.PaperIncomplete, "counsel, names, by"},
		"until before from":         {func(o *handoff.Order) { o.From, o.Until = "2026-02-02", "2026-02-01" }, fault.PaperDates, ""},
	} {
		p := order()
		c.spoil(p.Order)
		_, err := b.Paper(t.Context(), worker(), of, p)
		if f := fault.From(err); f.Key != c.want || f.Args["what"] != c.what {
			t.Errorf("%s: %v %v", name, f, f.Args)
		}
	}
	list, err := b.List(t.Context(), worker())
	must(t, err)
	if len(list) != 1 || len(list[0].Papers) != 0 || len(b.acts(t)) != 1 {
		t.Errorf("%+v, %d acts", list, len(b.acts(t)))
	}
}

// Whose work it is and coordinators; everybody else has the answer of a case that is
// not there, whatever the paper is, and reads of none.
func TestAPaperIsRecordedByThoseWhoAreToKnow(t *testing.T) {
	for name, c := range map[string]struct {
		by   handoff.Asker
		want fault.Key
	}{
		"she":            {worker(), ""},
		"a coordinator":  {coordinator(), ""},
		"a colleague":    {luz(), fault.UnknownCase},
		"a volunteer":    {volunteer(), fault.UnknownCase},
		"an auditor":     {asker(13, posada.RoleAuditor), fault.UnknownCase},
		"an admin":       {asker(13, posada.RoleAgencyAdmin), fault.UnknownCase},
		"nobody":         {handoff.Asker{}, fault.UnknownCase},
		"an old session": {asker(9), fault.UnknownCase},
	} {
		b := newBench(t)
		of := b.start(t).Label
		for _, p := range []handoff.Paper{order(), {Kind: posada.InstrumentSubpoena}} {
			if _, key := b.came(t, c.by, of, p); key != c.want {
				t.Errorf("%s records %s: %q", name, p.Kind, key)
			}
		}
		if _, key := b.told(t, c.by, of, ""); key != c.want {
			t.Errorf("%s tells: %q", name, key)
		}
		list, err := b.List(t.Context(), c.by)
		if err != nil || (len(list) == 1 && len(list[0].Papers) == 2) != (c.want == "") {
			t.Errorf("%s reads %+v, %v", name, list, err)
		}
	}
}

// The task stays open until it is said that she was told; while an order forbids it
// that day included, it cannot be, unless counsel says so.
func TestThePersonIsToBeToldAndWhoDidIsKept(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	if _, key := b.told(t, worker(), of, ""); key != fault.NobodyToTell {
		t.Errorf("nothing came: %q", key)
	}
	b.came(t, worker(), of, handoff.Paper{Kind: posada.InstrumentSubpoena})
	if _, key := b.told(t, worker(), of, ""); key != fault.NobodyToTell {
		t.Errorf("nothing compels: %q", key)
	}
	secret := order()
	secret.Order.Secret = "2026-03-16"
	if l, key := b.came(t, worker(), of, secret); key != "" || l.Tell != 0 {
		t.Errorf("%q, %d to tell", key, l.Tell)
	}
	// The agency's day, not Greenwich's: there it is the 17th already.
	b.c.Zone = time.FixedZone("", -6*3600)
	b.now = time.Date(2026, 3, 17, 5, 59, 0, 0, time.UTC)
	_, err := b.Told(t.Context(), worker(), of, "")
	if f := fault.From(err); f.Key != fault.NotToldYet || f.Args["until"] != "2026-03-16" {
		t.Errorf("%v", f)
	}
	// Another order is told of; the secret one stays.
	b.came(t, worker(), of, order())
	l, key := b.told(t, coordinator(), of, "")
	if key != "" || !l.Papers[1].Untold() || l.Papers[2].Order.ToldBy != coordinator().ID || !l.Papers[2].Order.Told.Equal(b.now) || l.Tell != 0 {
		t.Fatalf("%q, %+v", key, l)
	}
	b.reopen(t)
	b.now = b.now.Add(time.Minute)
	if list, err := b.List(t.Context(), worker()); err != nil || list[0].Tell != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if l, key = b.told(t, worker(), of, ""); key != "" || l.Tell != 0 || l.Papers[1].Order.Lifted != "" {
		t.Errorf("%q, %+v", key, l.Papers)
	}
	if _, key := b.told(t, worker(), of, ""); key != fault.NobodyToTell {
		t.Errorf("twice: %q", key)
	}
}

func TestCounselMayLiftWhatAnOrderForbids(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	secret := order()
	secret.Order.Secret = "2027-01-01"
	b.came(t, worker(), of, secret)
	l, key := b.told(t, worker(), of, luz().ID)
	if key != "" || l.Papers[0].Order.Lifted != luz().ID || l.Papers[0].Untold() {
		t.Errorf("%q, %+v", key, l.Papers)
	}
	acts := b.acts(t)
	if last := acts[len(acts)-1]; last.Act != audit.PersonTold || last.Staff != luz().ID || last.Case != l.ID {
		t.Errorf("%+v", last)
	}
}

// What came goes with the case; that something came stays in the account.
func TestPapersDieWithTheCasesKey(t *testing.T) {
	b := newBench(t)
	of, kept := b.start(t), b.start(t)
	b.came(t, worker(), of.Label, order())
	b.came(t, worker(), kept.Label, order())
	update := func(fn func(tx *vault.Tx) error) { t.Helper(); must(t, b.c.Vault.Update(fn)) }
	update(func(tx *vault.Tx) error { _, err := b.Erase(t.Context(), tx, worker(), of.Label); return err })
	if _, key := b.came(t, worker(), of.Label, order()); key != fault.BeingErased {
		t.Errorf("%q", key)
	}
	update(func(tx *vault.Tx) error { return b.Destroy(tx, of.Case) })
	_, err := b.c.Vault.Sweep()
	must(t, err)
	b.reopen(t)
	b.view(t, func(tx *vault.Tx) {
		gone, err := papersOf(tx, of.Label)
		must(t, err)
		there, err := papersOf(tx, kept.Label)
		must(t, err)
		if len(gone) != 0 || len(there) != 1 {
			t.Errorf("%d and %d papers", len(gone), len(there))
		}
	})
	if !slices.ContainsFunc(b.acts(t), func(e audit.Entry) bool { return e.Act == audit.OrderCame && e.Case == of.ID }) {
		t.Error("the account forgot that an order came")
	}
}

// Whatever comes and is told in whatever order: what is open is what came as an
// order and was not told, nothing is ever told before its day, and nothing that was
// recorded changes but by being told.
func TestNoHistoryTellsTooEarlyOrForgetsToTell(t *testing.T) {
	b := newBench(t)
	rapid.Check(t, func(r *rapid.T) {
		of := b.start(t).Label
		var model []handoff.Paper
		rapid.SliceOfN(rapid.Custom(func(r *rapid.T) bool {
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0:
				p := handoff.Paper{Kind: rapid.SampledFrom(posada.Members[posada.Instrument]()).Draw(r, "kind")}
				if p.Kind.Judicial() {
					p.Order = order().Order
					if days := rapid.IntRange(-1, 3).Draw(r, "secret"); days >= 0 {
						p.Order.Secret = posada.DateOf(b.now.AddDate(0, 0, days))
					}
				}
				if _, key := b.came(t, worker(), of, p); key != "" {
					r.Fatalf("%q", key)
				}
				p.Came, p.By = b.now, ana()
				model = append(model, p)
			case 1:
				b.now = b.now.Add(24 * time.Hour)
			default:
				tells := 0
				for i, p := range model {
					if p.Order != nil && p.Order.Told.IsZero() && posada.DateOf(b.now) > p.Order.Secret {
						o := *p.Order
						o.Told, o.ToldBy = b.now, ana()
						model[i].Order = &o
						tells++
					}
				}
				if _, key := b.told(t, worker(), of, ""); (key == "") != (tells > 0) {
					r.Fatalf("%d to tell: %q", tells, key)
				}
			}
			list, err := b.List(t.Context(), worker())
			if err != nil {
				r.Fatal(err)
			}
			at := slices.IndexFunc(list, func(l Listed) bool { return l.Label == of })
			if !reflect.DeepEqual(list[at].Papers, model) {
				r.Fatalf("%+v, want %+v", list[at].Papers, model)
			}
			return true
		}), 1, 12).Draw(r, "history")
	})
}
