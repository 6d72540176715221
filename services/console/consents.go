package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func consentPages() []page {
	care := careRoles()
	return []page{
		{method: http.MethodGet, pattern: "/consents/{consent}", title: "console.consent.title", do: showConsent, roles: care},
		{method: http.MethodPost, pattern: "/consents/{consent}/said", title: "console.consent.title", do: saidNow, again: showConsent, roles: care},
		{method: http.MethodGet, pattern: "/consents/{consent}/end", title: "console.ending.title", do: endForm, roles: care},
		{method: http.MethodPost, pattern: "/consents/{consent}/end", title: "console.ending.title", do: endConsent, again: endForm, roles: care},
		{method: http.MethodGet, pattern: "/consents/{consent}/opt-in", title: "console.opt_in.title", do: optInForm, roles: care},
		{method: http.MethodPost, pattern: "/consents/{consent}/opt-in", title: "console.opt_in.title", do: optIn, again: optInForm, roles: care},
	}
}

// consentRow is a consent with what a page says of it.
type consentRow struct {
	client.Consent
	Standing string // in one word
	Look     string // how the word looks: good, warn, bad
	Why      []string
	Lines    []lineRow
}

// lineRow is one line of a consent: who, what for, what, how often.
type lineRow struct {
	client.Allowance
	Use string
}

// consentRow says how a consent stands; one that can permit nothing is not called given.
func (v *visit) consentRow(k client.Consent) consentRow {
	row := consentRow{Consent: k, Standing: v.Term("consent", string(k.Status))}
	switch {
	case len(k.Lacks) > 0 && counts(k):
		row.Standing, row.Look = v.Text("console.consent.not_valid"), "bad"
	case counts(k) && k.Due:
		row.Look = "warn"
	case counts(k):
		row.Look = "good"
	}
	for _, lack := range k.Lacks {
		if lack == "G3.informed" {
			row.Why = append(row.Why, v.Text("console.consent.missing", "what", i18n.Terms(v.Printer, "informed", k.Missing)))
			continue
		}
		row.Why = append(row.Why, v.Text(i18n.Key("console.rule."+string(lack))))
	}
	for _, a := range k.Allow {
		row.Lines = append(row.Lines, lineRow{a, v.use(a)})
	}
	return row
}

// use says how often a line may be used, or why no more.
func (v *visit) use(a client.Allowance) string {
	switch {
	case a.Withdrawn:
		return v.Text("console.use.withdrawn")
	case a.NoMore:
		return v.Text("console.use.no_more")
	case a.SingleUse && a.Used:
		return v.Text("console.use.used")
	case a.SingleUse:
		return v.Text("console.use.once")
	}
	return v.Text("console.use.often")
}

// ofConsent is the consent a page's path names.
func (v *visit) ofConsent() (client.Consent, error) {
	list, err := v.node.Consents(v.ctx())
	if err != nil {
		return client.Consent{}, err
	}
	i := slices.IndexFunc(list, func(k client.Consent) bool { return string(k.ID) == v.path("consent") })
	if i < 0 {
		return client.Consent{}, errNothing
	}
	return list[i], nil
}

// consentPage is one record.
type consentPage struct {
	consentRow
	At     string
	CaseAt string
	Asked  bool // it was never given: it is a question
	Open   bool // … which may still be answered
	Renew  bool // it may be given again
	Own    bool // it is what we keep ourselves
	Ends   bool // it may be ended
	Police bool // it has a line for law enforcement, and nobody opted in
	Counts bool // the opt-in counts now
	Send   bool // something may be sent under it
}

func showConsent(v *visit) (view, error) {
	k, err := v.ofConsent()
	if err != nil {
		return view{}, err
	}
	others := slices.ContainsFunc(k.Allow, func(a client.Allowance) bool { return !a.To.Self })
	page := consentPage{
		consentRow: v.consentRow(k), At: "/consents/" + string(k.ID), CaseAt: v.caseAt(k.Case),
		Asked: k.Expires.IsZero(), Open: unanswered(k), Own: !others,
		Ends: !consent.Over(k.Status) && !k.Expires.IsZero(), Send: counts(k) && len(k.Lacks) == 0 && sharesWithOthers(k),
	}
	page.Renew = others && (page.Ends || k.Status == posada.ConsentExpired)
	page.Police = page.Ends && k.OptIn == nil && slices.ContainsFunc(k.Allow, func(a client.Allowance) bool { return a.Purpose.OfLawEnforcement() })
	page.Counts = k.OptIn != nil && !v.k.c.Now().Before(k.OptIn.Counts)
	return show("consent", page).titled(v.Text("console.consent.heading", "case", k.Case)), nil
}

// saidNow records what somebody says to what they were asked, where it is not yes: a yes
// is a conversation of its own.
func saidNow(v *visit) (view, error) {
	k, err := v.ofConsent()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.AnswerConsent(v.ctx(), k.ID, client.NewAnswer{Answer: v.value("answer")})
	if err != nil {
		return view{}, err
	}
	v.stillPassedAll(out)
	return goTo("/consents/"+string(out.ID), v.noted(out.Status), "case", out.Case), nil
}

// noted is what is said when something that is no yes was recorded.
func (v *visit) noted(status posada.ConsentStatus) i18n.Key {
	switch status {
	case posada.ConsentRefused:
		return "console.noted.refused"
	case posada.ConsentDeferred:
		return "console.noted.deferred"
	}
	return "console.noted.requested"
}

// stillPassedAll says, where somebody said no, who may still pass on what.
func (v *visit) stillPassedAll(k client.Consent) {
	if k.Status != posada.ConsentRefused && k.Status != posada.ConsentDeferred {
		return
	}
	var asked []posada.AgencyID
	for _, a := range k.Allow {
		if !a.To.Self && !slices.Contains(asked, a.To.ID) {
			asked = append(asked, a.To.ID)
			v.stillPassed(k.Case, a.To)
		}
	}
}

// endPage asks once more.
type endPage struct {
	consentRow
	At      string
	How     field
	Counsel *field // where a paper came, and it is our own record that ends
}

func endForm(v *visit) (view, error) {
	k, err := v.ofConsent()
	if err != nil {
		return view{}, err
	}
	var how []option
	for _, w := range consent.Endings() {
		how = append(how, option{Value: string(w), Label: v.Term("console.ending", string(w)), Hint: v.Term("console.ending_means", string(w))})
	}
	page := endPage{consentRow: v.consentRow(k), At: "/consents/" + string(k.ID), How: v.one("how", "console.ending.how", how).needed()}
	asks, err := v.asksCounsel(k)
	if asks {
		asked := v.tick("counsel", "console.erase.counsel").needed()
		page.Counsel = &asked
	}
	return show("consent_end", page), err
}

// asksCounsel reports whether our own record ends with a consent, in a case in which a paper
// came.
func (v *visit) asksCounsel(k client.Consent) (bool, error) {
	if !slices.ContainsFunc(k.Allow, func(a client.Allowance) bool { return a.To.Self }) {
		return false, nil
	}
	list, err := v.node.Cases(v.ctx())
	return slices.ContainsFunc(list, func(c client.Case) bool { return c.Label == k.Case && len(c.Papers) > 0 }), err
}

func endConsent(v *visit) (view, error) {
	k, err := v.ofConsent()
	if err != nil {
		return view{}, err
	}
	asks, err := v.asksCounsel(k)
	if err != nil {
		return view{}, err
	}
	if asks && !v.ticked("counsel") {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.erase.paper"}
	}
	out, err := v.node.EndConsent(v.ctx(), k.ID, client.NewEnding{How: v.value("how")})
	if err != nil {
		return view{}, err
	}
	return goTo("/consents/"+string(out.ID), "console.ending.done", "case", out.Case), nil
}

// optInPage is the ceremony without which nothing is given to law enforcement.
type optInPage struct {
	consentRow
	At             string
	Asked, Counsel field
	Counts         time.Time // when it would, if it were said now
}

func optInForm(v *visit) (view, error) {
	k, err := v.ofConsent()
	if err != nil {
		return view{}, err
	}
	return show("consent_opt_in", optInPage{
		consentRow: v.consentRow(k), At: "/consents/" + string(k.ID),
		Asked: v.tick("asked", "console.opt_in.asked").needed(), Counsel: v.tick("counsel", "console.opt_in.counsel").needed(),
		Counts: v.k.c.Now().Add(consent.CoolingOff),
	}), nil
}

func optIn(v *visit) (view, error) {
	k, err := v.ofConsent()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.OptIn(v.ctx(), k.ID, client.NewOptIn{Asked: v.ticked("asked"), Counsel: v.ticked("counsel")})
	if err != nil {
		return view{}, err
	}
	return goTo("/consents/"+string(out.ID), "console.opt_in.done", "case", out.Case, "counts", v.when(out.OptIn.Counts)), nil
}
