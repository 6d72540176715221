package referrals

import (
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// TestWhereThePersonIsNowNeedsItsIssuer has somebody whose work it is look at where a
// person is now, of an issuer that was heard so lately: at what came in, and at what
// was passed on of that.
func TestWhereThePersonIsNowNeedsItsIssuer(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, came, passed := onwardBench(t, &now)
	for _, k := range []*kept{&came, &passed} {
		k.Content.Records[0].Fields["prs_MailingStreet"] = "Invented Street 7"
		if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(k.ID), k.Key, *k) }); err != nil {
			t.Fatal(err)
		}
	}
	she := staff(1, posada.RoleAdvocate)
	for _, c := range []struct {
		heard posada.Staleness
		shown bool
	}{{posada.StalenessLive, true}, {posada.StalenessFresh, false}, {posada.StalenessStale, false}} {
		o.heard, o.asked = c.heard, nil
		for _, k := range []kept{came, passed} {
			v, err := r.Show(t.Context(), she, k.ID)
			if err != nil {
				t.Fatal(err)
			}
			sees := v.Content.Categories()
			if sees.Has(posada.CategoryLocationCurrent) != c.shown || v.Unheard == c.shown || v.More == c.shown || !sees.Has(posada.CategorySafeContact) {
				t.Errorf("%s: sees %v, unheard %v, more %v", c.heard, sees.List(), v.Unheard, v.More)
			}
		}
		// Who is asked is whoever shared it, also of what went on to a third.
		if want := []posada.AgencyID{came.Peer, came.Peer}; !c.shown && !slices.Equal(o.asked, want) || c.shown && len(o.asked) > 0 {
			t.Errorf("%s: asked %v", c.heard, o.asked)
		}
		if list, err := r.List(t.Context(), she); err != nil || slices.ContainsFunc(list, func(v referral.View) bool { return v.Unheard }) {
			t.Errorf("a list says more than that they are there: %v", err)
		}
	}
	// A nurse would not see it, and nobody is asked for her.
	o.heard, o.asked = posada.StalenessStale, nil
	came.Assigned = []posada.StaffID{staff(4).ID}
	if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(came.ID), came.Key, came) }); err != nil {
		t.Fatal(err)
	}
	v, err := r.Show(t.Context(), staff(4, posada.RoleMedical), came.ID)
	if err != nil || v.Unheard || !v.More || len(o.asked) > 0 {
		t.Errorf("%v, unheard %v, asked %v", err, v.Unheard, o.asked)
	}
}

// TestWhereThePersonIsNowIsNotShownOfANodeThatWasLost: its issuer has another node since
// it came, and what took it back may be what the lost one said last.
func TestWhereThePersonIsNowIsNotShownOfANodeThatWasLost(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, came, _ := onwardBench(t, &now)
	came.Content.Records[0].Fields["prs_MailingStreet"], came.Came = "Invented Street 7", now
	if err := r.c.Vault.Update(func(tx *vault.Tx) error { return table.Put(tx, string(came.ID), came.Key, came) }); err != nil {
		t.Fatal(err)
	}
	o.heard = posada.StalenessLive
	for _, c := range []struct {
		anew  time.Time
		shown bool
	}{{time.Time{}, true}, {now, true}, {now.Add(time.Second), false}} {
		o.anew = c.anew
		v, err := r.Show(t.Context(), staff(1, posada.RoleAdvocate), came.ID)
		if err != nil || v.Content.Categories().Has(posada.CategoryLocationCurrent) != c.shown || !v.Content.Categories().Has(posada.CategorySafeContact) {
			t.Errorf("anew at %s: %v, %v", c.anew, v.Content.Categories().List(), err)
		}
	}
}
