package console

import (
	"errors"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/signing"
)

// workersPage is whose work a case is, and to whom it can be given.
type workersPage struct {
	Case client.Case
	At   string
	Mine bool
	To   field
	How  field
}

func people(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	page := workersPage{Case: k, At: v.caseAt(k.Label)}
	var names []option
	if staff, err := v.node.Staff(v.ctx()); err == nil { // not everybody may see who works here; then a name is typed
		for _, s := range staff {
			if s.Disabled.IsZero() && worksCases(s.Roles) {
				names = append(names, option{Value: s.Name, Label: s.Name})
			}
		}
	} else if _, refused := errors.AsType[*client.Problem](err); !refused {
		return view{}, err
	}
	page.To = v.choice("to", "console.case.give_to", names).needed()
	if len(names) == 0 {
		page.To = v.text("to", "console.case.give_to").hint(v.Text("console.case.give_to_hint")).needed()
	}
	page.How = v.one("how", "console.case.give_how", []option{
		{Value: "too", Label: v.Text("console.case.give_too"), Hint: v.Text("console.case.give_too_means")},
		{Value: "instead", Label: v.Text("console.case.give_instead"), Hint: v.Text("console.case.give_instead_means")},
	}).first("too").needed()
	return show("case_people", page), nil
}

func assignCase(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.AssignCase(v.ctx(), client.NewCaseAssignment{
		Case: k.Label, NewAssignment: client.NewAssignment{To: v.value("to"), Instead: v.value("how") == "instead"},
	})
	if err != nil {
		return view{}, err
	}
	return goTo(v.caseAt(k.Label), "console.case.given", "case", out.Label, "names", strings.Join(out.Assigned, ", ")), nil
}

// neverPage is whom a case excludes.
type neverPage struct {
	Case   client.Case
	At     string
	Agency field
}

func never(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	members, err := v.node.Agencies(v.ctx())
	if err != nil {
		return view{}, err
	}
	var others []option
	for _, a := range members {
		if !a.Self && !hasAgency(k.Exclude, a.ID) {
			others = append(others, v.agency(a))
		}
	}
	return show("case_never", neverPage{
		Case: k, At: v.caseAt(k.Label), Agency: v.choice("agency", "console.never.whom", others).needed(),
	}), nil
}

func exclude(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.Exclude(v.ctx(), client.NewExclusion{Case: k.Label, Agency: v.value("agency")})
	if err != nil {
		return view{}, err
	}
	for _, a := range out.Exclude {
		if string(a.ID) == v.value("agency") {
			v.stillPassed(out.Label, a)
			return goTo(v.caseAt(k.Label), "console.never.done", "case", out.Label, "agency", a.Name), nil
		}
	}
	return goTo(v.caseAt(k.Label), "console.never.done", "case", out.Label, "agency", v.value("agency")), nil
}

// stillPassed says who may still pass something of a case on to an agency that is to have
// nothing of it: what is said here does not reach what they have.
func (v *visit) stillPassed(label string, to client.Agency) {
	consents, err := v.node.Consents(v.ctx())
	if err == nil {
		var referrals []client.Referral
		if referrals, err = v.node.Referrals(v.ctx()); err == nil {
			if by := signing.Passings(label, consents, referrals)[to.ID]; len(by) > 0 {
				v.session.say(goTo("", "console.never.still", "agency", to.Name, "names", strings.Join(by, ", ")))
			}
			return
		}
	}
	// It cannot be seen; what was asked for was done all the same.
	v.session.say(goTo("", "console.never.maybe", "agency", to.Name))
}
