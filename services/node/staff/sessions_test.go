package staff

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

func TestASessionEndsWhenNobodyAsksAndAfterAShift(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	idle, err := s.SignIn(t.Context(), x.right(t, h))
	must(t, err)
	asked := 0
	for begun := h.now().Add(-codeStep); h.now().Sub(begun) < SessionLife-Idle; asked++ { // in steps of almost Idle
		if got := resumes(s, x.in.Token); got != "" {
			t.Fatalf("%s after it began: %q", h.now().Sub(begun), got)
		}
		h.pass(Idle - time.Second)
	}
	if got := resumes(s, idle.Token); got != fault.SessionOver || asked < 60 {
		t.Errorf("one that nobody asked in: %q", got)
	}
	for range 3 {
		resumes(s, x.in.Token)
		h.pass(Idle / 2)
	}
	if got := resumes(s, x.in.Token); got != fault.SessionOver {
		t.Errorf("after twelve hours: %q", got)
	}
}

// TestAnOverSessionStaysOver: no clock, no restart and no list brings one back.
func TestAnOverSessionStaysOver(t *testing.T) {
	v, dir := opened(t)
	h := &hour{at: now()}
	s := New(v, rand.Reader, h.now)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	h.pass(Idle + time.Second)
	if list, err := s.Sessions(""); err != nil || len(list) != 0 {
		t.Errorf("%d are listed, %v", len(list), err)
	}
	if got := resumes(s, x.in.Token); got != fault.SessionOver {
		t.Errorf("%q", got)
	}
	h.pass(-Idle)
	if got := resumes(s, x.in.Token); got != fault.SessionOver {
		t.Errorf("the clock was set back: %q", got)
	}
	again, err := s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: words, Device: x.in.Device})
	must(t, err)
	h.pass(Idle - 2*time.Second)
	if got := resumes(s, again.Token); got != "" {
		t.Errorf("%q", got)
	}
	// A restart takes from it at most what was not written down, and gives it nothing.
	closed(t, v)
	v = open(t, dir)
	s = New(v, rand.Reader, h.now)
	h.pass(Idle - usedEvery)
	if got := resumes(s, again.Token); got != "" {
		t.Errorf("after a restart: %q", got)
	}
	h.pass(-time.Hour)
	if got := resumes(s, again.Token); got != fault.SessionOver {
		t.Errorf("of a time that is not yet: %q", got)
	}
	closed(t, v)
	if _, _, err := s.Resume(again.Token); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("a closed vault: %v", err)
	}
}

func TestWhoShowedWhoSheIsCountsForFiveMinutes(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	lately := func() bool {
		_, in, err := s.Resume(x.in.Token)
		must(t, err)
		return !in.Confirmed.IsZero()
	}
	if !lately() {
		t.Error("who just signed in did not show who she is")
	}
	for _, with := range []struct{ passphrase, code string }{{words, ""}, {"", "app"}} {
		h.pass(Lately)
		if lately() {
			t.Error("it counts for longer")
		}
		if with.code != "" {
			with.code = codeAt(t, x.begun.Secret, h.now())
		}
		in, err := s.Confirm(t.Context(), x.ID, x.in.Session.ID, with.passphrase, with.code)
		if err != nil || !in.Confirmed.Equal(h.now().Add(Lately)) || !lately() {
			t.Errorf("%+v, %v", in, err)
		}
		if _, err := s.Confirm(t.Context(), x.ID, x.in.Session.ID, "", with.code); says(err) != fault.ConfirmWrong {
			t.Errorf("a used code, or none: %v", err)
		}
	}
	if _, err := s.Confirm(t.Context(), x.ID, x.with, words, ""); says(err) != fault.NotASession {
		t.Errorf("with a token: %v", err)
	}
	other := joins(t, s, h, "Ana", posada.RoleAdvocate)
	if _, err := s.Confirm(t.Context(), other.ID, x.in.Session.ID, words, ""); says(err) != fault.NotASession {
		t.Errorf("somebody else's: %v", err)
	}
}

// Whoever sits down at somebody's open session cannot guess there for long.
func TestWhoGuessesAtASessionEndsIt(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	for i := range mostWrong {
		if got := resumes(s, x.in.Token); got != "" {
			t.Errorf("after %d: %q", i, got)
		}
		_, err := s.Confirm(t.Context(), x.ID, x.in.Session.ID, "guessed guessed", "000000")
		must(t, nilIf(err, fault.ConfirmWrong))
	}
	if got := resumes(s, x.in.Token); got != fault.SessionOver {
		t.Errorf("%q", got)
	}
	if _, err := s.Confirm(t.Context(), x.ID, x.in.Session.ID, words, ""); says(err) != fault.NotASession {
		t.Errorf("what is right, too late: %v", err)
	}
}

// TestEveryEndIsAnEnd: whichever way somebody is signed out, nothing of theirs is
// answered after it, and others work on.
func TestEveryEndIsAnEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end            func(testing.TB, *Staff, *hour, *holder) error
		device, others bool // whether the device is remembered and other sessions go on
	}{
		"signed out": {func(_ testing.TB, s *Staff, _ *hour, x *holder) error { return s.SignOut(x.ID, x.in.Session.ID) }, true, true},
		"ended as a token is": {func(_ testing.TB, s *Staff, _ *hour, x *holder) error {
			return s.RevokeToken(x.ID, x.ID, x.in.Session.ID)
		}, false, true},
		"the account ended": {func(_ testing.TB, s *Staff, _ *hour, x *holder) error {
			_, err := s.EndAccount("", x.ID)
			return err
		}, false, false},
		"disabled": {func(_ testing.TB, s *Staff, _ *hour, x *holder) error {
			_, err := s.Disable("", x.ID)
			return err
		}, false, false},
		"made anew": {func(t testing.TB, s *Staff, h *hour, x *holder) error {
			was := *x
			x.makes(t, s, h)
			x.in, x.begun = was.in, was.begun
			return nil
		}, false, false},
	} {
		s, h := clocked(t)
		x, other := joins(t, s, h, "Rosa", posada.RoleAdvocate), joins(t, s, h, "Ana", posada.RoleAdvocate)
		second, err := s.SignIn(t.Context(), x.right(t, h))
		must(t, err)
		h.pass(codeStep)
		must(t, c.end(t, s, h, x))
		if got := resumes(s, x.in.Token); got != fault.SessionOver {
			t.Errorf("%s: the session says %q", name, got)
		}
		if got := resumes(s, second.Token); (got == "") != c.others {
			t.Errorf("%s: another of theirs says %q", name, got)
		}
		_, err = s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: words, Device: x.in.Device})
		if (err == nil) != c.device {
			t.Errorf("%s: at the device %v", name, err)
		}
		if _, err := s.SignIn(t.Context(), x.right(t, h)); (err == nil) != c.others {
			t.Errorf("%s: signing in again %v", name, err)
		}
		if got := resumes(s, other.in.Token); got != "" {
			t.Errorf("%s: somebody else's says %q", name, got)
		}
		for _, id := range []posada.TokenID{x.in.Session.ID, x.with, "nothing"} {
			if err := s.SignOut(x.ID, id); says(err) != fault.NotASession {
				t.Errorf("%s: signing out of what is no session: %v", name, err)
			}
		}
	}
}

func TestASessionIsEndedOnlyByWhoMay(t *testing.T) {
	s, h := clocked(t)
	x, other := joins(t, s, h, "Rosa", posada.RoleAdvocate), joins(t, s, h, "Ana", posada.RoleAdvocate)
	if err := s.RevokeToken(other.ID, other.ID, x.in.Session.ID); says(err) != fault.NothingThere {
		t.Errorf("%v", err)
	}
	if err := s.SignOut(other.ID, x.in.Session.ID); says(err) != fault.NotASession {
		t.Errorf("%v", err)
	}
	if got := resumes(s, x.in.Token); got != "" {
		t.Errorf("%q", got)
	}
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: words, Device: x.in.Device}); err != nil {
		t.Errorf("at the device: %v", err)
	}
	must(t, s.RevokeToken("", "", x.in.Session.ID))
	if got := resumes(s, x.in.Token); got != fault.SessionOver {
		t.Errorf("%q", got)
	}
}

// An account is made with a token alone, or whoever found an open session would make it
// theirs; and of two tokens only with the one it was begun with.
func TestAnAccountIsMadeWithATokenAlone(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	if _, err := s.Make(t.Context(), x.ID, x.in.Session.ID, words); says(err) != fault.NeedsToken {
		t.Errorf("from a session: %v", err)
	}
	another, _, err := s.AddToken("", x.ID)
	must(t, err)
	b, err := s.Make(t.Context(), x.ID, another.ID, words)
	must(t, err)
	code := codeAt(t, b.Secret, h.now())
	for _, with := range []posada.TokenID{x.with, x.in.Session.ID} {
		if _, err := s.Begin(x.ID, with, code, false); says(err) != fault.AccountNotBegun {
			t.Errorf("%v", err)
		}
	}
	if got := resumes(s, x.in.Token); got != "" {
		t.Errorf("what only begins ends what there is: %q", got)
	}
	h.pass(begunLife)
	if _, err := s.Begin(x.ID, another.ID, codeAt(t, b.Secret, h.now()), false); says(err) != fault.AccountNotBegun {
		t.Errorf("an hour later: %v", err)
	}
}

// The token that somebody read out on the phone ends with the account that was made
// with it, if asked; an administrator who signs in can still be asked.
func TestATokenEndsWithWhatWasMadeOfItAndTheLastAdministratorStays(t *testing.T) {
	s, h := clocked(t)
	luz, token := add(t, s, "Luz", posada.RoleAgencyAdmin)
	_, shownBy, err := s.Authenticate(token)
	must(t, err)
	with := shownBy.ID
	b, err := s.Make(t.Context(), luz.ID, with, words)
	must(t, err)
	in, err := s.Begin(luz.ID, with, codeAt(t, b.Secret, h.now()), true)
	must(t, err)
	if _, _, err := s.Authenticate(token); says(err) != fault.UnknownToken {
		t.Errorf("the token: %v", err)
	}
	if got := resumes(s, in.Token); got != "" {
		t.Errorf("the session: %q", got)
	}
	for name, way := range map[string]func() error{
		"the account": func() error { _, err := s.EndAccount(luz.ID, luz.ID); return err },
		"disabled":    func() error { _, err := s.Disable(luz.ID, luz.ID); return err },
		"other roles": func() error { _, err := s.SetRoles(luz.ID, luz.ID, roles(posada.RoleAdvocate)); return err },
	} {
		if err := way(); says(err) != fault.LastAdmin {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := resumes(s, in.Token); got != "" {
		t.Errorf("what was refused ended the session: %q", got)
	}
	_, _, err = s.AddToken(luz.ID, luz.ID)
	must(t, err)
	_, err = s.EndAccount(luz.ID, luz.ID)
	must(t, err)
	if _, err := s.EndAccount(luz.ID, luz.ID); says(err) != fault.NoAccount {
		t.Errorf("a second time: %v", err)
	}
	want := []audit.Act{audit.StaffAdded, audit.AccountMade, audit.TokenRevoked, audit.SignedIn, audit.TokenAdded, audit.AccountEnded}
	list := acts(t, s)
	for i, e := range list {
		if len(list) != len(want) || e.Act != want[i] || e.Staff != luz.ID {
			t.Fatalf("%+v", list)
		}
	}
}

func TestWhatIsWrongWithAPassphraseIsSaid(t *testing.T) {
	names := []string{"Inés Duarte", "Centro Girasol, A.C."}
	for text, want := range map[string]fault.Key{
		"lantern gravel":               "",
		"elevenlettrs":                 "", // twelve characters, whatever they are
		"correo lento azul":            "",
		"48151623421087":               "",
		"inés sembró jitomates":        "",
		"ñandúes y otras 4":            "",
		"short":                        fault.PassphraseShort,
		"elevencharx":                  fault.PassphraseShort,
		"ññññññ":                       fault.PassphraseShort, // characters, not bytes
		"aaaaaaaaaaaaaaaa":             fault.PassphraseCommon,
		"abababababab":                 fault.PassphraseCommon,
		"123456789012":                 fault.PassphraseCommon,
		"abcdefghijkl":                 fault.PassphraseCommon,
		"zyxwvutsrqpon":                fault.PassphraseCommon,
		"PasswordPassword":             fault.PassphraseCommon,
		"Contraseña2026!!":             fault.PassphraseCommon,
		"correct horse battery staple": fault.PassphraseCommon,
		"qwertyuiop123":                fault.PassphraseCommon,
		"------------":                 fault.PassphraseCommon,
		"Inés Duarte 2026":             fault.PassphraseNamed,
		"centrogirasol1":               fault.PassphraseNamed,
		"girasol password":             fault.PassphraseNamed,
		"tab\tin the middle":           fault.PassphraseControl,
	} {
		err := checkPassphrase(text, names...)
		if says(err) != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if err := checkPassphrase(string(make([]byte, mostBytes+1))); says(err) != fault.PassphraseLong {
		t.Errorf("a book: %v", err)
	}
	// As one keyboard writes it and as another does.
	s, h := clocked(t)
	m, token := add(t, s, "Rosa", posada.RoleAdvocate)
	_, shownBy, err := s.Authenticate(token)
	must(t, err)
	with := shownBy.ID
	b, err := s.Make(t.Context(), m.ID, with, "una canci\u00f3n lenta")
	must(t, err)
	_, err = s.Begin(m.ID, with, codeAt(t, b.Secret, h.now()), false)
	must(t, err)
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: "una cancio\u0301n lenta", Code: b.Recovery[0]}); err != nil {
		t.Errorf("the same in another form: %v", err)
	}
	before := len(acts(t, s))
	if _, err := s.Make(t.Context(), m.ID, with, "short"); says(err) != fault.PassphraseShort || len(acts(t, s)) != before {
		t.Errorf("%v", err)
	}
}

// TestFewPassphrasesAreStretchedAtOnce: whoever waits gives up with the request.
func TestFewPassphrasesAreStretchedAtOnce(t *testing.T) {
	s, _ := clocked(t)
	for range stretchAtOnce {
		s.stretching <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.SignIn(ctx, SigningIn{Name: "Nobody", Passphrase: words}); says(err) != fault.SignInWait || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestOneCodeSignsInOnceOfManyAtOnce: whoever shows a code at the same moment from two
// places gets in from one of them.
func TestOneCodeSignsInOnceOfManyAtOnce(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	in := x.right(t, h)
	var all sync.WaitGroup
	var got atomic.Int64
	for range triesAtOnce {
		all.Go(func() {
			if _, err := s.SignIn(t.Context(), in); err == nil {
				got.Add(1)
			} else if says(err) != fault.SignInFailed {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d got in", got.Load())
	}
}
