package story

import (
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// ErrNoTale says that no story is called so.
var ErrNoTale = errors.New("no story is called so")

// Tale is one of the stories there are.
type Tale struct {
	Name  string
	Title i18n.Key
	// Typed is what can be asked of the town when the story was played.
	Typed []Typed

	folder string // of its files, below deploy/demo; empty: deploy/demo itself
	steps  func(*Story) []step
}

// Typed is a command to type as an agency.
type Typed struct {
	Agency string
	Words  []string
}

// Tales are the stories there are, first the one that is told where none is named.
func Tales() []Tale {
	return []Tale{
		{Name: "referral", Title: "tale.referral", steps: referralSteps, Typed: []Typed{
			{ngo, []string{"referral", "list"}}, {legal, []string{"referral", "list"}}, {shelter, []string{"status"}},
		}},
	}
}

// tale is the story that is to be told.
func (c Config) tale() (Tale, error) {
	all := Tales()
	for _, t := range all {
		if t.Name == c.Tale || c.Tale == "" {
			return t, nil
		}
	}
	return Tale{}, fmt.Errorf("%w: %s", ErrNoTale, c.Tale)
}

// Typed is what can be asked of the town when the story was played.
func (s *Story) Typed() []Typed {
	t, err := s.c.tale()
	if err != nil {
		return nil
	}
	return t.Typed
}
