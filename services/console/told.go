package console

import (
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// toldRow is one part of what agencies are told, in words.
type toldRow struct{ Name, Value string }

// told is everything that agencies are told of a need, word for word, and which parts are
// not said. Whoever asks reads the same words aloud that whoever is asked reads.
func told(p i18n.Printer, n client.NeedProfile) (rows []toldRow, unsaid []string) {
	yes := func(is bool) string {
		if is {
			return p.Text("console.told.yes")
		}
		return ""
	}
	rows = []toldRow{
		{p.Text("console.told.priority"), p.Term("priority", string(n.Priority))},
		{p.Text("console.told.services"), i18n.Terms(p, "service", n.Services)},
	}
	for _, part := range []struct{ name, value string }{
		{"gender", word(p, "gender", n.Gender)}, {"age", word(p, "console.pick", n.Age)},
		{"size", word(p, "size", n.Size)}, {"with", i18n.Terms(p, "with", n.With)},
		{"exploitation", word(p, "exploitation", n.Exploitation)},
		{"languages", tongues(p, n.Languages, n.Interpreter)}, {"access", i18n.Terms(p, "access", n.Access)},
		{"pets", yes(n.Pets)}, {"region", word(p, "jurisdiction", n.Region)},
		{"nights", word(p, "nights", n.Nights)}, {"wishes", i18n.Terms(p, "wish", n.Wishes)},
	} {
		name := p.Term("part", part.name)
		if part.value == "" {
			unsaid = append(unsaid, name)
			continue
		}
		rows = append(rows, toldRow{name, part.value})
	}
	return rows, unsaid
}

// word is one of a vocabulary; nothing, where nothing is said.
func word[T ~string](p i18n.Printer, family string, w T) string {
	if w == "" {
		return ""
	}
	return p.Term(family, string(w))
}

// tongues are languages and whether there must be an interpreter for them.
func tongues(p i18n.Printer, list []string, interpreter bool) string {
	text := i18n.Terms(p, "console.spoken", list)
	switch {
	case !interpreter:
		return text
	case text == "":
		return p.Text("console.told.interpreter")
	}
	return text + "; " + p.Text("console.told.interpreter")
}

// inShort is what one looks for in a list of needs: who, and how many.
func inShort(p i18n.Printer, n client.NeedProfile) string {
	var words []string
	for _, w := range []string{
		word(p, "gender", n.Gender), word(p, "console.pick", n.Age), word(p, "size", n.Size), i18n.Terms(p, "with", n.With), word(p, "nights", n.Nights),
	} {
		if w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return p.Text("console.told.nothing")
	}
	return strings.Join(words, ", ")
}
