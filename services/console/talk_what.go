package console

import (
	"slices"
	"strconv"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// showWhat asks, for each agency and purpose, what they may have.
func (t *talk) showWhat(p *talkPage) error {
	for i := range t.lines() {
		l, err := t.whatLine(i)
		if err != nil {
			return err
		}
		p.Lines = append(p.Lines, l)
	}
	for _, c := range posada.NeverLeave() {
		p.Never = append(p.Never, t.Term("category", string(c)))
	}
	days := t.text("days", "console.talk.days").as("number").first(strconv.Itoa(fewDays())).hint(t.Text("console.talk.days_hint", "most", mostDays()))
	days.Mode = "numeric"
	p.add(t, days)
	switch {
	case t.keeps != nil:
		into := []option{{Value: "", Label: t.Text("console.talk.into_new")}}
		for _, k := range t.cases {
			if slices.Contains(k.Assigned, t.who().Name) && k.Erasing.IsZero() {
				into = append(into, option{Value: t.handle(k.Label), Label: k.Label})
			}
		}
		p.add(t, t.one("into", "console.talk.into", into).first(""))
		p.add(t, t.many("services", "console.talk.services_keep", terms(t.visit, "service", t.keeps.Services)))
	case t.of() != nil:
		p.add(t, t.many("services", "console.talk.services", terms(t.visit, "service", t.of().Services)))
	default:
		p.add(t, t.many("withhold", "console.talk.withhold", terms(t.visit, "category", shareable())).hint(t.Text("console.talk.withhold_hint")))
	}
	return nil
}

// shareable are all kinds of things that may be shared at all.
func shareable() (list []posada.Category) {
	for _, g := range categoryGroups() {
		list = append(list, g.categories...)
	}
	return list
}

// whatLine is one agency and purpose with what may be chosen for it.
func (t *talk) whatLine(i int) (l talkLine, err error) {
	n, in := "-"+strconv.Itoa(i), t.line(i)
	a, _ := t.member(in.To)
	purpose := posada.Purpose(in.Purpose)
	l = talkLine{Number: i, Name: a.Name, Class: t.Term("class", string(a.Class)), Purposed: t.Term("purpose", in.Purpose), Police: purpose.OfLawEnforcement(), Wrong: t.wrongs["share"+n]}
	if t.keeps != nil {
		l.Purpose = t.choice("purpose"+n, "console.talk.purpose_keep", terms(t.visit, "purpose", posada.Members[posada.Purpose]())).first(string(t.keeps.Purpose)).wrong(t.wrongs["purpose"+n])
		purpose = posada.Purpose(l.chosenPurpose())
	}
	if l.Groups, l.Never, err = t.groups(i, a, purpose); err != nil {
		return l, err
	}
	l.Nothing = len(l.Groups) == 0
	if !l.Police && t.keeps == nil {
		l.Use = t.one("use"+n, "console.talk.use", []option{
			{Value: "", Label: t.Text("console.talk.use_usual"), Hint: t.Text("console.talk.use_usual_means")},
			{Value: useOnce, Label: t.Text("console.use.once")}, {Value: useOften, Label: t.Text("console.use.often")},
		}).first("")
	}
	if t.keeps == nil {
		if thirds := t.thirds(i, in); len(thirds) > 0 {
			l.Onward = t.many("onward"+n, "console.talk.onward", thirds).hint(t.Text("console.talk.onward_hint"))
		}
	}
	return l, nil
}

// chosenPurpose is what is chosen, or proposed.
func (l talkLine) chosenPurpose() string {
	for _, o := range l.Purpose.Options {
		if o.Chosen {
			return o.Value
		}
	}
	return l.Purpose.Value
}

// thirds are those to whom whoever gets it may pass it on.
func (t *talk) thirds(i int, in client.NewAllowance) (list []option) {
	before := t.lineBefore(i)
	for _, a := range t.members {
		switch {
		case a.Self || string(a.ID) == in.To || a.Standing != posada.StandingActive || a.Class.Distrusted():
		case slices.Contains(t.values("exclude"), string(a.ID)):
		case before != nil && !hasAgency(before.Onward, a.ID): // no more than before
		default:
			list = append(list, t.agency(a))
		}
	}
	return list
}

// lineBefore is what a record said of a line that is gone through again.
func (t *talk) lineBefore(i int) *client.Allowance {
	k := t.of()
	if k == nil {
		return nil
	}
	in := t.line(i)
	for j := range k.Allow {
		if a := &k.Allow[j]; string(a.To.ID) == in.To && string(a.Purpose) == in.Purpose {
			return a
		}
	}
	return &client.Allowance{}
}

// groups are the kinds of things that may be chosen, and the names of those that the
// network never lets such an agency have for this.
func (t *talk) groups(i int, a client.Agency, purpose posada.Purpose) (groups []talkGroup, never []string, err error) {
	chosen, before := t.line(i).Share, t.lineBefore(i)
	for _, g := range categoryGroups() {
		group := talkGroup{Name: t.Text(keyOf("console.group." + g.name)), Sensitive: g.sensitive}
		for _, c := range g.categories {
			takes := t.table.takes(a.Class, purpose, c)
			switch {
			case before != nil && !slices.Contains(before.Share, c):
			case t.keeps != nil && !t.carries(c):
			case takes == "", a.Standing == posada.StandingListed && c == posada.CategoryLocationCurrent: // no rule lets where somebody is now be read out
				never = append(never, t.Term("category", string(c)))
			default:
				o := talkOption{Value: string(c), Label: t.Term("category", string(c)), Chosen: slices.Contains(chosen, string(c))}
				if o.Said, err = papers.Say(t.aloud(), "category", c); err != nil {
					return nil, nil, err
				}
				if g.sensitive {
					o.Note = t.Text(i18n.Key("console.careful." + string(c)))
				}
				if takes != takesConsent {
					o.Takes = t.Text(i18n.Key("console.takes." + takes))
				}
				group.Options = append(group.Options, o)
			}
		}
		if len(group.Options) > 0 {
			groups = append(groups, group)
		}
	}
	return groups, never, nil
}

// carries reports whether what came in has something of a kind that may be seen.
func (t *talk) carries(c posada.Category) bool {
	return slices.ContainsFunc(t.keeps.Carried, func(f client.Carried) bool { return f.Category == c })
}
