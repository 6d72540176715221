package console

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/posada"
)

// importPages are for whoever has people in a table elsewhere: it is looked at row by row, and
// then brought in.
func importPages() []page {
	care := careRoles()
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/imports", title: "console.imports.title", do: importList, roles: care},
		{method: post, pattern: "/imports", title: "console.imports.title", do: takeTable, again: importList, roles: care, upload: maxTable},
		{method: get, pattern: "/imports/look", title: "console.imports.look", do: lookAtTable, roles: care},
		{method: post, pattern: "/imports/look", title: "console.imports.look", do: bringTable, again: lookAtTable, roles: care},
		{method: post, pattern: "/imports/forget", title: "console.imports.title", do: forgetTable, again: importList, roles: care},
		{method: get, pattern: "/imports/{id}", title: "console.imports.one", do: oneImport, roles: care},
		{method: get, pattern: "/imports/{id}/end", title: "console.imports.end", do: endImportForm, roles: care},
		{method: post, pattern: "/imports/{id}/end", title: "console.imports.end", do: endImport, again: endImportForm, roles: care},
	}
}

// sheetName is the name of the draft that holds a table on its way through its preview.
const sheetName = "sheet"

// sheet is a table that somebody chose, and the mapping for it.
type sheet struct {
	Name   string `json:"name"` // of its file
	Source []byte `json:"source"`
	Rules  []byte `json:"rules"`
}

// read reads the mapping.
func (t sheet) read() (mapping.Mapping, error) { return mapping.Read(t.Rules) }

// importsPage is the imports that somebody began, and the form for one more.
type importsPage struct {
	List          []importRow
	Waits         string // the file of a table that was looked at and not brought
	Source, Rules field
}

// importRow is an import, with how far it came.
type importRow struct {
	client.Import
	Saved, Kept int
	Going       bool
}

func (v *visit) row(i client.Import) importRow {
	_, going, _ := v.k.carries.find(i.ID)
	return importRow{i, i.Became["saved"], i.Became["differs"] + i.Became["others"] + i.Became["erased"], going}
}

func importList(v *visit) (view, error) {
	list, err := v.node.Imports(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := importsPage{
		Source: v.text("source", "console.imports.source").as("file").hint(v.Text("console.imports.source_hint")).needed(),
		Rules:  v.text("rules", "console.imports.rules").as("file").hint(v.Text("console.imports.rules_hint")).needed(),
	}
	p.Source.Max, p.Rules.Max = 0, 0
	for _, i := range list {
		p.List = append(p.List, v.row(i))
	}
	var t sheet
	if v.draftOf(sheetName, &t) {
		p.Waits = harmless(t.Name)
	}
	return show("imports", p), nil
}

// takeTable keeps what was chosen, if it can be looked at at all.
func takeTable(v *visit) (view, error) {
	name, source := v.file("source")
	_, rules := v.file("rules")
	if len(source) == 0 || len(rules) == 0 {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.imports.both"}
	}
	t := sheet{name, source, rules}
	m, err := t.read()
	if err != nil {
		return view{}, v.unread(err)
	}
	if _, err := m.Open(bytes.NewReader(source)); err != nil && !isHeading(err) {
		return view{}, v.unread(err)
	}
	return goTo("/imports/look", ""), v.keepDraft(sheetName, t)
}

func forgetTable(v *visit) (view, error) {
	v.dropDraft(sheetName)
	return goTo("/imports", "console.imports.forgotten"), nil
}

func isHeading(err error) bool {
	_, is := errors.AsType[*mapping.HeadingError](err)
	return is
}

// harmless is a text of a file's or a column's name as it may stand on a page: without what
// moves or turns around what stands beside it, and no longer than anybody reads.
func harmless(text string) string {
	const most = 80
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// unread says what is wrong with a mapping or a table and where, and quotes nothing of either.
func (v *visit) unread(err error) error {
	what := v.Text("console.imports.unreadable")
	flaw, is := errors.AsType[*mapping.FileError](err)
	broken, breaks := imports.BrokenSaid(v.Printer, err)
	switch {
	case is:
		why := v.Text(i18n.Key("import.flaw."+string(flaw.Flaw)), "what", v.Text("console.imports.word_there"))
		what = v.Text("console.imports.flawed", "line", flaw.Line, "column", flaw.Column, "why", why)
	case breaks:
		what = v.Text("console.imports.broken", "why", broken)
	}
	return &client.Problem{
		Status: http.StatusUnprocessableEntity, Key: "table", Title: what, Kept: v.Text("console.imports.nothing_saved"), Next: v.Text("console.imports.mend"),
	}
}

// perPage is how many rows are shown at a time.
const perPage = 10

// looked looks at the table that is kept, as far as the rows that are to be shown.
func (v *visit) looked(rows int) (t sheet, m mapping.Mapping, seen imports.Seen, err error) {
	if !v.draftOf(sheetName, &t) {
		return t, m, seen, errNothing
	}
	if m, err = t.read(); err != nil {
		return t, m, seen, v.unread(err)
	}
	known, err := v.sheltersBut("")
	if err != nil {
		return t, m, seen, err
	}
	seen, err = imports.Look(t.Rules, m, bytes.NewReader(t.Source), known, rows)
	if h, is := errors.AsType[*mapping.HeadingError](err); is {
		return t, m, imports.Seen{Problems: h.Problems}, nil
	}
	if err != nil {
		err = v.unread(err)
	}
	return t, m, seen, err
}

// lookPage is what a table becomes, a few rows at a time, and what is wrong with it.
type lookPage struct {
	File, Mapping, Digest string
	Rows, Good, Wrong     int
	Whole                 bool
	Shown                 []lookRow
	Problems              []lookProblem
	More                  int // that are not listed
	Losses, Warnings      []string
	Points                bool
	Before, After         string // where the rows before and after these are shown
}

type lookRow struct {
	Row    int
	Values []lookValue
}

type lookValue struct {
	Column string
	Field  carriedRow
	Text   bool // a spreadsheet would take it for a command
}

type lookProblem struct {
	Row          int
	Column, Says string
}

func lookAtTable(v *visit) (view, error) {
	from, err := strconv.Atoi(v.r.URL.Query().Get("from"))
	if err != nil || from < 0 || from > maxTable {
		from = 0
	}
	t, m, seen, err := v.looked(from + perPage)
	if errors.Is(err, errNothing) {
		return goTo("/imports", "console.imports.gone"), nil
	}
	if err != nil {
		return view{}, err
	}
	p := lookPage{
		File: harmless(t.Name), Mapping: m.Name(), Rows: seen.Rows, Good: seen.Good, Wrong: seen.Wrong, More: seen.More,
		Whole: seen.Digest != "" && seen.Whole(), Losses: v.losses(m), Warnings: v.remarks(seen), Points: len(seen.Points) > 0,
	}
	if p.Whole {
		p.Digest = seen.Digest
	}
	for _, row := range seen.Sample[min(from, len(seen.Sample)):] {
		p.Shown = append(p.Shown, v.becomes(row))
	}
	for _, problem := range seen.Problems {
		p.Problems = append(p.Problems, lookProblem{problem.Row, harmless(problem.Column), imports.WrongSaid(v.Printer, problem)})
	}
	if from > 0 {
		p.Before = "/imports/look?from=" + strconv.Itoa(max(0, from-perPage))
	}
	if from+perPage < seen.Good {
		p.After = "/imports/look?from=" + strconv.Itoa(from+perPage)
	}
	return show("import_look", p), nil
}

// becomes is a row as it would be saved.
func (v *visit) becomes(row mapping.Mapped) lookRow {
	out := lookRow{Row: row.Row}
	for _, value := range row.Values {
		place, kind := value.To.String(), v.Text("console.field.not_about")
		if c := value.To.Category(); c != "" {
			kind = v.Term("category", string(c))
		}
		out.Values = append(out.Values, lookValue{
			harmless(value.Column), carriedRow{v.placed(place), v.worth(place, value.Value), kind}, slices.Contains(row.Formulas, value.Column),
		})
	}
	return out
}

func (v *visit) losses(m mapping.Mapping) (list []string) {
	for _, l := range m.Losses() {
		list = append(list, v.Text(i18n.Key("import.loss."+string(l.Kind)), "column", harmless(l.Column), "why", harmless(l.Why)))
	}
	return list
}

// remarks are what does not stop an import and should be read.
func (v *visit) remarks(seen imports.Seen) (list []string) {
	for _, p := range seen.Points {
		list = append(list, v.Text("import.points", "column", harmless(p.Column), "kind", v.Term("freetext.kind", string(p.Kind)), "rows", p.Rows))
	}
	for _, f := range seen.Formulas {
		list = append(list, v.Text("import.formula", "column", harmless(f.Column), "rows", f.Rows))
	}
	return list
}

// mine finds an import that somebody began. Others' are not there for them.
func (v *visit) mine() (client.Import, error) {
	list, err := v.node.Imports(v.ctx())
	if err != nil {
		return client.Import{}, err
	}
	i := slices.IndexFunc(list, func(i client.Import) bool { return i.ID == posada.ImportID(v.path("id")) })
	if i < 0 {
		return client.Import{}, errNothing
	}
	return list[i], nil
}

// importPage is an import: under way, broken off, or done.
type importPage struct {
	importRow
	At       string
	Through  int // of its rows
	Stopped  *client.Problem
	Outcomes []lookProblem // rows that were brought and not saved
	More     int
}

func oneImport(v *visit) (view, error) {
	is, err := v.mine()
	if err != nil {
		return view{}, err
	}
	p := importPage{importRow: v.row(is), At: "/imports/" + string(is.ID), Through: min(is.Through, is.Rows)}
	if c, _, here := v.k.carries.find(is.ID); here {
		saved, stopped := c.came()
		for _, k := range saved.Kept {
			p.Outcomes = append(p.Outcomes, lookProblem{Row: k.Row, Says: v.Term("import.outcome", k.Outcome)})
		}
		p.More = saved.More
		if stopped != nil {
			p.Stopped = v.stopped(stopped)
		}
	}
	return show("import", p), nil
}

func endImportForm(v *visit) (view, error) {
	is, err := v.mine()
	if err != nil {
		return view{}, err
	}
	at := "/imports/" + string(is.ID)
	return show("ask", askPage{Name: is.Mapping, Action: at + "/end", Back: at, Key: "console.imports.ask_end"}), nil
}

func endImport(v *visit) (view, error) {
	is, err := v.mine()
	if err != nil {
		return view{}, err
	}
	v.k.carries.drop(is.ID)
	_, err = v.node.EndImport(v.ctx(), is.ID)
	return goTo("/imports", "console.imports.ended", "mapping", is.Mapping), err
}
