package signing

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// SharedLine is one referral that we sent, as the facts of a paper; its times are in a zone.
func SharedLine(r client.Referral, consents []client.Consent, zone *time.Location) papers.SharedLine {
	local := func(t time.Time) time.Time { return in(zone, t) }
	line := papers.SharedLine{To: r.Peer.Name, Purpose: r.Purpose, Sent: local(r.Sent), Arrived: local(r.Delivered), Paper: r.Paper}
	for _, f := range r.Carried {
		line.Categories = line.Categories.With(f.Category)
	}
	for _, k := range consents {
		if k.ID == r.Consent {
			line.Given, line.Status, line.Onward = local(k.Given), k.Status, names(Onward(k, r))
		}
	}
	for _, m := range r.Marks {
		switch {
		case m.State == posada.StateWithdrawnBySurvivor:
			line.Withdrawn = local(earlier(line.Withdrawn, m.At))
		case m.By == referral.Target: // whoever answers has looked, and has it
			line.Seen = local(earlier(line.Seen, m.At))
		}
	}
	if line.Arrived.IsZero() {
		line.Arrived = line.Seen
	}
	line.Stopped = line.Arrived.IsZero() && !referral.Unanswered(r.State)
	if o := r.Obligations; o != nil {
		line.Ends = local(time.Unix(o.RetainUntil, 0))
	}
	if r.Shredded != nil {
		line.Destroyed, line.ReadBefore = local(r.Shredded.At), r.Shredded.Read
	}
	return line
}

// earlier is the earlier of two times, of which the first may not be known.
func earlier(known, t time.Time) time.Time {
	if known.IsZero() || t.Before(known) {
		return t
	}
	return known
}

// in is a time in a zone; none stays none.
func in(zone *time.Location, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

// Onward is whom a consent lets the recipient of a referral pass it on to. Of one
// that was destroyed here its purpose is not known: then it is all of them.
func Onward(k client.Consent, r client.Referral) (thirds []client.Agency) {
	if r.Obligations != nil && r.Obligations.Onward == consent.OnwardNone {
		return nil
	}
	for _, a := range k.Allow {
		if a.To.ID != r.Peer.ID || r.Purpose != "" && a.Purpose != r.Purpose {
			continue
		}
		for _, third := range a.Onward {
			if !slices.Contains(thirds, third) {
				thirds = append(thirds, third)
			}
		}
	}
	return thirds
}

// Passings are, by the id of an agency, the names of those who may still pass on to it
// what they were sent of a case: what we say no to later does not reach what they have.
func Passings(label string, consents []client.Consent, referrals []client.Referral) map[posada.AgencyID][]string {
	by := map[posada.AgencyID][]string{}
	for _, r := range referrals {
		if r.Side != referral.Source || r.Case != label || r.State == posada.StateWithdrawnBySurvivor || r.Shredded != nil {
			continue
		}
		for _, k := range consents {
			if k.ID != r.Consent {
				continue
			}
			for _, third := range Onward(k, r) {
				if !slices.Contains(by[third.ID], r.Peer.Name) {
					by[third.ID] = append(by[third.ID], r.Peer.Name)
				}
			}
		}
	}
	return by
}

// names are what people call agencies.
func names(list []client.Agency) (called []string) {
	for _, a := range list {
		called = append(called, a.Name)
	}
	return called
}
