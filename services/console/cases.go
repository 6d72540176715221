package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

func casePages() []page {
	care := careRoles()
	return []page{
		{method: http.MethodGet, pattern: "/cases", title: "console.cases.title", do: cases, roles: care, menu: true, icon: "case"},
		{method: http.MethodPost, pattern: "/cases", title: "console.cases.title", do: openCase, again: cases, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}", title: "console.case.title", do: showCase, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/people", title: "console.case.people", do: people, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/people", title: "console.case.people", do: assignCase, again: people, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/never", title: "console.case.never", do: never, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/never", title: "console.case.never", do: exclude, again: never, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/record", title: "console.case.record", do: ownRecord, again: showCase, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/shared", title: "console.case.shared", do: sharedAloud, again: showCase, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/shared/page", title: "console.case.shared", do: sharedPaper, again: showCase, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/words", title: "console.case.words", do: wordsBefore, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/words", title: "console.case.words", do: showWords, again: wordsBefore, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/words/card", title: "console.case.words", do: withdrawalCard, again: wordsBefore, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/destroy", title: "console.erase.title", do: eraseForm, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/destroy", title: "console.erase.title", do: eraseCase, again: eraseForm, roles: care},
	}
}

// caseRow is a case in the list.
type caseRow struct {
	client.Case
	To    string // its page
	Mine  bool
	Due   time.Time // a consent of it ends then
	Open  int       // questions that nobody answered yet
	Wants int       // how much of it wants something
}

// casesPage is the list.
type casesPage struct{ Mine, Others []caseRow }

func cases(v *visit) (view, error) {
	list, err := v.node.Cases(v.ctx())
	if err != nil {
		return view{}, err
	}
	consents, err := v.node.Consents(v.ctx())
	if err != nil {
		return view{}, err
	}
	var page casesPage
	for _, k := range list {
		row := caseRow{Case: k, To: v.caseAt(k.Label), Mine: slices.Contains(k.Assigned, v.who().Name)}
		row.waits(consents)
		if row.Mine {
			page.Mine = append(page.Mine, row)
		} else {
			page.Others = append(page.Others, row)
		}
	}
	// What wants something first; else the newest, as the node has them.
	slices.SortStableFunc(page.Mine, func(a, b caseRow) int { return cmp.Compare(min(b.Wants, 1), min(a.Wants, 1)) })
	return show("cases", page), nil
}

// waits counts what wants doing in a case.
func (r *caseRow) waits(consents []client.Consent) {
	for _, k := range consents {
		switch {
		case k.Case != r.Label:
		case k.Due && (r.Due.IsZero() || k.Expires.Before(r.Due)):
			r.Due = k.Expires
		case unanswered(k):
			r.Open++
		}
	}
	r.Wants = r.Tell + r.Open
	if !r.Due.IsZero() {
		r.Wants++
	}
}

// caseAt is where a case's page is, for whoever is signed in.
func (v *visit) caseAt(label string) string { return "/cases/" + v.handle(label) }

func openCase(v *visit) (view, error) {
	opened, err := v.node.OpenCase(v.ctx())
	if err != nil {
		return view{}, err
	}
	return goTo(v.caseAt(opened.Label), "console.cases.opened", "case", opened.Label), nil
}

// ofCase is the case a page's path names.
func (v *visit) ofCase() (client.Case, error) {
	label, err := v.label("case")
	if err != nil {
		return client.Case{}, err
	}
	return findCase(v.ctx(), v.node, label)
}

func findCase(ctx context.Context, node *client.Client, label string) (client.Case, error) {
	list, err := node.Cases(ctx)
	if err != nil {
		return client.Case{}, err
	}
	for _, k := range list {
		if strings.EqualFold(k.Label, label) {
			return k, nil
		}
	}
	return client.Case{}, errNothing
}

// casePage is all there is of a case.
type casePage struct {
	Case      client.Case
	At        string // where this page is
	Mine      bool
	Questions []consentRow // asked, and not answered
	Given     []consentRow // those that count, or will
	Over      []consentRow
	Sent      []client.Referral
	Needs     []turnRow // places that were looked for, in the person's order
	Live      bool      // something may be sent
}

func showCase(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	page := casePage{Case: k, At: v.caseAt(k.Label), Mine: slices.Contains(k.Assigned, v.who().Name)}
	consents, err := v.node.Consents(v.ctx())
	if err != nil {
		return view{}, err
	}
	for _, c := range consents {
		if c.Case != k.Label {
			continue
		}
		row := v.consentRow(c)
		switch {
		case unanswered(c):
			page.Questions = append(page.Questions, row)
		case counts(c):
			page.Given = append(page.Given, row)
			page.Live = page.Live || len(c.Lacks) == 0 && sharesWithOthers(c)
		default:
			page.Over = append(page.Over, row)
		}
	}
	referrals, err := v.node.Referrals(v.ctx())
	for _, r := range referrals {
		if r.Side == referral.Source && r.Case == k.Label {
			page.Sent = append(page.Sent, r)
		}
	}
	if err != nil {
		return view{}, err
	}
	page.Needs, err = v.needsIn(k.Label)
	return show("case", page).titled(v.Text("console.case.heading", "case", k.Label)), err
}

// counts reports whether a consent was given and is not over.
func counts(k client.Consent) bool {
	return k.Status == posada.ConsentGiven || k.Status == posada.ConsentRenewed
}

// unanswered reports whether somebody was asked and may still say yes or no.
func unanswered(k client.Consent) bool {
	return k.Status == posada.ConsentRequested || k.Status == posada.ConsentDeferred
}

// sharesWithOthers reports whether a consent has a line that still lets something go.
func sharesWithOthers(k client.Consent) bool {
	return slices.ContainsFunc(k.Allow, func(a client.Allowance) bool {
		spent := a.Withdrawn || a.NoMore || a.SingleUse && a.Used
		return !a.To.Self && !spent && (k.OptIn != nil || !a.Purpose.OfLawEnforcement())
	})
}

// worksCases reports whether somebody with these roles works with cases.
func worksCases(roles []posada.StaffRole) bool {
	return slices.ContainsFunc(careRoles(), func(r posada.StaffRole) bool { return slices.Contains(roles, r) })
}

// hasAgency reports whether an agency is among some.
func hasAgency(list []client.Agency, id posada.AgencyID) bool {
	return slices.ContainsFunc(list, func(a client.Agency) bool { return a.ID == id })
}

// agency is a member to choose, with what kind of body it is.
func (v *visit) agency(a client.Agency) option {
	return option{Value: string(a.ID), Label: a.Name + " (" + v.Term("class", string(a.Class)) + ")"}
}
