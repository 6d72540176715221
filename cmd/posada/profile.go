package main

import (
	"cmp"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// profile writes all that is told of a need, each part on a line of its own, as it is
// read out.
func (p *page) profile(in client.NeedProfile) {
	rows := [][]string{
		{p.Text("need.how_soon"), p.Term("priority", string(in.Priority))},
		{p.Text("need.looked_for"), i18n.Terms(p.Printer, "service", in.Services)},
	}
	says := func(part, value string) {
		if value != "" {
			rows = append(rows, []string{p.Term("part", part), value})
		}
	}
	says("gender", p.termOf("gender", string(in.Gender)))
	says("age", string(in.Age))
	says("size", p.termOf("size", string(in.Size)))
	says("with", i18n.Terms(p.Printer, "with", in.With))
	says("exploitation", p.termOf("exploitation", string(in.Exploitation)))
	says("languages", p.spoken(in.Languages, in.Interpreter, "need.interpreter"))
	says("access", i18n.Terms(p.Printer, "access", in.Access))
	if in.Pets {
		says("pets", p.Text("need.pets"))
	}
	says("region", p.termOf("jurisdiction", in.Region))
	says("nights", p.termOf("nights", string(in.Nights)))
	says("wishes", i18n.Terms(p.Printer, "wish", in.Wishes))
	p.table(nil, rows)
}

// termOf is a word of a family where one is said, and nothing where none is.
func (p *page) termOf(family, word string) string {
	if word == "" {
		return ""
	}
	return p.Term(family, word)
}

// spoken names languages, and says the sentence of an interpreter where there is one.
func (p *page) spoken(codes []string, interpreter bool, sentence i18n.Key) string {
	parts := strings.Split(i18n.Terms(p.Printer, "console.tongue", codes), ", ")
	if interpreter {
		parts = append(parts, p.Text(sentence))
	}
	return strings.TrimPrefix(strings.Join(parts, ", "), ", ")
}

// orDash is a word, or a dash where there is none.
func orDash(text string) string { return cmp.Or(text, "–") }
