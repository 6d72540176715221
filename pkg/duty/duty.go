// Package duty is what staff must report by law when a child is harmed, and what
// they say to a young person before they ask anything.
//
// Guarantee: it is text, versioned and with a source for each row, and nothing
// else: there is no I/O, and no case, person or agency can be given to it, so
// nothing can be reported by it. Limit: it is a reading of the law, not legal
// advice; where no row is, there is a duty all the same.
package duty

import (
	"embed"
	"encoding/json"
	"path"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

//go:embed texts
var texts embed.FS

// Version names a published set of texts. A version never changes: its digests are
// pinned in testdata/published.txt.
const Version = "1"

// Said is a text in each language.
type Said map[i18n.Language]string

// Duty is one jurisdiction's.
type Duty struct {
	Jurisdiction posada.Jurisdiction `json:"jurisdiction"`
	Name         Said                `json:"name"`
	Law          string              `json:"law"`
	Source       string              `json:"source"` // where the law, or the authority's reading of it, stands
	Who          Said                `json:"who"`
	What         Said                `json:"what"`
	When         Said                `json:"when"`
	To           Said                `json:"to"`
	Phones       []Phone             `json:"phones,omitempty"` // none where each place has its own
}

// Phone is a telephone that takes reports.
type Phone struct {
	Name   Said   `json:"name"`
	Number string `json:"number"`
	Source string `json:"source"`
}

// All are the duties there are rows for.
func All() (list []Duty, err error) {
	text, err := texts.ReadFile(path.Join("texts", Version, "duties.json"))
	if err != nil {
		return nil, err
	}
	return list, json.Unmarshal(text, &list)
}

// Before is what is said to a young person before the first question.
func Before(l i18n.Language) (string, error) { return read(l, "before.txt") }

// Outside says that a report is an act of a person, and that this program has no
// part in it.
func Outside(l i18n.Language) (string, error) { return read(l, "outside.txt") }

func read(l i18n.Language, name string) (string, error) {
	text, err := texts.ReadFile(path.Join("texts", Version, string(l), name))
	return string(text), err
}

// Concerns reports whether work with somebody of this age begins with it.
func Concerns(age posada.AgeBand) bool {
	return age == posada.Age0to11 || age == posada.Age12to15 || age == posada.Age16to17
}
