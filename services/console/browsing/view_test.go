package browsing

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestOneLookEditedInThePageIsAllThatChanges: by the keyboard, with a script and without, in
// either language, the page says what a role would newly see and nothing else, and so does
// the file that it hands over.
func TestOneLookEditedInThePageIsAllThatChanges(t *testing.T) {
	w := in(t)
	look := matrix.Look{Role: posada.RoleMedical, Category: posada.CategoryExploitationType}
	for _, how := range []ways{{language: "en", width: 1280, script: true}, {language: "es", width: 320, dark: true}} {
		b, before, says := open(t, w.Console("ngo")), w.running(t), i18n.For(i18n.Language(how.language))
		b.look(how)
		b.signIn(w.tokens[posada.RoleSteward])
		b.strict = true
		b.visit("/rules")
		b.goes(`main a[href="/rules/view"]`)
		b.keep(how, "rules-view")
		cell := `select[name="look/medical/exploitation_type"]`
		b.do(chromedp.Focus(chromedp.CSS(cell)), chromedp.KeyEvent(kb.ArrowUp)) // from "does not" to "sees it"
		b.press(`button[name=go][value=legal]`)                                 // to a purpose, which keeps it
		b.press(`button[name=go][value=view]`)                                  // and back
		if b.path() != "/rules/view" || b.value("look/medical/exploitation_type") != "yes" {
			t.Errorf("%s: at %s the cell says %s", how, b.path(), b.value("look/medical/exploitation_type"))
		}
		b.keep(how, "rules-view-edited")
		b.press(`button[name=go][value=changes]`)
		sentence := says.Text("view.says", matrix.Together([]matrix.Look{look})[0].Words(says.Term)...)
		if text := b.text("main"); !strings.Contains(strings.ToLower(text), strings.ToLower(sentence)) || !strings.Contains(text, says.Text("difference.wider", "opened", 1)) || read[int](b, `document.querySelectorAll('main .says li').length`) != 1 {
			t.Errorf("%s: the page says %s", how, text)
		}
		after := b.downloaded("policy-2.json")
		if d := matrix.Compare(before, after); !slices.Equal(d.Seen, []matrix.Look{look}) || len(d.Unseen)+len(d.Changes) > 0 || after.Version != before.Version+1 {
			t.Errorf("%s: the file changes %+v", how, d)
		}
		b.press(`form[action="/rules/gone"] button`)
		b.close()
	}
}

// TestWhatNoTableMayShowIsNotOfferedAndRefused: the page has no field for it, and a form that
// was made by hand is told why not, and keeps nothing of it.
func TestWhatNoTableMayShowIsNotOfferedAndRefused(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.tokens[posada.RoleSteward])
	form, fields := d.get("/rules/view"), 0
	for _, role := range posada.Members[posada.StaffRole]() {
		for _, category := range posada.Members[posada.Category]() {
			may := matrix.MayShow(role, category)
			if form.says(`name="look/`+string(role)+"/"+string(category)+`"`) != may {
				t.Errorf("%s, %s: offered %v", role, category, !may)
			}
			if may {
				fields++
			}
		}
	}
	if fields != 97 {
		t.Errorf("%d cells", fields)
	}
	for field, want := range map[string]string{
		"look/advocate/legal_strategy": "no table gives or shows this", "look/steward/needs": "no table gives or shows this",
		"look/medical/photo_biometric": "no table gives or shows this", "look/lawyer/needs": "is no word",
	} {
		a := d.post("/rules/view", url.Values{field: {"yes"}, "go": {"changes"}})
		if a.StatusCode != http.StatusUnprocessableEntity || !a.says(want) || !a.says("Nothing of it was kept") {
			t.Errorf("%s: %s %s", field, a.Status, a.body)
		}
	}
	for _, field := range []string{"look/legal/notes", "look/legal/needs"} {
		if a := d.post("/rules/view", url.Values{field: {"perhaps"}}); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", field, a.Status)
		}
	}
	if a := d.get("/rules/changes"); !a.says("There is no draft") {
		t.Errorf("something was kept: %s", a.body)
	}
}
