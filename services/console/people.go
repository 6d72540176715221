package console

import (
	"net/http"
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func peoplePages() []page {
	admin := []posada.StaffRole{posada.RoleAgencyAdmin}
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/people", title: "console.people.title", do: staffList, roles: admin, menu: true, icon: "staff"},
		{method: get, pattern: "/people/new", title: "console.people.new", do: newPerson, roles: admin},
		{method: post, pattern: "/people/new", title: "console.people.token_title", do: addPerson, again: newPerson, roles: admin},
		{method: get, pattern: "/people/{id}", title: "console.people.one", do: onePerson, roles: admin},
		{method: post, pattern: "/people/{id}/roles", title: "console.people.one", do: setRoles, again: onePerson, roles: admin},
		{method: post, pattern: "/people/{id}/tokens", title: "console.people.token_title", do: addTokenOf, again: onePerson, roles: admin},
		{method: get, pattern: "/people/{id}/tokens/{token}", title: "console.people.end_token", do: endTokenForm, roles: admin},
		{method: post, pattern: "/people/{id}/tokens/{token}", title: "console.people.end_token", do: endToken, again: endTokenForm, roles: admin},
		{method: get, pattern: "/people/{id}/account", title: "console.people.end_account", do: endAccountForm, roles: admin},
		{method: post, pattern: "/people/{id}/account", title: "console.people.end_account", do: endAccount, again: endAccountForm, roles: admin},
		{method: get, pattern: "/people/{id}/disable", title: "console.people.disable", do: disableForm, roles: admin},
		{method: post, pattern: "/people/{id}/disable", title: "console.people.disable", do: disable, again: disableForm, roles: admin},
		{method: get, pattern: "/me", title: "console.me.title", do: me},
		{method: post, pattern: "/me/tokens", title: "console.people.token_title", do: addOwnToken, again: me},
		{method: get, pattern: "/me/tokens/{token}", title: "console.people.end_token", do: endTokenForm},
		{method: post, pattern: "/me/tokens/{token}", title: "console.people.end_token", do: endToken, again: endTokenForm},
		{method: post, pattern: "/me/everywhere", title: "console.me.everywhere", do: everywhere, again: me},
	}
}

// somebody is a person in the list, with how many tokens and sessions they have.
type somebody struct {
	client.Staff
	Tokens, Sessions int
	You              bool
}

// staffPage is who works here, and who did.
type staffPage struct{ Here, Gone []somebody }

func staffList(v *visit) (view, error) {
	list, err := v.node.Staff(v.ctx())
	if err != nil {
		return view{}, err
	}
	tokens, err := v.node.Tokens(v.ctx())
	if err != nil {
		return view{}, err
	}
	var p staffPage
	for _, m := range list {
		one := somebody{Staff: m, You: m.Name == v.who().Name && m.Disabled.IsZero()}
		for _, t := range tokens {
			switch {
			case t.Of != m.ID || t.Name != "":
			case t.Session:
				one.Sessions++
			default:
				one.Tokens++
			}
		}
		if m.Disabled.IsZero() {
			p.Here = append(p.Here, one)
		} else {
			p.Gone = append(p.Gone, one)
		}
	}
	return show("people", p), nil
}

// newPersonPage asks who somebody is.
type newPersonPage struct{ Name, Roles field }

func newPerson(v *visit) (view, error) {
	p := newPersonPage{
		Name:  v.text("name", "console.people.name").hint(v.Text("console.people.name_hint")).needed(),
		Roles: v.roles(nil),
	}
	p.Name = v.blame(p.Name, fault.StaffNameTaken)
	if v.value("name") == "" {
		p.Name = v.blame(p.Name, fault.StaffIncomplete)
	} else {
		p.Roles = v.blame(p.Roles, fault.StaffIncomplete)
	}
	return show("people_new", p), nil
}

// roles asks what somebody does, a sentence at each.
func (v *visit) roles(now []posada.StaffRole) field {
	var options []option
	for _, r := range posada.Members[posada.StaffRole]() {
		chosen := v.problem == nil && slices.Contains(now, r)
		options = append(options, option{Value: string(r), Label: v.Term("role", string(r)), Hint: v.Text(keyOf("console.people.role." + string(r))), Chosen: chosen})
	}
	return v.many("roles", "console.people.roles", options).hint(v.Text("console.people.roles_hint"))
}

// blame says at a field what the node found wrong with it.
func (v *visit) blame(f field, keys ...fault.Key) field {
	if v.problem != nil && slices.Contains(keys, fault.Key(v.problem.Key)) {
		f.Wrong = v.problem.Title
	}
	return f
}

// tokenPage shows a token, this once.
type tokenPage struct {
	Name   string
	Groups []string
	Own    bool
	Back   string
}

// shownOnce shows a token on the answer itself: it is in no address, and kept nowhere here.
func shownOnce(name, token, back string, own bool) view {
	p := tokenPage{Name: name, Own: own, Back: back}
	for part := range slices.Chunk([]rune(token), 4) {
		p.Groups = append(p.Groups, string(part))
	}
	return show("people_token", p)
}

func addPerson(v *visit) (view, error) {
	added, err := v.node.AddStaff(v.ctx(), client.NewStaff{Name: v.value("name"), Roles: v.values("roles")})
	if err != nil {
		return view{}, err
	}
	return shownOnce(added.Staff.Name, added.Token, "/people", false), nil
}

// of is somebody who is on the list.
func (v *visit) of(id posada.StaffID) (client.Staff, error) {
	list, err := v.node.Staff(v.ctx())
	if err != nil {
		return client.Staff{}, err
	}
	for _, m := range list {
		if m.ID == id {
			return m, nil
		}
	}
	return client.Staff{}, errNothing
}
