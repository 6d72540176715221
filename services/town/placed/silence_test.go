package placed

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// quiet is a town in which nobody answers: an advocate asks, a coordinator leads, another
// advocate has nothing to do with it. later is how much later it is than now.
func quiet(t *testing.T, later *atomic.Int64) (w *town.Town, asks, leads, other *client.Client) {
	t.Helper()
	p := plan(1, 2)
	for _, r := range []posada.StaffRole{posada.RoleCoordinator, posada.RoleAdvocate} {
		p.Agencies[0].Staff = append(p.Agencies[0].Staff, town.Person{Name: "Invented second " + string(r), Roles: []posada.StaffRole{r}})
	}
	p.Agencies[2].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	w = start(t, p, town.Options{
		Poll: 50 * time.Millisecond, Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	as := func(nth int) *client.Client {
		token := must(os.ReadFile(fmt.Sprintf("%s-%d", w.TokenFile("ngo0"), nth)))
		return client.New(w.API("ngo0"), strings.TrimSpace(string(token)), "en")
	}
	return w, ask(t, w, "ngo0"), as(2), as(3)
}

// TestSilenceIsSaidToWhoseWorkItIsAndThenToWhoeverLeads walks through the two hours of a
// need for tonight that nobody answers: each step comes after its time, to whom it is for
// and to nobody else, and none while an offer can be taken.
func TestSilenceIsSaidToWhoseWorkItIsAndThenToWhoeverLeads(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	w, asks, leads, other := quiet(t, &later)
	in := man()
	in.Services, in.Region = []string{"shelter_emergency"}, "us-tx"
	n := asking(t, asks, in, "")
	shelter1 := ask(t, w, "shelter1")
	one := 1
	must(shelter1.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Interpreters: true, Free: &one}))
	eventually(t, "the question came", func() bool { return len(must(shelter1.Placements(t.Context(), false))) == 1 })
	told := func(c *client.Client) int { return must(c.Status(t.Context())).Silent }
	for _, at := range []struct {
		minute      int
		step, next  posada.SilenceStep
		asks, leads int
	}{
		{1, "", posada.SilenceReminder, 0, 0},
		{16, posada.SilenceReminder, posada.SilenceCoordinator, 1, 0},
		{31, posada.SilenceCoordinator, posada.SilenceWiderRegion, 1, 1},
		{46, posada.SilenceWiderRegion, posada.SilenceVoucherFund, 1, 1},
		{76, posada.SilenceVoucherFund, "", 1, 1},
	} {
		later.Store(int64(time.Duration(at.minute) * time.Minute))
		s := must(asks.Need(t.Context(), n.ID)).Silence
		if s == nil || s.Step != at.step || s.Next != at.next {
			t.Errorf("after %d minutes %+v", at.minute, s)
		}
		if a, l, o := told(asks), told(leads), told(other); a != at.asks || l != at.leads || o != 0 {
			t.Errorf("after %d minutes told: whose work it is %d, who leads %d, another %d", at.minute, a, l, o)
		}
	}
	must(shelter1.Offer(t.Context(), n.ID, client.NewOffer{Place: "dorm"}))
	eventually(t, "the offer is there", func() bool { return must(asks.Need(t.Context(), n.ID)).State == posada.NeedOffersOpen })
	if s := must(asks.Need(t.Context(), n.ID)).Silence; s != nil || told(asks) != 0 {
		t.Errorf("there is an offer, and %+v is due", s)
	}
	must(asks.RefuseOffer(t.Context(), n.ID, client.NewChoice{Agency: "Invented Shelter 1"}))
	if s := must(asks.Need(t.Context(), n.ID)).Silence; s == nil || s.Step != posada.SilenceVoucherFund {
		t.Errorf("the offer was refused, and %+v is due", s)
	}
}

// TestANeedThatIsAskedAnewIsAskedOnceAndCountedOnce: in a wider region, under a new
// permission. Whoever was asked before is told that it is closed, and asked the other.
func TestANeedThatIsAskedAnewIsAskedOnceAndCountedOnce(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	w, asks, _, other := quiet(t, &later)
	in := man()
	in.Services, in.Region = []string{"shelter_emergency"}, "us-tx"
	first := asking(t, asks, in, "")
	shelter := ask(t, w, "shelter1")
	eventually(t, "the question came", func() bool { return len(must(shelter.Placements(t.Context(), true))) == 1 })
	wider := first.Profile.Again()
	wider.Instead, wider.Region = first.ID, ""
	if p := must(asks.PreviewNeed(t.Context(), wider)); p.Profile.Region != "" || p.Profile.Gender != posada.Gender("man") || p.Instead != first.ID {
		t.Fatalf("would ask %+v", p)
	}
	if n := must(asks.Need(t.Context(), first.ID)); n.State != posada.NeedPosted {
		t.Fatalf("to look at it ended the first: %s", n.State)
	}
	if _, err := other.PreviewNeed(t.Context(), wider); faultOf(err) != "nothing_there" {
		t.Errorf("somebody whose work it is not: %v", err)
	}
	for id, want := range map[posada.NeedID]string{"x": "bad_request", "../needs": "bad_request", "aaaaaaaaaaaaaaaaaaaaaaaaae": "nothing_there"} {
		strange := wider
		strange.Instead = id
		if _, err := asks.PreviewNeed(t.Context(), strange); faultOf(err) != want {
			t.Errorf("in the place of %q: %v", id, err)
		}
	}
	second := asking(t, asks, wider, "")
	if second.Case != first.Case || second.ID == first.ID {
		t.Errorf("it is of %q, the first of %q", second.Case, first.Case)
	}
	if n := must(asks.Need(t.Context(), first.ID)); n.State != posada.NeedWithdrawn || n.Anew != second.ID {
		t.Errorf("the first is %s, asked anew as %q", n.State, n.Anew)
	}
	eventually(t, "the first is closed there, and the second asked", func() bool {
		return must(shelter.Placement(t.Context(), first.ID)).State == posada.PlacementClosed && len(must(shelter.Placements(t.Context(), false))) == 1
	})
	if _, err := asks.PreviewNeed(t.Context(), wider); faultOf(err) != "need_over" {
		t.Errorf("asked anew once more: %v", err)
	}
	must(asks.EndNeed(t.Context(), second.ID, client.NewNeedEnd{How: "no_placement_found"}))
	counts := must(asks.NeedCounts(t.Context()))
	if len(counts) != 1 || counts[0].Needs != 1 || counts[0].Ended != posada.NeedNoPlacementFound {
		t.Errorf("of one person %+v is counted", counts)
	}
}
