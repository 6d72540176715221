package stewards

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
)

// TestAPolicyThatIsNoneNeverRuns, though enough stewards signed it and a hub that looks into
// nothing published it: not when its time has come, nor after a restart. The node says so
// once, knows what it knew, and runs the next that is one.
func TestAPolicyThatIsNoneNeverRuns(t *testing.T) {
	shipped, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	must(t, err)
	letIn, err := pdp.Amend(shipped, 2, matrix.Cells{posada.ClassProsecution: {posada.PurposeProsecutionSupport: {posada.CategoryIdentity: "consent"}}})
	must(t, err)
	for name, table := range map[string][]byte{
		"another shape":            []byte(`{"version":2,"cells":{"law_enforcement":"consent"}}`),
		"prosecutors need no more": letIn,
		"stewards see cases":       []byte(`{"version":2,"limits":{"retain_days":90},"view":{"steward":["needs"]},"cells":{}}`),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.refresh()
			w.hub.Repository = trust.NewRepository(w.blobs, invented.Key(t, 90), careless())
			p, err := w.council.Decide(trust.RolePolicy, table, w.now)
			must(t, err)
			must(t, w.hub.Publish(t.Context(), p))
			for range 3 {
				w.refresh()
				w.runs(1, 1)
				w.age(posada.StalenessLive)
				w.pass(25 * time.Hour)
			}
			w.refresh()
			w.restart(time.Minute)
			w.refresh()
			w.runs(1, 1)
			if w.gives(posada.ClassProsecution, posada.PurposeProsecutionSupport, posada.CategoryIdentity) || w.Knowledge().View.PolicyEdition.Version != 2 {
				t.Error("it runs, or was never shown")
			}
			if n := strings.Count(w.log.String(), "does not fit the rules"); n != 1 {
				t.Errorf("it is said %d times:\n%s", n, w.log.String())
			}
			if h := w.Knowledge().Held; h.Policy != 2 || h.Roster != 0 {
				t.Errorf("held back: %+v", h)
			}
			next, err := pdp.Amend(shipped, 3, nil)
			must(t, err)
			p, err = w.council.Decide(trust.RolePolicy, next, w.now)
			must(t, err)
			must(t, w.hub.Publish(t.Context(), p))
			w.refresh()
			w.runs(1, 3)
			if h := w.Knowledge().Held; h.Policy != 0 {
				t.Errorf("held back: %+v", h)
			}
		})
	}
}

// TestWhatARoleNewlySeesWaitsADayAndWhatItNoLongerSeesCounts at once, by the same signatures.
func TestWhatARoleNewlySeesWaitsADayAndWhatItNoLongerSeesCounts(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	look := matrix.Look{Role: posada.RoleMedical, Category: posada.CategoryExploitationType}
	signs := func(shows bool) {
		table, err := matrix.Read(w.matrix)
		must(t, err)
		table.Version, table.View = table.Version+1, table.Sees().With(shows, look)
		w.matrix, err = table.Write()
		must(t, err)
		p, err := w.council.Decide(trust.RolePolicy, w.matrix, w.now)
		must(t, err)
		must(t, w.hub.Publish(t.Context(), p))
		w.refresh()
	}
	sees := func() bool { return w.policy.Get().Sees().Shows(look) }
	signs(true)
	if w.runs(1, 1); sees() {
		t.Error("it is seen at once")
	}
	w.pass(25 * time.Hour)
	w.refresh()
	if w.runs(1, 2); !sees() {
		t.Error("a day later it is not seen")
	}
	signs(false)
	if w.runs(1, 3); sees() {
		t.Error("what is hidden is seen still")
	}
}

// careless is a registry that looks into nothing.
func careless() trust.Policy {
	return trust.Policy{Fits: func(uint64, []byte) error { return nil }}
}
