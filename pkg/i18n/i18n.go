// Package i18n holds every sentence a person reads, in each language.
//
// Guarantee: a key that the code uses is in every catalogue, with the same
// arguments, and no sentence uses a word the field avoids; tests hold that, so
// a missing key fails the build. Limit: a sentence says what it is given; an
// argument is put in as it is.
package i18n

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Key names a sentence.
type Key string

// Language is one of the languages there are catalogues for.
type Language string

// The languages.
const (
	English Language = "en"
	Spanish Language = "es"
)

// Languages lists them; the first is what is spoken where nothing is asked.
func Languages() []Language { return []Language{English, Spanish} }

//go:embed catalog
var catalogs embed.FS

// Each language's catalogue is read when it is first spoken: a program that is started
// for one command speaks one. A language is whole by itself, which the tests hold, so
// none falls back to another.
var (
	english = sync.OnceValue(func() *i18n.Bundle { return read(English) })
	spanish = sync.OnceValue(func() *i18n.Bundle { return read(Spanish) })
)

// read reads a language's catalogue. What is embedded was read by the tests, so an error
// here is a defect of the build.
func read(l Language) *i18n.Bundle {
	tag := language.MustParse(string(l))
	b := i18n.NewBundle(tag)
	files, err := fs.Glob(catalogs, path.Join("catalog", string(l), "*.yaml"))
	for _, name := range files {
		var text []byte
		var sentences map[string]string
		if text, err = fs.ReadFile(catalogs, name); err == nil {
			err = yaml.Unmarshal(text, &sentences)
		}
		for id, sentence := range sentences {
			err = errors.Join(err, b.AddMessages(tag, &i18n.Message{ID: id, Other: sentence}))
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		panic("i18n: embedded catalogue: " + err.Error())
	}
	return b
}

// Printer writes sentences in one language.
type Printer struct {
	language  Language
	localizer *i18n.Localizer
}

// For makes a printer: English where there is no such language.
func For(l Language) Printer {
	if l == Spanish {
		return Printer{language: l, localizer: i18n.NewLocalizer(spanish(), string(l))}
	}
	return Printer{language: English, localizer: i18n.NewLocalizer(english(), string(English))}
}

// Language is the language the printer writes.
func (p Printer) Language() Language { return p.language }

// Text writes a sentence. Arguments come in pairs, name then value. A key that
// is in no catalogue is written as itself.
func (p Printer) Text(key Key, args ...any) string {
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	text, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: string(key), TemplateData: values})
	if err != nil {
		return string(key)
	}
	return text
}

// Outline writes a sentence without its arguments: an ellipsis stands for each.
func (p Printer) Outline(key Key) string {
	text, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: string(key), TemplateParser: template.IdentityParser{}})
	if err != nil {
		return string(key)
	}
	var out strings.Builder
	for {
		before, rest, more := strings.Cut(text, "{{")
		out.WriteString(before)
		if !more {
			return out.String()
		}
		out.WriteString("…")
		_, text, _ = strings.Cut(rest, "}}")
	}
}

// Term writes a word of a closed vocabulary: its family, then the word, as in
// category.needs. A word without an entry is written as itself.
func (p Printer) Term(family string, word string) string {
	key := Key(family + "." + word)
	if text := p.Text(key); text != string(key) {
		return text
	}
	return word
}

// Terms writes words of a closed vocabulary, joined.
func Terms[T ~string](p Printer, family string, words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = p.Term(family, string(w))
	}
	return strings.Join(out, ", ")
}

// State writes a referral's state, with the word that is typed for it behind it
// where that is another.
func (p Printer) State(typed string) string {
	if word := p.Term("state", typed); word != typed {
		return word + " (" + typed + ")"
	}
	return typed
}

// Field writes a place of a referral and its value: services and priority,
// which are words of closed vocabularies, in the language; fields as they are.
func (p Printer) Field(place, value string) (string, string) {
	switch place {
	case "services":
		return p.Text("place.services"), p.Term("service", value)
	case "priority":
		return p.Text("place.priority"), p.Term("priority", value)
	case "need":
		return p.Text("place.need"), posada.Brief(value)
	}
	return place, value
}

// Wanted writes what a field takes, where a value is none; nil: nobody knows more closely.
func (p Printer) Wanted(wrong *htcds.ValueError) string {
	if wrong == nil {
		return p.Text("wrong.want.value")
	}
	return p.Text(Key("wrong.want."+string(wrong.Want)), "list", strings.Join(wrong.List, ", "), "most", wrong.Most)
}

// Match finds the best language for what somebody asks for: an Accept-Language
// header, a LANG variable, a flag.
func Match(asked ...string) Language {
	for _, a := range asked {
		if !strings.Contains(a, ";") { // LANG looks like es_MX.UTF-8
			a, _, _ = strings.Cut(a, ".")
		}
		tags, _, err := language.ParseAcceptLanguage(strings.ReplaceAll(a, "_", "-"))
		if err != nil {
			continue
		}
		for _, tag := range tags { // the best liked first
			base, _ := tag.Base()
			if l := Language(base.String()); slices.Contains(Languages(), l) {
				return l
			}
		}
	}
	return English
}
