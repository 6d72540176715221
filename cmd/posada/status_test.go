package main

import (
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// TestWhoIsNotBelievedIsNamed, in each language, with what to do about it: theirs is to
// be set up again, or ours.
func TestWhoIsNotBelievedIsNamed(t *testing.T) {
	for _, l := range []i18n.Language{i18n.English, i18n.Spanish} {
		s := client.Status{Digest: strings.Repeat("0", 16), Hub: "connected"}
		shown := func() string {
			page := &page{Printer: i18n.For(l)}
			showStatus(page, s)
			return page.text.String()
		}
		before := shown()
		s.Doubted = []client.Doubted{{Agency: client.Agency{Name: "Invented Shelter"}}, {Agency: client.Agency{Name: "Invented Clinic"}, Ours: true}}
		after := shown()
		for _, want := range []string{"Invented Shelter", "Invented Clinic", "posada join --again", "posada network readmit"} {
			if strings.Contains(before, want) || !strings.Contains(after, want) {
				t.Errorf("%s, %q: before %v, after %v", l, want, strings.Contains(before, want), strings.Contains(after, want))
			}
		}
	}
}
