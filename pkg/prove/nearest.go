package prove

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// mostDepartures is how many facts may depart together, mostWays how many ways of the same
// size are told, and mostFollowed how many that are not there yet are followed: those that
// lack the least.
const (
	mostDepartures = 14
	mostWays       = 24
	mostFollowed   = 64
)

// The tables' cells, as facts that can depart.
const (
	ofNetwork = "network"
	ofOwn     = "own"
)

// Nearest looks for what would change the answer to a question for one category that an
// engine refuses: the smallest sets of departures, all of the same size, after each of
// which it is permitted. They are the same for any question that is the same, the ones
// that lie nearest to a consent first. None: nothing that anybody could see to would.
//
// It is looked for with the oracle and then asked of the rules; that they differ is
// ErrDisagreement. It decides nothing.
func Nearest(ctx context.Context, engine *pdp.Engine, f pdp.Facts, of posada.Category) ([][]Departure, error) {
	one := posada.SetOf(of)
	switch f.Entry() {
	case "disclose":
		alone, err := readMinors(engine.Minors())
		if err != nil {
			return nil, err
		}
		return nearest(ctx, engine, f.Disclosure, of, ofDisclosure(of, f.Disclosure),
			func(m Matrix) []condition[pdp.Disclosure] { return disclosureOracle(m, alone) },
			func(in pdp.Disclosure) pdp.Facts { in.Asked = one; return pdp.Facts{Disclosure: in} })
	case "receive":
		return nearest(ctx, engine, f.Reception, of, ofReception(of, f.Reception), receptionOracle,
			func(in pdp.Reception) pdp.Facts { in.Carried = one; return pdp.Facts{Reception: in} })
	case "onward":
		return nearest(ctx, engine, f.Passing, of, ofPassing(of, f.Passing), passingOracle,
			func(in pdp.Passing) pdp.Facts { in.Asked = one; return pdp.Facts{Passing: in} })
	case "ask":
		return nearest(ctx, engine, f.Asking, of, ofAsking(), askingOracle,
			func(in pdp.Asking) pdp.Facts { in.Asked = one; return pdp.Facts{Asking: in} })
	}
	return nil, fmt.Errorf("%w: nothing is asked", pdp.ErrNoReply)
}

// nearby is a question after some departures, with the tables it is asked of.
type nearby[T comparable] struct {
	in      T
	network matrix.Cells
	own     pdp.Own
	by      []Departure
	lacking int
}

// search looks at one question for one category.
type search[T comparable] struct {
	of         posada.Category
	departures []departure[T]
	oracle     func(Matrix) []condition[T]
	facts      func(T) pdp.Facts
}

func nearest[T comparable](ctx context.Context, e *pdp.Engine, in T, of posada.Category, departures []departure[T], oracle func(Matrix) []condition[T], facts func(T) pdp.Facts) ([][]Departure, error) {
	s := search[T]{of, departures, oracle, facts}
	begin := nearby[T]{in: in, network: e.Cells(), own: e.Own()}
	if len(s.lacks(begin)) == 0 {
		return nil, s.asked(ctx, e, begin)
	}
	ring := []nearby[T]{begin}
	for range mostDepartures {
		var next, there []nearby[T]
		for _, n := range ring {
			for _, step := range s.nearer(n) {
				if step.lacking > 0 {
					next = append(next, step)
				} else {
					there = append(there, step)
				}
			}
		}
		if ways, err := s.ways(ctx, e, there); err != nil || len(ways) > 0 {
			return ways, err
		}
		ring = s.followed(next)
	}
	return nil, nil
}

// ways is what departed where nothing is lacking any more, each set once.
func (s search[T]) ways(ctx context.Context, e *pdp.Engine, there []nearby[T]) (ways [][]Departure, err error) {
	for _, n := range there {
		if len(ways) == mostWays {
			break
		}
		if slices.ContainsFunc(ways, func(w []Departure) bool { return sameSet(w, n.by) }) {
			continue
		}
		switch err := s.asked(ctx, e, n); {
		case errors.Is(err, pdp.ErrMatrix): // no steward could write that cell
		case err != nil:
			return nil, err
		default:
			ways = append(ways, n.by)
		}
	}
	return ways, nil
}

// followed is those that lack the least, each set of departures once.
func (s search[T]) followed(all []nearby[T]) (few []nearby[T]) {
	slices.SortStableFunc(all, func(a, b nearby[T]) int { return cmp.Compare(a.lacking, b.lacking) })
	for _, n := range all {
		if len(few) < mostFollowed && !slices.ContainsFunc(few, func(o nearby[T]) bool { return sameSet(o.by, n.by) }) {
			few = append(few, n)
		}
	}
	return few
}

// lacks is the conditions that do not hold, by the oracle; what only the agency's own
// table lacks is its one condition.
func (s search[T]) lacks(n nearby[T]) (lacks []posada.Condition) {
	for _, c := range s.oracle(asOracle(n.network)) {
		if !c.holds(n.in, s.of) {
			lacks = append(lacks, c.id)
		}
	}
	if n.own.Empty() {
		return lacks
	}
	for _, c := range s.oracle(asOracle(pdp.Least(n.network, n.own.Cells))) {
		if !c.holds(n.in, s.of) && !slices.Contains(lacks, c.id) {
			return append(lacks, pdp.OwnLayer)
		}
	}
	return lacks
}

// nearer is every way to mend the first condition that is lacking and to break none: in
// whatever order they are mended, a set of departures is found.
func (s search[T]) nearer(n nearby[T]) (steps []nearby[T]) {
	before := s.lacks(n)
	try := func(step nearby[T], d Departure) {
		if slices.ContainsFunc(n.by, func(o Departure) bool { return o.Fact == d.Fact }) {
			return
		}
		step.by = append(slices.Clone(n.by), d)
		after := s.lacks(step)
		step.lacking = len(after)
		worse := func(l posada.Condition) bool { return !slices.Contains(before, l) && l != pdp.OwnLayer }
		if !slices.Contains(after, before[0]) && !slices.ContainsFunc(after, worse) {
			steps = append(steps, step)
		}
	}
	for _, d := range s.departures {
		step := n
		if step.in = d.set(n.in); step.in != n.in {
			try(step, d.Departure)
		}
	}
	cell := s.facts(n.in).Cell(s.of)
	for _, mode := range []posada.Mode{posada.ModeCeremony, posada.ModeCosigned, posada.ModeConsent} {
		step := n
		step.network = n.network.With(cell, mode)
		try(step, Departure{ofNetwork, string(mode)})
		if !n.own.Empty() {
			step = n
			step.own.Cells = n.own.Cells.With(cell, mode)
			try(step, Departure{ofOwn, string(mode)})
		}
	}
	return steps
}

// asked holds what the oracle found against the rules.
func (s search[T]) asked(ctx context.Context, e *pdp.Engine, n nearby[T]) error {
	if slices.ContainsFunc(n.by, func(d Departure) bool { return d.Fact == ofNetwork || d.Fact == ofOwn }) {
		network, err := e.Network().Saying(ctx, n.network)
		if err != nil {
			return err
		}
		if e, err = network.Under(ctx, n.own); err != nil {
			return err
		}
	}
	permit, err := e.Decide(ctx, s.facts(n.in))
	if err != nil {
		return err
	}
	if !permit.Categories().Has(s.of) {
		return fmt.Errorf("%w: %s after %v: the rules refuse, the oracle does not", ErrDisagreement, s.of, n.by)
	}
	return nil
}

func sameSet(a, b []Departure) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(d Departure) bool { return !slices.Contains(b, d) })
}

// asOracle is a table as the oracle reads one.
func asOracle(cells matrix.Cells) Matrix {
	m := Matrix{}
	for _, c := range cells.List() {
		if m[c.Class] == nil {
			m[c.Class] = map[posada.Purpose]map[posada.Category]string{}
		}
		if m[c.Class][c.Purpose] == nil {
			m[c.Class][c.Purpose] = map[posada.Category]string{}
		}
		m[c.Class][c.Purpose][c.Category] = string(cells.Mode(c))
	}
	return m
}
