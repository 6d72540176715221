package browsing

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// as asks the NGO's node as whoever has a role.
func (w *world) as(r posada.StaffRole) *client.Client {
	return client.New(w.API("ngo"), w.tokens[r], "en")
}

// send presses something and fails the test where the page that comes of it does not have
// what it should.
func (b *tab) send(button, then string) {
	b.t.Helper()
	b.press(button)
	if !read[bool](b, `!!document.querySelector(`+"`"+then+"`"+`)`) {
		b.t.Fatalf("after %s there is no %s: %s", button, then, read[string](b, `document.body.innerText`))
	}
}

// shows fails the test where the page does not have a text.
func (b *tab) shows(text string) {
	b.t.Helper()
	if has := read[string](b, `document.body.innerText`); !strings.Contains(has, text) {
		b.t.Fatalf("the page at %s does not say %q:\n%s", read[string](b, `location.pathname`), text, has)
	}
}

// someone finds somebody on the list.
func (w *world) someone(t *testing.T, name string) client.Staff {
	t.Helper()
	list, err := w.as(posada.RoleAgencyAdmin).Staff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(m client.Staff) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("%s is not on the list", name)
	}
	return list[i]
}

// TestAPersonComesWorksAndGoes is an administrator without JavaScript: somebody is
// added and has a token, does something else from now on, is on call, and goes.
func TestAPersonComesWorksAndGoes(t *testing.T) {
	w, admin := in(t), open(t, in(t).Console("ngo"))
	admin.look(ways{language: "en", width: 320})
	admin.signIn(w.tokens[posada.RoleAgencyAdmin])
	const name = "Invented Newcomer"
	admin.visit("/people/new")
	admin.do(chromedp.SetValue(chromedp.CSS(`#name`), name))
	admin.send(`main form button.main`, `.wrong`)
	admin.shows("at least one role")
	if kept := read[string](admin, `document.getElementById('name').value`); kept != name {
		t.Fatalf("what was typed is %q now", kept)
	}
	admin.click(`input[value=advocate]`)
	admin.send(`main form button.main`, `.token`)
	token := read[string](admin, `document.querySelector('.token').textContent`)
	me, err := client.New(w.API("ngo"), token, "en").Me(t.Context())
	if err != nil || me.Name != name || !slices.Equal(me.Roles, []posada.StaffRole{posada.RoleAdvocate}) {
		t.Fatalf("the token is of %+v, %v", me, err)
	}
	if at := read[string](admin, `location.href`); strings.Contains(at, token) {
		t.Error("the token stands in an address")
	}
	at := "/people/" + string(me.ID)
	for _, path := range []string{"/people", at, "/", "/me"} {
		admin.visit(path)
		if strings.Contains(read[string](admin, `document.documentElement.outerHTML`), token) {
			t.Errorf("%s shows the token again", path)
		}
	}

	admin.visit(at)
	admin.click(`input[value=advocate]`)
	admin.click(`input[value=legal]`)
	admin.send(`main form button.main`, `.said`)
	if now := w.someone(t, name); !slices.Equal(now.Roles, []posada.StaffRole{posada.RoleLegal}) {
		t.Fatalf("does %v", now.Roles)
	}
	onCallByHand(t, w, admin, name)

	admin.visit(at + "/disable")
	admin.shows("cannot be undone")
	admin.send(`button.grave`, `.said`)
	if w.someone(t, name).Disabled.IsZero() {
		t.Error("the person still works here")
	}
	if _, err := client.New(w.API("ngo"), token, "en").Me(t.Context()); err == nil {
		t.Error("the token still counts")
	}
}

// TestAProgramIsGivenAToken by an administrator without JavaScript: it is shown once, is for
// what was ticked, is listed, and is ended alone.
func TestAProgramIsGivenAToken(t *testing.T) {
	w, admin := in(t), open(t, in(t).Console("ngo"))
	admin.look(ways{language: "en", width: 320})
	admin.signIn(w.tokens[posada.RoleAgencyAdmin])
	self, err := w.as(posada.RoleAgencyAdmin).Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin.visit("/people/programs")
	admin.do(
		chromedp.SetValue(chromedp.CSS(`#name`), "Invented intake"),
		chromedp.SetValue(chromedp.CSS(`#of`), string(self.ID)),
	)
	admin.send(`main form button.main`, `.wrong`)
	admin.shows("at least one scope")
	if kept := read[string](admin, `document.getElementById('name').value`); kept != "Invented intake" {
		t.Fatalf("what was typed is %q now", kept)
	}
	admin.click(`input[value=read_node]`)
	admin.send(`main form button.main`, `.token`)
	token := read[string](admin, `document.querySelector('.token').textContent`)
	program := client.New(w.API("ngo"), token, "en")
	if _, err := program.Agencies(t.Context()); err != nil {
		t.Fatalf("it is not for what was ticked: %v", err)
	}
	if _, err := program.Tokens(t.Context()); err == nil {
		t.Error("it is for what was not ticked")
	}
	admin.visit("/people/programs")
	admin.shows("Invented intake")
	if strings.Contains(read[string](admin, `document.documentElement.outerHTML`), token) {
		t.Error("the token is shown again")
	}
	admin.visit(read[string](admin, `document.querySelector('main td a[href*="/tokens/"]').getAttribute('href')`))
	admin.send(`main form button`, `.said`)
	if _, err := program.Agencies(t.Context()); err == nil {
		t.Error("the token still counts")
	}
}

// onCallByHand sets hours of somebody, sees them, and takes them away.
func onCallByHand(t *testing.T, w *world, admin *tab, name string) {
	t.Helper()
	admin.visit("/on-call/hours")
	admin.do(
		chromedp.SetValue(chromedp.CSS(`#name`), name),
		chromedp.SetValue(chromedp.CSS(`#from`), "22:00"), chromedp.SetValue(chromedp.CSS(`#until`), "06:00"),
	)
	admin.click(`input[value=wed]`)
	admin.send(`main form button.main`, `.week`)
	admin.shows("22:00–24:00 " + name)
	admin.shows("00:00–06:00 " + name)
	has := func() bool {
		now, err := w.as(posada.RoleAgencyAdmin).OnCall(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(now.Hours, func(h client.OnCallHours) bool { return h.Name == name && h.From == "22:00" && h.Until == "06:00" })
	}
	if !has() {
		t.Error("the node has no such hours")
	}
	admin.send(`button[aria-label*="`+name+`"]`, `.said`)
	if has() {
		t.Error("the node still has the hours")
	}
}

// TestTheLastAdministratorStays: whoever would leave nobody to administer the agency is told so.
func TestTheLastAdministratorStays(t *testing.T) {
	w, admin := in(t), open(t, in(t).Console("ngo"))
	admin.look(ways{language: "es", width: 320})
	admin.signIn(w.tokens[posada.RoleAgencyAdmin])
	last := w.someone(t, "Invented "+string(posada.RoleAgencyAdmin))
	admin.visit("/people/" + string(last.ID) + "/disable")
	admin.send(`button.grave`, `.wrong`)
	if !w.someone(t, last.Name).Disabled.IsZero() {
		t.Fatal("nobody administers the agency any more")
	}
}

// TestOnesOwnTokensComeAndGo is somebody at their own page, without JavaScript.
func TestOnesOwnTokensComeAndGo(t *testing.T) {
	w, b := in(t), open(t, in(t).Console("ngo"))
	b.look(ways{language: "en", width: 1280})
	b.signIn(w.tokens[posada.RoleMedical])
	b.visit("/me")
	b.click(`summary`)
	b.send(`form[action="/me/tokens"] button`, `.token`)
	token := read[string](b, `document.querySelector('.token').textContent`)
	mine := client.New(w.API("ngo"), token, "en")
	list, err := mine.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(x client.Token) bool { return x.Asks })
	b.visit("/me")
	b.send(`a[href="/me/tokens/`+string(list[i].ID)+`"]`, `button.grave`)
	b.send(`button.grave`, `.said`)
	if _, err := mine.Me(t.Context()); err == nil {
		t.Error("the token still counts")
	}
	b.visit("/me/tokens/" + string(list[i].ID))
	b.shows("There is nothing here")
}

// TestWhoeverReadsNothingBackOpensACase is a volunteer without JavaScript: a case is
// opened, an agency is kept out, and the way back to it is what they wrote down.
func TestWhoeverReadsNothingBackOpensACase(t *testing.T) {
	w, b := in(t), open(t, in(t).Console("ngo"))
	b.look(ways{language: "en", width: 320})
	b.signIn(w.tokens[posada.RoleVolunteerScreener])
	b.visit("/")
	b.shows("not shown to you again")
	b.send(`form[action="/screen"] button`, `.said`)
	label := strings.TrimPrefix(read[string](b, `document.querySelector('h1').innerText`), "Case ")
	list, err := w.as(posada.RoleCoordinator).Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(list, func(k client.Case) bool { return k.Label == label }) {
		t.Fatalf("there is no case %q", label)
	}
	if at := read[string](b, `location.href`); strings.Contains(at, label) {
		t.Errorf("the label stands in an address: %s", at)
	}
	b.visit("/")
	b.do(chromedp.SetValue(chromedp.CSS(`#label`), " "+strings.ToUpper(label)))
	b.send(`form[action="/screen/label"] button`, `#agency`)
	shelter := read[string](b, `[...document.querySelectorAll('#agency option')].find(o => o.text === 'Invented Shelter').value`)
	b.do(chromedp.SetValue(chromedp.CSS(`#agency`), shelter))
	b.send(`button.grave`, `p.said`)
}

// waiting is hours on call, something that is wanted tonight, and a consent that ends soon.
func (w *world) waiting(ctx context.Context) error {
	admin := w.as(posada.RoleAgencyAdmin)
	for _, h := range []client.NewOnCall{
		{Name: "Invented advocate", Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", Until: "20:00"},
		{Name: "Invented coordinator", Days: []string{"fri", "sat", "sun"}, From: "20:00", Until: "08:00"},
		{Name: "Invented legal", Days: []string{"sat", "sun"}, From: "08:00", Until: "20:00"},
	} {
		if _, err := admin.SetOnCall(ctx, h); err != nil {
			return err
		}
	}
	if _, err := admin.AddWebhook(ctx, client.NewWebhook{URL: "https://127.0.0.1/posada", For: "Invented advocate"}); err != nil {
		return err
	}
	text, err := os.ReadFile(w.TokenFile("legal"))
	if err != nil {
		return err
	}
	theirs := client.New(w.API("legal"), strings.TrimSpace(string(text)), "en")
	in, draft := newConsent(), newPreview("")
	in.Allow[0].To, in.Allow[0].Purpose, in.Allow[0].Share = "Casa Inventada", "case_management", []string{"needs", "safe_contact"}
	in.Services = []string{"case_management"}
	agreed, err := theirs.AddConsent(ctx, in)
	if err != nil {
		return err
	}
	draft.Case, draft.To, draft.Purpose, draft.Services, draft.Priority = agreed.Case, "Casa Inventada", "case_management", []string{"case_management"}, "tonight"
	draft.Records = nil
	preview, err := theirs.Preview(ctx, draft)
	if err != nil {
		return err
	}
	if _, err := theirs.Send(ctx, client.NewSend{Digest: preview.Digest}); err != nil {
		return err
	}
	soon := newConsent()
	soon.Days = 3
	if _, err := w.as(posada.RoleAdvocate).AddConsent(ctx, soon); err != nil {
		return err
	}
	coordinator := w.as(posada.RoleCoordinator)
	return eventually(func() bool {
		list, err := coordinator.Referrals(ctx)
		return err == nil && slices.ContainsFunc(list, func(r client.Referral) bool { return r.Priority == posada.PriorityTonight })
	})
}

// TestWhatIsWantedTonightStandsFirst: whoever coordinates sees it before anything else,
// and an auditor sees nothing of it.
func TestWhatIsWantedTonightStandsFirst(t *testing.T) {
	w := in(t)
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 320})
	b.signIn(w.tokens[posada.RoleCoordinator])
	b.visit("/")
	if first := read[string](b, `document.querySelector('.wants li').innerText`); !strings.Contains(first, "nobody here has taken it on") && !strings.Contains(first, "Nobody is on call") {
		t.Errorf("first stands %q", first)
	}
	b.shows("Invented Legal Aid asks for case management")
	if spoken := read[string](b, `document.querySelector('.strip svg').getAttribute('aria-label')`); !strings.Contains(spoken, "answers to give, 1") {
		t.Errorf("the picture says %q", spoken)
	}
	other := open(t, w.Console("ngo"))
	other.look(ways{language: "en", width: 320})
	other.signIn(w.tokens[posada.RoleAuditor])
	other.visit("/")
	if has := read[string](other, `document.body.innerText`); strings.Contains(has, "Legal Aid") {
		t.Error("an auditor sees whose referral it is")
	}
}

// TestPeoplePictures takes pictures of these pages, where a folder for them is named.
func TestPeoplePictures(t *testing.T) {
	if *screenshots == "" {
		return
	}
	w := in(t)
	agencies, err := w.as(posada.RoleSteward).Agencies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin := w.someone(t, "Invented advocate")
	looks := []ways{
		{language: "en", width: 1280, script: true}, {language: "es", width: 1280, dark: true, script: true},
		{language: "es", width: 320, dark: true, script: true}, {language: "en", width: 320, script: true},
	}
	for _, r := range posada.Members[posada.StaffRole]() {
		b := open(t, w.Console("ngo"))
		b.look(looks[0])
		b.signIn(w.tokens[r])
		for _, how := range looks {
			b.look(how)
			b.shot(how, string(r), "/")
			if r == posada.RoleMedical {
				b.shot(how, "medical", "/on-call")
			}
			if r != posada.RoleAgencyAdmin {
				continue
			}
			for _, path := range []string{
				"/people", "/people/new", "/people/" + string(admin.ID), "/people/" + string(admin.ID) + "/disable", "/me", "/on-call", "/on-call/hours",
				"/status", "/status/lock", "/network", "/network/clock", "/agencies", "/agencies/" + string(agencies[0].ID), "/agencies/" + string(agencies[1].ID),
			} {
				b.shot(how, "admin", path)
			}
			b.visit("/people/" + string(admin.ID))
			b.send(`form[action$="/tokens"] button`, `.token`)
			b.keep(how, "token")
		}
	}
}

// shot takes a picture of a page.
func (b *tab) shot(how ways, who, path string) {
	b.t.Helper()
	b.visit(path)
	name := strings.ReplaceAll(strings.Trim(path, "/"), "/", "-")
	if len(name) > 24 {
		name = name[:10] + name[len(name)-8:]
	}
	b.keep(how, who+"-"+name)
}
