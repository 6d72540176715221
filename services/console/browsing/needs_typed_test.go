package browsing

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestWhatIsKeptOfNeedsAndPlacesIsTextEverywhere keeps the corpus where somebody can type freely: in the note of
// a need, in why an offer was refused, and in what a place is called; and reads every page that shows it.
func TestWhatIsKeptOfNeedsAndPlacesIsTextEverywhere(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	came, err := ngo.Placements(t.Context(), true)
	if err != nil || len(came) == 0 {
		t.Fatal(len(came), err)
	}
	d := serve(t, w, "ngo")
	d.signIn(w.advocate())
	for _, evil := range corpus() {
		need := w.typedNeed(t, ngo, evil)
		name := []rune(strings.TrimSpace(evil))
		place := string(name[:min(len(name), 40)])
		one := 1
		if _, err := ngo.DescribePlace(t.Context(), client.NewPlace{Place: place, Services: []string{"shelter_emergency"}, Free: &one}); err != nil {
			t.Fatalf("%q: %v", place, err)
		}
		pages := []string{"/", "/needs", "/needs/" + string(need), "/places", "/placements", "/placements/" + string(came[0].ID)}
		list := d.get("/places")
		for _, m := range linkOf.FindAllStringSubmatch(list.body, -1) {
			if at := html.UnescapeString(m[1]); strings.HasPrefix(at, "/places/") && at != "/places/new" {
				pages = append(pages, at, at+"/remove")
			}
		}
		for _, path := range pages {
			if a := d.get(path); a.StatusCode != 200 || harmed(a.body) != "" {
				t.Errorf("%s: %s: %q became %q", path, a.Status, evil, harmed(a.body))
			}
		}
		if _, err := ngo.RemovePlace(t.Context(), client.PlaceNamed{Place: place}); err != nil {
			t.Fatal(err)
		}
		d.clock.pass(time.Second)
	}
}

// typedNeed is a need with something in its note, and why an offer of it was refused.
func (w *world) typedNeed(t *testing.T, ngo *client.Client, text string) posada.NeedID {
	t.Helper()
	p, err := ngo.PreviewNeed(t.Context(), client.NewNeed{Priority: "normal", Services: []string{"housing_long_term"}})
	if err != nil {
		t.Fatal(err)
	}
	n, err := ngo.PostNeed(t.Context(), client.NewPosting{Digest: p.Digest, Permission: true, Note: text})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.RecordCall(t.Context(), n.ID, client.NewCall{Agency: "Invented Shelter", Answer: "offer"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.RefuseOffer(t.Context(), n.ID, client.NewChoice{Agency: "Invented Shelter", Why: text}); err != nil {
		t.Fatal(err)
	}
	if n, err = ngo.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "withdrawn"}); err != nil {
		t.Fatal(err)
	}
	return n.ID
}
