package town_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// asksAgain asks for what a consent has, and notes the answer.
func asksAgain(said posada.ConsentStatus) func(context.Context, *client.Client, client.Consent) error {
	return func(ctx context.Context, ngo *client.Client, of client.Consent) error {
		_, err := ngo.AddConsent(ctx, client.NewConsent{Case: of.Case, Status: string(said), Allow: newConsent().Allow})
		return err
	}
}

// TestARefusalStopsWhatWaitsUnsent: the hub is away, and a referral waits. She is
// asked again: that stops nothing. She says not now, or no: it never goes, also when
// the hub is back, and the recipient finds nothing.
func TestARefusalStopsWhatWaitsUnsent(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"deferred", "refused"} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			g := &gate{}
			w := start(t, lay(t), town.Options{
				Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond,
				Hub: func(key string, h post.Hub) post.Hub {
					if key != "ngo" {
						return h
					}
					g.Hub = h
					return g
				},
			})
			ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
			agreed := agree(t, ngo)
			sent := send(t, ngo, agreed.Case)
			state := func() posada.ReferralState {
				r, err := ngo.Referral(t.Context(), sent.ID)
				if err != nil {
					t.Fatal(err)
				}
				return r.State
			}
			asked, err := ngo.AddConsent(t.Context(), client.NewConsent{Case: agreed.Case, Status: "requested", Allow: newConsent().Allow})
			if err != nil || asked.Status != posada.ConsentRequested || !asked.Expires.IsZero() {
				t.Fatalf("%s, %v", asked.Status, err)
			}
			time.Sleep(200 * time.Millisecond)
			if s, err := ngo.Status(t.Context()); err != nil || s.Waiting != 1 || state() != posada.StateSent {
				t.Errorf("to ask stopped it: %d wait, it is %s, %v", s.Waiting, state(), err)
			}
			if _, err := ngo.AnswerConsent(t.Context(), asked.ID, client.NewAnswer{Answer: said}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "it is stopped", func() bool { return state() == posada.StateExpired })
			g.unlock()
			// Another person's goes, and comes after whatever was on its way.
			other := send(t, ngo, agree(t, ngo).Case)
			eventually(t, "the other's arrives", func() bool {
				list, err := legal.Referrals(t.Context())
				return err == nil && slices.ContainsFunc(list, func(r client.Referral) bool { return r.ID == other.ID })
			})
			if list, err := legal.Referrals(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("%d referrals arrived, %v", len(list), err)
			}
		})
	}
}

// TestARefusalIsHandedInWhileLocked: of somebody who was asked before, and of somebody
// who is asked now. It is carried out before anything else is sent.
func TestARefusalIsHandedInWhileLocked(t *testing.T) {
	t.Parallel()
	w := start(t, layLockedNGO(t), town.Options{Skip: []string{"shelter", "police", "legal"}})
	ngo := ask(t, w, "ngo")
	unlock(t, ngo)
	first, second := agree(t, ngo), agree(t, ngo)
	asked, err := ngo.AddConsent(t.Context(), client.NewConsent{Case: first.Case, Status: "requested", Allow: newConsent().Allow})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked.Lacks) != 0 || len(asked.Missing) != 0 {
		t.Errorf("a question lacks %v, %v", asked.Lacks, asked.Missing)
	}
	no := newConsent()
	no.Status = "refused"
	for name, in := range map[string]client.NewAnswer{
		"yes, and no":         {Answer: "given", Agreed: &no},
		"no, with a consent":  {Answer: "refused", Agreed: &no},
		"yes, and nothing":    {Answer: "given"},
		"yes, without a form": {Answer: "given", Agreed: &client.NewConsent{GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa", Condition: "not_conditional"}},
	} {
		want := map[bool]string{true: "consent_form_missing", false: "consent_answer"}[in.Agreed != &no]
		if _, err := ngo.AnswerConsent(t.Context(), asked.ID, in); faultOf(err) != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	lock(t, ngo)
	answered, err := ngo.AnswerConsent(t.Context(), asked.ID, client.NewAnswer{Answer: "refused"})
	kept(t, answered, err)
	kept(t, second, asksAgain(posada.ConsentRefused)(t.Context(), ngo, second))
	renewed, err := ngo.RenewConsent(t.Context(), first.ID, newConsent())
	kept(t, renewed, err)
	unlock(t, ngo)
	for _, label := range []string{first.Case, second.Case} {
		if p, err := ngo.Preview(t.Context(), newPreview(label)); err != nil || p.Digest != "" || len(p.Uncovered) == 0 {
			t.Errorf("something of %s can be sent, %v", label, err)
		}
	}
	// What was refused is not renewed, though that was handed in, too.
	s, err := ngo.Status(t.Context())
	if err != nil || s.HandedIn.Waiting != 0 || len(s.HandedIn.Refused) != 1 || s.HandedIn.Refused[0].Key != "consent_over" {
		t.Errorf("%+v, %v", s.HandedIn, err)
	}
}
