package prove_test

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

func answers(t *testing.T, engine *pdp.Engine, table []byte) prove.Answers {
	t.Helper()
	a, err := prove.Answered(engine, table)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d conditions, %d bytes", len(a.Conditions), len(text))
	var kept prove.Answers
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

// TestTwoReleasesDifferInWhatTheirConditionsAnswer: kept and read again, the answers of the
// same rules over the same table are the same; a cell that opens is a condition that holds
// more, and one that shuts holds less; rules that read another fact are told of; and a
// condition that only one of them has.
func TestTwoReleasesDifferInWhatTheirConditionsAnswer(t *testing.T) {
	rules, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	before := answers(t, rules, shipped)
	if changed := answers(t, rules, shipped).Since(before); len(changed) > 0 {
		t.Errorf("the same differ in %+v", changed)
	}
	table, err := matrix.Read(shipped)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := table.With(2, matrix.Cells{posada.ClassSchool: {posada.PurposeEducation: {posada.CategoryHousehold: posada.ModeConsent}}}).Write()
	if err != nil {
		t.Fatal(err)
	}
	wider, shut := answers(t, rules, opened).Since(before), before.Since(answers(t, rules, opened))
	seen := map[string]bool{}
	for i, o := range wider {
		seen[string(o.Entry)+" "+string(o.Condition)] = true
		if back := shut[i]; !o.Wider() || o.More == 0 || o.Fewer != 0 || back.Wider() || back.Fewer != o.More || back.More != 0 {
			t.Errorf("%+v, and back %+v", o, back)
		}
	}
	for _, want := range []string{"disclose N1", "disclose N2", "receive R.network", "onward O.network"} {
		if !seen[want] {
			t.Errorf("%s is not told of: %v", want, seen)
		}
	}
	other, err := pdp.New(t.Context(), altered.Files(t, policy.Files, "disclose/guard.rego", `guard_met contains "G2" if input.recipient.standing in {"active", "joining"}`,
		"guard_met contains \"G2\" if {\n\tinput.recipient.standing in {\"active\", \"joining\"}\n\tinput.consent.method == \"written\"\n}"))
	if err != nil {
		t.Fatal(err)
	}
	if changed := answers(t, other, shipped).Since(before); len(changed) != 1 || changed[0].Condition != "G2" || !changed[0].Asks || !changed[0].Wider() {
		t.Errorf("%+v", changed)
	}
	fewer := before
	fewer.Conditions = before.Conditions[1:]
	if added, gone := before.Since(fewer), fewer.Since(before); len(added) != 1 || !added[0].Added || added[0].Wider() || len(gone) != 1 || !gone[0].Gone || !gone[0].Wider() {
		t.Errorf("%+v, %+v", added, gone)
	}
}
