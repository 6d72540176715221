package placed

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// TestAnAgencyWithoutANodeIsCalledAndCanBeExcluded: it stands in the directory with its
// number, is named in what is read out, feeds the need by telephone, and is not called once
// the person excludes it. Where nobody can be asked over the network it is all there is.
func TestAnAgencyWithoutANodeIsCalledAndCanBeExcluded(t *testing.T) {
	t.Parallel()
	laid := must(town.Lay(t.TempDir(), plan(1, 1), time.Now()))
	book := directory.Book{Network: laid.Network, Version: 1, Entries: []directory.Entry{{
		ID: directory.IDFrom([16]byte{1}, 4), Name: directory.Name{EN: "Invented House", ES: "Casa Inventada"}, Confidential: true,
		Phones:   []directory.Phone{{Number: "+19155550100", Extension: 7}},
		Services: []directory.Service{{ID: directory.IDFrom([16]byte{2}, 4), Type: posada.ServiceShelterEmergency}},
	}}}
	if err := os.WriteFile(filepath.Join(filepath.Dir(laid.NodeConfig("ngo0")), "book.json"), must(directory.Write(book)), 0o600); err != nil {
		t.Fatal(err)
	}
	w := must(town.Start(t.Context(), laid, town.Options{Poll: 50 * time.Millisecond, Skip: []string{shelter(0)}}))
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
	})
	ngo := ask(t, w, "ngo0")
	p := must(ngo.PreviewNeed(t.Context(), man("Invented Shelter 0")))
	if len(p.Asks) != 0 || len(p.Call) != 1 || p.Call[0].Name != "Invented House" || p.Call[0].Phone != "+19155550100 ext. 7" || !p.Call[0].ByPhone {
		t.Fatalf("asks %v, calls %+v", p.Asks, p.Call)
	}
	n := must(ngo.PostNeed(t.Context(), client.NewPosting{Digest: p.Digest, Permission: true}))
	if len(n.Asked) != 0 || len(n.Call) != 1 {
		t.Errorf("asked %v, to call %v", n.Asked, n.Call)
	}
	n = must(ngo.RecordCall(t.Context(), n.ID, client.NewCall{Agency: "casa inventada", Answer: "offer"}))
	if l := line(n, "Invented House"); l.State != posada.AskedOffers || !l.Phoned {
		t.Errorf("%+v", n.Asked)
	}
	must(ngo.Exclude(t.Context(), client.NewExclusion{Case: n.Case, Agency: "Invented House"}))
	if _, err := ngo.RecordCall(t.Context(), n.ID, client.NewCall{Agency: "Invented House", Answer: "held"}); faultOf(err) != "need_excluded" {
		t.Errorf("whom the person excluded is called: %v", err)
	}
	if _, err := ngo.ChooseOffer(t.Context(), n.ID, client.NewChoice{Agency: "Invented House"}); faultOf(err) != "need_excluded" {
		t.Errorf("whom the person excluded is chosen: %v", err)
	}
	ended := must(ngo.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "no_placement_found"}))
	counts := must(ngo.NeedCounts(t.Context()))
	if ended.State != posada.NeedNoPlacementFound || !slices.ContainsFunc(counts, func(c client.NeedCount) bool { return c.Ended == posada.NeedNoPlacementFound }) {
		t.Errorf("%s, %+v", ended.State, counts)
	}
}
