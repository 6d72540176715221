package console

import (
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

func signInPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/sign-in", title: "console.sign_in.title", do: signInForm, open: true, quiet: true},
		{method: http.MethodPost, pattern: "/sign-in", title: "console.sign_in.title", do: signIn, again: signInForm, open: true},
		{method: http.MethodPost, pattern: "/sign-in/as", title: "console.sign_in.title", do: signInAs, open: true},
		{method: http.MethodGet, pattern: "/sign-in/first", title: "console.first.title", do: tokenForm, open: true},
		{method: http.MethodPost, pattern: "/sign-in/first", title: "console.first.title", do: signInByToken, again: tokenForm, open: true},
		{method: http.MethodPost, pattern: "/sign-out", title: "console.sign_out", do: signOut, open: true, quiet: true},
		{method: http.MethodPost, pattern: "/switch", title: "console.switch", do: switchPerson, open: true, quiet: true},
		{method: http.MethodPost, pattern: "/hold", title: "console.sign_in.title", do: hold, open: true, quiet: true},
		{method: http.MethodPost, pattern: "/alive", title: "console.idle.stay", do: alive},
		{method: http.MethodGet, pattern: "/kept", title: "console.kept.title", do: resume},
		{method: http.MethodPost, pattern: "/kept/gone", title: "console.kept.title", do: forget},
	}
}

// signInPage asks who somebody is.
type signInPage struct {
	Names      []string // who signed in in this browser lately
	Name       field
	Passphrase field
	Code       field
	As         string // a person that this browser is known for: no code is asked
	Was, Kept  bool   // somebody's time was over here, and what they typed is kept
}

func signInForm(v *visit) (view, error) {
	if v.session != nil && v.problem == nil {
		return goTo("/", ""), nil
	}
	p := signInPage{Names: v.k.devices.names(v.r), As: v.typed.Get("as")}
	p.Was, p.Kept = v.k.sessions.waits(v.r)
	p.Name = v.text("name", "console.sign_in.name").needed()
	p.Name.Autocomplete = "username"
	p.Passphrase = v.secret("passphrase", "console.sign_in.passphrase").needed()
	p.Passphrase.Autocomplete = "current-password"
	p.Code = v.text("code", "console.sign_in.code").hint(v.Text("console.sign_in.code_hint")).needed()
	p.Code.Autocomplete, p.Code.Mode, p.Code.Value = "one-time-code", "numeric", ""
	if _, known := v.k.devices.secret(v.r, p.As); p.As != "" && !known {
		p.As = ""
	}
	if p.As != "" {
		p.Names = nil
	}
	return show("sign_in", p), nil
}

// signInAs shows the form for somebody who signed in in this browser lately.
func signInAs(v *visit) (view, error) {
	v.typed.Set("as", v.value("name"))
	v.typed.Set("name", v.value("name"))
	return signInForm(v)
}

// signIn signs somebody in with a passphrase and a code, or in a browser that is known
// for them with the passphrase.
func signIn(v *visit) (view, error) {
	if !v.k.tries.may(v.r) {
		return view{}, trouble{http.StatusTooManyRequests, "console.too_often"}
	}
	in := client.NewSession{Name: v.value("name"), Passphrase: v.form.Get("passphrase"), Code: v.value("code")}
	if as := v.value("as"); as != "" {
		in.Name = as
		in.Device, _ = v.k.devices.secret(v.r, as)
	}
	made, err := v.k.api.As("", string(v.Language())).SignIn(v.ctx(), in)
	if err != nil {
		return view{}, err
	}
	return v.enter(made)
}

// enter begins a session that the node began.
func (v *visit) enter(made client.Session) (view, error) {
	if err := v.k.devices.remember(v, made); err != nil {
		return view{}, err
	}
	return v.begin(made.Token, made.Person)
}

func tokenForm(v *visit) (view, error) {
	return show("first", v.secret("token", "console.first.token").hint(v.Text("console.first.token_hint")).needed()), nil
}

// signInByToken signs in whoever a staff token is of: the first time, to choose what
// they sign in with from then on.
func signInByToken(v *visit) (view, error) {
	if !v.k.tries.may(v.r) {
		return view{}, trouble{http.StatusTooManyRequests, "console.too_often"}
	}
	token := v.value("token")
	me, err := v.k.api.As(token, string(v.Language())).Me(v.ctx())
	if err != nil {
		return view{}, err
	}
	if me.Session { // a session's secret is not typed
		return view{}, trouble{http.StatusForbidden, "console.first.session"}
	}
	to, err := v.begin(token, me)
	if to.to == "/" && !me.Account {
		to.to = "/account"
	}
	return to, err
}

// begin signs somebody in under a new cookie: whatever one the browser came with, from
// whomever, is nobody's any more.
func (v *visit) begin(token string, me client.Me) (view, error) {
	status, err := v.k.api.As(token, string(v.Language())).Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	who := person{ID: me.ID, Name: me.Name, Roles: me.Roles, Agency: me.Agency.Name, Practice: status.Knows.Practice}
	new := &session{who: who, token: token, ours: me.Session, idle: v.k.c.Idle}
	if node := time.Duration(me.IdleSeconds) * time.Second; node > 0 {
		new.idle = min(new.idle, node)
	}
	v.k.farewell(v, v.session)
	drawn, err := v.k.sessions.begin(v.r, new)
	if err != nil {
		return view{}, err
	}
	http.SetCookie(v.w, bake(cookieSession, drawn, 0))
	v.session = new
	if new.kept != nil {
		return goTo("/kept", ""), nil
	}
	return goTo("/", ""), nil
}

func signOut(v *visit) (view, error) {
	v.k.farewell(v, v.k.sessions.end(v.r))
	http.SetCookie(v.w, crumble(cookieSession))
	return goTo("/sign-in", ""), nil
}

// switchPerson makes room for a colleague at a computer that is shared. Whoever was there
// signs in again with their passphrase alone.
func switchPerson(v *visit) (view, error) { return signOut(v) }

// askWho leads to where one signs in. What was sent is kept for whoever was signed in.
func (k *Console) askWho(v *visit) {
	if v.r.Method == http.MethodPost {
		k.keep(v.r, draft{local(v.r.URL.Path), v.form})
	}
	http.Redirect(v.w, v.r, "/sign-in", http.StatusSeeOther)
}
