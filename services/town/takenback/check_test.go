package takenback

import (
	"flag"
	"slices"
	"strings"
	"testing"
)

// envelopes is how many attempts the model's disclosure may need: with one more, the
// model is some four times as large.
var envelopes = flag.Uint("envelopes", 1, "attempts that the model's disclosure may need, to 5")

// broken says which promise a state breaks; empty: none.
func (m *model) broken(s state) string {
	src, tgt := m.copies.list[s.src], m.copies.list[s.tgt]
	switch {
	case s.knew && s.tgt != 0 && !tgt.Gone:
		return "something can be looked at whose withdrawal was verified there"
	case !s.said && (tgt.Gone || !src.Life.Withdrawn().IsZero()):
		return "something is taken back that she did not take back"
	case !src.Shredded.At.IsZero() && s.tgt != 0 && !tgt.Gone:
		return "something is said to be destroyed that is there"
	case !src.Shredded.At.IsZero() && src.Shredded.Read != s.looked:
		return "it is said wrongly whether somebody had read it"
	}
	return ""
}

// unfinished says what is not as it must be where nothing happens by itself any
// more; empty: nothing.
func (m *model) unfinished(s state) string {
	src, tgt := m.copies.list[s.src], m.copies.list[s.tgt]
	may, _ := m.permits(s)
	switch {
	case s.src == 0:
	case s.out != 0 && m.ways.list[s.out].Was != "":
		return "what was stopped is under way"
	case s.hub|s.hand != 0:
		return "an envelope is under way"
	case !s.said && (s.tgt == 0 || s.out != 0):
		return "what was shared, and not taken back, is not there"
	case !s.said:
	case s.tgt != 0 && !tgt.Gone:
		return "what she took back is there"
	case src.Life.Withdrawn().IsZero():
		return "its source does not know that she took it back"
	case may:
		return "more may be shared with whom she took it back from"
	case s.seen == stored && src.Shredded.At.IsZero():
		return "nobody said that it is destroyed"
	case s.seen != stored && s.looked:
		return "somebody looked at what never came"
	}
	return ""
}

// visited is every state that was reached, by the one it was first reached from.
type visited map[state]state

// visit reaches every state there is. It calls end where nothing happens by itself
// any more, and stops at the first promise that is broken.
func (m *model) visit(t *testing.T, end func(state)) (all visited, steps int) {
	t.Helper()
	first := m.begin()
	all = visited{first: first}
	todo := []state{first}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if why := m.broken(s); why != "" {
			t.Fatalf("%s:\n%s", why, m.history(all, s))
		}
		forward := false
		for _, next := range m.steps(s) {
			steps++
			forward = forward || next.forward
			if _, known := all[next.to]; !known {
				all[next.to] = s
				todo = append(todo, next.to)
			}
		}
		if forward {
			continue
		}
		if why := m.unfinished(s); why != "" {
			t.Fatalf("%s:\n%s", why, m.history(all, s))
		}
		end(s)
	}
	return all, steps
}

// history is how a state was first reached, a step a line.
func (m *model) history(all visited, to state) string {
	var lines []string
	for all[to] != to {
		before := all[to]
		i := slices.IndexFunc(m.steps(before), func(s step) bool { return s.to == to })
		lines = append(lines, m.steps(before)[i].name)
		to = before
	}
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

// settles holds that what happens by itself comes to an end: there is no way in
// circles.
func (m *model) settles(t *testing.T, all visited) {
	t.Helper()
	const under, done = 1, 2
	mark := make(map[state]uint8, len(all))
	var walk func(state)
	walk = func(s state) {
		mark[s] = under
		for _, next := range m.steps(s) {
			switch {
			case !next.forward:
			case mark[next.to] == under:
				t.Fatalf("what happens by itself goes in circles:\n%s\n%s", m.history(all, s), next.name)
			case mark[next.to] == 0:
				walk(next.to)
			}
		}
		mark[s] = done
	}
	for s := range all {
		if mark[s] == 0 {
			walk(s)
		}
	}
}

// TestEveryHistoryOfAWithdrawalEndsAsSheWasPromised visits every state that can be
// reached. In none can anything be looked at after its withdrawal was verified
// there; what happens by itself comes to an end from every one; and there everything
// she took back is destroyed, its source knows, and says truly whether it had been
// read.
func TestEveryHistoryOfAWithdrawalEndsAsSheWasPromised(t *testing.T) {
	m := newModel(uint8(*envelopes))
	ends := 0
	all, steps := m.visit(t, func(state) { ends++ })
	m.settles(t, all)
	t.Logf("%d states, %d steps between them; in %d of them nothing happens by itself any more; %d forms of a copy, %d of a way, %d of her consents",
		len(all), steps, ends, len(m.copies.list)-1, len(m.ways.list)-1, len(m.consents.list)-1)
}
