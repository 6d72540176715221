package placed

import (
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/town"
)

// TestWhatIsTakenBackFromOneAgencyEndsWhatIsAskedOfIt: its question is closed and another's is
// not; with the place it holds the need is over. Of a case that is destroyed no id of what was
// asked is left, under whatever key, nor in which order it was wanted.
func TestWhatIsTakenBackFromOneAgencyEndsWhatIsAskedOfIt(t *testing.T) {
	t.Parallel()
	two := plan(1, 2)
	two.Agencies[1].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	laid := must(town.Lay(t.TempDir(), two, time.Now()))
	w := must(town.Start(t.Context(), laid, town.Options{Poll: 50 * time.Millisecond}))
	ngo, first, second := ask(t, w, "ngo0"), ask(t, w, shelter(0)), ask(t, w, shelter(1))
	free := 3
	must(first.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Free: &free}))
	open := func(c *client.Client) []client.Placement {
		return slices.DeleteFunc(must(c.Placements(t.Context(), true)), func(p client.Placement) bool { return p.State == posada.PlacementClosed })
	}

	asked := asking(t, ngo, man(), "")
	eventually(t, "both have it", func() bool { return len(open(first)) == 1 && len(open(second)) == 1 })
	back := func() {
		must(ngo.Withdraw(t.Context(), client.NewWithdrawal{Case: asked.Case, From: "Invented Shelter 0"}))
	}
	back()
	eventually(t, "it is closed to the one", func() bool { return len(open(first)) == 0 })
	if n := must(ngo.Need(t.Context(), asked.ID)); n.State != posada.NeedPosted || len(open(second)) != 1 {
		t.Errorf("it is %s, and open to %d others", n.State, len(open(second)))
	}

	in := man()
	in.Case = asked.Case
	again := asking(t, ngo, in, "")
	eventually(t, "it has the next", func() bool { return len(open(first)) == 1 })
	must(first.Offer(t.Context(), open(first)[0].ID, client.NewOffer{Place: "dorm"}))
	show := func() client.Need { return must(ngo.Need(t.Context(), again.ID)) }
	eventually(t, "it offers", func() bool { return show().State == posada.NeedOffersOpen })
	must(ngo.ChooseOffer(t.Context(), again.ID, client.NewChoice{Agency: "Invented Shelter 0"}))
	eventually(t, "it holds", func() bool { return line(show(), "Invented Shelter 0").State == posada.AskedHolds })
	back()
	if n := show(); n.State != posada.NeedExpired {
		t.Errorf("what it held is %s", n.State)
	}
	eventually(t, "it holds nothing", func() bool { return len(open(first)) == 0 })

	must(ngo.OrderNeeds(t.Context(), client.NewNeedOrder{Case: asked.Case, Needs: []posada.NeedID{again.ID}}))
	must(ngo.EraseCase(t.Context(), client.NewErasure{Case: asked.Case}))
	// What waits is looked through once a minute.
	eventually(t, "the case is gone", func() bool { return len(must(ngo.Cases(t.Context()))) == 0 })
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	left := 0
	v := storeOf(t, laid, "ngo0")
	must(0, v.View(func(tx *vault.Tx) error {
		return vault.Table[posada.NeedID]{Name: "need_letters", Version: 1}.Each(tx, func(string, posada.NeedID) error { left++; return nil })
	}))
	must(0, v.View(func(tx *vault.Tx) error {
		return vault.Table[map[string]any]{Name: "needs", Version: 1}.Each(tx, func(string, map[string]any) error { left++; return nil })
	}))
	if counts := must(countsIn(v)); left != 0 || counts == 0 {
		t.Errorf("%d ids or needs are left, %d are counted", left, counts)
	}
}

// storeOf opens the store of an agency whose node is stopped.
func storeOf(t *testing.T, laid town.Laid, key string) *vault.Vault {
	t.Helper()
	dir := filepath.Join(laid.Dir, key)
	v := must(vault.Open(filepath.Join(dir, "vault"), vault.Key(must(config.ReadSeed(filepath.Join(dir, "vault.key")))), rand.Reader))
	t.Cleanup(func() { _ = v.Close() })
	return v
}

// countsIn is how many kinds of needs are counted.
func countsIn(v *vault.Vault) (n int, err error) {
	return n, v.View(func(tx *vault.Tx) error {
		return vault.Table[need.Count]{Name: "need_counts", Version: 1}.Each(tx, func(string, need.Count) error { n++; return nil })
	})
}
