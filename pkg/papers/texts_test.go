package papers_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
)

func TestAPublishedTextNeverChanges(t *testing.T) {
	pinned, err := os.ReadFile("testdata/published.txt")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("texts/*/*/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	var now strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&now, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(f))
	}
	if now.String() != string(pinned) {
		t.Errorf("a published text changed, or a new one is not pinned:\n%s", now.String())
	}
}

func TestNoTextUsesAWordTheFieldAvoids(t *testing.T) {
	for _, l := range i18n.Languages() {
		text, err := papers.HandOver(l)
		if err != nil {
			t.Fatal(err)
		}
		if found := i18n.Avoids(l, text); found != "" {
			t.Errorf("%s says %q", l, found)
		}
		for _, line := range strings.Split(text, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s is wider than 80 columns: %s", l, line)
			}
		}
	}
	if _, err := papers.HandOver("fr"); err == nil {
		t.Error("a language there is no text for was answered")
	}
}
