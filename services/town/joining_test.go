package town_test

import (
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/town"
)

// TestWhoJoinedIsAskedAtOnceAndGivenNothingForADay over real nodes: a shelter joins a network
// that is running. Needs go to it from the first minute, and it answers; a referral to it is
// refused, with the reason and with when it may go, and nothing else is lacking; a day after
// the sender's node first saw it join, the same referral goes.
func TestWhoJoinedIsAskedAtOnceAndGivenNothingForADay(t *testing.T) {
	t.Parallel()
	var clock watch
	laid := lay(t)
	joined := joinsLater(t, laid, &clock)
	w := start(t, laid, town.Options{Skip: []string{"legal", "police"}, Clock: clock.now, Poll: slowly})
	ngo, shelter := ask(t, w, "ngo"), ask(t, w, "shelter")

	beds := 1
	if _, err := shelter.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Free: &beds}); err != nil {
		t.Fatal(err)
	}
	agreed, err := ngo.AddConsent(t.Context(), nightAtShelter())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a need that may be asked", func() bool {
		p, err := ngo.PreviewNeed(t.Context(), client.NewNeed{Case: agreed.Case, Priority: "tonight", Services: []string{"shelter_emergency"}})
		return err == nil && len(p.Asks) == 1 && p.Asks[0].ID == joined.ID
	})
	need, _, _ := needOf(t, ngo, agreed.Case)
	eventually(t, "an offer", func() bool {
		_, _ = shelter.Offer(t.Context(), posada.NeedID(need), client.NewOffer{Place: "dorm"})
		n, err := ngo.Need(t.Context(), posada.NeedID(need))
		return err == nil && len(n.Asked) == 1 && n.Asked[0].State == posada.AskedOffers
	})

	in := newPreview(agreed.Case)
	in.To, in.Purpose, in.Services = "Invented Shelter", "shelter", []string{"shelter_emergency"}
	refused := func() bool {
		p, err := ngo.Preview(t.Context(), in)
		return err == nil && p.Digest == "" && p.To.Joining != nil && p.To.Joining.From.Sub(p.To.Joining.Since) == 24*time.Hour &&
			!slices.ContainsFunc(p.Uncovered, func(u client.Uncovered) bool { return !slices.Equal(u.Lacks, []posada.Condition{"G2.joined"}) })
	}
	eventually(t, "its refusal", refused)
	clock.forward(23 * time.Hour)
	eventually(t, "its refusal an hour before its time", refused)
	clock.forward(time.Hour)
	var ready client.Preview
	eventually(t, "what may go to a member", func() bool { ready, err = ngo.Preview(t.Context(), in); return err == nil && ready.Digest != "" })
	if ready.To.Joining != nil || ready.To.Standing != posada.StandingActive {
		t.Errorf("it is %s, joining %v", ready.To.Standing, ready.To.Joining)
	}
	sent, err := ngo.Send(t.Context(), client.NewSend{Digest: ready.Digest})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the referral at the shelter", func() bool {
		list, err := shelter.Referrals(t.Context())
		return err == nil && len(list) == 1 && list[0].ID == sent.ID
	})
}

// joinsLater has the stewards leave the shelter out of a network, and let it join again, by
// two members who speak for it; the NGO's node sees both, and stops.
func joinsLater(t *testing.T, laid town.Laid, clock *watch) roster.Agency {
	t.Helper()
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"legal", "shelter", "police"}, Clock: clock.now, Poll: slowly})
	if err != nil {
		t.Fatal(err)
	}
	a, ngo := laid.Members["shelter"], ask(t, w, "ngo")
	standing := func(want posada.Standing) func() bool {
		return func() bool {
			list, err := ngo.Agencies(t.Context())
			i := slices.IndexFunc(list, func(o client.Agency) bool { return o.ID == a.ID })
			return err == nil && (i < 0 && want == posada.StandingUnknown || i >= 0 && list[i].Standing == want)
		}
	}
	decide(t, w, func(s *roster.Snapshot) {
		s.Agencies = slices.DeleteFunc(s.Agencies, func(o roster.Agency) bool { return o.ID == a.ID })
	})
	eventually(t, "a network without the shelter", standing(posada.StandingUnknown))
	decide(t, w, func(s *roster.Snapshot) {
		a.Sponsors = [2]posada.AgencyID{laid.Members["ngo"].ID, laid.Members["legal"].ID}
		s.Agencies = append(s.Agencies, a)
	})
	eventually(t, "the shelter, joining", standing(posada.StandingJoining))
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	return a
}

// nightAtShelter is a consent to give the shelter what it needs for a night.
func nightAtShelter() client.NewConsent {
	in := newConsent()
	in.Allow[0].To, in.Allow[0].Purpose = "Invented Shelter", "shelter"
	in.Services = []string{"shelter_emergency"}
	return in
}
