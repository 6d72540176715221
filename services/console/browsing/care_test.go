package browsing

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// press presses a button or follows a link, and waits for the page it leads to.
func (b *tab) press(selector string) {
	b.t.Helper()
	read[any](b, `window.before = true, null`)
	b.do(chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
	if err := eventually(func() bool {
		new, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`!window.before && document.readyState === 'complete'`))
		return err == nil && new
	}); err != nil {
		b.t.Fatalf("%s led nowhere: %v", selector, err)
	}
}

// tick ticks, or unticks, each box that a selector finds.
func (b *tab) tick(selectors ...string) {
	b.t.Helper()
	for _, s := range selectors {
		if n := read[int](b, fmt.Sprintf(`(list => { for (const e of list) e.click(); return list.length })([...document.querySelectorAll(%q)])`, s)); n == 0 {
			b.t.Fatalf("there is nothing to tick at %s on %q", s, b.heading())
		}
	}
}

// put fills a field in.
func (b *tab) put(name, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(`[name="`+name+`"]`), value))
}

func (b *tab) heading() string { return read[string](b, `document.querySelector('h1').innerText`) }

// keep takes a picture of the page that is open, where a folder for them is named.
func (b *tab) keep(how ways, name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	shot := run(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*screenshots, name+"."+how.String()+".png"), shot, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

const onward = `button.main[value=next]`

// consented goes through the conversation to its last page.
func (b *tab) consented(how ways, to, answer string) {
	b.t.Helper()
	step := func(name string) { b.t.Helper(); b.keep(how, "consent-"+name); b.press(onward) }
	step("1-before")
	b.press(onward) // nothing was said yet: it is said at the fields
	b.keep(how, "consent-2-wrong")
	b.put("to-0", to)
	b.put("purpose-0", "legal")
	b.tick(`[name=services][value=legal_immigration]`)
	step("2-who")
	b.tick(`[name=share-0][value=needs]`, `[name=share-0][value=safe_contact]`, `[name=share-0][value=identity]`)
	b.press(`button[value=back]`)
	b.press(onward) // what was ticked is still ticked
	step("3-what")
	b.tick(`[name=informed]`)
	step("4-told")
	b.tick(`[name=answer][value=` + answer + `]`)
	step("5-answer")
	if answer != "given" {
		b.keep(how, "consent-7-asked")
		return
	}
	b.tick(`[name=age_band][value="25-39"]`, `[name=given_by][value=self]`, `[name=method][value=written]`, `[name=condition]`)
	step("6-how")
	b.keep(how, "consent-7-check")
}

// TestAConsentIsTalkedThroughWithoutScript: a case is opened, what may be shared is gone
// through page by page, and what the node then has is what was said; no is recorded too, and
// stops what was agreed to.
func TestAConsentIsTalkedThroughWithoutScript(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	members, err := ngo.Agencies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	legal := ""
	for _, a := range members {
		if a.Class == posada.ClassLegalAid {
			legal = string(a.ID)
		}
	}
	b := open(t, w.Console("ngo"))
	how := ways{language: "en", width: 1280}
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/cases")
	b.keep(how, "cases")
	b.press(`form[action="/cases"] button`)
	label := strings.TrimPrefix(b.heading(), "Case ")
	b.keep(how, "case-new")
	b.press(`a.main[href$="/consent"]`)
	b.consented(how, legal, "given")
	b.tick(`[name=signed]`)
	b.press(`button[value=record]`)
	b.keep(how, "consent-recorded")
	given := w.consentsOf(t, ngo, label)
	if len(given) != 1 || given[0].Status != posada.ConsentGiven || len(given[0].Lacks) > 0 || !slices.Equal(given[0].Allow[0].Share, []posada.Category{"needs", "safe_contact", "identity"}) {
		t.Fatalf("the node has %+v", given)
	}
	b.press(`.crumb a`)
	b.keep(how, "case")
	b.press(`a[href$="/consent"]`)
	b.consented(how, legal, "refused")
	b.press(`button[value=record]`)
	b.keep(how, "consent-refused")
	after := w.consentsOf(t, ngo, label)
	if len(after) != 2 || after[0].Status != posada.ConsentRefused || !after[1].Allow[0].NoMore {
		t.Fatalf("after a no the node has %+v", after)
	}
	b.press(`.crumb a`)
	b.press(`a[href$="/destroy"]`)
	b.keep(how, "case-destroy")
	b.tick(`[name=really]`)
	b.press(`button.grave`)
	b.keep(how, "case-destroyed")
	if left := w.consentsOf(t, ngo, label); len(left) != 0 {
		t.Errorf("of a destroyed case there is left %+v", left)
	}
}

func (w *world) consentsOf(t *testing.T, node *client.Client, label string) (list []client.Consent) {
	t.Helper()
	all, err := node.Consents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.Case == label {
			list = append(list, k)
		}
	}
	return list
}
