package decisions

import (
	"context"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// BenchmarkDecide is a decision that was made before, as most are: by the engine alone, and
// with what is kept of it.
func BenchmarkDecide(b *testing.B) {
	d := newDesk(b)
	in := prove.PermittedDisclosure()
	for name, decides := range map[string]interface {
		Disclose(ctx context.Context, in pdp.Disclosure) (pdp.Permit, error)
	}{"engine": d.policy, "kept": d} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := decides.Disclose(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkKeep is what it costs to keep a decision of a kind that was not there yet, a
// hundred in one write to the disk.
func BenchmarkKeep(b *testing.B) {
	d := newDesk(b)
	in, kinds := prove.PermittedDisclosure(), 0
	permit := d.gives(nil)
	for b.Loop() {
		in.Consent.Excluded = posada.Set[posada.Category](kinds % (mostKinds - 1))
		if kinds++; kinds%(mostKinds-1) == 0 {
			d.now = d.now.AddDate(0, 0, 1)
		}
		d.note(d.policy.Get(), pdp.Facts{Disclosure: in}, permit)
		if kinds%100 == 0 {
			must(b, d.write())
		}
	}
}
