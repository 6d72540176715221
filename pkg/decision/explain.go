// Package decision tells of decisions: why one was as it was, what would change it, and
// which of many another policy would have made otherwise.
//
// Guarantee: it speaks of facts alone, which hold no content and no identifier, and decides
// nothing. Limit: what it tells is for the people of the agency that made the decision; to
// anybody else it would say whom it rests on (G7).
package decision

import (
	"context"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// Kept is what is kept of decisions that were alike on one day.
type Kept struct {
	ID        posada.DecisionID
	Day       string // YYYY-MM-DD
	Version   uint64 // of the network's policy
	Policy    string // digest of what decided
	Facts     pdp.Facts
	Permitted posada.Set[posada.Category]
	Unmet     map[posada.Category][]posada.Condition
}

// Explanation is why a decision was as it was.
type Explanation struct {
	Kept
	// Since is that another policy decides now: of the network, or the agency's own.
	Since bool
	Parts []Part
}

// Part is a decision as far as it is about one category.
type Part struct {
	Category  posada.Category
	Permitted bool
	Lacks     []posada.Condition
	Cell      matrix.Cell
	// Network is what the network's table says in the cell now, and Own what the agency's
	// says; empty: nothing.
	Network, Own posada.Mode
	// Now is whether it would be permitted by what decides now, and Ways what would change
	// that where it is not: the smallest sets there are.
	Now  bool
	Ways [][]prove.Departure
}

// Explain tells of a decision by the engine that decides now.
func Explain(ctx context.Context, e *pdp.Engine, k Kept) (Explanation, error) {
	out := Explanation{Kept: k, Since: e.Digest() != k.Policy}
	now, err := e.Decide(ctx, k.Facts)
	if err != nil {
		return Explanation{}, err
	}
	for _, c := range k.Facts.Asked().List() {
		cell := k.Facts.Cell(c)
		p := Part{
			Category: c, Permitted: k.Permitted.Has(c), Lacks: k.Unmet[c], Now: now.Categories().Has(c),
			Cell: cell, Network: e.Mode(cell), Own: e.Own().At(cell),
		}
		if !p.Now {
			if p.Ways, err = prove.Nearest(ctx, e, k.Facts, c); err != nil {
				return Explanation{}, err
			}
		}
		out.Parts = append(out.Parts, p)
	}
	return out, nil
}
