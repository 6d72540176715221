package placed

import (
	"context"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

var asks = flag.Int("needs", 3, "random needs that are held against twelve shelters")

// tap keeps what an agency's node hands to the hub.
type tap struct {
	post.Hub
	mu   sync.Mutex
	sent []envelope.Envelope
}

func (h *tap) Submit(ctx context.Context, e envelope.Envelope) error {
	h.mu.Lock()
	h.sent = append(h.sent, e)
	h.mu.Unlock()
	return h.Hub.Submit(ctx, e)
}

// canaryPlace and canaryBeds are in no byte that leaves a shelter.
const (
	canaryPlace = "quetzal-dorm"
	canaryBeds  = 7919
)

// some draws some of a vocabulary, most of the time most of it.
func some[T ~string](r *rand.Rand, words []T) (list []string) {
	for _, w := range words {
		if r.IntN(4) > 0 {
			list = append(list, string(w))
		}
	}
	return list
}

// place draws whom a shelter takes.
func place(r *rand.Rand) client.NewPlace {
	free := []int{0, 1, 2, canaryBeds}[r.IntN(4)]
	p := client.NewPlace{
		Place: canaryPlace, Services: []string{"shelter_emergency"}, Genders: some(r, posada.Members[posada.Gender]()), Ages: some(r, posada.Members[posada.AgeBand]()),
		With: some(r, posada.Members[posada.HouseholdKind]()), Exploitation: some(r, posada.Members[posada.ExploitationKind]()),
		Languages: []string{"spa", "eng"}, Interpreters: r.IntN(2) == 0, Access: some(r, posada.Members[posada.AccessNeed]()), Pets: r.IntN(2) == 0, Free: &free,
	}
	if r.IntN(2) == 0 {
		p.Regions = []string{"us-tx"}
	}
	return p
}

// one draws a word, or none.
func one[T ~string](r *rand.Rand, words []T) string {
	if i := r.IntN(len(words) + 1); i < len(words) {
		return string(words[i])
	}
	return ""
}

func drawn(r *rand.Rand) client.NewNeed {
	n := client.NewNeed{
		Priority: "tonight", Services: []string{"shelter_emergency"}, Gender: one(r, posada.Members[posada.Gender]()), Age: one(r, posada.Members[posada.AgeBand]()),
		Size: one(r, posada.Members[posada.HouseholdSize]()[:3]), Exploitation: one(r, posada.Members[posada.ExploitationKind]()),
		Region: one(r, []string{"us", "us-tx", "us-az", "mx"}), Pets: r.IntN(4) == 0,
	}
	if r.IntN(2) == 0 {
		n.Languages = []string{[]string{"spa", "mam"}[r.IntN(2)]}
	}
	if n.Size != "1" && r.IntN(2) == 0 {
		n.With = []string{one(r, posada.Members[posada.HouseholdKind]()[:5])}
		if n.With[0] == "" {
			n.With = nil
		}
	}
	if r.IntN(3) == 0 {
		n.Access = []string{string(posada.Members[posada.AccessNeed]()[r.IntN(3)])}
	}
	return n
}

// takes says again, in other words than pkg/need's, whether a place takes a need.
func takes(p client.NewPlace, n client.NewNeed) bool {
	allows := func(taken []string, said string) bool {
		return said == "" || len(taken) == 0 || slices.Contains(taken, said)
	}
	all := func(have, want []string, noneIsAll bool) bool {
		return noneIsAll && len(have) == 0 || !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
	}
	beds := map[string]int{"": 1, "1": 1, "2": 2, "3-4": 4}[n.Size]
	region := len(p.Regions) == 0 || n.Region == "" || n.Region == "us" || n.Region == "us-tx"
	spoken := len(n.Languages) == 0 || p.Interpreters || slices.Contains(p.Languages, n.Languages[0])
	return allows(p.Genders, n.Gender) && allows(p.Ages, n.Age) && allows(p.Exploitation, n.Exploitation) &&
		all(p.With, n.With, true) && all(p.Access, n.Access, false) && (!n.Pets || p.Pets) && *p.Free >= beds && region && spoken
}

// TestOffersComeFromExactlyThoseThatFit holds random needs against twelve shelters with
// random rules and beds, where somebody offers whatever is shown. Exactly those offer
// whose rules and beds allow it; of rules, beds and needs that do not fit there is
// nothing in any byte that leaves a shelter.
func TestOffersComeFromExactlyThoseThatFit(t *testing.T) {
	t.Parallel()
	const shelters = 12
	p := plan(1, shelters)
	for i := range p.Agencies {
		p.Agencies[i].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	}
	laid := must(town.Lay(t.TempDir(), p, time.Now()))
	reader := must(laid.Credentials("ngo0", time.Now()))
	taps := map[string]*tap{}
	var mu sync.Mutex
	w := must(town.Start(t.Context(), laid, town.Options{Poll: 50 * time.Millisecond, Hub: func(key string, h post.Hub) post.Hub {
		mu.Lock()
		defer mu.Unlock()
		taps[key] = &tap{Hub: h}
		return taps[key]
	}}))
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
	})
	r := rand.New(rand.NewPCG(20260314, 2340))
	rules := make([]client.NewPlace, shelters)
	staff := make([]*client.Client, shelters)
	for i := range shelters {
		rules[i], staff[i] = place(r), ask(t, w, shelter(i))
		must(staff[i].DescribePlace(t.Context(), rules[i]))
	}
	ngo := ask(t, w, "ngo0")
	offered := 0
	for range *asks {
		n := drawn(r)
		id := asking(t, ngo, n, "").ID
		want := map[posada.AskedState]int{}
		for i, c := range staff {
			shown := answer(t, c, id)
			if shown != takes(rules[i], n) {
				t.Errorf("a shelter with %+v is shown %+v: %v", rules[i], n, shown)
			}
			want[map[bool]posada.AskedState{true: posada.AskedOffers, false: posada.AskedWaiting}[shown]]++
		}
		offered += want[posada.AskedOffers]
		eventually(t, "the offers are there, and nothing else", func() bool {
			got := map[posada.AskedState]int{}
			for _, l := range must(ngo.Need(t.Context(), id)).Asked {
				got[l.State]++
			}
			return got[posada.AskedOffers] == want[posada.AskedOffers] && got[posada.AskedWaiting] == want[posada.AskedWaiting]
		})
		must(ngo.EndNeed(t.Context(), id, client.NewNeedEnd{How: "withdrawn"}))
	}
	if offered == 0 || offered == *asks*shelters {
		t.Errorf("%d offers to %d needs tell nothing", offered, *asks)
	}
	if replies := said(t, laid, reader, taps); replies != offered {
		t.Errorf("%d offers were made and %d replies left", offered, replies)
	}
	t.Logf("%d needs at %d shelters: %d offers", *asks, shelters, offered)
}

// answer waits until a need came and offers a place where it is shown.
func answer(t *testing.T, c *client.Client, id posada.NeedID) (shown bool) {
	t.Helper()
	eventually(t, "the need came", func() bool { _, err := c.Placement(t.Context(), id); return err == nil })
	for _, p := range must(c.Placements(t.Context(), false)) {
		if p.ID == id && p.State == posada.PlacementAsked {
			must(c.Offer(t.Context(), id, client.NewOffer{Place: p.Fits[0].Place}))
			return true
		}
	}
	return false
}

// said opens everything that shelters sent to whoever asked and counts the replies. They
// say an offer and until when; nothing else in any of it is a shelter's own.
func said(t *testing.T, laid town.Laid, reader node.Credentials, taps map[string]*tap) (replies int) {
	t.Helper()
	members, seen := must(laid.Decided()), map[posada.EventID]bool{}
	for _, a := range laid.Announced {
		members = members.With(a)
	}
	for key, h := range taps {
		if key == "ngo0" {
			continue
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, e := range h.sent {
			if len(e.Bytes()) != 8192 {
				t.Errorf("%s sent %d bytes", key, len(e.Bytes()))
			}
			if e.Header().Mailbox != reader.Mailbox {
				continue
			}
			o, err := seal.Open(e, seal.Receiver{
				Agency: reader.Agency, Mailbox: reader.Mailbox, Members: members, Now: time.Now(),
				Identities: func(e posada.Epoch) (seal.Identity, bool) { i, ok := reader.Identities[e]; return i, ok },
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range o.Statements() {
				if text := string(s.Data()); strings.Contains(text, canaryPlace) || strings.Contains(text, "7919") {
					t.Errorf("%s said %s", key, text)
				}
				switch s.Type() {
				case event.TypeReply:
					if !seen[s.ID()] { // what a hub that is busy did not take is said again
						replies++
					}
					seen[s.ID()] = true
					var r need.Reply
					if err := s.Read(&r); err != nil || r.Says != posada.ReplyOffer {
						t.Errorf("%s replied %+v, %v", key, r, err)
					}
				case event.TypeReceipt, event.TypeAlive:
				default:
					t.Errorf("%s said a %s", key, s.Type())
				}
			}
		}
	}
	return replies
}
