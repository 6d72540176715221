package duty_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/duty"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func duties(t *testing.T) []duty.Duty {
	t.Helper()
	list, err := duty.All()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every row says who, what, when and to whom in each language, by which law, and
// where that stands; every number says where it stands, too.
func TestEveryRowIsWholeAndHasItsSource(t *testing.T) {
	source := func(of, where string) {
		if u, err := url.Parse(where); err != nil || u.Scheme != "https" || u.Host == "" {
			t.Errorf("%s has the source %q", of, where)
		}
	}
	said := func(of string, s duty.Said) {
		if len(s) != len(i18n.Languages()) {
			t.Errorf("%s is said in %d languages", of, len(s))
		}
		for _, l := range i18n.Languages() {
			if strings.TrimSpace(s[l]) == "" {
				t.Errorf("%s says nothing in %s", of, l)
			}
			if found := i18n.Avoids(l, s[l]); found != "" {
				t.Errorf("%s in %s says %q", of, l, found)
			}
		}
	}
	seen := map[posada.Jurisdiction]bool{}
	for _, d := range duties(t) {
		name := string(d.Jurisdiction)
		if seen[d.Jurisdiction] || d.Jurisdiction == posada.JurisdictionElsewhere || d.Law == "" {
			t.Errorf("%q stands twice, is no place or has no law", name)
		}
		seen[d.Jurisdiction] = true
		source(name, d.Source)
		for part, s := range map[string]duty.Said{"name": d.Name, "who": d.Who, "what": d.What, "when": d.When, "to": d.To} {
			said(name+" "+part, s)
		}
		for _, p := range d.Phones {
			said(name+" "+p.Number, p.Name)
			source(name+" "+p.Number, p.Source)
			if !regexp.MustCompile(`^1-8[0-9]{2}-[0-9]{3}-[0-9]{4}$`).MatchString(p.Number) {
				t.Errorf("%s: %q is no telephone", name, p.Number)
			}
		}
	}
	for _, j := range posada.Members[posada.Jurisdiction]() {
		if !seen[j] && j != posada.JurisdictionElsewhere {
			t.Errorf("there is no row for %s", j)
		}
	}
}

// A row has no more than is shown: a misspelt name would be left out in silence.
func TestNoRowSaysWhatIsNotRead(t *testing.T) {
	text, err := os.ReadFile("texts/" + duty.Version + "/duties.json")
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	var list []duty.Duty
	if err := strict.Decode(&list); err != nil || !reflect.DeepEqual(list, duties(t)) {
		t.Errorf("%d rows, %v", len(list), err)
	}
}

func TestWhatIsSaidBeforeTheFirstQuestionIsSaidInEachLanguage(t *testing.T) {
	for _, l := range i18n.Languages() {
		for name, read := range map[string]func(i18n.Language) (string, error){"before": duty.Before, "outside": duty.Outside} {
			text, err := read(l)
			if err != nil || len(text) < 200 {
				t.Fatalf("%s in %s: %d bytes, %v", name, l, len(text), err)
			}
			if found := i18n.Avoids(l, text); found != "" {
				t.Errorf("%s in %s says %q", name, l, found)
			}
			for _, line := range strings.Split(text, "\n") {
				if utf8.RuneCountInString(line) > 82 {
					t.Errorf("%s in %s is wide: %s", name, l, line)
				}
			}
		}
	}
	if _, err := duty.Before("fr"); err == nil {
		t.Error("a language there is no text for was answered")
	}
}

func TestItConcernsEverybodyUnder18(t *testing.T) {
	minors := 0
	for _, age := range posada.Members[posada.AgeBand]() {
		if duty.Concerns(age) {
			minors++
		}
	}
	if minors != 3 || duty.Concerns(posada.Age18to24) || !duty.Concerns(posada.Age16to17) || duty.Concerns("") {
		t.Errorf("%d bands", minors)
	}
}
