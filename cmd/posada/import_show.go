package main

import (
	"errors"
	"strconv"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/posada"
)

// seen is what a look at a source is for a program.
type seen struct {
	Mapping   string             `json:"mapping"`
	Previewed string             `json:"previewed,omitempty"` // what import run --previewed takes
	Rows      int                `json:"rows"`
	Good      int                `json:"good"`
	Wrong     int                `json:"wrong"`
	Problems  []problemShown     `json:"problems"`
	More      int                `json:"more_problems,omitempty"`
	Losses    []mapping.Loss     `json:"losses"`
	Points    []imports.Pointing `json:"points_at_somebody"`
	Formulas  []imports.Counted  `json:"formulas"`
	Sample    []sampleRow        `json:"sample"`
}

// problemShown is a problem with a sentence.
type problemShown struct {
	mapping.Problem
	Means string `json:"means"`
}

type sampleRow struct {
	Row    int           `json:"row"`
	Values []sampleValue `json:"values"`
}

type sampleValue struct {
	Column   string          `json:"column"`
	To       string          `json:"to"`
	Category posada.Category `json:"category,omitempty"`
	Value    string          `json:"value"`
}

// showSeen shows what a look at a source saw.
func (c *cli) showSeen(s *sourced, of imports.Seen, whole bool) error {
	out := seen{
		Mapping: s.m.Name(), Rows: of.Rows, Good: of.Good, Wrong: of.Wrong, Problems: []problemShown{}, More: of.More,
		Losses: append([]mapping.Loss{}, s.m.Losses()...), Points: append([]imports.Pointing{}, of.Points...), Formulas: append([]imports.Counted{}, of.Formulas...),
		Sample: []sampleRow{},
	}
	if whole {
		out.Previewed = of.Digest
	}
	for _, problem := range of.Problems {
		out.Problems = append(out.Problems, problemShown{problem, imports.WrongSaid(c.Printer, problem)})
	}
	for _, row := range of.Sample {
		shown := sampleRow{Row: row.Row}
		for _, v := range row.Values {
			shown.Values = append(shown.Values, sampleValue{v.Column, v.To.String(), v.To.Category(), v.Value})
		}
		out.Sample = append(out.Sample, shown)
	}
	return c.print(out, func(p *page) { p.seen(s, out, whole) })
}

// seen writes what a look at a source saw, with what to do next.
func (p *page) seen(s *sourced, of seen, whole bool) {
	for _, row := range of.Sample {
		p.say("import.row", "row", row.Row)
		var rows [][]string
		for _, v := range row.Values {
			field, _ := p.Field(v.To, "")
			category := p.Text("preview.not_about")
			if v.Category != "" {
				category = p.Term("category", string(v.Category))
			}
			rows = append(rows, []string{printable(v.Column), field, category, printable(v.Value)})
		}
		p.table([]i18n.Key{"column.column", "column.field", "column.category", "column.value"}, rows)
		p.line("")
	}
	p.losses(of.Losses)
	p.warned(of)
	p.problems(of)
	if !whole {
		return // the error says what to do
	}
	p.say("import.counted", "rows", of.Rows, "good", of.Good, "wrong", of.Wrong)
	p.next("import.not_yet")
	if of.Good > 0 {
		p.line("  " + command("import", "run", s.file, "--mapping", s.rules, "--previewed", of.Previewed))
	}
}

func (p *page) losses(list []mapping.Loss) {
	if len(list) == 0 {
		return
	}
	p.say("import.losses")
	for _, l := range list {
		p.say(i18n.Key("import.loss."+string(l.Kind)), "column", printable(l.Column), "why", printable(l.Why))
	}
	p.line("")
}

// warned writes what does not stop an import and should be read.
func (p *page) warned(of seen) {
	if len(of.Points)+len(of.Formulas) == 0 {
		return
	}
	for _, point := range of.Points {
		p.say("import.points", "column", printable(point.Column), "kind", p.Term("freetext.kind", string(point.Kind)), "rows", point.Rows)
	}
	if len(of.Points) > 0 {
		p.say("freetext.some")
	}
	for _, f := range of.Formulas {
		p.say("import.formula", "column", printable(f.Column), "rows", f.Rows)
	}
	p.line("")
}

func (p *page) problems(of seen) {
	if len(of.Problems) == 0 {
		return
	}
	var rows [][]string
	for _, problem := range of.Problems {
		rows = append(rows, []string{strconv.Itoa(problem.Row), printable(problem.Column), problem.Means})
	}
	p.table([]i18n.Key{"column.row", "column.column", "column.wrong"}, rows)
	if of.More > 0 {
		p.say("import.more", "count", of.More)
	}
	p.line("")
}

// brought writes what came of an import.
func (p *page) brought(s imports.Saved) {
	p.importDone(s.Import)
	var rows [][]string
	for _, k := range s.Kept {
		rows = append(rows, []string{strconv.Itoa(k.Row), p.Term("import.outcome", k.Outcome)})
	}
	if len(rows) > 0 {
		p.table([]i18n.Key{"column.row", "column.import_outcome"}, rows)
	}
	if s.More > 0 {
		p.say("import.more", "count", s.More)
	}
}

// importDone writes how many rows of an import became what.
func (p *page) importDone(is client.Import) {
	p.say("import.done", "mapping", is.Mapping, "id", posada.Brief(is.ID), "saved", is.Became["saved"], "already", is.Became["already"])
	if kept := is.Became["differs"] + is.Became["others"] + is.Became["erased"]; kept+is.Refused > 0 {
		p.say("import.not_saved", "kept", kept, "refused", is.Refused)
	}
}

func (p *page) importsList(list []client.Import) {
	if len(list) == 0 {
		p.say("import.none")
		return
	}
	var rows [][]string
	for _, i := range list {
		state := p.Text("import.state.ended")
		if i.Ended.IsZero() {
			state = p.Text("import.state.begun", "row", i.Through)
		}
		rows = append(rows, []string{posada.Brief(i.ID), i.Mapping, moment(i.Began), strconv.Itoa(i.Rows), strconv.Itoa(i.Became["saved"]), state})
	}
	p.table([]i18n.Key{"column.id", "column.mapping", "column.began", "column.rows", "column.saved", "column.state"}, rows)
}

// mappingFlaw is what is wrong with a mapping, with its line and column.
func mappingFlaw(p i18n.Printer, err error) (string, bool) {
	e, ok := errors.AsType[*mapping.FileError](err)
	if !ok {
		return "", false
	}
	return p.Text("import.flawed", "line", e.Line, "column", e.Column, "why", p.Text(i18n.Key("import.flaw."+string(e.Flaw)), "what", printable(e.What))), true
}
