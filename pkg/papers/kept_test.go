package papers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
)

// TestThePersonIsToldWhatIsKeptInTheirWords: fields by their names, words of lists and days as
// they are said; what is typed stays as it is, on its own line.
func TestThePersonIsToldWhatIsKeptInTheirWords(t *testing.T) {
	kept := papers.Kept{At: at(5, 10), More: true, Lines: []papers.KeptLine{
		{Place: "services", Value: "food"},
		{Place: "survivor.prs_FirstName", Value: "Other\n# Invented"},
		{Place: "survivor.prs_Birthdate", Value: "1994-02-03"},
		{Place: "survivor.vic_TypeOfExploitation", Value: "ForcedLabour;Servitude"},
		{Place: "household_member[2].prs_FirstName", Value: "Invented Eva"},
	}}
	for l, says := range map[i18n.Language][]string{
		i18n.English: {"What we keep about you", "First name: Other # Invented\n", "Date of birth: 3 February 1994", "forced labour; servitude", "Somebody in the household 2", "We keep more"},
		i18n.Spanish: {"Lo que guardamos de usted", ": Other # Invented\n", ": 3 de febrero de 1994", "Guardamos más"},
	} {
		text, err := kept.Text(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range says {
			if !strings.Contains(text, s) {
				t.Errorf("%s does not say %q:\n%s", l, s, text)
			}
		}
		page, err := kept.HTML(l)
		if err != nil || strings.Contains(page, "://") || !strings.Contains(page, "Invented Eva") {
			t.Errorf("%s, %v", l, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %v", kept, kept, kept, kept.Lines); strings.Contains(text, "Eva") {
		t.Error(text)
	}
	if text, err := (papers.Kept{At: at(5, 10)}).Text(i18n.English); err != nil || !strings.Contains(text, "Nothing") {
		t.Errorf("%s, %v", text, err)
	}
}
