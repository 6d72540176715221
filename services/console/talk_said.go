package console

import (
	"slices"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/duty"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/signing"
)

// How often a line may be used, as it is chosen.
const (
	useOnce  = "once"
	useOften = "often"
)

// line is one agency and purpose, as it was typed.
func (t *talk) line(i int) client.NewAllowance {
	n := "-" + strconv.Itoa(i)
	a := client.NewAllowance{To: t.value("to" + n), Purpose: t.value("purpose" + n), Share: t.values("share" + n), Onward: t.values("onward" + n)}
	switch t.value("use" + n) {
	case useOnce:
		yes := true
		a.SingleUse = &yes
	case useOften:
		no := false
		a.SingleUse = &no
	}
	return a
}

// agreed is what was said so far, as the node takes it.
func (t *talk) agreed() client.NewConsent {
	in := client.NewConsent{
		Case: t.label, Exclude: t.values("exclude"), Withhold: t.values("withhold"), Services: t.values("services"),
		GivenBy: t.value("given_by"), AgeBand: t.value("age_band"), CoSigned: t.values("co_signed"),
		Method: t.value("method"), Language: t.spoken(), Interpreter: t.ticked("interpreter"), Informed: t.values("informed"),
		Condition: string(posada.ServiceUnattested), TextVersion: papers.FormVersion,
	}
	if t.ticked("condition") {
		in.Condition = string(posada.ServiceNotConditional)
	}
	if t.minor() {
		in.Assent, in.Conflict = t.value("assent"), t.value("conflict")
		if in.GivenBy == string(posada.GivenByMinorAlone) {
			in.Jurisdiction = t.value("jurisdiction")
		}
	}
	for i := range t.lines() {
		if a := t.line(i); len(a.Share) > 0 || t.of() == nil {
			in.Allow = append(in.Allow, a)
		}
	}
	if t.keeps != nil {
		in.Case = t.into()
	}
	in.Days, _ = strconv.Atoi(t.value("days")) // what is no number was refused where it was typed
	return in
}

// into is the case something is taken over into; empty: one is opened.
func (t *talk) into() string {
	label, err := t.k.handles.read(t.who().Name, t.value("into"))
	if err != nil {
		return ""
	}
	return label
}

// asked is the same, where it is only what was asked.
func (t *talk) asked() client.NewConsent {
	in := t.agreed()
	return client.NewConsent{Case: in.Case, Status: t.value("answer"), Allow: in.Allow, Exclude: in.Exclude, Withhold: in.Withhold, Services: in.Services}
}

// minor reports whether the person is not yet 18.
func (t *talk) minor() bool { return duty.Concerns(posada.AgeBand(t.value("age_band"))) }

// spoken is the language of the conversation, in three letters.
func (t *talk) spoken() string {
	if other := t.value("language_other"); other != "" {
		return other
	}
	if l := t.value("language"); l != "" {
		return l
	}
	return tongueOf(t.aloud())
}

// tongueOf is a language of the texts, in three letters.
func tongueOf(l i18n.Language) string {
	return map[i18n.Language]string{i18n.English: "eng", i18n.Spanish: "spa"}[l]
}

// made is the day on which the form is made: the one that is printed and the one that is
// recorded say the same.
func (t *talk) made() time.Time {
	now := t.k.c.Now().In(t.k.c.Zone)
	if at, err := time.ParseInLocation(time.DateOnly, t.value("made"), t.k.c.Zone); err == nil && now.Sub(at).Abs() < 48*time.Hour {
		return at.Add(12 * time.Hour)
	}
	return now
}

// paper is the form of what was said.
func (t *talk) paper() (papers.Form, error) {
	return signing.Form(t.agreed(), signing.Node{Agency: t.status.Agency.Name, Hub: t.status.Operator, Members: t.members, Minors: t.minors}, t.made())
}

// form shows the form to print and sign.
func (t *talk) form() (view, error) {
	made, err := t.paper()
	if err != nil {
		return view{}, err
	}
	html, err := made.HTML(t.aloud())
	return printed(html), err
}

// record records what was said. What was signed is the form of exactly that.
func (t *talk) record() (view, error) {
	if !t.yes() {
		return t.recordAsked()
	}
	if t.check(stepCheck, false); len(t.wrongs) > 0 {
		return t.show(stepCheck)
	}
	in := t.agreed()
	made, err := t.paper()
	if err != nil {
		return view{}, err
	}
	html, err := made.HTML(t.aloud())
	if err != nil {
		return view{}, err
	}
	in.Form = client.HashForm([]byte(html))
	var out client.Consent
	switch {
	case t.keeps != nil:
		kept, err := t.node.TakeOver(t.ctx(), t.keeps.ID, in)
		if err != nil {
			return view{}, err
		}
		return goTo(t.caseAt(kept.Case), "console.talk.kept", "case", kept.Case), nil
	case t.answers != nil:
		out, err = t.node.AnswerConsent(t.ctx(), t.answers.ID, client.NewAnswer{Answer: string(posada.ConsentGiven), Agreed: &in})
	case t.renews != nil:
		out, err = t.node.RenewConsent(t.ctx(), t.renews.ID, in)
	default:
		out, err = t.node.AddConsent(t.ctx(), in)
	}
	if err != nil {
		return view{}, err
	}
	return goTo(t.recordAt(out), "console.talk.recorded", "case", out.Case, "until", t.when(out.Expires)), nil
}

// recordAsked records that somebody was asked, and said no, not now or nothing yet.
func (t *talk) recordAsked() (view, error) {
	var out client.Consent
	var err error
	if t.answers != nil {
		out, err = t.node.AnswerConsent(t.ctx(), t.answers.ID, client.NewAnswer{Answer: t.value("answer")})
	} else {
		out, err = t.node.AddConsent(t.ctx(), t.asked())
	}
	if err != nil {
		return view{}, err
	}
	t.stillPassedAll(out)
	return goTo(t.recordAt(out), t.noted(out.Status), "case", out.Case), nil
}

// recordAt is the page of what was recorded; for whoever reads nothing back, the one they came from.
func (t *talk) recordAt(out client.Consent) string {
	if t.blind() {
		return t.back
	}
	return "/consents/" + string(out.ID)
}

// check says what is missing on a step, each at its field.
func (t *talk) check(step string, anyway bool) {
	miss := func(is bool, name, key string) {
		if is {
			t.wrongs[name] = t.Text(keyOf("console.wrong." + key))
		}
	}
	switch step {
	case stepBefore:
		other := t.value("language_other")
		miss(other != "" && len(other) != len("spa"), "language_other", "language")
	case stepWho:
		t.checkWho(miss)
	case stepWhat:
		t.checkWhat(miss)
	case stepTold:
		miss(!anyway && len(t.values("informed")) < len(posada.Members[posada.Informed]()), "informed", "informed")
	case stepAnswer:
		miss(t.value("answer") == "", "answer", "answer")
	case stepHow:
		miss(t.value("age_band") == "", "age_band", "age_band")
		miss(t.value("given_by") == "", "given_by", "given_by")
		t.checkMinor(miss)
		miss(t.value("method") == "", "method", "method")
		miss(!t.ticked("condition"), "condition", "condition")
	case stepCheck:
		miss(!t.ticked("signed"), "signed", "signed")
	}
}

// checkMinor holds who says yes against how old the person is.
func (t *talk) checkMinor(miss func(bool, string, string)) {
	by, age := posada.GivenBy(t.value("given_by")), t.value("age_band")
	guardian, alone := by == posada.GivenByGuardianAndMinor, by == posada.GivenByMinorAlone
	miss(t.minor() && by == posada.GivenBySelf, "given_by", "given_by_minor")
	miss(age != "" && !t.minor() && (guardian || alone), "given_by", "given_by_adult")
	miss(t.minor() && guardian && t.value("assent") == "", "assent", "assent")
	miss(t.minor() && guardian && t.value("conflict") == "", "conflict", "conflict")
	miss(t.minor() && alone && t.value("jurisdiction") == "", "jurisdiction", "jurisdiction")
}

func (t *talk) checkWho(miss func(bool, string, string)) {
	miss(t.lines() == 0, "to-0", "nobody")
	for i := range t.lines() {
		n, a := "-"+strconv.Itoa(i), t.line(i)
		miss(a.To == "", "to"+n, "to")
		miss(a.Purpose == "", "purpose"+n, "purpose")
		miss(slices.Contains(t.values("exclude"), a.To), "to"+n, "both")
		for j := range i {
			before := t.line(j)
			miss(a.To != "" && before.To == a.To && before.Purpose == a.Purpose, "purpose"+n, "twice")
		}
	}
	if t.lines() == 0 {
		t.visit.form.Set("lines", "1")
	}
	miss(len(t.values("services")) == 0, "services", "services")
}

func (t *talk) checkWhat(miss func(bool, string, string)) {
	shares := 0
	for i := range t.lines() {
		n, a := "-"+strconv.Itoa(i), t.line(i)
		shares += len(a.Share)
		miss(t.keeps != nil && a.Purpose == "", "purpose"+n, "purpose")
		miss(len(a.Share) == 0 && t.of() == nil, "share"+n, "share")
		for _, c := range a.Share {
			miss(slices.Contains(t.values("withhold"), c), "share"+n, "withheld")
		}
	}
	miss(shares == 0 && t.of() != nil, "share-0", "share_none")
	miss(t.keeps != nil && len(t.values("services")) == 0, "services", "services")
	most := int(consent.MaxLife / (24 * time.Hour))
	days, err := strconv.Atoi(t.value("days"))
	miss(err != nil || days < 1 || days > most, "days", "days")
}
