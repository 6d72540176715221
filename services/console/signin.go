package console

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

func signInPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/sign-in", title: "console.sign_in.title", do: signInForm, open: true},
		{method: http.MethodPost, pattern: "/sign-in/token", title: "console.sign_in.title", do: signInByToken, again: signInForm, open: true},
		{method: http.MethodPost, pattern: "/sign-out", title: "console.sign_out", do: signOut, open: true, quiet: true},
	}
}

// signInPage asks who somebody is.
type signInPage struct {
	Token field
}

func signInForm(v *visit) (view, error) {
	if v.session != nil && v.problem == nil {
		return goTo("/", ""), nil
	}
	return show("sign_in", signInPage{
		Token: v.secret("token", "console.sign_in.token").hint(v.Text("console.sign_in.token_hint")).needed(),
	}), nil
}

// signInByToken signs in whoever a staff token is of.
func signInByToken(v *visit) (view, error) {
	if !v.k.tries.may(v.r) {
		return view{}, trouble{http.StatusTooManyRequests, "console.too_often"}
	}
	token := v.value("token")
	status, err := client.New(v.k.c.Node, token, string(v.Language())).Status(v.ctx())
	if err != nil {
		v.form.Del("token")
		return view{}, err
	}
	return v.begin(person{Name: status.Staff, Roles: status.Roles, Agency: status.Agency.Name, Practice: status.Knows.Practice}, token)
}

// begin signs somebody in under a new cookie: whatever one the browser came with, from
// whomever, is nobody's any more.
func (v *visit) begin(who person, token string) (view, error) {
	v.k.sessions.end(v.r)
	drawn, err := v.k.sessions.begin(who, token)
	if err != nil {
		return view{}, err
	}
	http.SetCookie(v.w, bake(cookieSession, drawn, 0))
	v.session = v.k.sessions.of(drawn)
	return goTo("/", ""), nil
}

func signOut(v *visit) (view, error) {
	v.k.sessions.end(v.r)
	http.SetCookie(v.w, crumble(cookieSession))
	return goTo("/sign-in", ""), nil
}

// askWho leads to where one signs in.
func (k *Console) askWho(v *visit, _ page) {
	http.Redirect(v.w, v.r, "/sign-in", http.StatusSeeOther)
}

// devices will hold who signed in on which browser.
type devices struct{}

func newDevices(any, func() time.Time) *devices { return &devices{} }

// How often an address may try to sign in: this many at once, and one more each so long.
const (
	triesAtOnce = 10
	tryEvery    = 20 * time.Second
)

// tries counts attempts to sign in by address. The node counts them by name.
type tries struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newTries(now func() time.Time) *tries { return &tries{now: now, of: map[string]*bucket{}} }

// may takes one attempt of an address's, if it has any.
func (t *tries) may(r *http.Request) bool {
	address := r.RemoteAddr
	if i := strings.LastIndex(address, ":"); i > 0 {
		address = address[:i]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for a, b := range t.of {
		if now.Sub(b.at) > triesAtOnce*tryEvery {
			delete(t.of, a)
		}
	}
	b := t.of[address]
	if b == nil {
		b = &bucket{left: triesAtOnce, at: now}
		t.of[address] = b
	}
	b.left = min(triesAtOnce, b.left+now.Sub(b.at).Seconds()/tryEvery.Seconds())
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
