package papers_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// published are all texts of a language, as they are published.
func published(t *testing.T, l i18n.Language) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("texts", "*", string(l), "*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	all := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[f] = string(text)
	}
	return all
}

// papersOf are texts as they reach her: each way to sign, each fate.
func papersOf(t *testing.T, l i18n.Language) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, by := range posada.Members[posada.GivenBy]() {
		for _, method := range posada.Members[posada.ConsentMethod]() {
			f := invented()
			f.GivenBy, f.Method, f.Interpreter = by, method, true
			f.CoSigned, f.Services = posada.SetOf(posada.Members[posada.CoSigner]()...), posada.SetOf(posada.Members[posada.ServiceType]()...)
			f.Lines = nil
			for _, purpose := range posada.Members[posada.Purpose]() {
				f.Lines = append(f.Lines, papers.FormLine{To: "Inventada", Purpose: purpose, Categories: posada.SetOf(posada.CategoryNeeds)})
			}
			for form, text := range both(t, f, l) {
				all[fmt.Sprintf("%s, %s, %s", form, by, method)] = text
			}
		}
	}
	for form, text := range both(t, kept(), l) {
		all["own "+form] = text
	}
	var err error
	if all["shared"], err = everyFate().Text(l); err != nil {
		t.Fatal(err)
	}
	if all["nothing shared"], err = (papers.Shared{}).Text(l); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNoTextUsesAWordTheFieldAvoids(t *testing.T) {
	for _, l := range i18n.Languages() {
		texts := papersOf(t, l)
		for name, text := range published(t, l) {
			texts[name] = text
		}
		for name, text := range texts {
			if found := i18n.Avoids(l, text); found != "" {
				t.Errorf("%s in %s says %q", name, l, found)
			}
		}
	}
}

// TestSheIsSpokenToAndNotAbout: you, usted; she may not see herself in a word of
// ours for her.
func TestSheIsSpokenToAndNotAbout(t *testing.T) {
	about := map[i18n.Language]string{
		i18n.English: `(?i)\b(survivors?|clients?|beneficiary|the person|she|her|he|him|his)\b`,
		i18n.Spanish: `(?i)\b(sobrevivientes?|clientas?|clientes?|beneficiari[oa]s?|la persona|ella|él)\b`,
	}
	to := map[i18n.Language]string{i18n.English: "you", i18n.Spanish: "usted"}
	for _, l := range i18n.Languages() {
		for name, text := range papersOf(t, l) {
			text = regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`).ReplaceAllString(text, " ")
			if found := regexp.MustCompile(about[l]).FindString(text); found != "" {
				t.Errorf("%s in %s speaks of %q", name, l, found)
			}
			if !strings.Contains(text, to[l]) {
				t.Errorf("%s in %s speaks to nobody", name, l)
			}
		}
	}
}

// TestEveryWordOfAConsentIsSaidToHer: no code word stands on a paper.
func TestEveryWordOfAConsentIsSaidToHer(t *testing.T) {
	for _, l := range i18n.Languages() {
		phrases := map[string]bool{}
		for name, text := range published(t, l) {
			if filepath.Base(name) != "words.txt" {
				continue
			}
			for line := range strings.Lines(text) {
				word, phrase, _ := strings.Cut(strings.TrimSpace(line), ": ")
				phrases[word] = phrase != ""
			}
		}
		var words []string
		for _, c := range posada.Members[posada.Category]() {
			words = append(words, "category."+string(c))
		}
		for _, p := range posada.Members[posada.Purpose]() {
			words = append(words, "purpose."+string(p))
		}
		for _, s := range posada.Members[posada.ServiceType]() {
			words = append(words, "service."+string(s))
		}
		for month := time.January; month <= time.December; month++ {
			words = append(words, fmt.Sprintf("month.%d", month))
		}
		for _, word := range append(words, "day") {
			if !phrases[word] {
				t.Errorf("%s has no phrase in %s", word, l)
			}
		}
	}
}

func TestTheHandOverFitsATerminal(t *testing.T) {
	for _, l := range i18n.Languages() {
		text, err := papers.HandOver(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(text, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s is wider than 80 columns: %s", l, line)
			}
		}
	}
}

func TestALanguageThereIsNoTextForIsRefused(t *testing.T) {
	_, handOver := papers.HandOver("fr")
	_, form := invented().HTML("fr")
	_, shared := everyFate().HTML("fr")
	for _, err := range []error{handOver, form, shared} {
		if !errors.Is(err, papers.ErrNoText) {
			t.Error(err)
		}
	}
}
