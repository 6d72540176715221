package console

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// field is one thing that is asked in a form. Templates draw it with
// {{template "field" .}}: its label, what to know beside it, and what was wrong.
type field struct {
	Kind         string // text, password, area, number, date, time, choice, one, many, tick
	Name         string
	Label        string
	Hint         string
	Wrong        string
	Value        string
	Options      []option
	Required     bool
	Autocomplete string
	Mode         string // inputmode
	Max          int
	Filter       bool // with script, a long list can be typed into
}

// option is one of several.
type option struct {
	Value, Label, Hint string
	Chosen             bool
}

// text asks for a line.
func (v *visit) text(name string, label i18n.Key) field {
	return field{Kind: "text", Name: name, Label: v.Text(label), Value: v.typed.Get(name), Autocomplete: "off", Max: 200}
}

// secret asks for what nobody looking over a shoulder should read. It is never shown again.
func (v *visit) secret(name string, label i18n.Key) field {
	return field{Kind: "password", Name: name, Label: v.Text(label), Autocomplete: "off", Max: 1000}
}

// choice asks for one of several.
func (v *visit) choice(name string, label i18n.Key, options []option) field {
	f := v.text(name, label)
	f.Kind, f.Options = "choice", chosen(options, v.typed[name])
	return f
}

// many asks for any of several.
func (v *visit) many(name string, label i18n.Key, options []option) field {
	f := v.text(name, label)
	f.Kind, f.Options = "many", chosen(options, v.typed[name])
	return f
}

// one asks for one of a few, all in sight.
func (v *visit) one(name string, label i18n.Key, options []option) field {
	f := v.choice(name, label, options)
	f.Kind = "one"
	return f
}

// tick asks for a yes.
func (v *visit) tick(name string, label i18n.Key) field {
	f := v.text(name, label)
	f.Kind = "tick"
	return f
}

// hint says what to know before filling it in.
func (f field) hint(text string) field { f.Hint = text; return f }

// needed is a field that the browser asks for before it sends the form. The node asks, too.
func (f field) needed() field { f.Required = true; return f }

// called has a label that is put together.
func (f field) called(text string) field { f.Label = text; return f }

// wrong says what is wrong with what was typed.
func (f field) wrong(text string) field { f.Wrong = text; return f }

// first is what stands in a field that nobody typed in yet.
func (f field) first(value string) field {
	if f.Value == "" {
		f.Value = value
	}
	if !slices.ContainsFunc(f.Options, func(o option) bool { return o.Chosen }) {
		f.Options = chosen(f.Options, []string{value})
	}
	return f
}

// as has the field be of another kind: date, time, number.
func (f field) as(kind string) field { f.Kind = kind; return f }

func chosen(options []option, values []string) []option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Chosen = out[i].Chosen || slices.Contains(values, out[i].Value)
	}
	return out
}

// terms are the words of a vocabulary, to choose from.
func terms[T ~string](v *visit, family string, words []T) []option {
	var out []option
	for _, w := range words {
		out = append(out, option{Value: string(w), Label: v.Term(family, string(w))})
	}
	return out
}
