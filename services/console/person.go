package console

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// personPage is somebody who works here, or did.
type personPage struct {
	Who      client.Staff
	Roles    field
	Tokens   []client.Token
	Sessions []client.Token
	At       string // where ending one is asked
	You      bool
}

func onePerson(v *visit) (view, error) {
	m, err := v.of(posada.StaffID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	p := personPage{Who: m, Roles: v.roles(m.Roles), At: "/people/" + string(m.ID) + "/tokens/", You: m.Name == v.who().Name}
	if p.Tokens, p.Sessions, err = v.tokensOf(m.ID); err != nil {
		return view{}, err
	}
	return show("person", p).titled(m.Name), nil
}

// tokensOf are somebody's tokens and sessions.
func (v *visit) tokensOf(id posada.StaffID) (tokens, sessions []client.Token, err error) {
	list, err := v.node.Tokens(v.ctx())
	for _, t := range list {
		switch {
		case t.Of != id:
		case t.Session:
			sessions = append(sessions, t)
		default:
			tokens = append(tokens, t)
		}
	}
	return tokens, sessions, err
}

func setRoles(v *visit) (view, error) {
	m, err := v.node.SetRoles(v.ctx(), posada.StaffID(v.path("id")), client.NewRoles{Roles: v.values("roles")})
	if err != nil {
		return view{}, err
	}
	return goTo("/people/"+string(m.ID), "console.people.roles_set", "name", m.Name), nil
}

func addTokenOf(v *visit) (view, error) {
	m, err := v.of(posada.StaffID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	added, err := v.node.AddToken(v.ctx(), client.NewToken{Of: string(m.ID)})
	if err != nil {
		return view{}, err
	}
	return shownOnce(m.Name, added.Token, "/people/"+string(m.ID), false), nil
}

// askPage asks once more before something ends. What it says stands under Key.
type askPage struct {
	Name   string
	Action string // where yes is sent
	Back   string
	Key    string
	Self   bool // it is who asks
}

func (v *visit) ask(id posada.StaffID, part string) (view, error) {
	m, err := v.of(id)
	if err != nil {
		return view{}, err
	}
	at := "/people/" + string(m.ID)
	return show("ask", askPage{Name: m.Name, Action: at + "/" + part, Back: at, Key: "console.people.ask." + part, Self: m.Name == v.who().Name}), nil
}

func disableForm(v *visit) (view, error) { return v.ask(posada.StaffID(v.path("id")), "disable") }

func disable(v *visit) (view, error) {
	m, err := v.node.DisableStaff(v.ctx(), posada.StaffID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	return goTo("/people", "console.people.disabled", "name", m.Name), nil
}

func endAccountForm(v *visit) (view, error) { return v.ask(posada.StaffID(v.path("id")), "account") }

func endAccount(v *visit) (view, error) {
	m, err := v.node.EndAccount(v.ctx(), posada.StaffID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	return goTo("/people/"+string(m.ID), "console.people.account_ended", "name", m.Name), nil
}

// tokenAt is the token in a page's path, and where it is gone back to: it is one's own,
// or that of somebody on the list.
func (v *visit) tokenAt() (t client.Token, back string, err error) {
	list, err := v.node.Tokens(v.ctx())
	if err != nil {
		return t, "", err
	}
	of, back := posada.StaffID(v.path("id")), "/people/"+v.path("id")
	if of == "" {
		self, err := v.node.Me(v.ctx())
		if err != nil {
			return t, "", err
		}
		of, back = self.ID, "/me"
	}
	i := slices.IndexFunc(list, func(t client.Token) bool { return t.Of == of && string(t.ID) == v.path("token") })
	if i < 0 {
		return t, "", errNothing
	}
	return list[i], back, nil
}

func endTokenForm(v *visit) (view, error) {
	t, back, err := v.tokenAt()
	if err != nil {
		return view{}, err
	}
	what, title := "token", "console.people.end_token"
	if t.Session {
		what, title = "session", "console.people.end_session"
	}
	p := askPage{Action: back + "/tokens/" + string(t.ID), Back: back, Key: "console.people.ask." + what, Self: t.Asks}
	return show("ask", p).titled(v.Text(keyOf(title))), nil
}

func endToken(v *visit) (view, error) {
	t, back, err := v.tokenAt()
	if err != nil {
		return view{}, err
	}
	if _, err := v.node.RevokeToken(v.ctx(), t.ID); err != nil {
		return view{}, err
	}
	if t.Asks { // whoever asked is nobody now
		return signOut(v)
	}
	if t.Session {
		return goTo(back, "console.people.session_ended"), nil
	}
	return goTo(back, "console.people.token_ended"), nil
}

// mePage is who is signed in, and what they show themselves with.
type mePage struct {
	Me       client.Me
	Tokens   []client.Token
	Sessions []client.Token
	Account  string // where it is made
	Other    string // the other language
	Here     string
}

func me(v *visit) (view, error) {
	self, err := v.node.Me(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := mePage{Me: self, Account: v.leads("/account"), Other: string(other(v.Language())), Here: "/me"}
	if p.Tokens, p.Sessions, err = v.tokensOf(self.ID); err != nil {
		return view{}, err
	}
	return show("me", p), nil
}

func addOwnToken(v *visit) (view, error) {
	added, err := v.node.AddToken(v.ctx(), client.NewToken{})
	if err != nil {
		return view{}, err
	}
	return shownOnce(v.who().Name, added.Token, "/me", true), nil
}

// everywhere ends all one's sessions, this one last. Tokens stay: each is ended by itself.
func everywhere(v *visit) (view, error) {
	self, err := v.node.Me(v.ctx())
	if err != nil {
		return view{}, err
	}
	_, sessions, err := v.tokensOf(self.ID)
	if err != nil {
		return view{}, err
	}
	for _, s := range sessions {
		if s.Asks {
			continue
		}
		if _, err := v.node.RevokeToken(v.ctx(), s.ID); err != nil && v.wrong(err).Status != 404 {
			return view{}, err
		}
	}
	if self.Session {
		if _, err := v.node.SignOut(v.ctx()); err != nil {
			return view{}, err
		}
	}
	return signOut(v)
}
