package referrals

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

var secret = vault.Key([32]byte{1, 2, 3})

func staff(n byte, roles ...posada.StaffRole) handoff.Asker {
	return handoff.Asker{ID: posada.IDFrom[posada.StaffID]([16]byte{n}), Roles: posada.SetOf(roles...)}
}

// TestWhatCameInIsShownToWhoNeedsItWhileItMayBe puts a referral that came in into
// a vault and has each of several people look at it, before it may no longer be
// held and from then on, when no sweep has come yet.
func TestWhatCameInIsShownToWhoNeedsItWhileItMayBe(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r := unit(t, &now)
	she := staff(1, posada.RoleAdvocate)
	k := kept{
		ID: posada.IDFrom[posada.ReferralID]([16]byte{7}), Peer: posada.IDFrom[posada.AgencyID]([16]byte{2}),
		Copy: referral.Received(now), Sent: now, Purpose: posada.PurposeShelter, Alias: posada.IDFrom[posada.Alias]([16]byte{3}),
		Obligations: consent.Obligations{RetainUntil: now.Add(time.Hour).Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure},
		Content: referral.Content{
			Purpose: posada.PurposeShelter, Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency),
			Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"psd_PreferredName": "Invented", "psd_AgeBand": "25-39"}}},
		},
		Assigned: []posada.StaffID{she.ID},
	}
	nobodys := k
	nobodys.ID, nobodys.Assigned = posada.IDFrom[posada.ReferralID]([16]byte{8}), nil
	if err := r.c.Vault.Update(func(tx *vault.Tx) (err error) {
		if k.Key, err = tx.NewKey(); err != nil {
			return err
		}
		nobodys.Key = k.Key
		for _, k := range []kept{k, nobodys} {
			if err := table.Put(tx, string(k.ID), k.Key, k); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	all := k.Content.Categories()
	needs := posada.SetOf(posada.CategoryNeeds)
	noted := uint64(1)
	for _, over := range []bool{false, true} {
		if over {
			now = now.Add(time.Hour)
		}
		for name, c := range map[string]struct {
			by   handoff.Asker
			of   kept
			sees posada.Set[posada.Category]
		}{
			"whose work it is":                   {she, k, all},
			"a colleague":                        {staff(2, posada.RoleAdvocate), k, 0},
			"a coordinator":                      {staff(3, posada.RoleCoordinator), k, needs},
			"a nurse, nobody's":                  {staff(4, posada.RoleMedical), nobodys, 0}, // it is for shelter
			"an advocate, nobody's":              {staff(7, posada.RoleAdvocate), nobodys, needs},
			"an auditor, nobody's":               {staff(5, posada.RoleAuditor), nobodys, 0},
			"a volunteer, nobody's":              {staff(6, posada.RoleVolunteerScreener), nobodys, 0},
			"whose work it was when an advocate": {staff(1, posada.RoleAuditor), k, 0},
		} {
			want := c.sees
			if over {
				want = 0
			}
			v, err := r.Show(t.Context(), c.by, c.of.ID)
			if want.Empty() {
				if fault.From(err).Key != fault.NothingThere || v.ID != "" {
					t.Errorf("%s, over %v: %v", name, over, err)
				}
			} else if err != nil || v.Content.Categories() != want || v.More != (want != all) {
				t.Errorf("%s, over %v: sees %v, %v", name, over, v.Content.Categories().List(), err)
			}
			var got posada.Set[posada.Category]
			if got, noted = looked(t, r, noted, c.by); got != want {
				t.Errorf("%s, over %v: noted that she saw %v", name, over, got.List())
			}
			list, err := r.List(t.Context(), c.by)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				if over || len(v.Content.Records) != 0 {
					t.Errorf("%s, over %v: content in a list", name, over)
				}
			}
		}
	}
}

// unit is on a vault of its own and knows the shipped policy and nobody.
func unit(t *testing.T, now *time.Time) *Referrals {
	t.Helper()
	dir := t.TempDir()
	if err := vault.Create(dir, secret, rand.Reader); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(dir, secret, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	nobody := func(*vault.Tx, posada.AgencyID, posada.Alias, posada.AgencyID) (bool, error) { return false, nil }
	return New(Config{
		Vault: v, Policy: pdp.NewCurrent(engine), Decide: pdp.NewCurrent(engine), Members: roster.NewCurrent(invented.Roster(t)), Post: &outbox{}, Excluded: nobody,
		Listed: func(posada.AgencyID) posada.AgencyClass { return "" }, Now: func() time.Time { return *now }, Random: rand.Reader,
	})
}

// looked is what the account says since from that somebody saw, and how far it
// goes now.
func looked(t *testing.T, r *Referrals, from uint64, by handoff.Asker) (seen posada.Set[posada.Category], next uint64) {
	t.Helper()
	next = from
	if err := r.c.Vault.View(func(tx *vault.Tx) error {
		return audit.Each(tx, from, func(n uint64, e audit.Entry) error {
			if e.Act == audit.ReferralLookedAt && e.By == by.ID {
				seen = e.Shared
			}
			next = n + 1
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return seen, next
}

// TestWhoDoesNotConfirmInTimeIsNamed: three days after it was told, an agency that
// had something and did not say that it is destroyed is counted, and no other.
func TestWhoDoesNotConfirmInTimeIsNamed(t *testing.T) {
	told := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	now := told
	r := unit(t, &now)
	before := referral.Sent(told.Add(-time.Hour))
	back, _, err := before.Arrived(told).TakenBack(told)
	if err != nil {
		t.Fatal(err)
	}
	sent := kept{Peer: posada.IDFrom[posada.AgencyID]([16]byte{2}), Copy: back, Sent: told.Add(-time.Hour), Purpose: posada.PurposeShelter}
	waits, said, live, stopped := sent, sent, sent, sent
	said.Shredded = referral.ShredReceipt{At: told.Add(time.Minute)}
	live.Life = before.Life
	stopped.Delivered = time.Time{}
	if err := r.c.Vault.Update(func(tx *vault.Tx) error {
		for i, k := range []kept{waits, said, live, stopped} {
			k.ID = posada.IDFrom[posada.ReferralID]([16]byte{byte(i + 1)})
			if err := table.Put(tx, string(k.ID), vault.KeyID{}, k); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]int{0: 0, referral.Confirmation: 0, referral.Confirmation + time.Second: 1, 30 * 24 * time.Hour: 1} {
		now = told.Add(after)
		if n, err := r.Unconfirmed(); err != nil || n != want {
			t.Errorf("%v after: %d, %v; want %d", after, n, err, want)
		}
	}
	now = told.Add(referral.Confirmation + time.Second)
	if !r.view(waits).Unconfirmed || r.view(said).Unconfirmed || r.view(live).Unconfirmed || r.view(stopped).Unconfirmed {
		t.Error("another is named")
	}
}

// TestWhoTakesBackWhatNeverWasWaits: after so many in a day; the next day it may again,
// and another agency at any time.
func TestWhoTakesBackWhatNeverWasWaits(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r := unit(t, &now)
	hostile, other := posada.IDFrom[posada.AgencyID]([16]byte{2}), posada.IDFrom[posada.AgencyID]([16]byte{3})
	say := func(from posada.AgencyID, times int) (refused int) {
		if err := r.c.Vault.Update(func(tx *vault.Tx) error {
			for range times {
				err := r.ofNothing(tx, from)
				if errors.Is(err, handoff.ErrNotAdmitted) {
					refused++
				} else if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return refused
	}
	if n := say(hostile, mostNothing+7); n != 7 {
		t.Errorf("%d wait", n)
	}
	if n := say(other, 1); n != 0 {
		t.Error("another's waits for it")
	}
	now = now.Add(time.Hour) // after midnight
	if n := say(hostile, 1); n != 0 {
		t.Error("it waits for ever")
	}
}

// TestDestructionIsConfirmedAfterItWasAskedFor: what a target says before there is
// anything to destroy waits, and what it says first counts.
func TestDestructionIsConfirmedAfterItWasAskedFor(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r := unit(t, &now)
	peer, us := posada.IDFrom[posada.AgencyID]([16]byte{2}), posada.IDFrom[posada.AgencyID]([16]byte{1})
	k := kept{
		ID: posada.IDFrom[posada.ReferralID]([16]byte{7}), Peer: peer, Copy: referral.Sent(now).Arrived(now), Sent: now,
		Purpose: posada.PurposeShelter,
	}
	put := func() {
		if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(k.ID), vault.KeyID{}, k) }); err != nil {
			t.Fatal(err)
		}
	}
	say := func(from posada.AgencyID, read bool) (left kept, err error) {
		e, err := event.Shredded(rand.Reader, k.ID, referral.ShredReceipt{At: now, Read: read}, now)
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.In(from, event.Place{Seq: 1})
		if err != nil {
			t.Fatal(err)
		}
		err = r.c.Vault.Update(func(tx *vault.Tx) error {
			if err := r.takeShredded(tx, handoff.Incoming{From: from, Statement: s}); err != nil {
				return err
			}
			left, err = table.Get(tx, string(k.ID))
			return err
		})
		return left, err
	}
	put()
	if _, err := say(peer, true); !errors.Is(err, handoff.ErrNotAdmitted) {
		t.Errorf("before it was asked for: %v", err)
	}
	back, _, err := k.TakenBack(now)
	if err != nil {
		t.Fatal(err)
	}
	k.Copy = back
	put()
	if _, err := say(us, true); !errors.Is(err, handoff.ErrNotAdmitted) {
		t.Errorf("from another: %v", err)
	}
	if left, err := say(peer, true); err != nil || !left.Shredded.Read || !left.Shredded.At.Equal(now) {
		t.Errorf("%+v, %v", left.Shredded, err)
	}
	now = now.Add(time.Hour)
	if left, err := say(peer, false); err != nil || !left.Shredded.Read || left.Shredded.At.Equal(now) {
		t.Errorf("said again it is %+v, %v", left.Shredded, err)
	}
}
