package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// TestAConsumerThatIsKilledHasEverythingAndEachCaseInItsOrder: it is killed before it noted
// what it was told, after, or says that it cannot; this unit is killed and made anew between;
// things of several cases come all the while. Each is told at least once, and what is first
// had of a case is in the order in which it came.
func TestAConsumerThatIsKilledHasEverythingAndEachCaseInItsOrder(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dice := mathrand.New(mathrand.NewPCG(seed, 8))
			n, c := newNight(t), newConsumer(t)
			n.add(c.URL)
			theirs := mathrand.New(mathrand.NewPCG(seed, 9))
			fails := map[string]int{} // how often each is still to fail
			noted := []string{}       // what the consumer kept, also twice
			c.answers(func(w http.ResponseWriter, r *http.Request) {
				c.mu.Lock()
				id := r.Header.Get(webhook.HeaderID)
				if _, known := fails[id]; !known {
					fails[id] = theirs.IntN(5)
				}
				left := fails[id]
				fails[id]--
				how := theirs.IntN(3)
				if left <= 0 || how == 0 {
					noted = append(noted, id)
				}
				c.mu.Unlock()
				switch {
				case left <= 0:
					w.WriteHeader(http.StatusOK)
				case how == 1:
					w.WriteHeader(http.StatusBadGateway)
				default:
					killed(w, r)
				}
			})
			want := map[string][]time.Time{} // of each case, when something came
			for i := range 24 {
				r := referralID(dice.IntN(6))
				n.cases[r] = label(int(r[0]) % 3)
				n.pass(time.Second)
				n.came(audit.Entry{Act: audit.StateSet, State: posada.StateAccepted, Referral: r})
				want[n.cases[r]] = append(want[n.cases[r]], n.clock())
				if i%4 == 0 {
					n.turn(t.Context())
				}
				if dice.IntN(4) == 0 {
					n.restart()
				}
			}
			for range 1000 {
				n.turn(t.Context())
				next, left := n.next()
				if !left {
					break
				}
				n.pass(max(0, next.Sub(n.clock())))
				if dice.IntN(4) == 0 {
					n.restart()
				}
			}
			got := map[string][]time.Time{}
			seen := map[string]bool{}
			c.mu.Lock()
			all := slices.Clone(noted)
			c.mu.Unlock()
			for _, id := range all {
				if seen[id] {
					continue
				}
				seen[id] = true
				e, err := n.Event(t.Context(), handoff.Asker{ID: her}, posada.EventID(id))
				if err != nil {
					t.Fatal(err)
				}
				got[n.cases[e.Referral]] = append(got[n.cases[e.Referral]], e.At)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("came\n%v\nhad\n%v", want, got)
			}
			if bodies, _ := c.had(); len(bodies) <= len(seen) {
				t.Errorf("%d were told in %d attempts: nothing failed", len(seen), len(bodies))
			}
		})
	}
}

// next is when something is to be tried next; false: everything was told.
func (n *night) next() (at time.Time, left bool) {
	n.t.Helper()
	err := n.vault.View(func(tx *vault.Tx) error {
		return endpoints.Each(tx, func(_ string, e endpoint) error {
			list, err := queued(tx, e.ID)
			for _, one := range heads(list) {
				if !left || one.Next.Before(at) {
					at, left = one.Next, true
				}
			}
			return err
		})
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return at, left
}

// TestAnAttemptThatIsBrokenOffHereIsMadeAgain: the vault is closed while an endpoint thinks.
func TestAnAttemptThatIsBrokenOffHereIsMadeAgain(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	n.add(c.URL)
	ctx, lock := context.WithCancel(t.Context())
	c.answers(func(_ http.ResponseWriter, r *http.Request) { lock(); <-r.Context().Done() })
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)})
	n.turn(ctx)
	c.answers(status(http.StatusOK))
	n.turn(t.Context())
	_, heads := c.had()
	if len(heads) != 2 || heads[0].Get(webhook.HeaderID) != heads[1].Get(webhook.HeaderID) || heads[0].Get(webhook.HeaderID) == "" {
		t.Errorf("%d attempts", len(heads))
	}
}

// TestWhatIsToldIsOfWhatCameAndOfItsTypes: nothing of what somebody here did, nothing of
// before, nothing it does not want; each with the word of its own.
func TestWhatIsToldIsOfWhatCameAndOfItsTypes(t *testing.T) {
	n, all, some := newNight(t), newConsumer(t), newConsumer(t)
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(9)}) // before
	n.add(all.URL)
	n.add(some.URL, posada.WebhookAnswer, posada.WebhookNeedFits)
	n.fitting = []posada.NeedID{needID(1)}
	n.turn(t.Context())
	entries := []struct {
		entry audit.Entry
		want  posada.WebhookType
	}{
		{audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)}, posada.WebhookReferral},
		{audit.Entry{Act: audit.StateSet, Referral: referralID(1), State: posada.StateAccepted}, posada.WebhookMoved},
		{audit.Entry{Act: audit.StateSet, Referral: referralID(1), State: posada.StateWithdrawnBySurvivor}, posada.WebhookWithdrawn},
		{audit.Entry{Act: audit.QuestionTaken, Referral: referralID(1)}, posada.WebhookQuestion},
		{audit.Entry{Act: audit.AnswerTaken, Referral: referralID(1)}, posada.WebhookAnswer},
		{audit.Entry{Act: audit.PlaceAnswered, Need: needID(2)}, posada.WebhookNeedAnswer},
		{audit.Entry{Act: audit.PlaceHeld, Need: needID(1)}, posada.WebhookHeld},
		{audit.Entry{Act: audit.PlaceGone, Need: needID(3)}, posada.WebhookGone},
		{audit.Entry{Act: audit.NeedClosed, Need: needID(1)}, posada.WebhookClosed},
		{audit.Entry{Act: audit.NeedClosed, Need: needID(7)}, ""}, // nobody here was told of it
		{audit.Entry{Act: audit.StateSet, Referral: referralID(1), By: her}, ""},
		{audit.Entry{Act: audit.Locked}, ""},
	}
	want := []string{webhook.TypeName(posada.WebhookNeedFits)}
	for _, e := range entries {
		n.came(e.entry)
		n.turn(t.Context())
		n.pass(time.Second)
		if e.want != "" {
			want = append(want, webhook.TypeName(e.want))
		}
	}
	types := func(c *consumer) (list []string) {
		bodies, _ := c.had()
		for _, b := range bodies {
			var e webhook.Event
			if err := json.Unmarshal(b, &e); err != nil {
				t.Fatal(err)
			}
			list = append(list, e.Type)
		}
		return list
	}
	if got := types(all); !slices.Equal(got, want) {
		t.Errorf("told\n%v\nwant\n%v", got, want)
	}
	if got := types(some); !slices.Equal(got, []string{webhook.TypeName(posada.WebhookNeedFits), webhook.TypeName(posada.WebhookAnswer)}) {
		t.Errorf("told %v", got)
	}
	for _, typ := range posada.Members[posada.WebhookType]() {
		if !slices.Contains(want, webhook.TypeName(typ)) {
			t.Errorf("nothing tells %s", typ)
		}
	}
}

// TestNothingOfACaseIsTold: of ids, labels and agencies nothing is in what is sent, nor is
// anything the same at two endpoints.
func TestNothingOfACaseIsTold(t *testing.T) {
	n, one, other := newNight(t), newConsumer(t), newConsumer(t)
	n.add(one.URL)
	n.add(other.URL)
	peer := posada.IDFrom[posada.AgencyID]([16]byte{7})
	caseID := posada.IDFrom[posada.CaseID]([16]byte{8})
	n.cases[referralID(1)] = "XOCHITL-7f3a91"
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1), Peer: peer, Case: caseID, Event: "bbbbbbbbbbbbbbbbbbbbbbbbba"})
	n.turn(t.Context())
	var told [2]webhook.Event
	for i, c := range []*consumer{one, other} {
		bodies, heads := c.had()
		if len(bodies) != 1 {
			t.Fatalf("%d were told", len(bodies))
		}
		if err := json.Unmarshal(bodies[0], &told[i]); err != nil {
			t.Fatal(err)
		}
		all := string(bodies[0]) + fmt.Sprint(heads[0])
		for _, never := range []string{"XOCHITL", string(referralID(1)), string(peer), string(caseID), string(her), "bbbbbbbbbbbbbbbbbbbbbbbbba"} {
			if strings.Contains(all, never) {
				t.Errorf("%s stands in %s", never, all)
			}
		}
	}
	a, b := told[0], told[1]
	if a.ID == b.ID || a.Source == b.Source || a.Subject == b.Subject || a.Data == b.Data || a.Type != b.Type {
		t.Errorf("two endpoints were told\n%+v\n%+v", a, b)
	}
}

// TestWhatSheIsNotToKnowOfIsNotTold, neither when it comes nor when it waits: nor is
// anything once she does not work here, which is said.
func TestWhatSheIsNotToKnowOfIsNotTold(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	id := n.add(c.URL).Webhook.ID
	n.hidden[referralID(1)] = true
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)})
	c.answers(status(http.StatusServiceUnavailable))
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(2)})
	n.turn(t.Context())
	if bodies, _ := c.had(); len(bodies) != 1 || n.one(id).Waiting != 1 {
		t.Fatalf("%d attempts, %d wait", len(bodies), n.one(id).Waiting)
	}
	n.hidden[referralID(2)] = true
	n.pass(time.Minute)
	n.turn(t.Context())
	_, lines, _ := n.Show(id)
	if bodies, _ := c.had(); len(bodies) != 1 || n.one(id).Waiting != 0 || lines[0].Outcome != posada.WebhookLetGo {
		t.Errorf("%d attempts, %d wait, %+v", len(bodies), n.one(id).Waiting, lines)
	}
	if _, err := n.Event(t.Context(), handoff.Asker{ID: her}, lines[0].Event); !notThere(err) {
		t.Errorf("it can be asked: %v", err)
	}
	n.gone[her] = true
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(3)})
	n.turn(t.Context())
	if bodies, _ := c.had(); len(bodies) != 1 || n.one(id).Off != posada.WebhookOffNobody {
		t.Errorf("%d attempts, %+v", len(bodies), n.one(id))
	}
	if count, err := n.Off(); count != 1 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
}

// TestWhoWasToldThatItCameIsToldThatItIsTakenBack, though nobody is to know of it any more;
// and who was not, is not.
func TestWhoWasToldThatItCameIsToldThatItIsTakenBack(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	id := n.add(c.URL).Webhook.ID
	back := func(i int) {
		n.hidden[referralID(i)] = true
		n.came(audit.Entry{Act: audit.StateSet, State: posada.StateWithdrawnBySurvivor, Referral: referralID(i)})
		n.turn(t.Context())
	}
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)})
	n.turn(t.Context())
	back(1)
	back(2)
	c.answers(status(http.StatusServiceUnavailable))
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(3)})
	n.turn(t.Context())
	back(3) // before it was taken that it came: it may have been kept there
	c.answers(status(http.StatusOK))
	n.pass(time.Minute)
	n.turn(t.Context())
	bodies, heads := c.had()
	if len(bodies) != 5 || heads[0].Get(webhook.HeaderID) == heads[1].Get(webhook.HeaderID) || !bytes.Contains(bodies[1], []byte(webhook.TypeName(posada.WebhookWithdrawn))) || !bytes.Contains(bodies[4], []byte(webhook.TypeName(posada.WebhookWithdrawn))) || n.one(id).Waiting != 0 {
		t.Errorf("%d attempts, %d wait: %s", len(bodies), n.one(id).Waiting, bodies)
	}
}

// TestAnEndpointThatIsGoneIsToldNothingMore at once (410), and one that takes nothing for
// days; whoever is on call is told of it for a few minutes, and the status as long as it is so.
func TestAnEndpointThatIsGoneIsToldNothingMore(t *testing.T) {
	n, gone, failing := newNight(t), newConsumer(t), newConsumer(t)
	gone.answers(status(http.StatusGone))
	failing.answers(status(http.StatusInternalServerError))
	a, b := n.add(gone.URL).Webhook.ID, n.add(failing.URL).Webhook.ID
	begun := n.clock()
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)})
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(2)})
	n.turn(t.Context())
	if e := n.one(a); e.Off != posada.WebhookOffGone || e.Waiting != 0 {
		t.Errorf("%+v", e)
	}
	if bodies, _ := gone.had(); len(bodies) != 1 {
		t.Errorf("one that is gone was told %d times", len(bodies))
	}
	for n.one(b).Off == "" {
		if n.clock().Sub(begun) > 3*webhook.Patience {
			t.Fatal("it is told for ever")
		}
		n.turn(t.Context())
		n.pass(time.Hour)
	}
	if e := n.one(b); e.Off != posada.WebhookOffFailing || e.OffAt.Sub(begun) < webhook.Patience || e.Failing.Sub(begun) > time.Minute {
		t.Errorf("%+v", e)
	}
	for _, c := range []struct {
		later    time.Duration
		off, now int
	}{{0, 2, 0}, {24 * time.Hour, 2, 0}} {
		n.pass(c.later)
		off, _ := n.Off()
		now, _ := n.JustOff()
		if off != c.off || now != c.now {
			t.Errorf("%s later: %d, and %d just now", c.later, off, now)
		}
	}
	before, _ := failing.had()
	failing.answers(status(http.StatusOK))
	n.turn(t.Context())
	if after, _ := failing.had(); len(after) != len(before) {
		t.Error("it was told though it is off")
	}
	if _, err := n.Enable(her, b); err != nil {
		t.Fatal(err)
	}
	n.turn(t.Context())
	if e := n.one(b); e.Off != "" || !e.Failing.IsZero() {
		t.Errorf("%+v", e)
	}
	if just, _ := n.JustOff(); just != 0 {
		t.Errorf("%d are just off", just)
	}
	gone.answers(status(http.StatusGone))
	if _, err := n.Enable(her, a); err != nil {
		t.Fatal(err)
	}
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(3)})
	n.turn(t.Context())
	if just, _ := n.JustOff(); just != 1 {
		t.Errorf("%d are just off", just)
	}
}

// TestBothKeysSignWhileOneIsTurnedOver, then the new one alone; and a key that is over, or
// an endpoint's that was removed, is in the vault no more.
func TestBothKeysSignWhileOneIsTurnedOver(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	first := n.add(c.URL)
	id := first.Webhook.ID
	second, err := n.Rotate(her, id)
	if err != nil || second.Key == first.Key || second.Webhook.Overlap.IsZero() {
		t.Fatalf("%+v, %v", second, err)
	}
	accepts := func(keys ...string) (by []bool) {
		t.Helper()
		if a, err := n.Test(t.Context(), id); err != nil || a.Outcome != posada.WebhookDelivered {
			t.Fatalf("%+v, %v", a, err)
		}
		bodies, heads := c.had()
		for _, k := range keys {
			by = append(by, verify(heads[len(heads)-1], bodies[len(bodies)-1], k, n.clock()) == nil)
		}
		return by
	}
	if got := accepts(first.Key, second.Key); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("%v", got)
	}
	n.pass(webhook.Overlap)
	if got := accepts(first.Key, second.Key); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("%v", got)
	}
	if err := n.Sweep(); err != nil {
		t.Fatal(err)
	}
	kept := func() (e endpoint) {
		if err := n.vault.View(func(tx *vault.Tx) (err error) { e, err = endpoints.Get(tx, string(id)); return err }); err != nil && !vault.Gone(err) {
			t.Fatal(err)
		}
		return e
	}
	if e := kept(); e.Before != "" || e.Key == "" {
		t.Error("a key that is over is kept")
	}
	if got := accepts(first.Key, second.Key); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("%v", got)
	}
	if destroyed, err := n.vault.Sweep(); err != nil || destroyed < 2 {
		t.Errorf("%d keys were given up, %v", destroyed, err)
	}
	if err := n.Remove(her, id); err != nil {
		t.Fatal(err)
	}
	if destroyed, err := n.vault.Sweep(); err != nil || destroyed != 1 || kept().Key != "" {
		t.Errorf("%d, %v", destroyed, err)
	}
	if _, _, err := n.Show(id); !notThere(err) {
		t.Error(err)
	}
}

// TestTheLogIsBoundedAndSaysNothingOfWhatWasAnswered, nor does the vault keep any of it.
func TestTheLogIsBoundedAndSaysNothingOfWhatWasAnswered(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	id := n.add(c.URL).Webhook.ID
	c.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Says", "XOCHITL-7f3a91")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(bytes.Repeat([]byte("XOCHITL-7f3a91"), 1<<16))
	})
	for range maxLog + 20 {
		if a, err := n.Test(t.Context(), id); err != nil || a.Status != http.StatusTeapot || a.Outcome != posada.WebhookRefused {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	_, lines, err := n.Show(id)
	if err != nil || len(lines) != maxLog {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	text, _ := json.Marshal(lines)
	if strings.Contains(string(text), "XOCHITL") {
		t.Error("the log says what was answered")
	}
	err = n.vault.View(func(tx *vault.Tx) error {
		raw, err := tx.Get(logs.Name, string(id))
		if bytes.Contains(raw, []byte("XOCHITL")) {
			t.Error("the vault keeps what was answered")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAnEndpointThatFailsKeepsNobodyElseWaiting, nor one case of its own another.
func TestAnEndpointThatFailsKeepsNobodyElseWaiting(t *testing.T) {
	n, well, ill := newNight(t), newConsumer(t), newConsumer(t)
	n.add(ill.URL)
	n.add(well.URL)
	refused := ""
	ill.answers(func(w http.ResponseWriter, r *http.Request) {
		ill.mu.Lock()
		defer ill.mu.Unlock()
		if id := r.Header.Get(webhook.HeaderID); refused == "" || refused == id {
			refused = id
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	for i := range 3 {
		n.cases[referralID(i)] = label(i)
		n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(i)})
	}
	n.turn(t.Context())
	if bodies, _ := well.had(); len(bodies) != 3 {
		t.Errorf("the other was told %d", len(bodies))
	}
	n.turn(t.Context()) // the first of them is to be tried later
	if bodies, _ := ill.had(); len(bodies) != 3 {
		t.Errorf("it was told %d", len(bodies))
	}
}

func TestWhatIsNoEndpointIsNotAdded(t *testing.T) {
	n := newNight(t)
	for _, url := range []string{"", "http://hooks.example.org/", "https://user:secret@example.org/", "ftp://example.org/"} {
		if _, err := n.Add(her, client.Webhook{URL: url, For: her, Scheme: posada.WebhookV1}); fault.From(err).Key != fault.WebhookURL {
			t.Errorf("%q: %v", url, err)
		}
	}
	for range maxEndpoints {
		n.add("https://hooks.example.org/")
	}
	if _, err := n.Add(her, client.Webhook{URL: "https://hooks.example.org/", For: her, Scheme: posada.WebhookV1}); fault.From(err).Key != fault.WebhooksMany {
		t.Error(err)
	}
	if list, err := n.List(); err != nil || len(list) != maxEndpoints {
		t.Errorf("%d, %v", len(list), err)
	}
	for _, err := range []error{
		n.Remove(her, "x"), second(n.Rotate(her, "x")), second(n.Enable(her, "x")), second(n.Disable(her, "x")), second(n.Test(t.Context(), "x")),
	} {
		if !notThere(err) {
			t.Error(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestTheUnitEndsWhenItIsToldTo, also while an endpoint is being told.
func TestTheUnitEndsWhenItIsToldTo(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	n.add(c.URL)
	asked := make(chan struct{}, 1)
	c.answers(func(_ http.ResponseWriter, r *http.Request) { asked <- struct{}{}; <-r.Context().Done() })
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx, func() {}) }()
	<-asked
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestANodeThatWasLockedForDaysTurnsNobodyOff: what was tried twice, days apart, because nobody was
// here between, was not tried often enough to say that the endpoint is gone.
func TestANodeThatWasLockedForDaysTurnsNobodyOff(t *testing.T) {
	n, failing := newNight(t), newConsumer(t)
	failing.answers(status(http.StatusInternalServerError))
	id := n.add(failing.URL).Webhook.ID
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(1)})
	n.turn(t.Context())
	n.pass(2 * webhook.Patience)
	n.came(audit.Entry{Act: audit.ReferralTaken, Referral: referralID(2)}) // the first was kept long enough
	n.turn(t.Context())
	if bodies, _ := failing.had(); len(bodies) != 2 {
		t.Fatalf("it was tried %d times; want 2", len(bodies))
	}
	if e := n.one(id); e.Off != "" {
		t.Errorf("%+v", e)
	}
}
