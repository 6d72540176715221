package staff

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

const words = "lantern gravel eleven otters"

// hour is a clock that a test sets.
type hour struct {
	mu sync.Mutex
	at time.Time
}

func (h *hour) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.at }
func (h *hour) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// clocked is the unit on an empty vault and on a clock of the test's.
func clocked(t testing.TB) (*Staff, *hour) {
	t.Helper()
	v, _ := opened(t)
	t.Cleanup(func() { closed(t, v) })
	h := &hour{at: now()}
	return New(v, rand.Reader, h.now), h
}

// holder is somebody with an account, and all that she has of it.
type holder struct {
	Member
	token      string
	with       posada.TokenID
	passphrase string
	begun      Begun
	in         SignedIn
}

func codeAt(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	must(t, err)
	return code
}

// joins adds somebody who makes an account; the clock goes on, so that her next code is
// another.
func joins(t testing.TB, s *Staff, h *hour, name string, list ...posada.StaffRole) *holder {
	t.Helper()
	m, token := add(t, s, name, list...)
	_, shownBy, err := s.Authenticate(token)
	must(t, err)
	with := shownBy.ID
	x := &holder{Member: m, token: token, with: with, passphrase: words}
	x.makes(t, s, h)
	return x
}

func (x *holder) makes(t testing.TB, s *Staff, h *hour) {
	t.Helper()
	var err error
	x.begun, err = s.Make(t.Context(), x.ID, x.with, x.passphrase, x.Name)
	must(t, err)
	x.in, err = s.Begin(x.ID, x.with, codeAt(t, x.begun.Secret, h.now()), false)
	must(t, err)
	h.pass(codeStep)
}

// right is what she shows to sign in now.
func (x *holder) right(t testing.TB, h *hour) SigningIn {
	return SigningIn{Name: x.Name, Passphrase: x.passphrase, Code: codeAt(t, x.begun.Secret, h.now())}
}

func resumes(s *Staff, token string) fault.Key { _, _, err := s.Resume(token); return says(err) }

func TestAnAccountIsMadeAndSignsIn(t *testing.T) {
	s, h := clocked(t)
	m, token := add(t, s, "Rosa Invented", posada.RoleAdvocate)
	_, shownBy, err := s.Authenticate(token)
	must(t, err)
	with := shownBy.ID
	b, err := s.Make(t.Context(), m.ID, with, words, "Invented NGO")
	must(t, err)
	if len(b.Recovery) != recoveryCodes || !strings.HasPrefix(b.URI, "otpauth://totp/Posada:Rosa%20Invented?") || !strings.Contains(b.URI, "secret="+b.Secret) {
		t.Errorf("%d recovery codes, %s", len(b.Recovery), b.URI)
	}
	if _, err := s.SignIn(t.Context(), SigningIn{Name: m.Name, Passphrase: words, Code: codeAt(t, b.Secret, h.now())}); says(err) != fault.SignInFailed {
		t.Errorf("before it is in force: %v", err)
	}
	if _, err := s.Begin(m.ID, with, "000000", false); says(err) != fault.CodeWrong {
		t.Errorf("a wrong code: %v", err)
	}
	in, err := s.Begin(m.ID, with, codeAt(t, b.Secret, h.now()), false)
	must(t, err)
	if who, x, err := s.Resume(in.Token); err != nil || who.ID != m.ID || !x.Until.Equal(h.now().Add(SessionLife)) || x.Confirmed.IsZero() {
		t.Errorf("%+v, %+v, %v", who, x, err)
	}
	if _, err := s.Begin(m.ID, with, codeAt(t, b.Secret, h.now().Add(codeStep)), false); says(err) != fault.AccountNotBegun {
		t.Errorf("a second time: %v", err)
	}
	if _, err := s.SignIn(t.Context(), SigningIn{Name: m.Name, Passphrase: words, Code: codeAt(t, b.Secret, h.now())}); says(err) != fault.SignInFailed {
		t.Errorf("the code it was put in force with: %v", err)
	}
	h.pass(codeStep)
	signed, err := s.SignIn(t.Context(), SigningIn{Name: " rosa  INVENTED ", Passphrase: words, Code: codeAt(t, b.Secret, h.now())})
	if err != nil || signed.ID != m.ID || signed.Token == in.Token || signed.Device == "" {
		t.Errorf("%v", err)
	}
	for _, text := range []string{fmt.Sprint(b, signed), fmt.Sprintf("%#v %#v %+v", b, signed, signed)} {
		if strings.Contains(text, b.Secret) || strings.Contains(text, signed.Token) {
			t.Error("secrets are printed")
		}
	}
	if _, _, err := s.Authenticate(token); err != nil {
		t.Errorf("her token: %v", err)
	}
}

// A code that somebody saw over her shoulder is worth nothing, whatever it is shown for.
func TestACodeCountsOnce(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	in := x.right(t, h)
	first, err := s.SignIn(t.Context(), in)
	must(t, err)
	if _, err := s.SignIn(t.Context(), in); says(err) != fault.SignInFailed {
		t.Errorf("again: %v", err)
	}
	if _, err := s.Confirm(t.Context(), x.ID, first.Session.ID, "", in.Code); says(err) != fault.ConfirmWrong {
		t.Errorf("to confirm: %v", err)
	}
	// Neither is one of a step before it that nobody used.
	in.Code = codeAt(t, x.begun.Secret, h.now().Add(-codeStep))
	if _, err := s.SignIn(t.Context(), in); says(err) != fault.SignInFailed {
		t.Errorf("an earlier one: %v", err)
	}
	// Clocks differ by a step, and by no more.
	for _, c := range []struct {
		off  time.Duration
		want fault.Key
	}{{2 * codeStep, fault.SignInFailed}, {-2 * codeStep, fault.SignInFailed}, {codeStep, ""}, {-codeStep, ""}} {
		h.pass(10 * codeStep)
		in.Code = codeAt(t, x.begun.Secret, h.now().Add(c.off))
		if _, err := s.SignIn(t.Context(), in); says(err) != c.want {
			t.Errorf("%s off: %v, want %q", c.off, err, c.want)
		}
	}
}

func TestARecoveryCodeCountsOnceInPlaceOfTheAppsCode(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	other := joins(t, s, h, "Ana", posada.RoleAdvocate)
	in := SigningIn{Name: "Rosa", Passphrase: words, Code: strings.ToLower(strings.ReplaceAll(x.begun.Recovery[3], "-", " "))}
	if _, err := s.SignIn(t.Context(), in); err != nil {
		t.Errorf("one of hers: %v", err)
	}
	if _, err := s.SignIn(t.Context(), in); says(err) != fault.SignInFailed {
		t.Errorf("again: %v", err)
	}
	in.Code = other.begun.Recovery[0]
	if _, err := s.SignIn(t.Context(), in); says(err) != fault.SignInFailed {
		t.Errorf("somebody else's: %v", err)
	}
	in.Code = x.begun.Recovery[9]
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: "another phrase of words", Code: in.Code}); says(err) != fault.SignInFailed {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	if _, err := s.SignIn(t.Context(), in); err != nil {
		t.Errorf("what was shown with a wrong passphrase is used up: %v", err)
	}
	if left, has, err := s.RecoveryLeft(x.ID); err != nil || left != recoveryCodes-2 || !has {
		t.Errorf("%d are left, %v, %v", left, has, err)
	}
}

// Of nothing that is shown to sign in anything is kept that could be shown again.
func TestWhatIsKeptOpensNothing(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	signed, err := s.SignIn(t.Context(), x.right(t, h))
	must(t, err)
	secrets := append([]string{words, x.in.Token, x.in.Device, signed.Token, signed.Device}, x.begun.Recovery...)
	for _, code := range x.begun.Recovery {
		secrets = append(secrets, strings.ReplaceAll(code, "-", ""))
	}
	look := func(record any) error {
		text, err := json.Marshal(record)
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%T holds it", record)
			}
		}
		return err
	}
	must(t, s.vault.View(func(tx *vault.Tx) error {
		for _, err := range []error{
			accounts.Each(tx, func(name string, a account) error { return look([]any{name, a}) }),
			sessions.Each(tx, func(name string, a session) error { return look([]any{name, a}) }),
			devices.Each(tx, func(name string, a device) error { return look([]any{name, a}) }),
			audit.Each(tx, 1, func(_ uint64, e audit.Entry) error { return look(e) }),
		} {
			must(t, err)
		}
		return nil
	}))
	for _, wrong := range []string{hashedSession(signed.Token), strings.TrimPrefix(signed.Token, "s."), "s.", signed.Token + "x", signed.Device} {
		if resumes(s, wrong) != fault.SessionOver {
			t.Errorf("%q is a session", wrong)
		}
		if _, _, err := s.Authenticate(wrong); says(err) != fault.UnknownToken {
			t.Errorf("%q is a token", wrong)
		}
	}
}

// Whatever of it is wrong, and whether there is anybody: one answer.
func TestWhateverIsWrongWithASignInTheAnswerIsOne(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	gone := joins(t, s, h, "Eva", posada.RoleAdvocate)
	_, err := s.Disable("", gone.ID)
	must(t, err)
	add(t, s, "Ana", posada.RoleAdvocate) // no account
	code := codeAt(t, x.begun.Secret, h.now())
	before := len(acts(t, s))
	for name, in := range map[string]SigningIn{
		"nobody":           {Name: "Nobody", Passphrase: words, Code: code},
		"no name":          {Passphrase: words, Code: code},
		"no account":       {Name: "Ana", Passphrase: words, Code: code},
		"disabled":         {Name: "Eva", Passphrase: words, Code: codeAt(t, gone.begun.Secret, h.now())},
		"wrong passphrase": {Name: "Rosa", Passphrase: words + "x", Code: code},
		"no passphrase":    {Name: "Rosa", Code: code},
		"a book":           {Name: "Rosa", Passphrase: strings.Repeat(words, 1000), Code: code},
		"wrong code":       {Name: "Rosa", Passphrase: words, Code: "123456"},
		"no code":          {Name: "Rosa", Passphrase: words},
		"a made-up device": {Name: "Rosa", Passphrase: words, Device: "made-up"},
		"another's device": {Name: "Rosa", Passphrase: words, Device: gone.in.Device},
	} {
		s.slow = newSlow()
		out, err := s.SignIn(t.Context(), in)
		f := fault.From(err)
		if f.Code != fault.Unauthenticated || f.Key != fault.SignInFailed || len(f.Args) != 0 || out.Token != "" || err.Error() != errSignIn().Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := len(acts(t, s)); after != before {
		t.Errorf("%d entries of tries that were few", after-before)
	}
	s.slow = newSlow()
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: words, Code: code}); err != nil {
		t.Errorf("a code that was shown with what was wrong is used up: %v", err)
	}
}

// A name is free again when whoever had it works here no more: it signs in whoever has
// it now.
func TestANameSignsInWhoHasItNow(t *testing.T) {
	s, h := clocked(t)
	for range 4 { // whichever of them is found first
		left, _ := add(t, s, "Rosa", posada.RoleAdvocate)
		_, err := s.Disable("", left.ID)
		must(t, err)
	}
	x := joins(t, s, h, "Rosa", posada.RoleLegal)
	if in, err := s.SignIn(t.Context(), x.right(t, h)); err != nil || in.ID != x.ID {
		t.Errorf("%v", err)
	}
}

// TestWhoGuessesIsSlowAndNobodyIsKeptOut: after five tries one every half minute, the
// same for a name that nobody has; a remembered device passes by.
func TestWhoGuessesIsSlowAndNobodyIsKeptOut(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	for _, name := range []string{"Rosa", "Nobody"} {
		for i := range triesAtOnce + 3 {
			want := fault.SignInFailed
			if i >= triesAtOnce {
				want = fault.SignInWait
			}
			if _, err := s.SignIn(t.Context(), SigningIn{Name: name, Passphrase: "guessed guessed", Code: "000000"}); says(err) != want {
				t.Errorf("%s, try %d: %v", name, i, err)
			}
		}
	}
	in := x.right(t, h)
	if _, err := s.SignIn(t.Context(), in); says(err) != fault.SignInWait {
		t.Errorf("what is right, at once: %v", err)
	}
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "rosa", Passphrase: words, Device: x.in.Device}); err != nil {
		t.Errorf("at a device that is remembered: %v", err)
	}
	// That made her name quick again: she showed what she knows.
	if _, err := s.SignIn(t.Context(), in); err != nil {
		t.Errorf("then: %v", err)
	}
	for range triesAtOnce { // however her name is spelled
		_, err := s.SignIn(t.Context(), SigningIn{Name: "Ro\u017fa", Passphrase: "guessed guessed", Code: "000000"})
		must(t, nilIf(err, fault.SignInFailed))
	}
	_, err := s.SignIn(t.Context(), SigningIn{Name: "Rosa", Passphrase: "guessed guessed", Code: "000000"})
	must(t, nilIf(err, fault.SignInWait))
	h.pass(tryEvery)
	if _, err := s.SignIn(t.Context(), x.right(t, h)); err != nil {
		t.Errorf("half a minute later: %v", err)
	}
	slowed := 0
	for _, e := range acts(t, s) {
		if e.Act == audit.SignInSlowed {
			slowed++
			if e.By != "" || e.Staff != "" && e.Staff != x.ID {
				t.Errorf("%+v", e)
			}
		}
	}
	if slowed != 3 {
		t.Errorf("%d times noted that somebody was slowed", slowed)
	}
}

func nilIf(err error, key fault.Key) error {
	if says(err) == key {
		return nil
	}
	return fmt.Errorf("%w is not %s", err, key)
}

// TestAllSignInsTogetherAreHeldBack: whoever tries many names costs no more work.
func TestAllSignInsTogetherAreHeldBack(t *testing.T) {
	l, at := newSlow(), now()
	for i := range allAtOnce {
		must(t, l.try(fmt.Sprint("name ", i), at))
	}
	if err := l.try("name x", at); says(err) != fault.SignInWait {
		t.Errorf("%v", err)
	}
	// However long it goes on, few names are remembered.
	for i := range 3 * mostNames {
		at = at.Add(allEvery)
		must(t, l.try(fmt.Sprint("other ", i), at))
		if len(l.names) > mostNames {
			t.Fatalf("%d names", len(l.names))
		}
	}
}

// Fast switching at one computer: the device stands for the code, for the person who
// gave one there, until its time is over or somebody guesses there.
func TestARememberedDeviceStandsForTheCode(t *testing.T) {
	s, h := clocked(t)
	x := joins(t, s, h, "Rosa", posada.RoleAdvocate)
	other := joins(t, s, h, "Ana", posada.RoleAdvocate)
	in := SigningIn{Name: "Rosa", Passphrase: words, Device: x.in.Device}
	must(t, s.SignOut(x.ID, x.in.Session.ID))
	out, err := s.SignIn(t.Context(), in)
	if err != nil || out.Device != "" || !out.DeviceUntil.IsZero() {
		t.Errorf("%v", err)
	}
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "Ana", Passphrase: words, Device: x.in.Device}); says(err) != fault.SignInFailed {
		t.Errorf("somebody else there: %v", err)
	}
	h.pass(DeviceLife)
	if _, err := s.SignIn(t.Context(), in); says(err) != fault.SignInFailed {
		t.Errorf("when its time is over: %v", err)
	}
	// Guessing there is counted there: she signs in elsewhere all the same.
	again, err := s.SignIn(t.Context(), other.right(t, h))
	must(t, err)
	for range mostWrong {
		_, err := s.SignIn(t.Context(), SigningIn{Name: "Ana", Passphrase: "guessed guessed", Device: again.Device})
		must(t, nilIf(err, fault.SignInFailed))
	}
	if _, err := s.SignIn(t.Context(), SigningIn{Name: "Ana", Passphrase: words, Device: again.Device}); says(err) != fault.SignInFailed {
		t.Errorf("a device at which somebody guessed: %v", err)
	}
	h.pass(codeStep)
	if _, err := s.SignIn(t.Context(), other.right(t, h)); err != nil {
		t.Errorf("elsewhere: %v", err)
	}
}

// BenchmarkSignIn is one sign-in at a remembered device: the vault's work and Argon2id's.
func BenchmarkSignIn(b *testing.B) {
	s, h := clocked(b)
	x := joins(b, s, h, "Rosa", posada.RoleAdvocate)
	in := SigningIn{Name: "Rosa", Passphrase: words, Device: x.in.Device}
	for b.Loop() {
		if _, err := s.SignIn(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignInOfNobody is one that fails because there is nobody of that name, and
// BenchmarkSignInWrong one whose passphrase is wrong: the work is the same.
func BenchmarkSignInOfNobody(b *testing.B) { failing(b, "Nobody") }

// BenchmarkSignInWrong: see BenchmarkSignInOfNobody.
func BenchmarkSignInWrong(b *testing.B) { failing(b, "Rosa") }

func failing(b *testing.B, name string) {
	s, h := clocked(b)
	joins(b, s, h, "Rosa", posada.RoleAdvocate)
	for b.Loop() {
		h.pass(tryEvery)
		if _, err := s.SignIn(b.Context(), SigningIn{Name: name, Passphrase: "guessed guessed", Code: "000000"}); says(err) != fault.SignInFailed {
			b.Fatal(err)
		}
	}
}
