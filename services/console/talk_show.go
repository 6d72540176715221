package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// talkPage is one step.
type talkPage struct {
	At, Back, Step string
	Number, Of     int
	First          bool
	Kind           string // new, answer, renew, keep
	Case           string
	Say            i18n.Language // the language things are read aloud in
	Says           []option
	Agency         string
	From           string // who shared what is taken over

	Hidden []hidden
	Fields map[string]field
	Lines  []talkLine
	Wrong  map[string]string

	Duty  dutyPage
	Told  []toldLine
	Never []string // what nobody is asked about
	Yes   bool
	Minor bool
	Read  []papers.Part // the form, to be read aloud
	Back2 []option      // steps to go back to, by name
	Ends  time.Time
}

// hidden is what was said on another step.
type hidden struct{ Name, Value string }

// talkLine is one agency and purpose.
type talkLine struct {
	Number                int
	Nth                   int // the same, as people count
	To, Purpose, Use      field
	Onward                field
	Name, Class, Purposed string // once they are chosen
	Groups                []talkGroup
	Never                 []string // what the network never lets them have for this
	Nothing               bool     // … which is everything
	For                   []string // what the network lets such an agency have something for
	Police                bool
	Wrong                 string
}

// talkGroup is kinds of things that belong together.
type talkGroup struct {
	Name      string
	Sensitive bool
	Options   []talkOption
}

// talkOption is one kind of thing, with what is said of it.
type talkOption struct {
	Value, Label, Said, Note, Takes string
	Chosen                          bool
}

// toldLine is one thing the person must be told.
type toldLine struct {
	Value, Label, Says string
	Chosen             bool
}

// show makes a step's page.
func (t *talk) show(step string) (view, error) {
	steps := t.steps()
	p := talkPage{
		At: t.at, Back: t.back, Step: step, Number: slices.Index(steps, step) + 1, Of: len(steps), First: step == steps[0], Kind: t.kind(), Case: t.label,
		Say: t.aloud(), Says: t.languages(), Agency: t.status.Agency.Name, Fields: map[string]field{}, Wrong: t.wrongs, Yes: t.yes(), Minor: t.minor(),
	}
	if t.keeps != nil {
		p.From = t.keeps.Peer.Name
	}
	var err error
	switch step {
	case stepBefore:
		t.showBefore(&p)
		p.Duty, err = t.duty(t.aloud())
	case stepWho:
		t.showWho(&p)
	case stepWhat:
		err = t.showWhat(&p)
	case stepTold:
		err = t.showTold(&p)
	case stepAnswer:
		p.add(t, t.one("answer", "console.talk.they_say", t.answersThere()))
	case stepHow:
		t.showHow(&p)
	case stepCheck:
		err = t.showCheck(&p)
	}
	p.Hidden = t.hidden(p)
	return show("talk", p).titled(t.Text(keyOf("console.step." + step))), err
}

func (t *talk) kind() string {
	switch {
	case t.keeps != nil:
		return "keep"
	case t.answers != nil:
		return "answer"
	case t.renews != nil:
		return "renew"
	}
	return "new"
}

// add puts a field on the page, with what is wrong with it.
func (p *talkPage) add(t *talk, f field) {
	p.Fields[f.Name] = f.wrong(t.wrongs[f.Name])
}

// hidden is all that was said on other steps than the one that is shown.
func (t *talk) hidden(p talkPage) (list []hidden) {
	here := []string{"step", "do", "say", "signed"}
	for name := range p.Fields {
		here = append(here, name)
	}
	for _, l := range p.Lines {
		n := "-" + strconv.Itoa(l.Number)
		for _, f := range []field{l.To, l.Purpose, l.Use, l.Onward} {
			here = append(here, f.Name)
		}
		if p.Step == stepWhat {
			here = append(here, "share"+n)
		}
	}
	if p.Step == stepTold {
		here = append(here, "informed")
	}
	if p.Step == stepCheck {
		here = append(here, "made")
	}
	names := make([]string, 0, len(t.visit.form))
	for name := range t.visit.form {
		if !slices.Contains(here, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range t.visit.form[name] {
			list = append(list, hidden{name, value})
		}
	}
	return append(list, hidden{"step", p.Step}, hidden{"say", string(p.Say)})
}

func (t *talk) showBefore(p *talkPage) {
	p.add(t, t.choice("language", "console.talk.language", t.tongues()).first(tongueOf(p.Say)))
	p.add(t, t.text("language_other", "console.talk.language_other").hint(t.Text("console.talk.language_other_hint")))
	p.add(t, t.one("age_band", "console.talk.age", t.ages()).hint(t.Text("console.talk.age_hint")))
}

// tongues are languages that are often spoken here.
func (t *talk) tongues() []option {
	return terms(t.visit, "console.spoken", []string{"spa", "eng", "por", "fra", "hat", "zho", "ara", "ukr", "rus", "mam", "quc", "kek", "ixl", "cab"})
}

func (t *talk) ages() (list []option) {
	for _, a := range posada.Members[posada.AgeBand]() {
		list = append(list, option{Value: string(a), Label: t.Text("console.talk.years", "band", strings.Replace(string(a), "-", "–", 1))})
	}
	return list
}

func (t *talk) showWho(p *talkPage) {
	var others, all []option
	for _, a := range t.members {
		if a.Self || !canBeNamed(a) {
			continue
		}
		all = append(all, t.agency(a))
		if !slices.Contains(t.values("exclude"), string(a.ID)) {
			others = append(others, t.agency(a))
		}
	}
	t.visit.form.Set("lines", strconv.Itoa(max(1, t.lines())))
	for i := range t.lines() {
		n := "-" + strconv.Itoa(i)
		l := talkLine{Number: i, Nth: i + 1}
		l.To = t.choice("to"+n, "console.talk.to", others).wrong(t.wrongs["to"+n])
		l.Purpose = t.choice("purpose"+n, "console.talk.purpose", terms(t.visit, "purpose", posada.Members[posada.Purpose]())).wrong(t.wrongs["purpose"+n])
		if a, ok := t.member(l.To.Value); ok {
			l.Name = a.Name
			for _, purpose := range t.table.purposes(a.Class) {
				l.For = append(l.For, t.Term("purpose", string(purpose)))
			}
			l.Nothing = len(l.For) == 0
		}
		p.Lines = append(p.Lines, l)
	}
	p.add(t, t.many("exclude", "console.talk.exclude", all).hint(t.Text("console.talk.exclude_hint")))
	p.add(t, t.many("services", "console.talk.services", terms(t.visit, "service", posada.Members[posada.ServiceType]())))
}

// canBeNamed reports whether a consent can name an agency: a member in good standing, or one without a node
// that stewards listed, which is read out to.
func canBeNamed(a client.Agency) bool {
	return a.Standing == posada.StandingActive || a.Standing == posada.StandingListed
}

func (t *talk) member(id string) (client.Agency, bool) {
	i := slices.IndexFunc(t.members, func(a client.Agency) bool { return string(a.ID) == id })
	if i < 0 {
		return client.Agency{}, false
	}
	return t.members[i], true
}

// answersThere are what somebody can say.
func (t *talk) answersThere() (list []option) {
	for _, s := range []posada.ConsentStatus{posada.ConsentGiven, posada.ConsentDeferred, posada.ConsentRefused, posada.ConsentRequested} {
		list = append(list, option{Value: string(s), Label: t.Term("console.says", string(s)), Hint: t.Term("console.says_means", string(s))})
	}
	return list
}

// showTold shows each thing the person must be told, as the form says it.
func (t *talk) showTold(p *talkPage) error {
	in := t.agreed()
	// What is not said yet does not change these sentences.
	form := papers.Form{Agency: t.status.Agency.Name, Hub: t.status.Operator, Own: t.keeps != nil, Days: in.Days, Made: t.made()}
	parts, err := form.Parts(p.Say)
	if err != nil {
		return err
	}
	var says []string
	for _, part := range parts {
		if part.Kind == "box" {
			says = append(says, part.Texts...)
		}
	}
	for i, told := range posada.Members[posada.Informed]() {
		line := toldLine{Value: string(told), Label: t.Term("informed", string(told)), Chosen: slices.Contains(t.values("informed"), string(told))}
		if i < len(says) {
			line.Says = says[i]
		}
		p.Told = append(p.Told, line)
	}
	return nil
}

// showHow asks who says it and how. What is asked depends on how old somebody is.
func (t *talk) showHow(p *talkPage) {
	by := []posada.GivenBy{posada.GivenBySelf, posada.GivenByLegalRepresentative}
	if t.minor() {
		by = []posada.GivenBy{posada.GivenByGuardianAndMinor, posada.GivenByMinorAlone, posada.GivenByLegalRepresentative}
	}
	p.add(t, t.one("age_band", "console.talk.age", t.ages()))
	var given []option
	for _, g := range by {
		given = append(given, option{Value: string(g), Label: t.Term("given_by", string(g)), Hint: t.Term("console.given_by_means", string(g))})
	}
	p.add(t, t.one("given_by", "console.talk.given_by", given))
	if t.minor() {
		p.add(t, t.choice("jurisdiction", "console.talk.jurisdiction", terms(t.visit, "jurisdiction", posada.Members[posada.Jurisdiction]())).hint(t.Text("console.talk.jurisdiction_hint")))
		p.add(t, t.one("assent", "console.talk.assent", terms(t.visit, "assent", posada.Members[posada.Assent]())))
		p.add(t, t.one("conflict", "console.talk.conflict", terms(t.visit, "conflict", posada.Members[posada.ConflictCheck]())).hint(t.Text("console.talk.conflict_hint")))
	}
	p.add(t, t.many("co_signed", "console.talk.co_signed", terms(t.visit, "co_signed", posada.Members[posada.CoSigner]())).hint(t.Text("console.talk.co_signed_hint")))
	p.add(t, t.one("method", "console.talk.method", terms(t.visit, "method", posada.Members[posada.ConsentMethod]())))
	p.add(t, t.tick("interpreter", "console.talk.interpreter"))
	p.add(t, t.tick("condition", "console.talk.condition").hint(t.Text("console.talk.condition_hint")))
}

// showCheck reads back what was said. Of a yes it is the form itself, in the language of
// the person.
func (t *talk) showCheck(p *talkPage) error {
	for _, s := range t.steps() {
		if s != stepCheck {
			p.Back2 = append(p.Back2, option{Value: s, Label: t.Text(keyOf("console.step." + s))})
		}
	}
	in := t.agreed()
	for i := range in.Allow {
		p.Lines = append(p.Lines, t.readBack(i, in.Allow[i]))
	}
	if !p.Yes {
		return nil
	}
	made := t.made()
	p.Fields["made"] = field{Kind: "hidden", Name: "made", Value: made.Format(time.DateOnly)}
	p.Ends = made.Add(time.Duration(in.Days) * 24 * time.Hour)
	p.add(t, t.tick("signed", "console.talk.signed").needed())
	form, err := t.paper()
	if err != nil {
		if t.problem == nil { // what the node would refuse is said here, before anybody signs
			t.problem = t.wrong(err)
		}
		return nil
	}
	p.Read, err = form.Parts(p.Say)
	return err
}

// readBack is a line in words.
func (t *talk) readBack(i int, in client.NewAllowance) talkLine {
	l := talkLine{Number: i, Name: in.To, Purposed: t.Term("purpose", in.Purpose)}
	if a, ok := t.member(in.To); ok {
		l.Name, l.Class = a.Name, t.Term("class", string(a.Class))
	}
	var what []string
	for _, c := range in.Share {
		what = append(what, t.Term("category", c))
	}
	l.Never = what
	l.Wrong = t.Text("console.use.often")
	if in.OneUse() {
		l.Wrong = t.Text("console.use.once")
	}
	return l
}

// mostDays and fewDays are how long a consent lasts at most, and where nobody says.
func mostDays() int { return int(consent.MaxLife / (24 * time.Hour)) }
func fewDays() int  { return int(consent.DefaultLife / (24 * time.Hour)) }
