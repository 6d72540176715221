package prove_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

func TestTheShippedPolicyIsWhatTheOracleSays(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	matrix, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, proof := range map[string]func(context.Context, *pdp.Engine, []byte) (prove.Report, error){
		"ask": prove.Askings, "disclose": prove.Disclosures, "receive": prove.Receptions, "onward": prove.Passings, "view": prove.Viewings,
	} {
		r, err := proof(t.Context(), engine, matrix)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d conditions over %d contexts, %d points, %d evaluators; %d whole decisions",
			name, r.Conditions, r.Contexts, r.Points, r.Evaluators, r.Joint)
	}
}
