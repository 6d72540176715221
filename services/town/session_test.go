package town_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

const phrase = "lantern gravel eleven otters"

// signIn makes an account with a token and signs in with it.
func signIn(t *testing.T, node *client.Client) (client.PendingAccount, client.Session) {
	t.Helper()
	made, err := node.MakeAccount(t.Context(), client.NewAccount{Passphrase: phrase})
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(made.Secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	in, err := node.ConfirmAccount(t.Context(), client.AccountCode{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	return made, in
}

// told is the key of what a caller is told.
func told(err error) fault.Key {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return fault.Key(p.Key)
	}
	if err != nil {
		return fault.Key(err.Error())
	}
	return ""
}

// TestWhereThePersonIsNowIsHeldBackInASessionUntilItIsConfirmed: somebody signed in and
// went away. Whoever sits down there is not shown where a person is now, can neither
// copy it nor pass it on, and gets no token that would show it; after ten minutes there
// is nothing at all. Whoever shows again who they are goes on.
func TestWhereThePersonIsNowIsHeldBackInASessionUntilItIsConfirmed(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "police"}, Poll: 50 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	ngo, shelter := ask(t, w, "ngo"), ask(t, w, "shelter")
	agreed, err := ngo.AddConsent(t.Context(), whereabouts())
	if err != nil {
		t.Fatal(err)
	}
	sent := tellsWhere(t, ngo, agreed.Case)
	taken(t, shelter, 1)
	if _, err := shelter.Mark(t.Context(), sent.ID, client.NewMark{State: "acknowledged"}); err != nil {
		t.Fatal(err)
	}
	_, in := signIn(t, shelter)
	seat := client.New(w.API("shelter"), in.Token, "en")
	look := func(c *client.Client) client.Referral {
		t.Helper()
		r, err := c.Referral(t.Context(), sent.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := look(seat); !whereIsShown(r) || r.Confirm || r.More {
		t.Errorf("who just signed in: %+v", r)
	}
	keep := func(c *client.Client, share ...string) error {
		own := newConsent()
		own.Allow = []client.NewAllowance{{To: "Invented Shelter", Purpose: "shelter", Share: share}}
		own.Services = []string{"shelter_emergency"}
		_, err := c.TakeOver(t.Context(), sent.ID, own)
		return err
	}
	pass := func(categories ...string) error {
		_, err := seat.PassOn(t.Context(), sent.ID, client.NewPassing{To: "Invented NGO", Categories: categories})
		return err
	}

	later.Store(int64(6 * time.Minute))
	if r := look(seat); whereIsShown(r) || !r.Confirm || !r.More || r.Unheard || len(r.Carried) == 0 {
		t.Errorf("six minutes later: %+v", r)
	}
	if r := look(shelter); !whereIsShown(r) || r.Confirm {
		t.Errorf("a program with a token: %+v", r)
	}
	_, token := seat.AddToken(t.Context(), client.NewToken{})
	for what, err := range map[string]error{"taking over": keep(seat, "needs", "location_current"), "passing on all": pass(), "passing on": pass("location_current"), "a token": token} {
		if told(err) != fault.ConfirmFirst {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := keep(seat, "needs", "safe_contact"); err != nil {
		t.Errorf("taking over the rest: %v", err)
	}
	if me, err := seat.Me(t.Context()); err != nil || me.Confirmed || !me.Session || !me.Account || me.Name != "Invented Coordinator" || me.Agency.Name != "Invented Shelter" || me.IdleSeconds != 600 {
		t.Errorf("%+v, %v", me, err)
	}
	if _, err := seat.Confirm(t.Context(), client.NewProof{Passphrase: "guessed guessed"}); told(err) != fault.ConfirmWrong {
		t.Errorf("%v", err)
	}
	if me, err := seat.Confirm(t.Context(), client.NewProof{Passphrase: phrase}); err != nil || !me.Confirmed || me.ConfirmedUntil.IsZero() {
		t.Errorf("%+v, %v", me, err)
	}
	if r := look(seat); !whereIsShown(r) || r.Confirm || r.More {
		t.Errorf("confirmed: %+v", r)
	}
	ownIs(t, seat, keep(seat, "needs", "location_current"), true)
	later.Store(int64(12 * time.Minute))
	ownIs(t, seat, nil, false)
	later.Store(int64(22 * time.Minute))
	if _, err := seat.Me(t.Context()); told(err) != fault.SessionOver {
		t.Errorf("ten minutes later: %v", err)
	}
}

// ownIs looks at what was taken over: whether where the person is now is shown.
func ownIs(t *testing.T, seat *client.Client, err error, shown bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := seat.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, c := range cases {
		own, err := seat.OwnRecord(t.Context(), client.NewLook{Case: c.Label})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range own.TakenOver {
			is := whereIsShown(client.Referral{Carried: o.Carried})
			if is || o.Confirm {
				found++
			}
			if is && (!shown || o.Confirm) || o.Confirm && (shown || !o.More) {
				t.Errorf("where the person is now is shown: %v, confirm %v", is, o.Confirm)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d own records hold where the person is now", found)
	}
}

// TestASignInThatFailsIsAnsweredInTheSameBytes, whoever it was for and whatever was
// wrong; and nothing that is shown to sign in stands in a log or on a disk.
func TestASignInThatFailsIsAnsweredInTheSameBytes(t *testing.T) {
	t.Parallel()
	p := plan()
	for _, name := range []string{"Invented Admin", "Invented Leaver"} {
		p.Agencies[0].Staff = append(p.Agencies[0].Staff, town.Person{Name: name, Roles: []posada.StaffRole{posada.RoleAgencyAdmin}})
	}
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var logs lockedBuffer
	w := start(t, laid, town.Options{Skip: []string{"legal", "shelter", "police"}, Log: obs.NewLog(&logs)})
	made, in := signIn(t, ask(t, w, "ngo"))
	file, err := os.ReadFile(laid.TokenFile("ngo") + "-3")
	if err != nil {
		t.Fatal(err)
	}
	leaver := client.New(w.API("ngo"), strings.TrimSpace(string(file)), "en")
	signIn(t, leaver)
	me, err := leaver.Me(t.Context())
	if err != nil || me.Session || !me.Account || me.RecoveryLeft != 10 || !me.Confirmed {
		t.Fatalf("%+v, %v", me, err)
	}
	if _, err := leaver.DisableStaff(t.Context(), me.ID); err != nil {
		t.Fatal(err)
	}
	fresh := func() string { // the next code: the one of now was used, and codes are soon old
		code, err := totp.GenerateCode(made.Secret, time.Now().Add(30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	code := fresh()
	post := func(body string) answered {
		return call(t, http.MethodPost, w.API("ngo")+"/v1/sessions", body, func(*http.Request) {})
	}
	first := post(`{}`)
	if first.status != http.StatusUnauthorized || !strings.Contains(first.body, string(fault.SignInFailed)) {
		t.Errorf("%v", first)
	}
	show := func(name, passphrase, more string) string {
		return fmt.Sprintf(`{"name":%q,"passphrase":%q,%s}`, name, passphrase, more)
	}
	for what, body := range map[string]string{
		"nobody":           show("Nobody", phrase, `"code":"`+code+`"`),
		"no account":       show("Invented Admin", phrase, `"code":"`+code+`"`),
		"disabled":         show("Invented Leaver", phrase, `"code":"`+code+`"`),
		"wrong passphrase": show("Invented Advocate", phrase+"x", `"code":"`+code+`"`),
		"wrong code":       show("Invented Advocate", phrase, `"code":"000000"`),
		"no such device":   show("Invented Advocate", phrase, `"device":"`+in.Token+`"`),
	} {
		if got := post(body); fmt.Sprint(got) != fmt.Sprint(first) {
			t.Errorf("%s is answered\n%v\nnot\n%v", what, got, first)
		}
	}
	got := post(show("invented advocate", phrase, `"code":"`+fresh()+`"`))
	if got.status != http.StatusCreated || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", got.status)
	}
	seat := client.New(w.API("ngo"), in.Token, "en")
	if _, err := seat.SignOut(t.Context()); err != nil {
		t.Error(err)
	}
	over := call(t, http.MethodGet, w.API("ngo")+"/v1/me", "", as(in.Token))
	never := call(t, http.MethodGet, w.API("ngo")+"/v1/me", "", as("s.never"))
	if over.status != http.StatusUnauthorized || fmt.Sprint(over) != fmt.Sprint(never) {
		t.Errorf("a session that is over is answered\n%v\nand one that never was\n%v", over, never)
	}
	nowhere(t, laid, string(logs.bytes()), phrase, in.Token, in.Token[2:], in.Device, made.Secret, made.Recovery[0])
}

// nowhere looks for secrets in the logs and in every file of a town.
func nowhere(t *testing.T, laid town.Laid, logs string, secrets ...string) {
	t.Helper()
	texts := filesIn(t, filepath.Dir(laid.TokenFile("ngo")))
	texts["the logs"] = []byte(logs)
	if len(texts) < 3 || logs == "" {
		t.Fatalf("%d files", len(texts))
	}
	for where, text := range texts {
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds what is shown to sign in", where)
			}
		}
	}
}

// TestASessionAsksWhatItsOwnerMay: it is one more way to ask, and no other.
func TestASessionAsksWhatItsOwnerMay(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	_, in := signIn(t, ngo)
	seat := client.New(w.API("ngo"), in.Token, "en")
	agreed := agree(t, seat)
	if list, err := ngo.Cases(t.Context()); err != nil || len(list) != 1 || list[0].Label != agreed.Case {
		t.Errorf("%+v, %v", list, err)
	}
	var session client.Token
	tokens, err := seat.Tokens(t.Context())
	for _, one := range tokens {
		if one.Session {
			session = one
		}
	}
	if err != nil || len(tokens) != 2 || !session.Asks || session.Until.IsZero() {
		t.Errorf("%+v, %v", tokens, err)
	}
	for what, ask := range map[string]func(context.Context) error{
		"the staff":         func(ctx context.Context) error { _, err := seat.Staff(ctx); return err },
		"ending an account": func(ctx context.Context) error { _, err := seat.EndAccount(ctx, in.Person.ID); return err },
	} {
		if err := ask(t.Context()); told(err) != fault.NotYourRole {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"signing out with a token": func() error { _, err := ngo.SignOut(t.Context()); return err }(),
		"confirming with a token":  func() error { _, err := ngo.Confirm(t.Context(), client.NewProof{Passphrase: phrase}); return err }(),
	} {
		if told(err) != fault.NotASession {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := seat.MakeAccount(t.Context(), client.NewAccount{Passphrase: "another phrase of words"}); told(err) != fault.NeedsToken {
		t.Errorf("an account of a session: %v", err)
	}
	if _, err := ngo.RevokeToken(t.Context(), session.ID); err != nil {
		t.Error(err)
	}
	if _, err := seat.Me(t.Context()); told(err) != fault.SessionOver {
		t.Errorf("%v", err)
	}
}
