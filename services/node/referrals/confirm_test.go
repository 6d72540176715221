package referrals

import (
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// TestWhereThePersonIsNowIsShownInASessionToWhoConfirmed has somebody look in a session
// in which nobody showed lately who is there, at what came in and what was passed on of
// it, of an issuer that was heard so lately. The two that may be missing are told apart,
// and the issuer is asked, so that it may be there once she has confirmed.
func TestWhereThePersonIsNowIsShownInASessionToWhoConfirmed(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, came, passed := onwardBench(t, &now)
	for _, k := range []*kept{&came, &passed} {
		k.Content.Records[0].Fields["prs_MailingStreet"] = "Invented Street 7"
		if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(k.ID), k.Key, *k) }); err != nil {
			t.Fatal(err)
		}
	}
	she := staff(1, posada.RoleAdvocate)
	where := func(v referral.View) bool { return v.Content.Categories().Has(posada.CategoryLocationCurrent) }
	for _, c := range []struct {
		heard             posada.Staleness
		by                handoff.Asker
		shown, un, before bool
	}{
		{posada.StalenessLive, she, true, false, false},
		{posada.StalenessLive, she.Unconfirmed(), false, false, true},
		{posada.StalenessLive, she.Unconfirmed().Confirmed(), true, false, false},
		{posada.StalenessStale, she, false, true, false},
		{posada.StalenessStale, she.Unconfirmed(), false, true, true},
	} {
		o.heard, o.asked = c.heard, nil
		for _, id := range []posada.ReferralID{came.ID, passed.ID} {
			v, err := r.Show(t.Context(), c.by, id)
			if err != nil || where(v) != c.shown || v.Unheard != c.un || v.Confirm != c.before || v.More == c.shown || !v.Content.Categories().Has(posada.CategorySafeContact) {
				t.Errorf("%+v: %v, sees %v, unheard %v, confirm %v, more %v", c, err, v.Content.Categories().List(), v.Unheard, v.Confirm, v.More)
			}
		}
		if (len(o.asked) > 0) != c.un {
			t.Errorf("%+v: asked %v", c, o.asked)
		}
		list, err := r.List(t.Context(), c.by)
		if err != nil || len(list) != 2 || slices.ContainsFunc(list, func(v referral.View) bool { return v.Confirm || v.Unheard || where(v) }) {
			t.Errorf("a list says more than that they are there: %v", err)
		}
	}
}

// Whose roles do not see it is told nothing of confirming; nor is anybody of what does
// not say where the person is.
func TestNobodyConfirmsForNothing(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, came, _ := onwardBench(t, &now)
	o.heard = posada.StalenessLive
	v, err := r.Show(t.Context(), staff(1, posada.RoleAdvocate).Unconfirmed(), came.ID)
	if err != nil || v.Confirm || v.More {
		t.Errorf("%v, confirm %v, more %v", err, v.Confirm, v.More)
	}
	came.Content.Records[0].Fields["prs_MailingStreet"] = "Invented Street 7"
	came.Assigned = append(came.Assigned, staff(4).ID)
	if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(came.ID), came.Key, came) }); err != nil {
		t.Fatal(err)
	}
	v, err = r.Show(t.Context(), staff(4, posada.RoleMedical).Unconfirmed(), came.ID)
	if err != nil || v.Confirm || !v.More {
		t.Errorf("%v, confirm %v, more %v", err, v.Confirm, v.More)
	}
	// What is not shown is neither copied nor passed on around that.
	asked := posada.SetOf(posada.CategoryNeeds, posada.CategoryLocationCurrent)
	for _, c := range []struct {
		by   handoff.Asker
		want fault.Key
	}{
		{staff(1, posada.RoleAdvocate).Unconfirmed(), fault.ConfirmFirst}, {staff(1, posada.RoleAdvocate), ""},
		{staff(4, posada.RoleMedical).Unconfirmed(), fault.TakeOverUnseen},
	} {
		err := r.c.Vault.Update(func(tx *vault.Tx) error { _, err := r.Held(t.Context(), tx, c.by, came.ID, asked); return err })
		if said(err) != c.want {
			t.Errorf("to copy: %v, want %q", err, c.want)
		}
		for _, categories := range []posada.Set[posada.Category]{asked, 0} {
			want := c.want
			if categories.Empty() && want == fault.TakeOverUnseen {
				want = "" // all that they see
			}
			err = r.c.Vault.Update(func(tx *vault.Tx) error {
				_, err := r.passing(t.Context(), tx, c.by, came, referral.Passing{Of: came.ID, To: invented.ID(3), Categories: categories})
				return err
			})
			if said(err) != want {
				t.Errorf("to pass on: %v, want %q", err, want)
			}
		}
	}
	// Whoever answers or hands on is shown nothing of it, and told nothing either.
	by := staff(1, posada.RoleAdvocate).Unconfirmed()
	set, err := r.Set(t.Context(), by, came.ID, referral.Mark{State: posada.StateAccepted})
	if err != nil || set.Confirm || len(set.Content.Records) > 0 {
		t.Errorf("%v, confirm %v", err, set.Confirm)
	}
	given, err := r.Assign(t.Context(), by, came.ID, staff(9, posada.RoleLegal), false)
	if err != nil || given.Confirm || len(given.Content.Records) > 0 {
		t.Errorf("%v, confirm %v", err, given.Confirm)
	}
	for held, who := range map[bool]handoff.Asker{true: by, false: by.Confirmed()} {
		content, first := shownOf(who, came.Content)
		sees := content.Categories()
		if sees.Has(posada.CategoryLocationCurrent) == held || first != held || !sees.Has(posada.CategorySafeContact) {
			t.Errorf("what was sent is shown with %v, confirm %v", sees.List(), first)
		}
	}
}

func said(err error) fault.Key {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}
