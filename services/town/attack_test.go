package town_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// submit hands a sealed envelope to the hub.
func (f *forger) submit(wire []byte) {
	f.t.Helper()
	e, err := envelope.Parse(wire)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.bus.Submit(f.t.Context(), e); err != nil {
		f.t.Fatal(err)
	}
}

// key is the code of a problem a node answered with.
func key(err error) string {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return p.Key
	}
	return ""
}

// taken waits until an agency has so many referrals.
func taken(t *testing.T, c *client.Client, count int) []client.Referral {
	t.Helper()
	var list []client.Referral
	eventually(t, "the referrals being there", func() (ok bool) {
		var err error
		list, err = c.Referrals(t.Context())
		return err == nil && len(list) == count
	})
	return list
}

// TestAMemberWithItsKeysCannotStopTheOthers fills the head of a mailbox with
// more than one collection of what is not admitted, in texts that are awkward
// to store: what an honest member sends behind it comes in, and the list of
// referrals can be read whatever time something says to be of (T15).
func TestAMemberWithItsKeysCannotStopTheOthers(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond})
	hostile, honest := newForger(t, w, "ngo"), newForger(t, w, "shelter")
	c := hostile.content()
	c.Records[0].Fields["psd_PreferredName"] = "<Invented> & more"
	for range 80 {
		hostile.submit(hostile.good(hostile.disclosure(c, "a.b.c", hostile.obligations())))
	}
	m, _, err := redact.Reduce(c, c.Categories())
	if err != nil {
		t.Fatal(err)
	}
	late, err := event.Disclosure(
		posada.IDFrom[posada.EventID](hostile.id()), posada.IDFrom[posada.ReferralID](hostile.id()), m,
		hostile.grant(c), hostile.obligations(), time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	hostile.submit(hostile.good(hostile.place(late)))
	c = honest.content()
	honest.submit(honest.good(honest.disclosure(c, honest.grant(c), honest.obligations())))

	legal := ask(t, w, "legal")
	taken(t, legal, 1)
	eventually(t, "all of it being put aside by name", func() bool {
		s, err := legal.Status(t.Context())
		codes := map[string]int{}
		for _, q := range s.Quarantined {
			codes[q.Code] += q.Count
		}
		return err == nil && codes["grant"] == 80 && codes["time"] == 1
	})
}

// TestWhatABodyToBeFearedSendsIsNotAnswered is G1 at the door: a distrusted
// member's own referral, its grant in order, is receipted like any statement
// and shown to nobody, so that nobody's answer tells it anything.
func TestWhatABodyToBeFearedSendsIsNotAnswered(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond})
	police, legal := newForger(t, w, "police"), ask(t, w, "legal")
	c := police.content()
	police.submit(police.good(police.disclosure(c, police.grant(c), police.obligations())))
	eventually(t, "it being held", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && len(s.Quarantined) == 1 && s.Quarantined[0].Code == "not_covered"
	})
	taken(t, legal, 0)
}

// TestWhatWasReadIsSaidToHaveBeenRead is T9 and T21 together: the hub, or
// chance, keeps a receipt back until consent has changed. The disclosure is
// stopped, and when the receipt comes its sender learns that this was too late.
func TestWhatWasReadIsSaidToHaveBeenRead(t *testing.T) {
	t.Parallel()
	receipts := &gate{}
	w := start(t, lay(t), town.Options{
		Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond,
		Hub: func(key string, h post.Hub) post.Hub {
			if key != "legal" {
				return h
			}
			receipts.Hub = h
			return receipts
		},
	})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	taken(t, legal, 1)
	narrower := newConsent()
	narrower.Case, narrower.Allow[0].Share = agreed.Case, []string{"needs"}
	if _, err := ngo.AddConsent(t.Context(), narrower); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it being stopped", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.State == posada.StateExpired && r.Delivered.IsZero()
	})
	receipts.unlock()
	eventually(t, "the sender learning that it was read", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.State == posada.StateExpired && !r.Delivered.IsZero()
	})
}

// TestANewConsentEndsThePreviewsOfTheOld: grant and obligations were shown
// under what she agreed to then.
func TestANewConsentEndsThePreviewsOfTheOld(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	agreed := agree(t, ngo)
	preview, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil {
		t.Fatal(err)
	}
	shorter := newConsent()
	shorter.Case, shorter.Days = agreed.Case, 1
	if _, err := ngo.AddConsent(t.Context(), shorter); err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest}); key(err) != "preview_outdated" {
		t.Errorf("the old preview: %v", err)
	}
	send(t, ngo, agreed.Case)
}

// TestNothingIsPassedOnToWhoIsFearedOrExcluded is G1, G13 and G14 in a grant.
func TestNothingIsPassedOnToWhoIsFearedOrExcluded(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	feared, both := newConsent(), newConsent()
	feared.Allow[0].Onward = []string{"Invented Police"}
	both.Allow[0].Onward, both.Exclude = []string{"Invented Shelter"}, []string{"Invented Shelter"}
	for want, c := range map[string]client.NewConsent{"consent_onward": feared, "consent_contradicts_itself": both} {
		if _, err := ngo.AddConsent(t.Context(), c); key(err) != want {
			t.Errorf("want %s: %v", want, err)
		}
	}
}

// TestADraftNobodyMayHaveIsNeverReady: every referral tells that there is a
// need, and at what priority. To whom that may not be told there is no digest
// and no grant, whatever else is in it.
func TestADraftNobodyMayHaveIsNeverReady(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	c := newConsent()
	c.Allow[0].Share = []string{"identity"}
	agreed, err := ngo.AddConsent(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"Invented Legal Aid", "Invented Police", "Invented Shelter"} {
		for _, records := range [][]client.NewRecord{
			nil, {{Role: "survivor", Fields: map[string]string{"psd_PreferredName": "Invented"}}},
			{{Role: "referring_worker", Fields: map[string]string{"psd_PreferredName": "Invented"}}},
		} {
			draft := newPreview(agreed.Case)
			draft.To, draft.Services, draft.Records = to, nil, records
			p, err := ngo.Preview(t.Context(), draft)
			if err != nil {
				continue // not a draft at all
			}
			named := slices.ContainsFunc(p.Uncovered, func(u client.Uncovered) bool { return u.Place == "priority" })
			if p.Digest != "" || p.Grant != "" || p.Data != "" || !named {
				t.Errorf("%s, %d records: digest %q, %d uncovered", to, len(records), p.Digest, len(p.Uncovered))
			}
		}
	}
}

// TestWhatCouldNotBeSealedIsRefusedBeforeAnythingIsKept, and what is just small
// enough arrives.
func TestWhatCouldNotBeSealedIsRefusedBeforeAnythingIsKept(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	c := newConsent()
	c.Allow[0].Share = append(c.Allow[0].Share, "exploitation_narrative")
	agreed, err := ngo.AddConsent(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	draft := newPreview(agreed.Case)
	long := client.NewRecord{Role: "survivor", Fields: map[string]string{"psd_ExploitationNarrative": strings.Repeat("invented", 2000)}}
	for len(draft.Records) < 1+17 {
		draft.Records = append(draft.Records, long)
	}
	if p, err := ngo.Preview(t.Context(), draft); key(err) != "content_too_large" {
		t.Errorf("17 long records: %v, %d bytes, uncovered %v", err, len(p.Data), p.Uncovered)
	}
	draft.Records = draft.Records[:1+16]
	preview, err := ngo.Preview(t.Context(), draft)
	if err != nil || len(preview.Data) < redact.MaxData*9/10 {
		t.Fatal(len(preview.Data), err)
	}
	if _, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
		t.Fatal(err)
	}
	taken(t, legal, 1)
}

// TestClocksMinutesApartLoseNothing: the recipient's clock is behind or ahead
// of the sender's, who sends the moment consent was recorded.
func TestClocksMinutesApartLoseNothing(t *testing.T) {
	t.Parallel()
	for _, apart := range []time.Duration{-8 * time.Minute, 8 * time.Minute} {
		w := start(t, lay(t), town.Options{
			Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond,
			Clock: func(key string) time.Time {
				if key == "legal" {
					return time.Now().Add(apart)
				}
				return time.Now()
			},
		})
		ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
		sent := send(t, ngo, agree(t, ngo).Case)
		taken(t, legal, 1)
		eventually(t, "the receipt", func() bool {
			r, err := ngo.Referral(t.Context(), sent.ID)
			return err == nil && !r.Delivered.IsZero()
		})
	}
}

// TestWhatMayNoLongerBeKeptGoes is G6: at its end a disclosure can no longer be
// looked at, and its key is destroyed with the next sweep; previews that nobody
// sent go too.
func TestWhatMayNoLongerBeKeptGoes(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	later := time.Duration(0)
	o := town.Options{
		Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond, Clock: func(string) time.Time { return time.Now().Add(later) },
	}
	w, err := town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	send(t, ngo, agree(t, ngo).Case)
	id := taken(t, legal, 1)[0].ID
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	later = 31 * 24 * time.Hour
	w, err = town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, w, "legal").Referral(t.Context(), id); key(err) != "nothing_there" {
		t.Errorf("it is still shown: %v", err)
	}
	taken(t, ask(t, w, "legal"), 0)
	taken(t, ask(t, w, "ngo"), 1) // the agency's own account of what it gave
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	acts(t, laid, "legal", map[audit.Act]int{audit.ReferralErased: 1})
}

// TestAMarkOutlivesWhatMayBeKept: a state that was set and could not be told in
// time is told all the same; it says nothing of her.
func TestAMarkOutlivesWhatMayBeKept(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	later := time.Duration(0)
	shut := &gate{}
	o := town.Options{
		Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond, Clock: func(string) time.Time { return time.Now().Add(later) },
		Hub: func(key string, h post.Hub) post.Hub {
			if key != "legal" {
				return h
			}
			shut.Hub = h
			return shut
		},
	}
	w, err := town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	short := newConsent()
	short.Days = 1
	agreed, err := ask(t, w, "ngo").AddConsent(t.Context(), short)
	if err != nil {
		t.Fatal(err)
	}
	sent := send(t, ask(t, w, "ngo"), agreed.Case)
	taken(t, ask(t, w, "legal"), 1)
	if _, err := ask(t, w, "legal").Mark(t.Context(), sent.ID, client.NewMark{State: string(posada.StateAccepted)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	later = 25 * time.Hour
	shut.unlock()
	w = start(t, laid, o)
	taken(t, ask(t, w, "legal"), 0)
	eventually(t, "the source seeing it accepted", func() bool {
		r, err := ask(t, w, "ngo").Referral(t.Context(), sent.ID)
		return err == nil && r.State == posada.StateAccepted
	})
}
