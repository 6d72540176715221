package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// A consent is talked about before it is recorded: what must be reported by law, who may
// have something, what of it, what the person must be told, what they say, who says it; and
// then all of it is read back. Each step is a page; what was said on the others goes along
// in hidden fields, so that nothing of it is kept here and a step can be gone back to.

func talkPages() (list []page) {
	care := careRoles()
	for _, t := range []struct {
		at    string
		begin func(*visit) (*talk, error)
		title i18n.Key
		roles []posada.StaffRole
	}{
		{"/cases/{case}/consent", newTalk, "console.talk.title", append(careRoles(), posada.RoleVolunteerScreener)},
		{"/consents/{consent}/answer", answerTalk, "console.talk.title_answer", care},
		{"/consents/{consent}/renew", renewTalk, "console.talk.title_renew", care},
		{"/referrals/{referral}/take-over", keepTalk, "console.talk.title_keep", care},
	} {
		with := func(do func(*talk) (view, error)) func(*visit) (view, error) {
			return func(v *visit) (view, error) {
				made, err := t.begin(v)
				if err != nil {
					return view{}, err
				}
				return do(made)
			}
		}
		list = append(list,
			page{method: http.MethodGet, pattern: t.at, title: t.title, do: with((*talk).first), roles: t.roles},
			page{method: http.MethodPost, pattern: t.at, title: t.title, do: with((*talk).next), again: with((*talk).again), roles: t.roles},
			page{method: http.MethodPost, pattern: t.at + "/form", title: t.title, do: with((*talk).form), again: with((*talk).again), roles: t.roles},
		)
	}
	return list
}

// The steps, by the names that stand in the field step.
const (
	stepBefore = "before" // what must be reported by law; which language
	stepWho    = "who"    // who may have something, and for what
	stepWhat   = "what"   // what of it, how often, for how long
	stepTold   = "told"   // what the person must be told
	stepAnswer = "answer" // what they say
	stepHow    = "how"    // who says it, and how
	stepCheck  = "check"  // all of it, read back
)

// mostLines is to how many agencies and purposes one consent goes in these pages.
const mostLines = 12

// talk is one such conversation, as far as it went.
type talk struct {
	*visit
	at      string // where its pages are
	back    string // where it came from
	label   string // the case it is recorded in; empty where that is asked
	answers *client.Consent
	renews  *client.Consent
	keeps   *client.Referral
	members []client.Agency
	status  client.Status
	table   table
	minors  []client.Alone
	cases   []client.Case // of one's own, where something is taken over into one
	wrongs  map[string]string
}

// talk asks the node what any of them needs.
func (v *visit) talk(at, back, label string) (t *talk, err error) {
	t = &talk{visit: v, at: at, back: back, label: label, wrongs: map[string]string{}}
	v.typed = v.form
	if t.members, err = v.node.Agencies(v.ctx()); err != nil {
		return nil, err
	}
	if t.status, err = v.node.Status(v.ctx()); err != nil {
		return nil, err
	}
	if t.minors, err = v.node.MinorsAlone(v.ctx()); err != nil {
		return nil, err
	}
	t.table, err = v.mayHave()
	return t, err
}

func newTalk(v *visit) (*talk, error) {
	if v.blind() { // the case is not theirs to see; whether it is theirs to add to, the node says
		label, err := v.label("case")
		if err != nil {
			return nil, err
		}
		return v.talk("/cases/"+v.path("case")+"/consent", "/screen/"+v.path("case"), label)
	}
	k, err := v.ofCase()
	if err != nil {
		return nil, err
	}
	at := v.caseAt(k.Label)
	return v.talk(at+"/consent", at, k.Label)
}

func answerTalk(v *visit) (*talk, error) {
	k, err := v.ofConsent()
	if err != nil {
		return nil, err
	}
	t, err := v.talk("/consents/"+string(k.ID)+"/answer", "/consents/"+string(k.ID), k.Case)
	if err == nil {
		t.answers = &k
	}
	return t, err
}

func renewTalk(v *visit) (*talk, error) {
	k, err := v.ofConsent()
	if err != nil {
		return nil, err
	}
	t, err := v.talk("/consents/"+string(k.ID)+"/renew", "/consents/"+string(k.ID), k.Case)
	if err == nil {
		t.renews = &k
	}
	return t, err
}

func keepTalk(v *visit) (*talk, error) {
	r, err := v.node.Referral(v.ctx(), posada.ReferralID(v.path("referral")))
	if err != nil {
		return nil, err
	}
	t, err := v.talk("/referrals/"+string(r.ID)+"/take-over", "/referrals/"+string(r.ID), "")
	if err != nil {
		return nil, err
	}
	t.keeps = &r
	t.cases, err = v.node.Cases(v.ctx())
	return t, err
}

// of is the record whose lines are gone through again, if there is one.
func (t *talk) of() *client.Consent {
	if t.answers != nil {
		return t.answers
	}
	return t.renews
}

// steps are those there are, in order, as far as is known yet.
func (t *talk) steps() []string {
	list := []string{stepBefore, stepWho, stepWhat, stepTold, stepAnswer}
	if t.of() != nil || t.keeps != nil { // who it is about stands
		list = slices.DeleteFunc(list, func(s string) bool { return s == stepWho })
	}
	if t.renews != nil || t.keeps != nil { // only a yes is recorded
		list = slices.DeleteFunc(list, func(s string) bool { return s == stepAnswer })
	}
	if t.yes() || t.value("answer") == "" {
		list = append(list, stepHow)
	}
	return append(list, stepCheck)
}

// yes reports whether the person agrees.
func (t *talk) yes() bool {
	return t.renews != nil || t.keeps != nil || t.value("answer") == string(posada.ConsentGiven)
}

// first is how it begins: with what a record said, where one is gone through again.
func (t *talk) first() (view, error) {
	f := url.Values{}
	if t.keeps != nil {
		f.Set("lines", "1")
		f.Set("to-0", string(t.status.Agency.ID))
	}
	if k := t.of(); k != nil {
		saidBefore(f, *k)
	}
	t.form0(f)
	return t.show(stepBefore)
}

// form0 is what was typed from now on.
func (t *talk) form0(f url.Values) { t.visit.form, t.visit.typed = f, f }

// saidBefore writes what a record says as if it had been typed, without what was taken back or
// refused since.
func saidBefore(f url.Values, k client.Consent) {
	n := 0
	for _, a := range k.Allow {
		if a.Withdrawn || a.NoMore || a.To.Self {
			continue
		}
		i := "-" + strconv.Itoa(n)
		f.Set("to"+i, string(a.To.ID))
		f.Set("purpose"+i, string(a.Purpose))
		f["share"+i] = posada.Texts(a.Share)
		f.Set("use"+i, useOften)
		if a.SingleUse {
			f.Set("use"+i, useOnce)
		}
		for _, third := range a.Onward {
			f.Add("onward"+i, string(third.ID))
		}
		n++
	}
	f.Set("lines", strconv.Itoa(n))
	f["services"], f["withhold"] = posada.Texts(k.Services), posada.Texts(k.Withhold)
	for _, a := range k.Exclude {
		f.Add("exclude", string(a.ID))
	}
}

// next does what a button says: on, back, one line more, or record it.
func (t *talk) next() (view, error) {
	now := t.value("step")
	steps := t.steps()
	i := slices.Index(steps, now)
	if i < 0 {
		return t.show(stepBefore)
	}
	switch do := t.value("do"); {
	case do == "record" && now == stepCheck:
		return t.record()
	case do == "back" && i > 0:
		return t.show(steps[i-1])
	case do == "more":
		t.visit.form.Set("lines", strconv.Itoa(min(t.lines()+1, mostLines)))
		return t.show(now)
	case strings.HasPrefix(do, "say-"): // what is read aloud is read in another language
		if t.value("language") == tongueOf(t.aloud()) {
			t.visit.form.Del("language")
		}
		t.visit.form.Set("say", do[4:])
		return t.show(now)
	case strings.HasPrefix(do, "to-") && slices.Contains(steps, do[3:]):
		return t.show(do[3:])
	case do == "next" || do == "anyway":
		t.tidy(now)
		if t.check(now, do == "anyway"); len(t.wrongs) > 0 {
			shown, err := t.show(now)
			shown.status = http.StatusUnprocessableEntity
			return shown, err
		}
		steps = t.steps() // what was said may lead elsewhere
		if i = slices.Index(steps, now); i+1 < len(steps) {
			return t.show(steps[i+1])
		}
	}
	return t.show(now)
}

// again shows the step on which something was wrong, with what the node said of it.
func (t *talk) again() (view, error) {
	step := t.value("step")
	if !slices.Contains(t.steps(), step) {
		step = stepBefore
	}
	return t.show(step)
}

// tidy leaves out lines that say nothing, once somebody goes on.
func (t *talk) tidy(step string) {
	if step != stepWho {
		return
	}
	f, n := t.visit.form, 0
	names := []string{"to", "purpose", "share", "use", "onward"}
	for i := range t.lines() {
		from, to := "-"+strconv.Itoa(i), "-"+strconv.Itoa(n)
		empty := f.Get("to"+from) == "" && f.Get("purpose"+from) == ""
		for _, name := range names {
			values := f[name+from]
			delete(f, name+from)
			if !empty && values != nil {
				f[name+to] = values
			}
		}
		if !empty {
			n++
		}
	}
	f.Set("lines", strconv.Itoa(n))
}

// lines is how many agencies and purposes there are.
func (t *talk) lines() int {
	n, err := strconv.Atoi(t.value("lines"))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, mostLines)
}
