package imports

import (
	"fmt"
	"testing"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/vault"
)

// BenchmarkRows brings rows in as a node is asked to, a hundred at a time, and beside it
// what of that is the vault's: a value of the same content for each row, under a key of its
// own, a hundred a transaction.
func BenchmarkRows(b *testing.B) {
	const batch = 100
	b.Run("brought", func(b *testing.B) {
		bench := newBench(b)
		is := bench.begin(b, ana(), 1)
		n := 0
		for b.Loop() {
			in := Batch{After: n, Through: n + batch}
			for range batch {
				n++
				in.Rows = append(in.Rows, Row{fmt.Sprint("key ", n), content(fmt.Sprint("Invented ", n))})
			}
			if _, done, err := bench.Bring(b.Context(), ana(), is.ID, in); err != nil || done[batch-1].Outcome != handoff.ImportSaved {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("bare", func(b *testing.B) {
		bench := newBench(b)
		table, n := vault.Table[any]{Name: "bare", Version: 1}, 0
		for b.Loop() {
			err := bench.vault.Update(func(tx *vault.Tx) error {
				for range batch {
					n++
					key, err := tx.NewKey()
					if err != nil {
						return err
					}
					if err := table.Put(tx, fmt.Sprint(n), key, content(fmt.Sprint("Invented ", n))); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	})
}
