package prove_test

import (
	"io/fs"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// BenchmarkOneCell is all that a steward waits for after one cell was edited: the table is
// read, held against the guard, prepared, and compared with the one before. Beside it, in the
// same run, one decision that nothing remembers.
func BenchmarkOneCell(b *testing.B) {
	rules, err := pdp.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	shipped := shippedTable(b)
	before, err := matrix.Read(shipped)
	if err != nil {
		b.Fatal(err)
	}
	text, err := before.With(2, matrix.Cells{posada.ClassSchool: {posada.PurposeEducation: {posada.CategoryNeeds: posada.ModeConsent}}}).Write()
	if err != nil {
		b.Fatal(err)
	}
	var edits, decisions time.Duration
	for b.Loop() {
		began := time.Now()
		_, refuted, err := prove.Refuted(b.Context(), rules, text)
		if err != nil || refuted {
			b.Fatal(refuted, err)
		}
		engine, err := rules.With(b.Context(), text)
		if err != nil {
			b.Fatal(err)
		}
		if d, err := pdp.Compare(shipped, text); err != nil || d.Label() != matrix.Wider || len(d.Changes) != 1 {
			b.Fatal(d, err)
		}
		edits += time.Since(began)
		began = time.Now()
		if _, err := engine.Disclose(b.Context(), prove.PermittedDisclosure()); err != nil {
			b.Fatal(err)
		}
		decisions += time.Since(began)
	}
	b.ReportMetric(float64(edits)/float64(decisions), "decisions/edit")
}

// BenchmarkProof is the whole proof of the shipped rules over the shipped table, in
// decisions that nothing remembers.
func BenchmarkProof(b *testing.B) {
	rules, err := pdp.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	shipped := shippedTable(b)
	var proofs, decisions time.Duration
	for b.Loop() {
		began := time.Now()
		for _, entry := range prove.Entries() {
			if _, err := prove.Prove(b.Context(), rules, shipped, entry, nil); err != nil {
				b.Fatal(err)
			}
		}
		proofs += time.Since(began)
		engine, err := rules.With(b.Context(), shipped)
		if err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		if _, err := engine.Disclose(b.Context(), prove.PermittedDisclosure()); err != nil {
			b.Fatal(err)
		}
		decisions += time.Since(began)
	}
	b.ReportMetric(float64(proofs)/float64(decisions), "decisions/proof")
}

func shippedTable(b *testing.B) []byte {
	b.Helper()
	text, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		b.Fatal(err)
	}
	return text
}
