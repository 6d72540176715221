package staff

import (
	"crypto/rand"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// modelled is what the model knows of a session.
type modelled struct {
	token      string
	id         posada.TokenID
	of         int
	made, used time.Time
	confirmed  time.Time
	ended      bool
}

func (m modelled) lives(at time.Time) bool {
	return !m.ended && at.Sub(m.made) < 12*time.Hour && at.Sub(m.used) < 10*time.Minute
}

// someone is what the model knows of a person.
type someone struct {
	Member
	with     posada.TokenID
	disabled bool
	waits    *Begun // an account that was begun,
	since    time.Time
	secret   string // and one that is in force
	recovery []string
	devices  map[string]time.Time
}

// model is sessions as people would tell of them, beside the unit itself.
type model struct {
	t        *rapid.T
	tb       testing.TB // for what is not what is tested
	s        *Staff
	h        *hour
	people   []*someone
	sessions []modelled
}

// end ends all sessions and devices of somebody.
func (m *model) end(i int) {
	for k := range m.sessions {
		m.sessions[k].ended = m.sessions[k].ended || m.sessions[k].of == i
	}
	m.people[i].devices = map[string]time.Time{}
}

func (m *model) began(i int, in SignedIn) {
	at := m.h.now()
	m.sessions = append(m.sessions, modelled{token: in.Token, id: in.Session.ID, of: i, made: at, used: at, confirmed: at})
	if in.Device != "" {
		m.people[i].devices[in.Device] = at
	}
}

// want holds an answer against what the model says.
func (m *model) want(what string, err error, want fault.Key) bool {
	if got := says(err); got != want {
		m.t.Fatalf("%s: %v, want %q", what, err, want)
	}
	return want == ""
}

func when(is bool, key fault.Key) fault.Key {
	if is {
		return key
	}
	return ""
}

// actions are all that can happen to people and sessions.
func (m *model) actions() map[string]func(*rapid.T) {
	somebody := func(t *rapid.T) int { return rapid.IntRange(0, len(m.people)-1).Draw(t, "who") }
	some := func(t *rapid.T) *modelled {
		if len(m.sessions) == 0 {
			t.Skip("no session yet")
		}
		return &m.sessions[rapid.IntRange(0, len(m.sessions)-1).Draw(t, "session")]
	}
	return map[string]func(*rapid.T){
		"make":  func(t *rapid.T) { m.make(somebody(t)) },
		"begin": func(t *rapid.T) { m.begin(somebody(t), rapid.Bool().Draw(t, "right")) },
		"signIn": func(t *rapid.T) {
			m.signIn(somebody(t), rapid.SampledFrom([]string{"code", "recovery", "device", "wrong"}).Draw(t, "with"))
		},
		"pass": func(t *rapid.T) {
			m.h.pass(rapid.SampledFrom([]time.Duration{codeStep, 4 * time.Minute, 9 * time.Minute, 11 * time.Minute, 3 * time.Hour, 13 * time.Hour}).Draw(t, "time"))
		},
		"resume":  func(t *rapid.T) { m.resume(some(t)) },
		"confirm": func(t *rapid.T) { m.confirm(some(t)) },
		"signOut": func(t *rapid.T) {
			x := some(t)
			swept := m.kept(x.id)
			if m.want("sign out", m.s.SignOut(m.people[x.of].ID, x.id), when(!swept, fault.NotASession)) {
				x.ended = true
			}
		},
		"disable": func(t *rapid.T) {
			i := somebody(t)
			_, err := m.s.Disable("", m.people[i].ID)
			if m.want("disable", err, when(m.people[i].disabled, fault.StaffIsDisabled)) {
				m.people[i].disabled, m.people[i].secret, m.people[i].waits = true, "", nil
				m.end(i)
			}
		},
		"end": func(t *rapid.T) {
			i := somebody(t)
			x := m.people[i]
			want := when(x.secret == "" && x.waits == nil, fault.NoAccount)
			if x.disabled {
				want = fault.StaffIsDisabled
			}
			_, err := m.s.EndAccount("", x.ID)
			if m.want("end the account", err, want) {
				x.secret, x.waits = "", nil
				m.end(i)
			}
		},
		"": func(t *rapid.T) { m.check() },
	}
}

func (m *model) make(i int) {
	x := m.people[i]
	b, err := m.s.Make(m.t.Context(), x.ID, x.with, words)
	if m.want("make", err, when(x.disabled, fault.StaffIsDisabled)) {
		x.waits, x.since = &b, m.h.now()
	}
}

func (m *model) begin(i int, right bool) {
	x := m.people[i]
	waits, code := x.waits != nil && m.h.now().Sub(x.since) < time.Hour, "000000"
	want := when(!right, fault.CodeWrong)
	if waits && right {
		code = codeAt(m.tb, x.waits.Secret, m.h.now())
	}
	if !waits {
		want = fault.AccountNotBegun
	}
	if x.disabled {
		want = fault.StaffIsDisabled
	}
	in, err := m.s.Begin(x.ID, x.with, code, false)
	if m.want("begin", err, want) {
		m.end(i)
		x.secret, x.recovery, x.waits = x.waits.Secret, x.waits.Recovery, nil
		m.began(i, in)
		m.h.pass(codeStep)
	}
}

func (m *model) signIn(i int, with string) {
	x := m.people[i]
	in, right := SigningIn{Name: x.Name, Passphrase: words}, x.secret != ""
	switch with {
	case "code":
		in.Code = codeAt(m.tb, "AAAA"+x.secret, m.h.now())
		if right {
			in.Code = codeAt(m.tb, x.secret, m.h.now())
		}
	case "recovery":
		in.Code = "0000-0000-0000-0000"
		if right = right && len(x.recovery) > 0; right {
			in.Code, x.recovery = x.recovery[0], x.recovery[1:]
		}
	case "device":
		right = false
		for device, made := range x.devices {
			in.Device, right = device, x.secret != "" && m.h.now().Sub(made) < 12*time.Hour
		}
	default:
		in.Code, right = "000000", false
	}
	m.s.slow = newSlow() // which TestWhoGuessesIsSlowAndNobodyIsKeptOut is about
	out, err := m.s.SignIn(m.t.Context(), in)
	if m.want("sign in with "+with, err, when(!right, fault.SignInFailed)) {
		m.began(i, out)
		m.h.pass(codeStep)
	}
}

func (m *model) resume(x *modelled) {
	at := m.h.now()
	_, in, err := m.s.Resume(x.token)
	if !m.want("resume", err, when(!x.lives(at), fault.SessionOver)) {
		x.ended = true
		return
	}
	x.used = at
	if in.Confirmed.IsZero() == (at.Sub(x.confirmed) < 5*time.Minute) {
		m.t.Fatalf("confirmed until %s at %s", in.Confirmed, at)
	}
}

// confirm confirms in a session that goes on: the gateway asks for that first.
func (m *model) confirm(x *modelled) {
	if m.resume(x); x.ended {
		return
	}
	_, err := m.s.Confirm(m.t.Context(), m.people[x.of].ID, x.id, words, "")
	m.want("confirm", err, "")
	x.confirmed = m.h.now()
}

// kept reports whether the vault has a session, over or not.
func (m *model) kept(id posada.TokenID) (is bool) {
	must(m.tb, m.s.vault.View(func(tx *vault.Tx) error {
		return sessions.Each(tx, func(_ string, x session) error { is = is || x.ID == id; return nil })
	}))
	return is
}

// check holds what is listed against the model: exactly the sessions that live.
func (m *model) check() {
	var got, want []posada.TokenID
	list, err := m.s.Sessions("")
	must(m.tb, err)
	for _, x := range list {
		got = append(got, x.ID)
	}
	for _, x := range m.sessions {
		if x.lives(m.h.now()) {
			want = append(want, x.id)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		m.t.Fatalf("%d sessions are listed; %d live", len(got), len(want))
	}
	of, err := m.s.Accounts()
	must(m.tb, err)
	for _, x := range m.people {
		if of[x.ID] != (x.secret != "") {
			m.t.Fatalf("an account is there: %v", of[x.ID])
		}
	}
}

// TestEveryHistoryOfSigningInAgreesWithTheModel: whatever two people do in whatever
// order, nobody is signed in who would not be by the sentences of model.
func TestEveryHistoryOfSigningInAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		must(t, err)
		must(t, vault.Create(dir, secret, rand.Reader))
		v := open(t, dir)
		defer func() { closed(t, v) }()
		h := &hour{at: now()}
		m := &model{t: r, tb: t, s: New(v, rand.Reader, h.now), h: h}
		for _, name := range []string{"Rosa", "Ana"} {
			x := &someone{devices: map[string]time.Time{}}
			var token string
			x.Member, token = add(t, m.s, name, posada.RoleAdvocate)
			_, shown, err := m.s.Authenticate(token)
			must(t, err)
			x.with = shown.ID
			m.people = append(m.people, x)
		}
		m.s.memory = 64 // KiB: histories, and not what guessing costs, are what this is about
		m.make(0)
		m.begin(0, true)
		r.Repeat(m.actions())
	})
}
