package browsing

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestASponsorAloneCountsForNothingAndAMinorWithAnAdvocateDoes: who is sixteen is signed for by somebody
// nobody looked into. It is recorded, the page says why it does not count, and nothing can be sent under it.
// With her own signature and the child advocate's beside it the details of a minor go to a lawyer.
func TestASponsorAloneCountsForNothingAndAMinorWithAnAdvocateDoes(t *testing.T) {
	for _, how := range []ways{{language: "en", width: 320}, {language: "es", width: 1280, dark: true}} {
		t.Run(how.String(), func(t *testing.T) { in(t).sponsorAndMinor(t, how) })
	}
}

func (w *world) sponsorAndMinor(t *testing.T, how ways) {
	ngo, says := w.as(posada.RoleAdvocate), i18n.For(i18n.Language(how.language))
	b, label := w.advocateOpens(t, how)
	at := b.path()
	legal := idOf(t, ngo, "Invented Legal Aid")
	steps := func(share []string, how func()) map[string]func() {
		return map[string]func(){
			"before": func() { b.tick(`[name=age_band][value="16-17"]`) },
			"who":    b.names(legal, "legal", "legal_immigration"),
			"what": func() {
				for _, s := range share {
					b.tick(`[name=share-0][value=` + s + `]`)
				}
			},
			"how": how,
		}
	}
	b.converse("sponsor", steps([]string{"needs"}, func() {
		b.tick(`[name=given_by][value=guardian_and_minor]`, `[name=assent][value=not_asked]`, `[name=conflict][value=unchecked]`, `[name=method][value=written]`, `[name=condition]`)
	}))
	list := w.consentsOf(t, ngo, label)
	if len(list) != 1 || !slices.Contains(list[0].Lacks, "G5") {
		t.Fatalf("the node has %+v", list)
	}
	b.visit("/consents/" + string(list[0].ID))
	b.keep(how, "sponsor-not-valid")
	for _, want := range []i18n.Key{"console.consent.not_valid", "console.rule.G5"} {
		if text := b.text("main"); !strings.Contains(text, says.Text(want)) {
			t.Errorf("the page does not say %q: %s", says.Text(want), text)
		}
	}
	refer := strings.TrimSuffix(at, "/consent") + "/refer"
	b.visit(refer)
	b.keep(how, "sponsor-nobody-to-send-to")
	if n := read[int](b, `document.querySelectorAll('.choice a.main').length`); n != 0 || !strings.Contains(b.text("main"), says.Text("console.refer.not_valid")) {
		t.Errorf("one may send to %d agencies: %s", n, b.text("main"))
	}

	b.visit(at)
	b.converse("alone", steps([]string{"needs", "minor_details"}, func() {
		b.tick(`[name=given_by][value=minor_alone]`, `[name=method][value=written]`, `[name=condition]`, `[name=co_signed][value=child_advocate]`)
		if status := b.press(onward); status != http.StatusUnprocessableEntity || b.value("step") != "how" {
			t.Errorf("nobody said where she is: %d, at %q", status, b.value("step"))
		}
		b.put("jurisdiction", "us-tx")
	}))
	list = w.consentsOf(t, ngo, label)
	i := slices.IndexFunc(list, func(k client.Consent) bool { return k.GivenBy == posada.GivenByMinorAlone })
	if len(list) != 2 || i < 0 || len(list[i].Lacks) > 0 || list[i].Status != posada.ConsentGiven {
		t.Fatalf("the node has %+v", list)
	}
	b.visit(refer)
	b.follow(`.choice a.main`)
	b.put("survivor.psd_MinorDetails", "Invented: came alone")
	b.click(`[name="priority"][value="urgent"]`)
	b.press(`form[action*="/refer/"] button.main`)
	b.keep(how, "alone-preview")
	if text := read[string](b, `document.querySelector("main").textContent`); !strings.Contains(text, "Invented: came alone") {
		t.Errorf("the preview does not show it: %s", text)
	}
	b.press(`form[action$="/send"] button`)
	sent, err := ngo.Referrals(t.Context())
	if i := slices.IndexFunc(sent, func(r client.Referral) bool { return r.Case == label }); err != nil || i < 0 {
		t.Errorf("nothing of %s was sent, %v", label, err)
	}
}
