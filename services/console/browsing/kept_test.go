package browsing

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/posada-exchange/posada/pkg/posada"
)

// typed is what somebody types into the one form that every role has.
func typed() url.Values {
	return url.Values{"back": {"/status"}, "code": {"123456"}, "note": {hostile}}
}

// TestWhatWasTypedWhenTheTimeWasOverComesBackToWhoTypedIt: kept sealed, nothing of it done,
// shown to the same person at the same browser and to nobody else; passphrases and codes are
// not kept.
func TestWhatWasTypedWhenTheTimeWasOverComesBackToWhoTypedIt(t *testing.T) {
	w := in(t)
	for name, over := range map[string]func(*desk){
		"sent too late":         func(d *desk) { d.clock.pass(16 * time.Minute); d.post("/confirm", typed()) },
		"put away by the page":  func(d *desk) { f := typed(); f.Set("_to", "/confirm"); d.post("/hold", f) },
		"sent late, then again": func(d *desk) { d.clock.pass(16 * time.Minute); d.post("/confirm", typed()); d.get("/sign-in") },
	} {
		d := serve(t, w, "ngo")
		d.signIn(w.advocate())
		over(d)
		if a := d.get("/sign-in"); !a.says("is kept") {
			t.Errorf("%s: the sign-in page does not say that it is kept", name)
		}
		a := d.post("/sign-in/first", url.Values{"token": {w.advocate()}})
		if a.Request.URL.Path != "/kept" || !a.says("Nothing of it was done") || !a.says(`value="/status"`) {
			t.Errorf("%s: at %s it is not there again", name, a.Request.URL)
		}
		if a.says("123456") {
			t.Errorf("%s: the code was kept", name)
		}
		if d.post("/kept/gone", nil); d.get("/kept").says("Nothing of it was done") {
			t.Errorf("%s: it was thrown away and is there", name)
		}
	}
}

func TestWhatSomebodyTypedIsGoneWhenAnotherSignsIn(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.advocate())
	d.clock.pass(16 * time.Minute)
	d.post("/confirm", typed())
	d.signIn(w.tokens[posada.RoleCoordinator])
	if a := d.get("/kept"); a.says(`value="/status"`) || a.says("Nothing of it was done") {
		t.Error("another person has it")
	}
	d.signIn(w.advocate())
	if a := d.get("/kept"); a.says("Nothing of it was done") {
		t.Error("it is there again after another person was")
	}
}

func TestNothingIsKeptAfterSigningOutOrLeaving(t *testing.T) {
	w := in(t)
	for _, way := range []string{"/sign-out", "/exit"} {
		d := serve(t, w, "ngo")
		d.signIn(w.advocate())
		secret := d.cookie("__Host-n")
		d.post(way, nil)
		with(d, secret).post("/confirm", typed())
		if a := with(d, secret).get("/sign-in"); a.says("is kept") {
			t.Errorf("%s: something is kept", way)
		}
	}
}

// TestTheFirstTimeAPassphraseAnAppAndCodes is a person with a token, from the first page to a
// second day: a passphrase alone where the browser is known, a code where it is not.
func TestTheFirstTimeAPassphraseAnAppAndCodes(t *testing.T) {
	w := in(t)
	d := serve(t, w, "legal")
	text, err := os.ReadFile(w.TokenFile("legal"))
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(text))
	if a := d.post("/sign-in/first", url.Values{"token": {token}}); a.Request.URL.Path != "/account" {
		t.Fatalf("the first time leads to %s", a.Request.URL)
	}
	const phrase = "ocho nubes sobre un techo azul"
	if a := d.post("/account", url.Values{"passphrase": {phrase}, "again": {"other"}}); a.StatusCode != http.StatusUnprocessableEntity || !a.says("not the same") {
		t.Fatalf("two that differ: %s", a.Status)
	}
	if a := d.post("/account", url.Values{"passphrase": {"short"}, "again": {"short"}}); a.StatusCode < 400 || a.says(`value="short"`) {
		t.Fatalf("a short one: %s", a.Status)
	}
	a := d.post("/account", url.Values{"passphrase": {phrase}, "again": {phrase}})
	if a.Request.URL.Path != "/account/app" || !a.says("<svg class=\"square\"") {
		t.Fatalf("the app is shown at %s: %s", a.Request.URL, a.Status)
	}
	secret := strings.ReplaceAll(regexp.MustCompile(`<p class="code">([A-Z2-7 ]+)</p>`).FindStringSubmatch(a.body)[1], " ", "")
	if a := d.post("/account/app", url.Values{"code": {"000000"}}); a.StatusCode < 400 || !a.says("<svg class=\"square\"") {
		t.Fatalf("a wrong code: %s", a.Status)
	}
	a = d.post("/account/app", url.Values{"code": {codeOf(t, secret, time.Now())}})
	recovery := regexp.MustCompile(`<li class="code">([^<]+)</li>`).FindAllStringSubmatch(a.body, -1)
	if a.Request.URL.Path != "/account/recovery" || len(recovery) < 4 {
		t.Fatalf("at %s there are %d recovery codes", a.Request.URL, len(recovery))
	}
	if a := d.post("/account/recovery", nil); !a.says("The token is over") {
		t.Error("it is not said that the token is over")
	}
	if a := d.get("/account/recovery"); strings.Contains(a.body, recovery[0][1]) {
		t.Error("the codes are shown again")
	}
	if a := with(d, "").post("/sign-in/first", url.Values{"token": {token}}); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the token still signs in: %s", a.Status)
	}
	// A colleague's turn at the same desk, and back: the passphrase alone.
	d.post("/switch", nil)
	if a := d.get("/sign-in"); !a.says(`name="name" value="Invented Lawyer"`) {
		t.Error("the name is not offered")
	}
	if a := d.post("/sign-in/as", url.Values{"name": {"Invented Lawyer"}}); !a.says(`name="as" value="Invented Lawyer"`) || a.says(`name="code"`) {
		t.Error("a code is asked where the browser is known")
	}
	if a := d.post("/sign-in", url.Values{"as": {"Invented Lawyer"}, "passphrase": {"not this one at all"}}); a.StatusCode < 400 {
		t.Error("a wrong passphrase signs in")
	}
	if a := d.post("/sign-in", url.Values{"as": {"Invented Lawyer"}, "passphrase": {phrase}}); !a.says(`action="/sign-out"`) {
		t.Errorf("the passphrase does not sign in where the browser is known: %s", a.Status)
	}
	// Showing it once more, and going back to where that was needed.
	if a := d.post("/confirm", url.Values{"passphrase": {phrase}, "back": {"/status"}}); a.Request.URL.Path != "/status" || !a.says("five minutes") {
		t.Errorf("confirmed, at %s: %s", a.Request.URL, a.Status)
	}
	if a := d.post("/confirm", url.Values{"passphrase": {phrase}, "back": {"https://evil.example/"}}); a.Request.URL.Path != "/" || strings.Contains(a.Request.URL.Host, "evil") {
		t.Errorf("one is led away: %s", a.Request.URL)
	}
	// Elsewhere nobody is known: a passphrase without a code does nothing.
	elsewhere := *d
	elsewhere.client = d.browser()
	if a := elsewhere.get("/sign-in"); a.says("Invented Lawyer") {
		t.Error("another browser has the name")
	}
	if a := elsewhere.post("/sign-in", url.Values{"as": {"Invented Lawyer"}, "passphrase": {phrase}}); a.StatusCode < 400 {
		t.Error("a passphrase alone signs in at another browser")
	}
	if a := elsewhere.post("/sign-in", url.Values{"name": {"Invented Lawyer"}, "passphrase": {phrase}, "code": {recovery[0][1]}}); !a.says(`action="/sign-out"`) {
		t.Errorf("a recovery code does not sign in: %s", a.Status)
	}
}

// TestALockedNodeIsOpenedByWhoKnowsItsPassphrase: the page says what that is, and that work is kept.
func TestALockedNodeIsOpenedByWhoKnowsItsPassphrase(t *testing.T) {
	w := in(t)
	d := serve(t, w, "shut")
	text, err := os.ReadFile(w.TokenFile("shut"))
	if err != nil {
		t.Fatal(err)
	}
	token := url.Values{"token": {strings.TrimSpace(string(text))}}
	if a := d.post("/sign-in/first", token); a.StatusCode != http.StatusServiceUnavailable || !a.says(`action="/unlock"`) || !a.says("kept, sealed") {
		t.Fatalf("locked: %s", a.Status)
	}
	if a := d.post("/unlock", url.Values{"passphrase": {"a wrong one"}}); a.StatusCode < 400 || !a.says(`action="/unlock"`) || a.says("posada unlock") {
		t.Errorf("a wrong one: %s", a.Status)
	}
	if a := d.post("/unlock", url.Values{"passphrase": {shutPhrase}}); a.StatusCode != http.StatusOK || a.Request.URL.Path != "/sign-in" {
		t.Errorf("the right one: %s at %s", a.Status, a.Request.URL)
	}
	d.signIn(token.Get("token"))
}

func codeOf(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
