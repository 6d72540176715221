package papers

import (
	"errors"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// Kept is what an agency itself keeps about somebody, for that person. What never leaves
// whoever holds it is not to be in it: that there is more is said, and of what kind is not.
type Kept struct {
	At    time.Time  `json:"at"`
	Lines []KeptLine `json:"lines"`
	More  bool       `json:"more,omitempty"` // something is kept that is not on this paper
}

// KeptLine is one field: a record's role and its field, as in survivor.prs_FirstName, and what
// stands there; services, a word of a list.
type KeptLine struct {
	Place string `json:"place"`
	Value string `json:"value"`
}

// String hides what is kept from every log line and error.
func (Kept) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Kept) GoString() string { return "(redacted)" }

// String hides a line from every log line and error.
func (KeptLine) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (KeptLine) GoString() string { return "(redacted)" }

// Text is what is kept, to be read aloud from a terminal.
func (k Kept) Text(l i18n.Language) (string, error) {
	sheet, err := k.sheet(l)
	return sheet.text(), err
}

// HTML is what is kept as a page to print.
func (k Kept) HTML(l i18n.Language) (string, error) {
	sheet, err := k.sheet(l)
	if err != nil {
		return "", err
	}
	return sheet.html()
}

func (k Kept) sheet(l i18n.Language) (sheet, error) {
	p, err := phrasesOf(l)
	if err != nil {
		return sheet{}, err
	}
	w := account{Printer: i18n.For(l), phrases: p}
	w.tell(title, "kept.title", "at", w.moment(k.At))
	if len(k.Lines) == 0 && !k.More {
		w.tell(paragraph, "kept.none")
	}
	within := ""
	for _, line := range k.Lines {
		record, field, in := strings.Cut(line.Place, ".")
		if !in {
			record, field = "", line.Place
		}
		if name := w.record(record); name != within {
			within = name
			w.blocks = append(w.blocks, block{heading, name})
		}
		name, value := w.field(record, field, line.Value)
		w.tell(item, "kept.line", "field", name, "value", plain(value))
	}
	if k.More {
		w.tell(paragraph, "kept.more")
	}
	if len(k.Lines) > 0 {
		w.tell(paragraph, "kept.care")
	}
	return sheet{l, w.blocks}, w.err
}

// record is whom or what a record speaks of, as it is said to the person. Of the second of
// a kind the number is said.
func (w *account) record(place string) string {
	role, nth, _ := strings.Cut(strings.TrimSuffix(place, "]"), "[")
	if role == "survivor" || role == "" {
		return w.Text("kept.you")
	}
	name := w.Term("console.record", role)
	if nth != "" {
		name += " " + nth
	}
	return name
}

// field is what a field is called and what stands in it, in words.
func (w *account) field(record, name, value string) (called, says string) {
	switch name {
	case "services":
		return w.Text("place.services"), w.phrases.say("service", value)
	case "priority":
		return w.Text("place.priority"), w.Term("priority", value)
	}
	called = w.Term("console.field", name)
	role, _, _ := strings.Cut(record, "[")
	f, err := htcds.Lookup(htcds.Role(role), name)
	switch {
	case err != nil:
		return called, value
	case strings.HasSuffix(name, "Language"):
		return called, w.Term("console.tongue", value)
	case f.Dated():
		day, err := time.Parse(time.DateOnly, value)
		if err != nil {
			return called, value
		}
		said, err := w.phrases.day(day)
		w.err = errors.Join(w.err, err)
		return called, said
	case len(f.Picks()) == 0:
		return called, value
	}
	var words []string
	for word := range strings.SplitSeq(value, ";") {
		words = append(words, w.Term("console.pick", word))
	}
	return called, strings.Join(words, "; ")
}
