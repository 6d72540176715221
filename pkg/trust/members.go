package trust

import (
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Freed lists who is of no distrusted class in next and was of one in old. A
// body that comes back under another id, with the identity key or the mailbox
// it had, is the same body; one with nothing of what it had is for its sponsors
// to know.
func Freed(old, next roster.Snapshot) []posada.AgencyID {
	var freed []posada.AgencyID
	for _, a := range next.Agencies {
		if _, was := feared(old, a); was && !a.Class.Distrusted() {
			freed = append(freed, a.ID)
		}
	}
	return freed
}

// feared finds the distrusted member of a roster that an agency is or was.
func feared(s roster.Snapshot, a roster.Agency) (roster.Agency, bool) {
	i := slices.IndexFunc(s.Agencies, func(b roster.Agency) bool { return b.Class.Distrusted() && sameBody(a, b) })
	if i < 0 {
		return roster.Agency{}, false
	}
	return s.Agencies[i], true
}

func sameBody(a, b roster.Agency) bool {
	return a.ID == b.ID || a.Mailbox == b.Mailbox || a.Identity.ID() == b.Identity.ID()
}

// Apart is next with everybody whom it frees in the class they had.
func Apart(old, next roster.Snapshot) roster.Snapshot {
	next.Agencies = slices.Clone(next.Agencies)
	for i, a := range next.Agencies {
		if was, is := feared(old, a); is && !a.Class.Distrusted() {
			next.Agencies[i].Class = was.Class
		}
	}
	return next
}

// Rides reports whether a step lets a body out of a distrusted class together
// with anything else that is allowed more: within the roster, or, as the caller
// knows, in the policy. Such a change looks like its harmless half.
func Rides(old, next roster.Snapshot, widerPolicy bool) bool {
	return len(Freed(old, next)) > 0 && (widerPolicy || Wider(old, Apart(old, next)))
}

// Sponsored refuses a step in which somebody joins for whom not two members of
// the old roster speak: different ones, active, and of no distrusted class. Who
// is listed, in whatever standing, has joined.
func Sponsored(old, next roster.Snapshot) error {
	for _, a := range next.Agencies {
		if known(old, a.ID) {
			continue
		}
		if a.Sponsors[0] == a.Sponsors[1] || !speaks(old, a.Sponsors[0]) || !speaks(old, a.Sponsors[1]) {
			return fmt.Errorf("roster %d: %w", next.Version, ErrSponsors)
		}
	}
	return nil
}

func known(s roster.Snapshot, id posada.AgencyID) bool {
	return slices.ContainsFunc(s.Agencies, func(a roster.Agency) bool { return a.ID == id })
}

// speaks reports whether a member can speak for who joins.
func speaks(s roster.Snapshot, id posada.AgencyID) bool {
	return slices.ContainsFunc(s.Agencies, func(a roster.Agency) bool {
		return a.ID == id && a.Standing == posada.StandingActive && !a.Class.Distrusted()
	})
}

// Taken is what a node takes of the newest roster beside the one it runs. It
// differs only by less:
//
//   - Whoever is freed together with something wider keeps the class they have
//     here, until a later roster frees them alone.
//   - A distrusted body whose row is gone stays, as removed: what it was is not
//     forgotten by leaving it out.
//   - Who joins counts where two members speak for them whom this node knows, or
//     who joined so themselves since it looked last.
//
// A node that has no roster yet takes the first as it is.
func Taken(running, newest roster.Snapshot, widerPolicy bool) roster.Snapshot {
	taken := newest
	if Rides(running, newest, widerPolicy) {
		taken = Apart(running, newest)
	}
	taken.Agencies = sponsored(running, taken.Agencies)
	for _, a := range running.Agencies {
		gone := !slices.ContainsFunc(taken.Agencies, func(b roster.Agency) bool { return sameBody(a, b) })
		if gone && a.Class.Distrusted() && len(taken.Agencies) < posada.MaxMembers {
			a.Standing = posada.StandingRemoved
			taken.Agencies = append(taken.Agencies, a)
		}
	}
	return taken
}

// sponsored keeps who is known, and who joined by two of those who are.
func sponsored(running roster.Snapshot, next []roster.Agency) []roster.Agency {
	trusted := map[posada.AgencyID]bool{}
	for _, a := range running.Agencies {
		trusted[a.ID] = speaks(running, a.ID)
	}
	for grew := true; grew; {
		grew = false
		for _, a := range next {
			_, in := trusted[a.ID]
			if !in && a.Sponsors[0] != a.Sponsors[1] && trusted[a.Sponsors[0]] && trusted[a.Sponsors[1]] {
				trusted[a.ID], grew = !a.Class.Distrusted(), true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(next), func(a roster.Agency) bool { _, in := trusted[a.ID]; return !in })
}
