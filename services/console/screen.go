package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// screenPages are for whoever opens cases and reads nothing of them again: a volunteer.
// What the pages know of a case is its label, which came from the person who types.
func screenPages() []page {
	screens := []posada.StaffRole{posada.RoleVolunteerScreener}
	return []page{
		{method: http.MethodPost, pattern: "/screen", title: "console.screen.title", do: openByScreener, again: today, roles: screens},
		{method: http.MethodPost, pattern: "/screen/label", title: "console.screen.title", do: goOn, again: today, roles: screens},
		{method: http.MethodGet, pattern: "/screen/{case}", title: "console.screen.title", do: screening, roles: screens},
		{method: http.MethodPost, pattern: "/screen/{case}", title: "console.screen.title", do: keepOut, again: screening, roles: screens},
	}
}

// blind reports whether nothing of what somebody enters is shown to them again.
func (v *visit) blind() bool {
	roles := v.who().Roles
	return slices.Contains(roles, posada.RoleVolunteerScreener) && !(page{roles: careRoles()}).works(roles)
}

// screenPage is a case by its label, and what can be entered for it.
type screenPage struct {
	Case    string
	Action  string
	Consent string // where a consent is recorded
	Agency  field
}

func openByScreener(v *visit) (view, error) {
	opened, err := v.node.OpenCase(v.ctx())
	if err != nil {
		return view{}, err
	}
	return goTo("/screen/"+v.handle(opened.Label), "console.screen.opened"), nil
}

// goOn goes on with a case whose label somebody wrote down. Whether there is one, and
// whether it is theirs to add to, the node says when something is added.
func goOn(v *visit) (view, error) {
	label := strings.ToLower(v.value("label"))
	if label == "" {
		return goTo("/", ""), nil
	}
	return goTo("/screen/"+v.handle(label), ""), nil
}

func screening(v *visit) (view, error) {
	label, err := v.label("case")
	if err != nil {
		return view{}, err
	}
	list, err := v.node.Agencies(v.ctx())
	if err != nil {
		return view{}, err
	}
	var options []option
	for _, a := range list {
		if !a.Self {
			options = append(options, option{Value: string(a.ID), Label: a.Name})
		}
	}
	p := screenPage{Case: label, Action: "/screen/" + v.path("case"), Consent: v.leads("/cases/" + v.path("case") + "/consent")}
	p.Agency = v.choice("agency", "console.screen.agency", options).hint(v.Text("console.screen.agency_hint")).needed()
	return show("screen", p).titled(v.Text("console.screen.case", "case", label)), nil
}

func keepOut(v *visit) (view, error) {
	label, err := v.label("case")
	if err != nil {
		return view{}, err
	}
	if _, err := v.node.Exclude(v.ctx(), client.NewExclusion{Case: label, Agency: v.value("agency")}); err != nil {
		return view{}, err
	}
	return goTo("/screen/"+v.path("case"), "console.screen.kept_out"), nil
}
