package browsing

import (
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestOurOwnRecordWaitsForCounselWhereAPaperCame: somebody takes everything back, and a
// paper came. What was shared goes at once; what we keep ourselves is there until counsel
// was asked, and the page says so.
func TestOurOwnRecordWaitsForCounselWhereAPaperCame(t *testing.T) {
	w := in(t)
	legal := client.New(w.API("legal"), w.paralegal(t), "en")
	keeps := func() (string, posada.ConsentID) {
		came := w.sent(t, client.New(w.API("ngo"), w.advocate(), "en"), func(*client.NewConsent) {})
		if _, err := legal.Mark(t.Context(), came, client.NewMark{State: string(posada.StateAcknowledged)}); err != nil {
			t.Fatal(err)
		}
		agreed := newConsent()
		agreed.Allow[0].To, agreed.Allow[0].Share = "Invented Legal Aid", []string{"needs"}
		own, err := legal.TakeOver(t.Context(), came, agreed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := legal.RecordPaper(t.Context(), client.NewPaper{Case: own.Case, Kind: "subpoena"}); err != nil {
			t.Fatal(err)
		}
		return own.Case, own.TakenOver[0].Consent
	}
	kept := func(label string) int {
		own, err := legal.OwnRecord(t.Context(), client.NewLook{Case: label})
		if err != nil {
			t.Fatal(err)
		}
		return len(own.TakenOver)
	}
	b := open(t, w.Console("legal"))
	b.look(ways{language: "en", width: 1280})
	b.signIn(w.paralegal(t))

	label, _ := keeps()
	b.visit("/cases")
	b.goes(`main a[href^="/cases/"]`) // the newest first
	b.goes(`main a[href^="/cases/"][href$="/withdraw"]`)
	b.press(`form[action$="/withdraw"].card button.main`)
	if text := b.text("main"); !strings.Contains(text, "is still here (1)") || kept(label) != 1 {
		t.Errorf("%d kept: %s", kept(label), text)
	}
	b.press(`form[action$="/withdraw"] button.grave`)
	if n := kept(label); n != 0 {
		t.Errorf("counsel was asked, and %d is kept", n)
	}

	label, id := keeps()
	b.visit("/consents/" + string(id) + "/end")
	read[bool](b, `document.querySelectorAll("form").forEach(f => { f.noValidate = true }), true`)
	b.tick(`[name=how]`)
	b.press(`form[action$="/end"] button.grave`)
	if kept(label) != 1 {
		t.Error("it ended, and nobody asked counsel")
	}
	b.tick(`[name=counsel]`, `[name=how]`)
	b.press(`form[action$="/end"] button.grave`)
	if n := kept(label); n != 0 {
		t.Errorf("counsel was asked, and %d is kept", n)
	}
}
