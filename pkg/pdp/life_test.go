package pdp_test

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// lives are all histories of a record of at most so many steps, each taken by the
// function that is for it; all lead from a question, from what was given, or from
// what was renewed.
func lives(t *testing.T, r consent.Record, said consent.Record, now time.Time, steps int) (list []consent.Record) {
	t.Helper()
	if steps == 0 {
		return nil
	}
	by := posada.IDFrom[posada.StaffID]([16]byte{1})
	var next []consent.Record
	keep := func(r consent.Record, err error) {
		if err == nil {
			next = append(next, r)
		}
	}
	for _, how := range posada.Members[posada.ConsentStatus]() {
		keep(r.Ask(how, now, by))
		keep(r.End(how, now, by))
	}
	if agreed, err := r.Anew(said); err == nil {
		keep(agreed.Give(now, 0, by))
	}
	keep(r.Renew(said, []consent.Record{r}, now, 0, by))
	for _, n := range next {
		if n.ID == "" {
			n.ID = posada.ConsentID("renewed")
		}
		list = append(append(list, n), lives(t, n, said, now.Add(time.Hour), steps-1)...)
	}
	return list
}

// TestOnlyWhatWasGivenOrRenewedPermitsWithinItsTime asks the rules about every record
// there can be after up to five steps, before its time, in it, and after, and about a
// record of every status that is only written: requested, deferred, refused,
// withdrawn, revoked, invalidated, unknown and expired all deny.
func TestOnlyWhatWasGivenOrRenewedPermitsWithinItsTime(t *testing.T) {
	e, d := engine(t), prove.PermittedDisclosure()
	start, to := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC), posada.IDFrom[posada.AgencyID]([16]byte{2})
	question := consent.Record{
		ID: "asked", Allowances: []consent.Allowance{{To: to, Purpose: d.Purpose, Categories: d.Asked}}, Services: d.Services,
	}
	said := consent.Record{
		GivenBy: d.Consent.GivenBy, AgeBand: d.Consent.AgeBand, Assent: d.Consent.Assent, Conflict: d.Consent.Conflict, CoSigned: d.Consent.CoSigned,
		Method: d.Consent.Method, Informed: d.Consent.Informed, Condition: d.Consent.Condition,
	}
	all := lives(t, question, said, start, 5)
	for _, status := range posada.Members[posada.ConsentStatus]() {
		r, err := question.Anew(said)
		if err != nil {
			t.Fatal(err)
		}
		r.NotBefore, r.Expires = start, start.Add(consent.DefaultLife)
		r.History = []consent.StatusChange{{Status: status, At: start}}
		all = append(all, r)
	}
	asked := map[posada.ConsentStatus]int{}
	permitted := 0
	for _, r := range all {
		for _, at := range []time.Time{r.NotBefore.Add(-1), r.NotBefore, r.Expires.Add(-1), r.Expires} {
			c := d
			c.Recipient.Naming, c.Consent = r.Naming(to), r.Facts(to, d.Purpose, "", at)
			permit, err := e.Disclose(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			s := r.Status()
			want := (s == posada.ConsentGiven || s == posada.ConsentRenewed) && !at.Before(r.NotBefore) && at.Before(r.Expires)
			if got := !permit.Categories().Empty(); got != want || got && permit.Categories() != d.Asked {
				t.Errorf("%v at %v: %v, want %v", r.History, at, permit.Categories().List(), want)
			}
			asked[s]++
			if want {
				permitted++
			}
		}
	}
	for _, s := range posada.Members[posada.ConsentStatus]() {
		if asked[s] < 4 {
			t.Errorf("nothing was asked of one that is %s", s)
		}
	}
	t.Logf("%d records, asked %v, permitted %d times", len(all), asked, permitted)
}
