package main

import (
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
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

// TestWhatIsHeldBackIsSaid, with its number and whose it is, in each language.
func TestWhatIsHeldBackIsSaid(t *testing.T) {
	k := client.Knows{Member: true, SignedAt: time.Unix(1, 0), Age: posada.StalenessLive, Held: []client.Held{
		{Role: "roster", Version: 31, Agencies: []client.Agency{{ID: "known", Name: "Invented Police"}, {ID: "nobodyspeaks"}}}, {Role: "policy", Version: 47},
	}}
	for _, l := range []i18n.Language{i18n.English, i18n.Spanish} {
		page := &page{Printer: i18n.For(l)}
		showKnows(page, k)
		for _, want := range []string{"31", "Invented Police, nobodyspeaks", "47"} {
			if !strings.Contains(page.text.String(), want) {
				t.Errorf("%s: %s does not say %q", l, page.text.String(), want)
			}
		}
	}
}
