package papers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestTheBoxesOfAFormAreWhatThePersonIsTold holds that there is one box for each thing
// that is recorded as told, so that a page can put them side by side, and that the parts
// of a form are the form.
func TestTheBoxesOfAFormAreWhatThePersonIsTold(t *testing.T) {
	form := papers.Form{
		Agency: "Invented NGO", Hub: "Invented Hub", Days: 30, GivenBy: posada.GivenBySelf, Method: posada.MethodWritten,
		Lines: []papers.FormLine{{To: "Invented Legal Aid", Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds)}},
	}
	for _, l := range i18n.Languages() {
		parts, err := form.Parts(l)
		if err != nil {
			t.Fatal(err)
		}
		text, err := form.Text(l)
		if err != nil {
			t.Fatal(err)
		}
		boxes := 0
		for _, p := range parts {
			if p.Kind == "box" {
				boxes += len(p.Texts)
			}
			if i := slices.IndexFunc(p.Texts, func(said string) bool { return !strings.Contains(text, said) }); i >= 0 {
				t.Errorf("%s: the form does not say %q", l, p.Texts[i])
			}
		}
		if want := len(posada.Members[posada.Informed]()); boxes != want {
			t.Errorf("%s: %d boxes for %d things to be told", l, boxes, want)
		}
	}
}
