package decisions

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// TestAReplayTellsWhatWouldChange, each change once, and nothing of a policy that answers
// all as the one of now.
func TestAReplayTellsWhatWouldChange(t *testing.T) {
	d := newDesk(t)
	if r, err := d.Replay(t.Context(), table(t, 2, nil)); err != nil || r.Decisions != 0 || r.First != "" {
		t.Fatalf("of nothing: %+v, %v", r, err)
	}
	d.gives(nil)
	d.gives(func(in *pdp.Disclosure) { in.Consent.Use = posada.UseRepeated })
	d.gives(func(in *pdp.Disclosure) { in.Asked = posada.SetOf(posada.CategoryNeeds) })
	d.gives(func(in *pdp.Disclosure) { in.Consent.Status = posada.ConsentWithdrawn })
	if r, err := d.Replay(t.Context(), table(t, 2, nil)); err != nil || r.Decisions != 4 || r.Changed != 0 || len(r.Groups) != 0 || r.First != "2026-03-14" {
		t.Fatalf("the same table: %+v, %v", r, err)
	}
	r, err := d.Replay(t.Context(), table(t, 2, identityTo("never")))
	must(t, err)
	if r.Changed != 2 || len(r.Groups) != 1 || r.Groups[0].Count != 2 || r.Groups[0].Permits || fmt.Sprint(r.Groups[0].Lacks) != "[N1 N2]" || r.Version != 2 {
		t.Fatalf("identity to legal aid no more: %+v", r)
	}
	if _, err := d.Explain(t.Context(), r.Groups[0].Example); err != nil {
		t.Errorf("its example: %v", err)
	}
	if d.policy.Get().Version() != 1 || len(d.kept()) != 4 {
		t.Error("a replay decided something")
	}
	if _, err := d.Replay(t.Context(), []byte(`{"version": 2}`)); fault.From(err).Key != fault.ReplayPolicy {
		t.Errorf("no policy: %v", err)
	}
	if _, err := d.ReplayWaiting(t.Context()); fault.From(err).Key != fault.ReplayNone {
		t.Errorf("none waits: %v", err)
	}
}

func edition(version uint64) trust.Edition {
	return trust.Edition{Version: version, Digest: strings.Repeat("a", 63) + fmt.Sprint(version%10)}
}

// TestAPolicyThatWaitsIsAskedBeside the one that runs, of each decision, and decides
// nothing.
func TestAPolicyThatWaitsIsAskedBeside(t *testing.T) {
	d := newDesk(t)
	d.edition, d.waiting = edition(2), table(t, 2, identityTo("never"))
	if b, waits, err := d.Beside(); err != nil || !waits || b.Decisions != 0 || b.Version != 2 {
		t.Fatalf("before anything: %+v %v %v", b, waits, err)
	}
	if permit := d.gives(nil); !permit.Categories().Has(posada.CategoryIdentity) {
		t.Fatal("what waits decided")
	}
	d.gives(func(in *pdp.Disclosure) { in.Asked = posada.SetOf(posada.CategoryNeeds) })
	d.gives(nil) // the same once more
	must(t, d.write())
	if b, _, err := d.Beside(); err != nil || b.Decisions != 2 || b.Differ != 1 || b.Failed != 0 {
		t.Fatalf("%+v, %v", b, err)
	}
	d.restart()
	if b, _, err := d.Beside(); err != nil || b.Decisions != 2 || b.Differ != 1 {
		t.Fatalf("after a restart: %+v, %v", b, err)
	}
	if r, err := d.ReplayWaiting(t.Context()); err != nil || r.Changed != 1 {
		t.Fatalf("replayed: %+v, %v", r, err)
	}
	d.edition, d.waiting = edition(3), table(t, 3, nil)
	if b, _, err := d.Beside(); err != nil || b.Version != 3 || b.Decisions != 0 {
		t.Fatalf("another waits: %+v, %v", b, err)
	}
	d.edition = trust.Edition{}
	if _, waits, err := d.Beside(); waits || err != nil {
		t.Fatalf("none waits: %v, %v", waits, err)
	}
}

// TestAPolicyThatCannotBeAskedChangesNothing: each decision is as without it, is kept and
// told of.
func TestAPolicyThatCannotBeAskedChangesNothing(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "no table": "{}", "no text": "\xff\xfe", "another's": `{"version": 2, "cells": {"circus": {}}}`} {
		t.Run(name, func(t *testing.T) {
			d, beside := newDesk(t), newDesk(t)
			beside.edition, beside.waiting = edition(2), []byte(text)
			for _, change := range []func(*pdp.Disclosure){nil, func(in *pdp.Disclosure) { in.Recipient.Naming = posada.Excluded }} {
				a, b := d.gives(change), beside.gives(change)
				if a.Categories() != b.Categories() || b.Decision() == "" {
					t.Fatalf("%v without it, %v beside it", a.Categories().List(), b.Categories().List())
				}
				if _, err := beside.Explain(t.Context(), b.Decision()); err != nil {
					t.Fatal(err)
				}
			}
			if sum, _, err := beside.Beside(); err != nil || sum.Failed != 2 || sum.Decisions != 2 || sum.Differ != 0 {
				t.Fatalf("%+v, %v", sum, err)
			}
			if n := strings.Count(beside.log.String(), "could not be asked"); n != 1 {
				t.Errorf("said %d times:\n%s", n, beside.log.String())
			}
		})
	}
}

// own sets the agency's own policy.
func (d *desk) own(ctx context.Context, text string) error {
	return d.SetOwn(ctx, "", []byte(text))
}

const noIdentity = `{"limits": {"retain_days": 30}, "cells": {"legal_aid": {"legal": {"identity": "never"}}}}`

// TestAnAgencysOwnPolicyCounts at once, after a restart and under another policy of the
// network's; and where that lets less, it lets less.
func TestAnAgencysOwnPolicyCounts(t *testing.T) {
	d := newDesk(t)
	before := d.gives(nil)
	must(t, d.own(t.Context(), noIdentity))
	counts := func(when string) {
		t.Helper()
		permit := d.gives(nil)
		if permit.Categories().Has(posada.CategoryIdentity) || !permit.Categories().Has(posada.CategoryNeeds) || permit.RetainDays() != 30 {
			t.Fatalf("%s: %v for %d days", when, permit.Categories().List(), permit.RetainDays())
		}
		if lacks := permit.Unmet(posada.CategoryIdentity); fmt.Sprint(lacks) != "[L1]" {
			t.Fatalf("%s it lacks %v", when, lacks)
		}
		if permit.Decision() == before.Decision() {
			t.Fatalf("%s it has the name of before", when)
		}
	}
	counts("at once")
	if d.changed != 1 {
		t.Errorf("it was said %d times that it is another", d.changed)
	}
	d.restart()
	counts("after a restart")
	e, err := d.Explain(t.Context(), d.gives(nil).Decision())
	must(t, err)
	for _, p := range e.Parts {
		if p.Category == posada.CategoryIdentity && (p.Own != "never" || p.Network != "consent" || len(p.Ways) == 0 || p.Ways[0][0].Fact == "") {
			t.Errorf("it does not say whose table refuses: %+v", p)
		}
	}
	network, err := d.rules.With(t.Context(), table(t, 2, nil))
	must(t, err)
	must(t, d.policy.Set(t.Context(), network))
	counts("under another policy of the network's")
	network, err = d.rules.With(t.Context(), table(t, 3, matrix.Cells{}.With(matrix.Cell{Class: posada.ClassLegalAid, Purpose: posada.PurposeLegal, Category: posada.CategoryNeeds}, "never")))
	must(t, err)
	must(t, d.policy.Set(t.Context(), network))
	if permit := d.gives(nil); !permit.Categories().Empty() {
		t.Errorf("the network lets less, and %v is let", permit.Categories().List())
	}
	must(t, d.ClearOwn(t.Context(), ""))
	d.restart()
	if permit := d.gives(nil); permit.Decision() != before.Decision() {
		t.Error("without it, it is not as before")
	}
}

// TestAnAgencysOwnPolicyMayNotLetMore: it is refused, the cell is named, and what counted
// counts.
func TestAnAgencysOwnPolicyMayNotLetMore(t *testing.T) {
	d := newDesk(t)
	must(t, d.own(t.Context(), noIdentity))
	err := d.own(t.Context(), `{"cells": {"legal_aid": {"legal": {"medical": "consent", "identity": "consent"}, "health": {"medical": "ceremony"}}}}`)
	if f := fault.From(err); f.Key != fault.OwnPolicyWider || f.Args["cells"] != "legal_aid/legal/medical, legal_aid/health/medical" {
		t.Fatalf("%v: %v", err, f.Args)
	}
	err = d.own(t.Context(), `{"view": {"medical": ["needs", "perpetrator"], "legal": ["needs"]}}`)
	if f := fault.From(err); f.Key != fault.OwnPolicyWider || f.Args["cells"] != "medical/perpetrator" {
		t.Fatalf("%v: %v", err, f.Args)
	}
	if err := d.own(t.Context(), `{"cells": {"legal_aid": "never"}}`); fault.From(err).Key != fault.OwnPolicyWrong {
		t.Fatal(err)
	}
	if d.gives(nil).Categories().Has(posada.CategoryIdentity) || d.changed != 1 {
		t.Error("what was refused counts")
	}
	// Where the network lets less than it did since, what was set is no reason to stop.
	network, err := d.rules.With(t.Context(), table(t, 2, matrix.Cells{}.With(matrix.Cell{Class: posada.ClassLegalAid, Purpose: posada.PurposeLegal, Category: posada.CategoryIdentity}, "never")))
	must(t, err)
	must(t, d.policy.Set(t.Context(), network))
	own, err := d.OwnPolicy()
	must(t, err)
	if len(own.Cells) != 1 || !own.Cells[0].Idle || own.RetainDays != 30 || len(own.Hides) != 0 {
		t.Errorf("%+v", own)
	}
	must(t, d.own(t.Context(), `{"view": {"medical": ["needs"]}}`))
	if own, err = d.OwnPolicy(); err != nil || len(own.Hides) != 11 || own.Hides[0] != (matrix.Look{Role: posada.RoleMedical, Category: posada.CategorySafeContact}) {
		t.Errorf("%+v, %v", own, err)
	}
}
