package story

import (
	"errors"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// ErrNoTale says that no story is called so.
var ErrNoTale = errors.New("no story is called so")

// Tale is one of the stories there are.
type Tale struct {
	Name  string
	Title i18n.Key

	typed  []Typed
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
		{Name: "referral", Title: "tale.referral", steps: referralSteps, typed: []Typed{
			{ngo, []string{"referral", "list"}}, {legal, []string{"referral", "list"}}, {shelter, []string{"status"}},
		}},
		{Name: "a", Title: "tale.a", folder: "a", steps: nightSteps, typed: []Typed{
			{ngo, []string{"need", "list"}}, {ngo, []string{"need", "counts"}}, {fund, []string{"placement", "list", "--all"}}, {shelter, []string{"placement", "list"}},
		}},
		{Name: "b", Title: "tale.b", folder: "b", steps: sixteenSteps, typed: []Typed{
			{ngo, []string{"referral", "list"}}, {school, []string{"referral", "list"}}, {ngo, []string{"network", "status"}},
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
	return t.typed
}

// Nodes are two agencies whose nodes a kept town can be tried out with: who asks, and who
// answers.
func (s *Story) Nodes() []string {
	var keys []string
	for _, t := range s.Typed() {
		if !slices.Contains(keys, t.Agency) && len(keys) < 2 {
			keys = append(keys, t.Agency)
		}
	}
	return keys
}
