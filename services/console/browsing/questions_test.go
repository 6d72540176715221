package browsing

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestSomethingIsAskedAndAnsweredInPages: without a script, on a phone and on a desk, in
// either language. What a note says is shown, and never done; one that seems to point at
// somebody is shown first to whoever typed it, and has gone nowhere; what the consent does
// not cover has one answer. Each page on the way is fit for everybody.
func TestSomethingIsAskedAndAnsweredInPages(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	id := w.sent(t, ngo, func(*client.NewConsent) {})
	at := "/referrals/" + string(id)
	l, n := open(t, w.Console("legal")), open(t, w.Console("ngo"))
	phone, desk := ways{language: "es", width: 320}, ways{language: "en", width: 1280, dark: true}
	l.look(phone)
	l.signIn(w.paralegal(t))
	l.visit(at)
	l.press(`form[action$="/marks/acknowledged"] button`)
	ask := func(word, note string) {
		t.Helper()
		l.visit(at)
		l.goes(`main a[href$="/ask"]`)
		l.fit(at+"/ask", phone, true)
		l.keep(phone, "ask")
		l.click(`[name="question"][value="` + word + `"]`)
		if note != "" {
			l.do(chromedp.SetValue(chromedp.CSS(`[name="note"]`), note))
		}
		l.press(`form[action$="/ask"] button.main`)
		if note == "" {
			return
		}
		l.fit(at+"/ask", phone, true)
		l.keep(phone, "warned")
		if text := l.text("#warning"); !strings.Contains(text, "un nombre: «Maribel Quispe»") || !strings.Contains(text, "«915-555-0142»") {
			t.Errorf("a note that names somebody is warned of: %s", text)
		}
		if r, err := ngo.Referral(t.Context(), id); err != nil || len(r.Questions) != 0 {
			t.Errorf("it had gone before anybody said so: %v", err)
		}
		l.press(`form[action$="/ask"] button.main`)
	}
	ask("when_can_come", "Maribel Quispe, 915-555-0142. "+hostile)
	ask("medication_with_them", "")
	if text := l.text("main"); !strings.Contains(text, "no lo cubre") || !strings.Contains(text, "espera respuesta") {
		t.Errorf("who asked is told: %s", text)
	}
	l.fit(at, phone, true)
	until(t, func() bool { r, err := ngo.Referral(t.Context(), id); return err == nil && len(r.Questions) == 2 })

	n.look(desk)
	n.signIn(w.tokens[posada.RoleAdvocate])
	n.visit("/")
	n.fit("/", desk, true)
	if text := n.text("main"); !strings.Contains(text, "asks something about") || !strings.Contains(text, "2 to answer") {
		t.Errorf("today says: %s", text)
	}
	answer := func(nth int, check func(text string)) {
		t.Helper()
		r, err := ngo.Referral(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		path := at + "/questions/" + string(r.Questions[nth].ID)
		n.visit(at)
		n.goes(`main a[href="` + path + `"]`)
		n.fit(path, desk, true)
		n.keep(desk, "answer")
		check(n.text("main"))
	}
	answer(0, func(text string) {
		if !strings.Contains(text, hostile) {
			t.Errorf("the note says: %s", text)
		}
	})
	read[bool](n, `document.querySelectorAll("form").forEach(f => { f.noValidate = true }), true`)
	n.press(`form[action*="/questions/"] button.main`) // without a choice
	n.click(`[name="answer"][value="today"]`)
	n.do(chromedp.SetValue(chromedp.CSS(`[name="note"]`), "By noon, says Maribel"))
	n.press(`form[action*="/questions/"] button.main`)
	if text := n.text("main"); !strings.Contains(text, "“Maribel”") || !strings.Contains(text, "Send it as it is") {
		t.Errorf("an answer that names somebody is warned of: %s", text)
	}
	// Another note that names somebody is not the one that was looked at.
	n.do(chromedp.SetValue(chromedp.CSS(`[name="note"]`), "After nine, "+hostile+" Maribel"))
	n.press(`form[action*="/questions/"] button.main`)
	n.fit(at, desk, true)
	if r, err := ngo.Referral(t.Context(), id); err != nil || r.Questions[0].Answer != "" {
		t.Errorf("it had gone before anybody said so: %v", err)
	}
	n.press(`form[action*="/questions/"] button.main`)
	answer(1, func(text string) {
		if !strings.Contains(text, "does not cover it") || read[int](n, `document.querySelectorAll('[name="answer"]').length`) != 1 {
			t.Errorf("what is not covered: %s", text)
		}
	})
	n.click(`[name="answer"][value="not_said"]`)
	n.press(`form[action*="/questions/"] button.main`)
	n.fit(at, desk, true)
	n.keep(desk, "answered")

	until(t, func() bool { l.visit(at); return strings.Contains(l.text("main"), "After nine") })
	l.fit(at, phone, true)
	l.keep(phone, "asked")
	if text := l.text("main"); !strings.Contains(text, "hoy") || !strings.Contains(text, hostile) {
		t.Errorf("who asked is shown: %s", text)
	}
}
