package browsing

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// running is the table that the world's nodes run.
func (w *world) running(t *testing.T) matrix.Table {
	t.Helper()
	tables, err := client.New(w.API("ngo"), w.tokens[posada.RoleSteward], "en").PolicyTables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table, err := matrix.Read([]byte(tables.Running.Text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// downloaded presses the button that hands the draft over, and reads the file.
func (b *tab) downloaded(name string) matrix.Table {
	b.t.Helper()
	dir := b.t.TempDir()
	profile := set(b, target.GetTargetInfo, target.GetTargetInfoParams{}).TargetInfo.BrowserContextID
	set(b, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: profile, DownloadPath: dir})
	b.click(`form[action="/rules/download"] button`)
	var text []byte
	until(b.t, func() (is bool) {
		var err error
		text, err = os.ReadFile(filepath.Join(dir, name))
		return err == nil && strings.HasSuffix(string(text), "}\n")
	})
	table, err := matrix.Read(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return table
}

// TestOneCellEditedInThePageIsAllThatChanges: with a script and without, in either language,
// the page says that one cell and nothing else, and so does the file that it hands over.
func TestOneCellEditedInThePageIsAllThatChanges(t *testing.T) {
	w := in(t)
	cell := matrix.Cell{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryMedical}
	for _, how := range []ways{{language: "en", width: 1280, script: true}, {language: "es", width: 320, dark: true}} {
		b, before, says := open(t, w.Console("ngo")), w.running(t), i18n.For(i18n.Language(how.language))
		b.look(how)
		b.signIn(w.tokens[posada.RoleSteward])
		b.strict = true
		b.visit("/rules")
		b.keep(how, "rules")
		b.goes(`main a[href="/rules/draft/shelter"]`)
		b.keep(how, "rules-draft")
		b.do(chromedp.SetValue(chromedp.CSS(`select[name="cell/shelter/medical"]`), "consent"))
		b.press(`button[name=go][value=legal]`) // to another purpose, which keeps it
		b.press(`button[name=go][value=changes]`)
		b.keep(how, "rules-changes")
		group := says.Text("matrix.says.consent", "classes", says.Term("class", "shelter"), "purposes", says.Term("purpose", "shelter"), "categories", says.Term("category", "medical"))
		label := says.Text("difference.wider", "opened", 1)
		if text := b.text("main"); !strings.Contains(strings.ToLower(text), strings.ToLower(group+" "+says.Text("matrix.was.never"))) || !strings.Contains(text, label) || read[int](b, `document.querySelectorAll('main .says li').length`) != 1 {
			t.Errorf("%s: the page says %s", how, text)
		}
		after := b.downloaded("policy-2.json")
		want := matrix.Change{Cell: cell, Before: posada.ModeNever, After: posada.ModeConsent}
		if d := matrix.Compare(before, after); len(d.Changes) != 1 || d.Changes[0] != want || len(d.Asked)+len(d.Unasked)+len(d.Silence) > 0 || d.Days[0] != d.Days[1] || after.Version != before.Version+1 {
			t.Errorf("%s: the file changes %+v", how, d)
		}
		b.visit("/rules/draft/shelter")
		b.keep(how, "rules-draft-edited")
		b.visit("/rules/what-if")
		b.put("class", "shelter")
		b.put("purpose", "shelter")
		b.click(`[name=over][value=draft]`)
		b.press(`form[action="/rules/what-if"] button.main`)
		b.keep(how, "rules-if")
		if text := b.text("main section ul"); !strings.Contains(strings.ToLower(text), says.Term("category", "medical")) {
			t.Errorf("%s: by the draft this is given: %s", how, text)
		}
		b.visit("/rules/guard")
		b.keep(how, "rules-guard")
		b.visit("/rules/changes")
		b.press(`form[action="/rules/gone"] button`)
		b.visit("/rules/changes")
		b.keep(how, "rules-no-draft")
		if text := b.text("main"); !strings.Contains(text, says.Text("console.rules.no_draft")) {
			t.Errorf("%s: the draft is there still: %s", how, text)
		}
		b.close()
	}
}

// TestWhatNoTableMayGiveIsNotOfferedAndRefused: the page has no field for it, and a form that
// was made by hand is told of whom, and keeps nothing of it.
func TestWhatNoTableMayGiveIsNotOfferedAndRefused(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.tokens[posada.RoleSteward])
	form := d.get("/rules/draft/shelter")
	for _, never := range []string{"location_shelter", "legal_strategy", "photo_biometric", "screening_answers", `value="border"`, `value="law_enforcement"`, `value="coalition"`} {
		if form.says(never) {
			t.Errorf("the page offers %s", never)
		}
	}
	for name, forged := range map[string]struct{ at, cell, mode, want string }{
		"a border's":        {"/rules/draft/statistics_aggregate", "cell/border/identity", "consent", "A counterexample"},
		"police by consent": {"/rules/draft/survivor_report", "cell/law_enforcement/identity", "consent", "A counterexample"},
		"what never leaves": {"/rules/draft/shelter", "cell/shelter/location_shelter", "consent", "A counterexample"},
		"the coordinator's": {"/rules/draft/shelter", "cell/coalition/needs", "consent", "A counterexample"},
		"no word":           {"/rules/draft/shelter", "cell/police/needs", "consent", "police"},
		"no mode":           {"/rules/draft/shelter", "cell/shelter/needs", "always", "always"},
		"too long":          {"/rules/changes", "days", "91", "out of range"},
	} {
		a := d.post(forged.at, url.Values{forged.cell: {forged.mode}, "go": {"changes"}})
		if a.StatusCode != http.StatusUnprocessableEntity || !a.says(forged.want) || !a.says("Nothing of it was kept") {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
	}
	if a := d.get("/rules/changes"); !a.says("There is no draft") {
		t.Errorf("something was kept: %s", a.body)
	}
	if a := d.get("/rules/draft/everything"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a purpose that is none: %s", a.Status)
	}
}

// TestATableIsGoneOnWithFromAFile: what is pasted is the draft, and what is wrong in it is
// told with its line.
func TestATableIsGoneOnWithFromAFile(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.tokens[posada.RoleAgencyAdmin])
	before := w.running(t)
	text, err := before.With(7, matrix.Cells{posada.ClassSchool: {posada.PurposeEducation: {posada.CategoryNeeds: posada.ModeConsent}}}).Write()
	if err != nil {
		t.Fatal(err)
	}
	if a := d.post("/rules/file", url.Values{"table": {strings.Replace(string(text), `"needs"`, `"neds"`, 1)}}); a.StatusCode != http.StatusUnprocessableEntity || !a.says("Line ") || !a.says("neds") {
		t.Errorf("a mistake: %s %s", a.Status, a.body)
	}
	if a := d.post("/rules/file", url.Values{"table": {string(text)}}); a.Request.URL.Path != "/rules/changes" || !a.says("school, for education") && !a.says("School, for education") {
		t.Errorf("at %s: %s", a.Request.URL, a.body)
	}
	file := d.post("/rules/download", nil)
	after, err := matrix.Read([]byte(file.body))
	if err != nil || after.Version != before.Version+1 || len(matrix.Compare(before, after).Changes) != 1 {
		t.Errorf("%v: %s", err, file.body)
	}
	// When the time is over the draft waits for who drafted it, and for nobody else.
	d.clock.pass(16 * time.Minute)
	d.signIn(w.tokens[posada.RoleAgencyAdmin])
	if a := d.get("/rules/changes"); a.says("There is no draft") {
		t.Error("the draft is gone when the time was over")
	}
	d.clock.pass(16 * time.Minute)
	d.signIn(w.tokens[posada.RoleSteward])
	if a := d.get("/rules/changes"); !a.says("There is no draft") {
		t.Error("another person has the draft")
	}
}

// TestTheTableOfOnePurposeIsNoHeavierThanItMustBe: only kinds that have something, or are to,
// have a column, and so the page comes over a bad link too.
func TestTheTableOfOnePurposeIsNoHeavierThanItMustBe(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.tokens[posada.RoleSteward])
	heaviest := 0
	for _, purpose := range posada.Members[posada.Purpose]() {
		heaviest = max(heaviest, len(d.get("/rules/draft/"+string(purpose)).body))
	}
	t.Logf("%d bytes, of the heaviest of %d", heaviest, len(posada.Members[posada.Purpose]()))
	if heaviest > 48<<10 {
		t.Errorf("the heaviest weighs %d bytes", heaviest)
	}
}

// TestWhoDoesNotDraftSeesNoRules: for everybody else the pages are not there, by whatever way
// they are asked for.
func TestWhoDoesNotDraftSeesNoRules(t *testing.T) {
	w := in(t)
	for _, role := range posada.Members[posada.StaffRole]() {
		d := serve(t, w, "ngo")
		d.signIn(w.tokens[role])
		drafts := role == posada.RoleSteward || role == posada.RoleCoordinator || role == posada.RoleAgencyAdmin
		if d.get("/status").says(`href="/rules"`) != drafts {
			t.Errorf("%s: the menu has the rules: %v", role, !drafts)
		}
		none := d.get("/none-such")
		for path, form := range map[string]url.Values{
			"/rules": nil, "/rules/changes": nil, "/rules/guard": nil, "/rules/file": nil, "/rules/what-if": nil, "/rules/draft/shelter": nil,
			"/rules/view": nil, "/rules/download": {}, "/rules/draft/legal": {"cell/legal_aid/needs": {"never"}},
		} {
			a := d.get(path)
			if form != nil {
				a = d.post(path, form)
			}
			if drafts != (a.StatusCode == http.StatusOK) || !drafts && a.body != none.body {
				t.Errorf("%s, %s: %s", role, path, a.Status)
			}
		}
	}
}
