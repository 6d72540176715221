package prove_test

import (
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
	for _, entry := range prove.Entries() {
		r, err := prove.Prove(t.Context(), engine, matrix, entry, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d conditions over %d contexts, %d points, %d evaluators; %d whole decisions",
			entry, r.Conditions, r.Contexts, r.Points, r.Evaluators, r.Joint)
	}
}
