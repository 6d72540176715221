package papers_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/papers"
)

func eight() []string { return strings.Fields("abeja abril ábaco amigo jardín lluvia nube árbol") }

func TestTheCardBearsItsWordsAndNothingElse(t *testing.T) {
	card, err := papers.NewCard(eight())
	if err != nil {
		t.Fatal(err)
	}
	page, err := card.HTML()
	if err != nil {
		t.Fatal(err)
	}
	seen := regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>|&#160;`).ReplaceAllString(page, " ")
	for form, text := range map[string]string{"text": card.Text(), "page": seen} {
		if got := strings.Fields(text); strings.Join(got, " ") != strings.Join(eight(), " ") {
			t.Errorf("the %s bears %q", form, got)
		}
	}
	for _, never := range []string{"<script", "<img", "<link", "<a ", "src=", "href", "url(", "http:", "https:", "lang="} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %s", never)
		}
	}
}

func TestACardOfOtherThanEightWordsIsRefused(t *testing.T) {
	for _, words := range [][]string{nil, eight()[1:], append(eight(), "nube"), append(eight()[1:], ""), append(eight()[1:], "wren-19"), append(eight()[1:], "<b>")} {
		if _, err := papers.NewCard(words); err == nil {
			t.Errorf("%q became a card", words)
		}
	}
}

func TestACardIsNotPrintedByAccident(t *testing.T) {
	card, err := papers.NewCard(eight())
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, card); got != "(redacted)" {
			t.Errorf("%s writes %s", verb, got)
		}
	}
}
