package story

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

func newMark(state string) client.NewMark { return client.NewMark{State: state} }

// fact is something to see of a step: a name and what is so of it.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// told is a step as it is told.
type told struct {
	Step  int      `json:"step"`
	Key   i18n.Key `json:"key"`
	Title string   `json:"title"`
	OK    bool     `json:"ok"`
	Facts []fact   `json:"facts"`
	Wrong string   `json:"wrong,omitempty"`
}

// teller writes steps: for people, or as one JSON object a line.
type teller struct {
	i18n.Printer
	out   io.Writer
	json  bool
	begun time.Time
	now   *told
}

func newTeller(c Config) teller {
	return teller{Printer: c.Printer, out: c.Out, json: c.JSON, begun: c.Now()}
}

func (t *teller) begin(n int, key i18n.Key) {
	t.now = &told{Step: n, Key: key, Title: t.Text(key), Facts: []fact{}}
}

func (t *teller) fact(name, value string) {
	t.now.Facts = append(t.now.Facts, fact{name, value})
}

// end writes the step with how it went.
func (t *teller) end(wrong error) error {
	t.now.OK = wrong == nil
	if wrong != nil {
		t.now.Wrong = wrong.Error()
	}
	if t.json {
		return json.NewEncoder(t.out).Encode(t.now)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\n%2d  %s\n", t.now.Step, t.now.Title)
	width := 0
	for _, f := range t.now.Facts {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	for _, f := range t.now.Facts {
		fmt.Fprintf(&text, "      %s%s   %s\n", f.Name, strings.Repeat(" ", width-utf8.RuneCountInString(f.Name)), f.Value)
	}
	if wrong == nil {
		fmt.Fprintf(&text, "    ✓ %s\n", t.Text(t.now.Key+".so"))
	} else {
		fmt.Fprintf(&text, "    ✗ %s\n", t.Text("story.not_so", "what", wrong))
	}
	_, err := io.WriteString(t.out, text.String())
	return err
}

// closing says that all was as told.
func (t *teller) closing(steps int) error {
	if t.json {
		return nil
	}
	_, err := fmt.Fprintf(t.out, "\n%s\n", t.Text("story.closing", "steps", steps, "seconds", fmt.Sprintf("%.1f", time.Since(t.begun).Seconds())))
	return err
}
