package browsing

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/posada"
)

// A table as somebody may get it from anywhere, and a mapping for it. Its file's name turns what
// is behind it around, one of its columns is markup, and a cell is a spreadsheet's command.
const (
	sheetRules = "posada_mapping: 1\nname: %s\nkey: No\ncolumns:\n  No: {left_out: the row is known by it}\n  Name: {to: survivor.prs_FirstName}\n  Sex: {to: survivor.prs_Gender, values: {F: Feminine}}\n" +
		"  \"<img src=x onerror=alert(1)>\": {to: case.cco_CaseComment}\n"
	sheetHead = "No,Name,Sex,<img src=x onerror=alert(1)>\n"
	sheetRows = "1,Invented Ana,F,Call her on 915-555-0143.\n2,\"=HYPERLINK(\"\"http://invented.example\"\")\",F,<b>bold</b>\n3,Invented Eva,Xochitl,\n"
	sheetFile = "our\u202evsc.sheet.csv"
)

// chooses chooses a table and a mapping on the page for that.
func (b *tab) chooses(name, table, rules string) {
	b.t.Helper()
	dir := b.t.TempDir()
	source, mapping := filepath.Join(dir, name), filepath.Join(dir, "rules.yaml")
	must(b.t, os.WriteFile(source, []byte(table), 0o600))
	must(b.t, os.WriteFile(mapping, []byte(rules), 0o600))
	b.visit("/imports")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#source"), []string{source}), chromedp.SetUploadFiles(chromedp.CSS("#rules"), []string{mapping}))
	b.press(`form[action="/imports"] button.main`)
}

// once is a name that nothing in the world has, however often a test runs: of a colleague, or of a
// mapping, within which a row is brought once.
func once(name string) string { return fmt.Sprint(name, time.Now().UnixNano()) }

// bringer is somebody new at a console, and how many cases are their work.
func bringer(t *testing.T, name string) (b *tab, node *client.Client, cases func() int) {
	t.Helper()
	w := in(t)
	name = once(name + " ")
	added, err := w.as(posada.RoleAgencyAdmin).AddStaff(t.Context(), client.NewStaff{Name: name, Roles: []string{string(posada.RoleAdvocate)}})
	must(t, err)
	b, node = open(t, w.Console("ngo")), client.New(w.API("ngo"), added.Token, "en")
	b.signIn(added.Token)
	return b, node, func() (count int) {
		list, err := node.Cases(t.Context())
		must(t, err)
		for _, k := range list {
			if slices.Contains(k.Assigned, name) {
				count++
			}
		}
		return count
	}
}

// TestATableIsLookedAtAndBroughtInByWayOfThePages, without a script: nothing is saved before what it
// becomes was shown, row by row; what is wrong is said by its place and not quoted; what is saved is
// what was shown; and the same table again changes nothing.
func TestATableIsLookedAtAndBroughtInByWayOfThePages(t *testing.T) {
	t.Parallel()
	b, node, cases := bringer(t, "Invented Bringer")
	b.look(ways{language: "en", width: 320})
	called := once("in-the-pages-")
	rules := strings.Replace(sheetRules, "%s", called, 1)
	kept := func() (list []client.Import) {
		all, err := node.Imports(t.Context())
		must(t, err)
		return slices.DeleteFunc(all, func(i client.Import) bool { return i.Mapping != called })
	}

	b.chooses(sheetFile, sheetHead+sheetRows, "posada_mapping: 1\nname: x\nkey: No\ncolumns:\n  Xochitl: {to: Xochitl}\n")
	b.shows("The mapping is not whole: line 5, column 17")
	if strings.Contains(b.whole(), "Xochitl") {
		t.Error("what was refused is on the page")
	}
	b.chooses(sheetFile, sheetHead+sheetRows, strings.Replace(rules, "  Sex: {to: survivor.prs_Gender, values: {F: Feminine}}\n", "", 1))
	b.shows("Its columns are not those of the mapping")
	if b.there(`form[action="/imports/look"]`) {
		t.Error("it can be brought in")
	}

	b.chooses(sheetFile, sheetHead+sheetRows, rules)
	b.scrutinize()
	b.keep(b.how, "import-look")
	for _, says := range []string{"3 rows: 2 would be saved, 1 are wrong", "does not have this value", "Invented Ana", "=HYPERLINK", "text, not a command", "<b>bold</b>", "<img src=x", "seems to point at somebody", "Nothing is saved yet"} {
		b.shows(says)
	}
	if text := b.whole(); strings.Contains(text, "\u202e") || strings.Contains(text, "Xochitl") || !strings.Contains(text, "our vsc.sheet.csv") {
		t.Error("the file's name turns the page around, or what was refused is on it")
	}
	read[bool](b, `(document.querySelector('input[name=digest]').value = 'of another table', true)`)
	b.press(`form[action="/imports/look"] button.main`)
	b.shows("This is not what you looked at")
	if len(kept()) != 0 || cases() != 0 {
		t.Fatal("something was saved by looking")
	}
	b.press(`form[action="/imports/look"] button.main`)
	patiently(t, "both rows being saved", func() bool {
		list := kept()
		return len(list) == 1 && !list[0].Ended.IsZero()
	})
	b.visit("/imports/" + string(kept()[0].ID))
	b.scrutinize()
	b.shows("ended")
	if is := kept()[0]; is.Became["saved"] != 2 || is.Refused != 1 || cases() != 2 {
		t.Errorf("%+v, %d cases", is, cases())
	}

	b.chooses(sheetFile, sheetHead+strings.Replace(sheetRows, "Invented Ana", "Invented Other", 1), rules)
	b.press(`form[action="/imports/look"] button.main`)
	patiently(t, "all of it being dealt with again", func() bool {
		list := kept()
		return len(list) == 2 && !list[0].Ended.IsZero() && !list[1].Ended.IsZero()
	})
	if cases() != 2 {
		t.Errorf("%d cases", cases())
	}
	b.visit("/imports")
	b.keep(b.how, "imports")
	b.shows(called)
}

// TestATableThatBrokeOffGoesOnByWayOfThePages: the page says how far it came; the same table chosen again
// goes on with the same import behind that, and another begins its own. It may be given up.
func TestATableThatBrokeOffGoesOnByWayOfThePages(t *testing.T) {
	t.Parallel()
	b, node, cases := bringer(t, "Invented Resumer")
	b.look(ways{language: "es", width: 320, dark: true})
	called := once("broken-off-")
	rules, table := strings.Replace(sheetRules, "%s", called, 1), sheetHead+sheetRows
	digest, err := imports.Digest([]byte(rules), strings.NewReader(table))
	must(t, err)
	begun, err := node.BeginImport(t.Context(), client.NewImport{Mapping: called, Digest: digest, Rows: 3})
	must(t, err)
	_, err = node.ImportRows(t.Context(), begun.ID, client.NewImportRows{Through: 2, Rows: []client.NewImportRow{
		{Key: "1", Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"prs_FirstName": "Invented Ana"}}}},
	}})
	must(t, err)
	at := "/imports/" + string(begun.ID)
	b.visit(at)
	b.scrutinize()
	b.keep(b.how, "import")
	b.shows("Llegó a la fila 2 de 3")
	b.chooses("sheet.csv", table, rules)
	b.press(`form[action="/imports/look"] button.main`)
	if b.path() != at {
		t.Fatalf("it goes on at %s", b.path())
	}
	patiently(t, "the second row being saved", func() bool {
		list, err := node.Imports(t.Context())
		return err == nil && len(list) == 1 && !list[0].Ended.IsZero() && list[0].Became["saved"] == 2
	})
	if cases() != 2 {
		t.Errorf("%d cases", cases())
	}
	again, err := node.BeginImport(t.Context(), client.NewImport{Mapping: called, Digest: strings.Repeat("a", 52), Rows: 3})
	must(t, err)
	b.visit("/imports/" + string(again.ID) + "/end")
	b.send(`main form button.grave`, `.said`)
	list, err := node.Imports(t.Context())
	if err != nil || slices.ContainsFunc(list, func(i client.Import) bool { return i.Ended.IsZero() }) {
		t.Errorf("it was not given up, %v", err)
	}
}
