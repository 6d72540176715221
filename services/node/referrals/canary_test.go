package referrals

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/policy"
)

// TestTheCanarySeesRulesThatWouldPassItOn: rules that let something go to a body to be
// feared, given by us, read out or passed on, are seen by it; the shipped ones refuse it, and
// nothing of it is left.
func TestTheCanarySeesRulesThatWouldPassItOn(t *testing.T) {
	onward := altered.Files(t, policy.Files, "onward/onward.rego",
		`met contains "O.trust" if input.recipient.class in vocabulary.trusted_classes`, `met contains "O.trust" if input.recipient.class in vocabulary.receiving_classes`,
		`data.posada.network.matrix.cells[input.recipient.class][input.purpose][category] == "consent"`, `data.posada.network.matrix.cells.shelter[input.purpose].needs == "consent"`+"\n\tcategory in vocabulary.leaving_categories",
	)
	printed := altered.Files(t, altered.Files(t, policy.Files, "disclose/guard.rego",
		`guard_met contains "G1" if input.recipient.class in vocabulary.trusted_classes`, `guard_met contains "G1" if input.recipient.class in vocabulary.trusted_classes`+"\n\n"+`guard_met contains "G1" if input.recipient.standing == "listed"`,
		`	input.recipient.standing == "listed"
	input.recipient.class in vocabulary.trusted_classes`, `	input.recipient.standing == "listed"`,
	), "disclose/network.rego", `:= data.posada.network.matrix.cells[input.recipient.class][input.purpose][category]`,
		`:= data.posada.network.matrix.cells.shelter[input.purpose].needs if category in vocabulary.leaving_categories`, "package posada.disclose\n", "package posada.disclose\n\nimport data.posada.vocabulary\n")
	for name, c := range map[string]struct {
		files fs.FS
		want  error
	}{
		"as shipped": {policy.Files, nil}, "passed on": {onward, handoff.ErrCanary}, "printed": {printed, handoff.ErrCanary},
	} {
		now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
		r := unit(t, &now)
		feared := invented.New(t, 2, now)
		feared.Member.Class = posada.ClassLawEnforcement
		r.c.Agency, r.c.Post = invented.ID(1), &outbox{}
		r.c.Members = roster.NewCurrent(invented.Roster(t, invented.New(t, 1, now), feared))
		engine, err := pdp.New(t.Context(), c.files)
		if err != nil {
			t.Fatal(err)
		}
		r.c.Policy = pdp.NewCurrent(engine)
		if err := r.Canary(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.c.Vault.View(func(tx *vault.Tx) error {
			return table.Each(tx, func(string, kept) error { t.Errorf("%s: something is left", name); return nil })
		}); err != nil {
			t.Fatal(err)
		}
	}
}
