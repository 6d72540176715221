package papers

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"strings"
	"text/template"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
)

//go:embed texts
var texts embed.FS

// TextVersion names a published set of texts. A version never changes: its
// digests are pinned in testdata/published.txt.
const TextVersion = "1"

// FormVersion is what a record says was read aloud (text_version) where it was
// the form of this version. An agency's own text has a name of its own.
const FormVersion = "posada-" + TextVersion

// ErrNoText says that there is no text of that name in that language.
var ErrNoText = errors.New("there is no such text in that language")

// read is a published text.
func read(l i18n.Language, name string) (string, error) {
	text, err := texts.ReadFile(path.Join("texts", TextVersion, string(l), name))
	if err != nil {
		return "", fmt.Errorf("%w: %s, %s", ErrNoText, l, name)
	}
	return string(text), nil
}

// HandOver is what the caseworker says when she offers the card, in at most 80
// columns. It is never printed on the card. An unknown language is an error.
func HandOver(l i18n.Language) (string, error) { return read(l, "handover.txt") }

// phrases are the words of closed vocabularies as they are said to her: you,
// not the person. They are published, for a signed form is made of them.
type phrases map[string]string

func phrasesOf(l i18n.Language) (phrases, error) {
	text, err := read(l, "words.txt")
	if err != nil {
		return nil, err
	}
	p := phrases{}
	for line := range strings.Lines(text) {
		if name, phrase, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			p[name] = phrase
		}
	}
	return p, nil
}

// say is a word of a vocabulary; one without a phrase is said as it is spelled.
func (p phrases) say(family, word string) string {
	if phrase, ok := p[family+"."+word]; ok {
		return phrase
	}
	return word
}

func said[T ~string](p phrases, family string, words []T) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = p.say(family, string(w))
	}
	return list
}

// day is a date as people say it, in the zone the time is in.
func (p phrases) day(t time.Time) (string, error) {
	return fill(p["day"], map[string]any{"Day": t.Day(), "Month": p[fmt.Sprintf("month.%d", t.Month())], "Year": t.Year()})
}

// fill puts facts into a text. A text that asks for what is not there is an
// error.
func fill(text string, facts any) (string, error) {
	made, err := template.New("text").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = made.Execute(&b, facts)
	return b.String(), err
}
