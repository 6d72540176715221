package papers

import (
	"errors"
	"html/template"
	"strings"
	"unicode"
)

// CardWords is how many words a card bears.
const CardWords = 8

// ErrCardWords says that a card was asked for with other than eight words of
// letters.
var ErrCardWords = errors.New("a card bears eight words, each of letters alone")

// Card is the withdrawal card: blank but for the words. There is no title,
// language, name, date or mark on it, so that whoever finds it learns nothing.
type Card struct{ words []string }

// NewCard makes a card of eight words, each of letters alone.
func NewCard(words []string) (Card, error) {
	if len(words) != CardWords {
		return Card{}, ErrCardWords
	}
	for _, w := range words {
		if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLower(r) }) {
			return Card{}, ErrCardWords
		}
	}
	return Card{words: words}, nil
}

// String hides the words: they stop a person's sharing.
func (Card) String() string { return "(redacted)" }

// GoString hides the words.
func (Card) GoString() string { return "(redacted)" }

// Text is the card as four lines of two words.
func (c Card) Text() string {
	var b strings.Builder
	for i := 0; i+1 < len(c.words); i += 2 {
		b.WriteString(c.words[i] + " " + c.words[i+1] + "\n")
	}
	return b.String()
}

// page is as wide as a bank card. Its title is one space: without one a browser
// prints the file's name at the head of the sheet.
const page = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>&#160;</title>
<style>@page{margin:0}body{margin:12mm;color:#000;background:#fff;font:16pt/1.6 sans-serif}p{margin:0;width:80mm}</style></head>
<body>{{range .}}<p>{{.}}</p>{{end}}</body></html>
`

// HTML is the card as a page of its own, without script, link or image.
func (c Card) HTML() (string, error) {
	made, err := template.New("card").Parse(page)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = made.Execute(&b, strings.Split(strings.TrimSpace(c.Text()), "\n"))
	return b.String(), err
}
