package papers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// at is a time of an invented November day.
func at(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 5, 0, 0, time.UTC) }

// disclosure is one that arrived and that nobody is known to have read.
func disclosure(change func(*papers.SharedLine)) papers.SharedLine {
	line := papers.SharedLine{
		To: "Consultorio Legal Frontera", Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds, posada.CategoryEmployer),
		Sent: at(2, 14), Given: at(1, 9), Status: posada.ConsentGiven, Arrived: at(2, 15), Ends: at(30, 9),
		Onward: []string{"Albergue Luna Nueva"},
	}
	change(&line)
	return line
}

func fates() map[string]papers.SharedLine {
	return map[string]papers.SharedLine{
		"waits":          disclosure(func(x *papers.SharedLine) { x.Arrived = time.Time{} }),
		"stopped":        disclosure(func(x *papers.SharedLine) { x.Arrived, x.Stopped = time.Time{}, true }),
		"taken in time":  disclosure(func(x *papers.SharedLine) { x.Arrived, x.Withdrawn = time.Time{}, at(3, 8) }),
		"theirs":         disclosure(func(*papers.SharedLine) {}),
		"read":           disclosure(func(x *papers.SharedLine) { x.Seen = at(2, 16) }),
		"told":           disclosure(func(x *papers.SharedLine) { x.Seen, x.Withdrawn = at(2, 16), at(3, 8) }),
		"destroyed":      disclosure(func(x *papers.SharedLine) { x.Withdrawn, x.Destroyed = at(3, 8), at(3, 9) }),
		"destroyed read": disclosure(func(x *papers.SharedLine) { x.Withdrawn, x.Destroyed, x.ReadBefore = at(3, 8), at(3, 9), true }),
		"over":           disclosure(func(x *papers.SharedLine) { x.Ends = at(4, 9) }),
		"gone here":      disclosure(func(x *papers.SharedLine) { x.Categories, x.Purpose = 0, "" }),
	}
}

func everyFate() papers.Shared {
	s := papers.Shared{At: at(5, 10)}
	for _, name := range []string{"waits", "stopped", "taken in time", "theirs", "read", "told", "destroyed", "destroyed read", "over", "gone here"} {
		s.Lines = append(s.Lines, fates()[name])
	}
	return s
}

// TestSheIsToldTheTruthOfEachFate: what is destroyed, what had been read, what is
// not known, and until when.
func TestSheIsToldTheTruthOfEachFate(t *testing.T) {
	may, might := "You agreed that they may pass it on to Albergue Luna Nueva", "You had agreed that they may pass it on to Albergue Luna Nueva"
	until, unknown := "They have to destroy it by 30 November 2026, 09:05", "We do not know whether somebody there has read it"
	for name, c := range map[string]struct{ says, never []string }{
		"waits":          {[]string{may, "it has not arrived there"}, []string{"They have had it", until}},
		"stopped":        {[]string{"It was stopped"}, []string{"pass it on", "has not arrived", until}},
		"taken in time":  {[]string{"You took it back on 3 November 2026, 08:05", "It was stopped"}, []string{"pass it on", "were told", until}},
		"theirs":         {[]string{may, "They have had it since 2 November 2026, 15:05", "cannot be taken back", unknown, until}, []string{"looked at it"}},
		"read":           {[]string{"Somebody there had looked at it by 2 November 2026, 16:05", "cannot be taken back", until}, []string{unknown}},
		"told":           {[]string{might, "You took it back on 3 November", "not yet said that they did", "had looked at it by", until}, []string{unknown, "They have had it"}},
		"destroyed":      {[]string{might, "Their computer destroyed it on 3 November 2026, 09:05. Nobody there had read it"}, []string{until, unknown}},
		"destroyed read": {[]string{"Somebody there had read it before; what they remember cannot be taken back"}, []string{until, "Nobody"}},
		"over":           {[]string{might, "They had to destroy it by 4 November 2026"}, []string{"They have to"}},
		"gone here":      {[]string{"It was sent on 2 November 2026, 14:05", "only that it was sent is known"}, []string{"For help"}},
	} {
		s := papers.Shared{At: at(5, 10), Lines: []papers.SharedLine{fates()[name]}}
		text, err := s.Text(i18n.English)
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.HTML(i18n.English)
		if err != nil {
			t.Fatal(err)
		}
		always := []string{"as of 5 November 2026, 10:05", "You agreed on 1 November 2026, 09:05; that consent now: given", "at any time, by your word"}
		for form, got := range map[string]string{"text": text, "page": page} {
			for _, want := range append(always, c.says...) {
				if !strings.Contains(got, want) {
					t.Errorf("%s, %s: not said: %s", name, form, want)
				}
			}
			for _, not := range c.never {
				if strings.Contains(got, not) {
					t.Errorf("%s, %s: said: %s", name, form, not)
				}
			}
		}
	}
}

func TestWhereNothingWasSharedThatIsSaid(t *testing.T) {
	for l, want := range map[i18n.Language]string{i18n.English: "Nothing. Nobody outside", i18n.Spanish: "Nada. A nadie de fuera"} {
		text, err := papers.Shared{At: at(5, 10)}.Text(l)
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: %s, %v", l, text, err)
		}
	}
}
