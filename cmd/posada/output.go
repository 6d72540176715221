package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// print writes an answer: for a program, or as table does for people.
func (c *cli) print(answer any, table func(*page)) error {
	if c.output.ForPrograms() {
		return c.output.Write(c.out, answer)
	}
	p := &page{Printer: c.Printer}
	table(p)
	_, err := fmt.Fprint(c.out, p.said(c.quiet))
	return err
}

// page is text for people: lines, and tables whose columns line up.
type page struct {
	i18n.Printer
	text   strings.Builder
	advice int // where its last part begins, what can be done next; 0 for none
}

// said is its text; the answer alone, without advice, where it is to be quiet.
func (p *page) said(quiet bool) string {
	if quiet && p.advice > 0 {
		return p.text.String()[:p.advice]
	}
	return p.text.String()
}

func (p *page) line(text string) { fmt.Fprintln(&p.text, text) }

// say writes a sentence of the catalogue on a line of its own.
func (p *page) say(key i18n.Key, args ...any) { p.line(p.Text(key, args...)) }

// heading writes a sentence of the catalogue with a free line before it.
func (p *page) heading(key i18n.Key, args ...any) {
	p.line("")
	p.say(key, args...)
}

// next is the heading of a page's last part: what can be done next, as it is typed.
func (p *page) next(key i18n.Key, args ...any) {
	p.advice = p.text.Len()
	p.heading(key, args...)
}

// table writes rows under headings of the catalogue; the columns line up.
func (p *page) table(headings []i18n.Key, rows [][]string) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	var titles []string
	for _, h := range headings {
		titles = append(titles, p.Text(h))
	}
	if len(titles) > 0 {
		fmt.Fprintln(w, "  "+strings.Join(titles, "\t"))
	}
	for _, row := range rows {
		fmt.Fprintln(w, "  "+strings.Join(row, "\t"))
	}
	// It writes to memory.
	_ = w.Flush()
	for line := range strings.Lines(text.String()) {
		p.line(strings.TrimRight(line, " \n"))
	}
}

// moment writes a time in the reader's zone, to the minute; empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}
