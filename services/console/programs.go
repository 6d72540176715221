package console

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func programPages() []page {
	admin := []posada.StaffRole{posada.RoleAgencyAdmin}
	return []page{
		{method: http.MethodGet, pattern: "/people/programs", title: "console.programs.title", do: programs, roles: admin},
		{method: http.MethodPost, pattern: "/people/programs", title: "console.people.token_title", do: addProgram, again: programs, roles: admin},
	}
}

// programsPage is which programs have a token, and the form for one more.
type programsPage struct {
	List                   []programToken
	Name, Of, Scopes, Rate field
}

// programToken is a program's token, and the name of whom it works as.
type programToken struct {
	client.Token
	Who string
}

func programs(v *visit) (view, error) {
	staff, err := v.node.Staff(v.ctx())
	if err != nil {
		return view{}, err
	}
	tokens, err := v.node.Tokens(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := programsPage{
		Name: v.blame(v.text("name", "console.programs.name").hint(v.Text("console.programs.name_hint")).needed(), fault.TokenNameTaken),
		Of:   v.choice("of", "console.programs.of", worksAs(staff)).hint(v.Text("console.programs.of_hint")).needed(),
		Scopes: v.blame(v.many("scopes", "console.programs.scopes", terms(v, "scope", posada.Members[posada.Scope]())).
			hint(v.Text("console.programs.scopes_hint")), fault.TokenIncomplete),
		Rate: v.text("rate", "console.programs.rate").as("number").first("120"),
	}
	p.Name.Max = 60
	names := map[posada.StaffID]string{}
	for _, m := range staff {
		names[m.ID] = m.Name
	}
	for _, t := range tokens {
		if t.Name != "" {
			p.List = append(p.List, programToken{t, names[t.Of]})
		}
	}
	slices.SortFunc(p.List, func(a, b programToken) int { return b.Made.Compare(a.Made) })
	return show("programs", p), nil
}

// worksAs are those who work here: a program does what one of them may.
func worksAs(staff []client.Staff) (list []option) {
	for _, m := range staff {
		if m.Disabled.IsZero() {
			list = append(list, option{Value: string(m.ID), Label: m.Name})
		}
	}
	return list
}

func addProgram(v *visit) (view, error) {
	rate, _ := strconv.Atoi(v.value("rate")) // what is no number is what is usual
	added, err := v.node.AddToken(v.ctx(), client.NewToken{Of: v.value("of"), Name: v.value("name"), Scopes: v.values("scopes"), Rate: rate})
	if err != nil {
		return view{}, err
	}
	return shownOnce(added.Name, added.Token, "/people/programs", true), nil
}
