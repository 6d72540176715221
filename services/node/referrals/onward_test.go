package referrals

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// outbox is what stands for post here: it notes what is queued, and says what it is
// told to of what waits.
type outbox struct {
	waits  bool
	queued []event.Event
	hub    posada.Staleness
	heard  posada.Staleness // of everybody
	anew   time.Time        // when everybody's sequence began anew
	asked  []posada.AgencyID
}

func (o *outbox) Enqueue(_ *vault.Tx, _ posada.AgencyID, e event.Event, _ vault.KeyID) error {
	o.queued = append(o.queued, e)
	return nil
}
func (o *outbox) Holds(*vault.Tx, vault.KeyID) (bool, error) { return o.waits, nil }
func (*outbox) Wake()                                        {}
func (*outbox) Review()                                      {}
func (*outbox) ReviewLater()                                 {}
func (*outbox) Discard(*vault.Tx, func(posada.AgencyID, event.Statement) bool) error {
	return nil
}
func (o *outbox) Staleness() posada.Staleness { return cmp.Or(o.hub, posada.StalenessFresh) }
func (o *outbox) Freshness(*vault.Tx, posada.AgencyID) (posada.Staleness, error) {
	return o.heard, nil
}
func (o *outbox) Vouches(_ *vault.Tx, _ posada.AgencyID, came time.Time) (posada.Staleness, error) {
	if came.Before(o.anew) {
		return posada.StalenessStale, nil
	}
	return o.heard, nil
}
func (o *outbox) Ask(to posada.AgencyID) { o.asked = append(o.asked, to) }

func (o *outbox) count(t event.Type) (n int) {
	for _, e := range o.queued {
		if e.Type() == t {
			n++
		}
	}
	return n
}

// onwardBench is a unit that holds one referral that came in, and passed part of it on.
func onwardBench(t *testing.T, now *time.Time) (r *Referrals, o *outbox, came, passed kept) {
	t.Helper()
	r, o = unit(t, now), &outbox{}
	r.c.Post, r.c.Agency = o, invented.ID(1)
	r.c.Members = roster.NewCurrent(invented.Roster(t, invented.New(t, 1, *now), invented.New(t, 2, *now), invented.New(t, 3, *now)))
	until := now.Add(48 * time.Hour)
	content := referral.Content{
		Purpose: posada.PurposeCaseManagement, Priority: posada.PriorityNormal, Services: posada.SetOf(posada.ServiceShelterEmergency),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"psd_SafeContact": "Before noon"}}},
	}
	limits := consent.Obligations{RetainUntil: until.Unix(), Onward: consent.OnwardNamed, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure}
	came = kept{
		ID: posada.IDFrom[posada.ReferralID]([16]byte{7}), Peer: invented.ID(2), Copy: referral.Received(*now), Sent: *now,
		Purpose: content.Purpose, Content: content, Obligations: limits, Assigned: []posada.StaffID{staff(1).ID},
		Given: consent.Grant{
			Network: invented.Network, Issuer: invented.ID(2), Audience: invented.ID(1), Subject: posada.IDFrom[posada.Alias]([16]byte{3}),
			ID: posada.IDFrom[posada.GrantID]([16]byte{4}), NotBefore: now.Unix(), Expires: until.Unix(), Purpose: content.Purpose,
			Categories: content.Categories(), Onward: []consent.OnwardTo{{Agency: invented.ID(3), Withdrawal: consent.Digest{5}}}, Obligations: limits,
		},
	}
	passed = kept{
		ID: posada.IDFrom[posada.ReferralID]([16]byte{8}), Peer: invented.ID(3), Copy: referral.Sent(*now), Sent: *now,
		Purpose: content.Purpose, Content: content, Obligations: limits, Of: came.ID, Event: posada.IDFrom[posada.EventID]([16]byte{6}),
	}
	if err := r.c.Vault.Update(func(tx *vault.Tx) (err error) {
		for _, k := range []*kept{&came, &passed} {
			if k.Key, err = tx.NewKey(); err != nil {
				return err
			}
			if err = table.Put(tx, string(k.ID), k.Key, *k); err != nil {
				return err
			}
		}
		return byEvent.Put(tx, string(passed.Event), vault.KeyID{}, passed.ID)
	}); err != nil {
		t.Fatal(err)
	}
	return r, o, came, passed
}

func (r *Referrals) stored(t *testing.T, id posada.ReferralID) (k kept) {
	t.Helper()
	if err := r.c.Vault.View(func(tx *vault.Tx) (err error) { k, err = table.Get(tx, string(id)); return err }); err != nil {
		t.Fatal(err)
	}
	return k
}

// destroyed reports whether a key was.
func (r *Referrals) destroyed(t *testing.T, key vault.KeyID) bool {
	t.Helper()
	err := r.c.Vault.Update(func(tx *vault.Tx) error { return tx.Put("elsewhere", "x", key, nil) })
	if err != nil && !errors.Is(err, vault.ErrErased) {
		t.Fatal(err)
	}
	return err != nil
}

// again decides again whether something that was passed on may be sent.
func (r *Referrals) again(t *testing.T, k kept) (v handoff.Verdict, err error) {
	t.Helper()
	minimal, _, err := redact.Reduce(k.Content, k.Content.Categories())
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Disclosure(k.Event, k.ID, minimal, "a.b.c", k.Obligations, k.Sent)
	if err != nil {
		t.Fatal(err)
	}
	err = r.c.Vault.View(func(tx *vault.Tx) (err error) {
		v, err = r.Recheck(t.Context(), tx, k.Peer, e)
		return err
	})
	return v, err
}

// TestWhatWasPassedOnEndsWithWhatItCameFrom: taken back, the third is told and the
// source hears that all is destroyed only when nothing of it waits here any more; at
// its end, nobody is told anything, for it ends there as well.
func TestWhatWasPassedOnEndsWithWhatItCameFrom(t *testing.T) {
	for name, taken := range map[string]bool{"taken back": true, "ran out": false} {
		now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
		r, o, came, passed := onwardBench(t, &now)
		o.waits = true
		if taken {
			if err := r.c.Vault.Update(func(tx *vault.Tx) error {
				_, err := r.WithdrawReceived(t.Context(), tx, staff(1, posada.RoleAdvocate), came.ID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		} else {
			now = now.Add(48 * time.Hour)
			if err := r.Sweep(); err != nil {
				t.Fatal(err)
			}
		}
		told := 0
		if taken {
			told = 2 // whoever shared it, and the third
		}
		k := r.stored(t, passed.ID)
		if !k.Gone || !k.Content.Categories().Empty() || k.Of != came.ID || o.count(event.TypeMark) != told || k.Life.Withdrawn().IsZero() == taken {
			t.Errorf("%s: gone %v, %d told", name, k.Gone, o.count(event.TypeMark))
		}
		if verdict, err := r.again(t, passed); err != nil || verdict != handoff.Stop {
			t.Errorf("%s: it may still be sent at once: %v, %v", name, verdict, err)
		}
		settle := func() {
			for _, step := range []func() error{r.LetGo, func() error { _, err := r.c.Vault.Sweep(); return err }, r.Confirm} {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
		}
		settle()
		if r.destroyed(t, passed.Key) || !r.destroyed(t, came.Key) || o.count(event.TypeShredded) != 0 {
			t.Errorf("%s: while something waits: %d confirmed", name, o.count(event.TypeShredded))
		}
		o.waits = false
		settle()
		settle()
		if !r.destroyed(t, passed.Key) || (o.count(event.TypeShredded) == 1) != taken || o.count(event.TypeShredded) > 1 {
			t.Errorf("%s: then %d confirmed", name, o.count(event.TypeShredded))
		}
		if verdict, err := r.again(t, passed); err != nil || verdict != handoff.Stop {
			t.Errorf("%s: it may still be sent: %v, %v", name, verdict, err)
		}
	}
}

// TestAPassedOnReferralIsDecidedOnAgain: before each attempt, by what the grant it came
// under says and whether that still counts.
func TestAPassedOnReferralIsDecidedOnAgain(t *testing.T) {
	for name, c := range map[string]struct {
		change func(came *kept)
		want   handoff.Verdict
	}{
		"as it was":           {func(*kept) {}, handoff.Send},
		"named no more":       {func(k *kept) { k.Given.Onward = nil }, handoff.Stop},
		"told no more":        {func(k *kept) { k.NoMore = append(k.NoMore, invented.ID(3)) }, handoff.Stop},
		"for another purpose": {func(k *kept) { k.Given.Purpose = posada.PurposeLegal }, handoff.Stop},
		"covers less":         {func(k *kept) { k.Given.Categories = posada.SetOf(posada.CategoryNeeds) }, handoff.Stop},
		"its grant is over":   {func(k *kept) { k.Given.Expires = k.Given.NotBefore }, handoff.Stop},
		"held no longer":      {func(k *kept) { k.Obligations.RetainUntil = k.Given.NotBefore }, handoff.Stop},
		"sent in error": {func(k *kept) {
			k.Life.Source = append(k.Life.Source, referral.Mark{State: posada.StateEnteredInError, N: 4, At: k.Sent})
		}, handoff.Stop},
	} {
		now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
		r, o, came, passed := onwardBench(t, &now)
		o.heard = posada.StalenessFresh
		c.change(&came)
		if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(came.ID), came.Key, came) }); err != nil {
			t.Fatal(err)
		}
		if verdict, err := r.again(t, passed); err != nil || verdict != c.want {
			t.Errorf("%s: %v, %v", name, verdict, err)
		}
	}
}

// TestWhatIsPassedOnWaitsForWhoeverSharedIt: it may have been taken back unheard, so
// that agency is asked. Where the person is now never goes, and nobody is asked for it.
func TestWhatIsPassedOnWaitsForWhoeverSharedIt(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, came, passed := onwardBench(t, &now)
	came.Given.Purpose, passed.Purpose, passed.Content.Purpose = posada.PurposeImmediateSafety, posada.PurposeImmediateSafety, posada.PurposeImmediateSafety
	where := passed
	where.Content = referral.Content{
		Purpose: passed.Purpose, Priority: posada.PriorityNormal, Services: passed.Content.Services,
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"prs_MailingStreet": "Invented Street 7"}}},
	}
	came.Given.Categories = where.Content.Categories().Or(passed.Content.Categories())
	o.hub = posada.StalenessLive
	for heard, want := range map[posada.Staleness]handoff.Verdict{
		posada.StalenessLive: handoff.Send, posada.StalenessFresh: handoff.Send, posada.StalenessStale: handoff.Wait,
	} {
		o.heard = heard
		for _, of := range []struct {
			kept
			want handoff.Verdict
		}{{passed, want}, {where, handoff.Stop}} {
			o.asked = nil
			if err := r.c.Vault.Update(func(tx *vault.Tx) error {
				return errors.Join(table.Put(tx, string(came.ID), came.Key, came), table.Put(tx, string(of.ID), of.Key, of.kept))
			}); err != nil {
				t.Fatal(err)
			}
			verdict, err := r.again(t, of.kept)
			if err != nil || verdict != of.want {
				t.Errorf("%s: %v, %v", heard, verdict, err)
			}
			if waits := verdict == handoff.Wait; waits != slices.Equal(o.asked, []posada.AgencyID{came.Peer}) || !waits && o.asked != nil {
				t.Errorf("%s: asked %v", heard, o.asked)
			}
		}
	}
}

// TestAReceiptThatComesAfterItWasTakenBackCounts: what was passed on is let go with its
// key, and whoever has it is called when they do not say that they destroyed it.
func TestAReceiptThatComesAfterItWasTakenBackCounts(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, _, came, passed := onwardBench(t, &now)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(r.c.Vault.Update(func(tx *vault.Tx) error { return r.passedBack(tx, came.ID) }))
	must(r.LetGo())
	if _, err := r.c.Vault.Sweep(); err != nil || !r.destroyed(t, passed.Key) {
		t.Fatalf("the key is there, %v", err)
	}
	must(r.c.Vault.Update(func(tx *vault.Tx) error {
		return r.Settled(tx, passed.Peer, event.Void(passed.Event, now), handoff.Receipted)
	}))
	if k := r.stored(t, passed.ID); !k.Gone || k.Delivered.IsZero() {
		t.Errorf("gone %v, delivered %v", k.Gone, k.Delivered)
	}
	now = now.Add(referral.Confirmation + time.Second)
	if n, err := r.Unconfirmed(); err != nil || n != 1 {
		t.Errorf("%d are to be called, %v", n, err)
	}
}

// TestNothingIsToBeKeptLongerThanItsGrantLasts: both ends are at a full day, hour or
// minute, by how far they are, and a grant that ends before its obligations is refused
// by whoever gets it.
func TestNothingIsToBeKeptLongerThanItsGrantLasts(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 10, 17, 0, time.UTC)
	r := unit(t, &now)
	for days := range 91 {
		for hours := 1; hours <= 90*24; hours++ {
			grant := now.Add(time.Duration(hours) * time.Hour)
			until := r.limits(referral.Content{}, days, grant, grant).RetainUntil
			if until > consent.Ends(grant, now).Unix() || until > now.AddDate(0, 0, days).Unix() {
				t.Fatalf("%d days, and the grant ends in %d h: until %v", days, hours, time.Unix(until, 0).UTC())
			}
		}
	}
}

// TestWhatIsPassedOnNamesNoNeed: whoever it goes to may have been asked that need of somebody
// without a name, and would know whom it was for.
func TestWhatIsPassedOnNamesNoNeed(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, came, passed := onwardBench(t, &now)
	o.heard = posada.StalenessFresh
	came.Content.Need = posada.IDFrom[posada.NeedID]([16]byte{9})
	if err := r.c.Vault.Update(func(tx *vault.Tx) error {
		d, err := r.passing(t.Context(), tx, handoff.Asker{ID: staff(1).ID, Roles: posada.SetOf(posada.RoleAdvocate)}, came, referral.Passing{Of: came.ID, To: passed.Peer})
		if err == nil && (d.Content.Need != "" || d.Content.Services != came.Content.Services) {
			t.Errorf("passed on: need %q, services %v", d.Content.Need, d.Content.Services.List())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
