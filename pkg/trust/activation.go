package trust

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// How long something wider waits after it was first seen, so that any steward
// can object to it and any member can hear of it.
const (
	waitOfSome = 24 * time.Hour
	waitOfAll  = time.Hour
)

// Activation is which edition of a roster or of a policy runs, and which one
// waits. A node keeps it. The zero value runs nothing.
type Activation struct {
	Running   Edition   `json:"running"`
	Candidate Edition   `json:"candidate"`  // version 0: none
	FirstSeen time.Time `json:"first_seen"` // of the candidate, by trusted time
}

// Sighting is what a node knows when it looks at the newest edition.
type Sighting struct {
	Newest   Edition
	Wider    bool // than what runs, of anything at all
	Practice bool
	Brakes   []SeenBrake
	Now      time.Time // trusted
}

// Step is the activation after a sighting. Nothing runs yet, or nothing wider:
// the newest runs at once, and no objection delays what only takes away.
// Something wider waits 24 hours from when this node first saw it, an hour if
// all stewards signed it, and not at all in a practice network; and it does
// not run while an unexpired brake objects to it. A newer candidate begins its
// own wait. An older edition than the one that runs changes nothing.
func (a Activation) Step(s Sighting) Activation {
	switch {
	case s.Newest.Version < a.Running.Version || s.Newest.Version < a.Candidate.Version || s.Newest.Version == 0:
		return a
	case s.Newest.Version == a.Running.Version:
		return Activation{Running: a.Running}
	case a.Running.Version == 0 || !s.Wider:
		return Activation{Running: s.Newest}
	}
	if s.Newest.Version != a.Candidate.Version || s.Newest.Digest != a.Candidate.Digest {
		a.FirstSeen = s.Now
	}
	a.Candidate = s.Newest
	if Objected(s.Brakes, s.Newest.Digest, s.Now) || s.Now.Before(a.due(s.Practice)) {
		return a
	}
	return Activation{Running: s.Newest}
}

// Due is when the candidate runs if nobody objects; false if none waits.
func (a Activation) Due(practice bool) (time.Time, bool) {
	return a.due(practice), a.Candidate.Version != 0
}

func (a Activation) due(practice bool) time.Time {
	switch {
	case practice:
		return a.FirstSeen
	case a.Candidate.All:
		return a.FirstSeen.Add(waitOfAll)
	}
	return a.FirstSeen.Add(waitOfSome)
}

// Counts reports whether something wider that an edition said of one agency alone counts: it
// waited 24 hours from when this node first read it (not at all in a practice network), and
// no unexpired brake objects to that edition or suspends that agency.
func Counts(of Edition, agency posada.AgencyID, since time.Time, s Sighting) bool {
	waited := s.Practice || !s.Now.Before(since.Add(waitOfSome))
	return waited && !Objected(s.Brakes, of.Digest, s.Now) && !Suspended(s.Brakes, agency, s.Now)
}
