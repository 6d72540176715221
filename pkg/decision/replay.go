package decision

import (
	"cmp"
	"context"
	"slices"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Replay is what of some decisions another policy would change.
type Replay struct {
	Version   uint64 // of the other policy
	First     string // the oldest day of which there is any; empty: there is none
	Decisions int
	Changed   int // those of which anything would be another
	Groups    []Group
}

// Group is what would be the same change.
type Group struct {
	Entry   string
	Cell    matrix.Cell
	Permits bool               // by the other policy: now it is refused; else the other way round
	Lacks   []posada.Condition // what is lacking by the one that refuses
	Count   int
	Example posada.DecisionID // the newest of them
	day     string
}

// Again asks another engine what was decided, and holds that against what decides now.
func Again(ctx context.Context, now, other *pdp.Engine, kept []Kept) (Replay, error) {
	out := Replay{Version: other.Version(), Decisions: len(kept)}
	for _, k := range kept {
		if out.First == "" || k.Day < out.First {
			out.First = k.Day
		}
		changes, err := changed(ctx, now, other, k.Facts)
		if err != nil {
			return Replay{}, err
		}
		if len(changes) > 0 {
			out.Changed++
		}
		for _, g := range changes {
			g.Example, g.day, g.Count = k.ID, k.Day, 1
			out.add(g)
		}
	}
	slices.SortFunc(out.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Cell.Class, b.Cell.Class),
			cmp.Compare(a.Cell.Purpose, b.Cell.Purpose), cmp.Compare(a.Cell.Category, b.Cell.Category), slices.Compare(a.Lacks, b.Lacks))
	})
	return out, nil
}

// changed is what of one question two policies answer otherwise.
func changed(ctx context.Context, now, other *pdp.Engine, f pdp.Facts) (list []Group, err error) {
	before, err := now.Decide(ctx, f)
	if err != nil {
		return nil, err
	}
	after, err := other.Decide(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, c := range f.Asked().List() {
		was, is := before.Categories().Has(c), after.Categories().Has(c)
		if was == is {
			continue
		}
		g := Group{Entry: f.Entry(), Cell: f.Cell(c), Permits: is, Lacks: before.Unmet(c)}
		if was {
			g.Lacks = after.Unmet(c)
		}
		list = append(list, g)
	}
	return list, nil
}

func (r *Replay) add(g Group) {
	i := slices.IndexFunc(r.Groups, func(o Group) bool {
		return o.Entry == g.Entry && o.Cell == g.Cell && o.Permits == g.Permits && slices.Equal(o.Lacks, g.Lacks)
	})
	if i < 0 {
		r.Groups = append(r.Groups, g)
		return
	}
	same := &r.Groups[i]
	same.Count++
	if g.day > same.day || g.day == same.day && g.Example < same.Example {
		same.day, same.Example = g.day, g.Example
	}
}
