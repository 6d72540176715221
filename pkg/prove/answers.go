package prove

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Answers is what each condition says to every combination of facts that it can tell apart,
// in a form that can be kept: two releases of the rules are compared by it. It is asked of the
// oracle, which a proof has held against the rules. A decision is the conjunction of its
// conditions, so where no condition answers otherwise, nothing is decided otherwise.
type Answers struct {
	Rules      string            `json:"rules"` // digest of the rules and the table
	Conditions []ConditionAnswer `json:"conditions"`
}

// ConditionAnswer is one condition's.
type ConditionAnswer struct {
	Entry     Entry            `json:"entry"`
	Condition posada.Condition `json:"condition"`
	// Facts are those it reads, as the rules name them. Inputs is how many combinations of
	// them there are, and Met a bit for each of those and each category: it holds.
	Facts  []string `json:"facts"`
	Inputs int      `json:"inputs"`
	Met    []byte   `json:"met"`
}

// Answered asks every condition of the rules over a table.
func Answered(engine *pdp.Engine, table []byte) (Answers, error) {
	m, err := readMatrix(table)
	if err != nil {
		return Answers{}, err
	}
	alone, err := readMinors(engine.Minors())
	if err != nil {
		return Answers{}, err
	}
	sees, err := readView(table)
	if err != nil {
		return Answers{}, err
	}
	a := Answers{Rules: engine.Digest()}
	for _, ask := range []func() error{
		func() error { return answered(&a, engine, "ask", askingSubject(m)) },
		func() error { return answered(&a, engine, "disclose", disclosureSubject(m, alone)) },
		func() error { return answered(&a, engine, "receive", receptionSubject(m)) },
		func() error { return answered(&a, engine, "view", viewingSubject(sees)) },
		func() error { return answered(&a, engine, "onward", passingSubject(m)) },
	} {
		if err := ask(); err != nil {
			return Answers{}, err
		}
	}
	return a, nil
}

func answered[T comparable](a *Answers, engine *pdp.Engine, entry Entry, s subject[T]) error {
	read, err := factsRead(engine.Compiler(), s.rules)
	if err != nil {
		return err
	}
	conditions, err := s.enumerate(read)
	if err != nil {
		return err
	}
	for _, c := range conditions {
		categories := s.categoriesOf(c.condition)
		met := make([]byte, (len(c.inputs)*len(categories)+7)/8)
		for i, in := range c.inputs {
			in = s.ask(in, posada.SetOf(categories...))
			for j, category := range categories {
				if at := i*len(categories) + j; c.condition.holds(in, category) {
					met[at/8] |= 1 << (at % 8)
				}
			}
		}
		a.Conditions = append(a.Conditions, ConditionAnswer{entry, c.condition.id, read[string(c.condition.id)], len(c.inputs), met})
	}
	return nil
}

// Otherwise is a condition that two releases answer otherwise.
type Otherwise struct {
	Entry     Entry            `json:"entry"`
	Condition posada.Condition `json:"condition"`
	// Added: only the second has it, so less may be permitted. Gone: only the first has it.
	Added bool `json:"added"`
	Gone  bool `json:"gone"`
	// Asks: it reads other facts, or those have other words, so that the two cannot be
	// compared one by one.
	Asks bool `json:"asks"`
	// More and Fewer count what holds now and did not, and what held and does not, of All.
	More  int `json:"more"`
	Fewer int `json:"fewer"`
	All   int `json:"all"`
}

// Wider reports whether anything may be permitted that was not.
func (o Otherwise) Wider() bool { return o.Gone || o.Asks || o.More > 0 }

// Since lists the conditions that answer otherwise than before, in order.
func (a Answers) Since(before Answers) []Otherwise {
	changed := []Otherwise{}
	for _, now := range a.Conditions {
		then, is := before.of(now.Entry, now.Condition)
		o := Otherwise{Entry: now.Entry, Condition: now.Condition, All: len(now.Met) * 8}
		switch {
		case !is:
			o.Added = true
		case then.Inputs != now.Inputs || len(then.Met) != len(now.Met) || !slices.Equal(then.Facts, now.Facts):
			o.Asks = true
		case bytes.Equal(then.Met, now.Met):
			continue
		default:
			for i := range now.Met {
				o.More += bits.OnesCount8(now.Met[i] &^ then.Met[i])
				o.Fewer += bits.OnesCount8(then.Met[i] &^ now.Met[i])
			}
		}
		changed = append(changed, o)
	}
	for _, then := range before.Conditions {
		if _, is := a.of(then.Entry, then.Condition); !is {
			changed = append(changed, Otherwise{Entry: then.Entry, Condition: then.Condition, Gone: true})
		}
	}
	slices.SortStableFunc(changed, func(x, y Otherwise) int {
		return cmp.Or(cmp.Compare(slices.Index(Entries(), x.Entry), slices.Index(Entries(), y.Entry)), cmp.Compare(x.Condition, y.Condition))
	})
	return changed
}

func (a Answers) of(entry Entry, id posada.Condition) (ConditionAnswer, bool) {
	i := slices.IndexFunc(a.Conditions, func(c ConditionAnswer) bool { return c.Entry == entry && c.Condition == id })
	if i < 0 {
		return ConditionAnswer{}, false
	}
	return a.Conditions[i], true
}
