package town_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

var errOff = errors.New("the computer is off")

// plug is an agency's line to the hub: pulled, nothing of it goes or comes.
type plug struct {
	post.Hub
	out  atomic.Bool
	sent atomic.Int64
}

func (p *plug) Submit(ctx context.Context, e envelope.Envelope) error {
	if p.out.Load() {
		return errOff
	}
	err := p.Hub.Submit(ctx, e)
	if err == nil {
		p.sent.Add(1)
	}
	return err
}

func (p *plug) Collect(ctx context.Context, ids []posada.MessageID) ([][]byte, bool, error) {
	if p.out.Load() {
		return nil, false, errOff
	}
	return p.Hub.Collect(ctx, ids)
}

// whereabouts is a consent to share with a shelter where the person is now.
func whereabouts() client.NewConsent {
	c := newConsent()
	c.Allow[0].To, c.Allow[0].Purpose, c.Allow[0].Share = "Invented Shelter", "shelter", []string{"needs", "safe_contact", "location_current"}
	c.Services = []string{"shelter_emergency"}
	return c
}

func tellsWhere(t *testing.T, ngo *client.Client, label string) client.Referral {
	t.Helper()
	p, err := ngo.Preview(t.Context(), client.NewPreview{
		Case: label, To: "Invented Shelter", Purpose: "shelter", Services: []string{"shelter_emergency"}, Priority: "tonight",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"prs_MailingStreet": "Invented Street 7", "prs_MobilePhone": "+15550100"}}},
	})
	if err != nil || p.Digest == "" {
		t.Fatalf("%+v, %v", p.Uncovered, err)
	}
	r, err := ngo.Send(t.Context(), client.NewSend{Digest: p.Digest})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func whereIsShown(r client.Referral) bool {
	return slices.ContainsFunc(r.Carried, func(c client.Carried) bool { return c.Category == posada.CategoryLocationCurrent })
}

// TestWhereThePersonIsNowIsShownWhileItsIssuerIsHeard is T22 on whole nodes. Both
// computers are off for more than a day; the recipient's comes back first. Where the
// person is now is not shown, and what was under way is not opened: it may have been
// taken back. When the issuer's is back too, it answers, and both are.
func TestWhereThePersonIsNowIsShownWhileItsIssuerIsHeard(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	lines := map[string]*plug{"ngo": {}, "shelter": {}}
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "police"}, Poll: 50 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
		Hub: func(key string, h post.Hub) post.Hub {
			lines[key].Hub = h
			return lines[key]
		},
	})
	ngo, shelter := ask(t, w, "ngo"), ask(t, w, "shelter")
	agreed, err := ngo.AddConsent(t.Context(), whereabouts())
	if err != nil {
		t.Fatal(err)
	}
	first := tellsWhere(t, ngo, agreed.Case)
	taken(t, shelter, 1)
	if _, err := shelter.Mark(t.Context(), first.ID, client.NewMark{State: "acknowledged"}); err != nil {
		t.Fatal(err)
	}
	shown := func() client.Referral {
		r, err := shelter.Referral(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := shown(); !whereIsShown(r) || r.Unheard || r.More {
		t.Errorf("heard just now: %+v", r)
	}

	lines["shelter"].out.Store(true)
	second := tellsWhere(t, ngo, agreed.Case)
	eventually(t, "it being at the hub", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub > 0 })
	lines["ngo"].out.Store(true)
	later.Store(int64(25 * time.Hour))
	if r := shown(); whereIsShown(r) || !r.Unheard || !r.More || len(r.Carried) == 0 {
		t.Errorf("not heard for a day: %+v", r)
	}
	lines["shelter"].out.Store(false)
	eventually(t, "what was under way being held", func() bool {
		s, err := shelter.Status(t.Context())
		return err == nil && len(s.Quarantined) == 1 && s.Quarantined[0].Code == "issuer_unheard"
	})
	if r := shown(); whereIsShown(r) || !r.Unheard {
		t.Errorf("its issuer is off: %+v", r)
	}
	if list, err := shelter.Referrals(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d referrals, %v", len(list), err)
	}

	if err := w.Restart(t.Context(), "ngo"); err != nil {
		t.Fatal(err)
	}
	lines["ngo"].out.Store(false)
	taken(t, shelter, 2)
	eventually(t, "where the person is now being shown", func() bool { return whereIsShown(shown()) })
	if _, err := shelter.Referral(t.Context(), second.ID); err != nil {
		t.Error(err)
	}
	if s, err := shelter.Status(t.Context()); err != nil || len(s.Quarantined) != 0 || s.Missing != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestTwoDaysOfSilenceAreSixEnvelopesAMember counts, on whole nodes that have nothing
// to say, what one of them sends in 48 hours over a restart each eight, and what
// people see of that. Who is not there is told once a day.
func TestTwoDaysOfSilenceAreSixEnvelopesAMember(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	lines := map[string]*plug{"ngo": {}, "legal": {}, "shelter": {}}
	w := start(t, lay(t), town.Options{
		Skip: []string{"police"}, Poll: 20 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
		Hub: func(key string, h post.Hub) post.Hub {
			lines[key].Hub = h
			return lines[key]
		},
	})
	const here = 2 // legal aid and a shelter; a body that people have reason to fear is not
	for eight := range int64(6) {
		later.Store(eight * int64(8*time.Hour+time.Minute))
		if eight > 0 {
			if err := w.Restart(t.Context(), "ngo"); err != nil {
				t.Fatal(err)
			}
		}
		want := (eight+1)*here + eight/3 + 1
		eventually(t, "the keep-alives", func() bool { return lines["ngo"].sent.Load() >= want })
		eventually(t, "the others'", func() bool {
			return lines["legal"].sent.Load() >= (eight+1)*here && lines["shelter"].sent.Load() >= (eight+1)*here
		})
		time.Sleep(200 * time.Millisecond)
		s, err := ask(t, w, "ngo").Status(t.Context())
		if err != nil || lines["ngo"].sent.Load() != want || s.Waiting+s.AtHub+s.Missing+len(s.Quarantined) != 0 {
			t.Fatalf("%d hours: %d envelopes, not %d; %+v, %v", eight*8, lines["ngo"].sent.Load(), want, s, err)
		}
	}
}

// TestWhoIsFearedHearsThatOthersAreThereAndNoMore: what a body that people have reason
// to fear finds in its mailbox, while others share, is what it finds anyhow.
func TestWhoIsFearedHearsThatOthersAreThereAndNoMore(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond})
	ngo := ask(t, w, "ngo")
	r := send(t, ngo, agree(t, ngo).Case)
	delivered(t, w, string(r.ID))
	police := newHand(t, w, "police")
	var list [][]byte
	eventually(t, "both agencies' word", func() bool {
		var err error
		list, _, err = police.bus.Collect(t.Context(), nil)
		return err == nil && len(list) == 2
	})
	for _, wire := range list {
		e, err := envelope.Parse(wire)
		if err != nil || len(wire) != 8192 {
			t.Fatalf("%d bytes, %v", len(wire), err)
		}
		o, err := seal.Open(e, seal.Receiver{
			Agency: police.Agency, Mailbox: police.Mailbox, Members: police.members, Now: time.Now(),
			Identities: func(e posada.Epoch) (seal.Identity, bool) { i, ok := police.Identities[e]; return i, ok },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range o.Statements() {
			var said event.Reach
			if err := s.Read(&said); err != nil || s.Type() != event.TypeAlive || said != (event.Reach{}) {
				t.Errorf("a %s: %+v, %v", s.Type(), said, err)
			}
		}
	}
}
