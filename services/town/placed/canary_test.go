package placed

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// TestTheCanarySeesRulesThatWouldAskThePolice: the shipped rules ask nobody to be feared,
// nobody unknown, and no coalition, and nothing of it is left; others are seen at once.
func TestTheCanarySeesRulesThatWouldAskThePolice(t *testing.T) {
	t.Parallel()
	cell := func(purpose string) string {
		return `data.posada.network.matrix.cells[input.recipient.class].` + purpose + `[category] == "consent"`
	}
	feared := altered.Files(t, policy.Files, "ask/ask.rego",
		`met contains "A.trust" if input.recipient.class in vocabulary.trusted_classes`, `met contains "A.trust" if input.recipient.class in vocabulary.receiving_classes`,
		cell("shelter"), `data.posada.network.matrix.cells.shelter.shelter[category] == "consent"`,
	)
	for name, c := range map[string]struct {
		files fs.FS
		want  error
	}{
		"as shipped": {policy.Files, nil}, "to be feared": {feared, handoff.ErrCanary},
	} {
		w := newWorld(t, 1, 1, 1, agency("police", "Invented Police", posada.ClassLawEnforcement, posada.RoleAdvocate))
		if err := w.engine.Set(t.Context(), must(pdp.New(t.Context(), c.files))); err != nil {
			t.Fatal(err)
		}
		if err := w.order[0].needs.Canary(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if list := must(w.order[0].needs.List(t.Context(), person())); len(list) != 0 {
			t.Errorf("%s: %d needs are left", name, len(list))
		}
	}
}
