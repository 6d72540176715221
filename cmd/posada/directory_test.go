package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// TestEveryReasonAboutADirectoryHasItsSentence in both languages, and no two the same one.
func TestEveryReasonAboutADirectoryHasItsSentence(t *testing.T) {
	for _, l := range i18n.Languages() {
		p := i18n.For(l)
		seen := map[string]error{}
		for _, r := range reasons() {
			sentence := p.Text(r.key)
			if strings.HasPrefix(sentence, "directory.") || because(p, r.is) != sentence || seen[sentence] != nil {
				t.Errorf("%s in %s: %q", r.key, l, sentence)
			}
			seen[sentence] = r.is
		}
		if len(seen) < 45 {
			t.Errorf("only %d reasons were looked at", len(seen))
		}
	}
	if got := because(i18n.For(i18n.English), errors.New("unheard of")); got != "unheard of" {
		t.Error(got)
	}
}
