package need

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Times of offers and holds. An offer's is the design's (domain.md); a hold's leaves
// a night's journey, and a shelter that is nearer says less.
const (
	OfferLasts = 30 * time.Minute
	HoldLasts  = 4 * time.Hour
)

// Errors of what somebody does with a need. Nothing was done where one is returned.
var (
	ErrOver     = errors.New("this need is over")
	ErrNotAsked = errors.New("that agency was not asked")
	ErrNoOffer  = errors.New("there is no offer of that agency that can be taken")
	ErrChosen   = errors.New("an offer is chosen already")
	ErrNotHeld  = errors.New("no place is held")
)

// Offered is how one agency's offer stands.
type Offered struct {
	Until   time.Time `json:"until"`             // it can be taken until then
	Refused bool      `json:"refused,omitempty"` // the person said no
	Gone    bool      `json:"gone,omitempty"`    // it was chosen, and the place was gone
}

// Life is a need as it stands at whoever asked, its only writer. Each step gives the
// life after it, and what came too late or twice changes nothing, so that letters may
// come in any order and again. Methods never change the life that they are called on.
type Life struct {
	State    posada.NeedState                         `json:"state"`
	Until    time.Time                                `json:"until"` // it is over then, whatever was answered
	Asked    []posada.AgencyID                        `json:"asked"`
	Offers   map[posada.AgencyID]Offered              `json:"offers,omitempty"`
	Declined map[posada.AgencyID]posada.DeclineReason `json:"declined,omitempty"`
	Left     []posada.AgencyID                        `json:"left,omitempty"` // the person took back that it may be asked
	Chosen   posada.AgencyID                          `json:"chosen,omitempty"`
	Held     time.Time                                `json:"held,omitzero"`  // the chosen agency holds the place until then
	Meet     posada.Meeting                           `json:"meet,omitempty"` // how one meets there; empty: as is said on the telephone
}

// Post begins a need that was sent to agencies.
func Post(asked []posada.AgencyID, priority posada.Priority, now time.Time) Life {
	return Life{State: posada.NeedPosted, Until: now.Add(priority.Answer()), Asked: slices.Clone(asked)}
}

// Offer takes an offer in, or one anew where the last lapsed. The time until it can be
// taken is no later than OfferLasts from when it came, whatever it says.
func (l Life) Offer(from posada.AgencyID, until, now time.Time) (Life, error) {
	l = l.At(now)
	if !slices.Contains(l.Asked, from) {
		return l, ErrNotAsked
	}
	o, was := l.Offers[from]
	if was && (o.Refused || o.Gone || o.open(now) || l.Chosen == from) || l.State.Over() || !l.Held.IsZero() || slices.Contains(l.Left, from) {
		return l, nil
	}
	return l.with(from, Offered{Until: earlier(until, now.Add(OfferLasts))}, now), nil
}

// Decline takes in that an agency does not offer, and why; an offer that it made before
// and that was not chosen is taken back with it.
func (l Life) Decline(from posada.AgencyID, why posada.DeclineReason, now time.Time) (Life, error) {
	l = l.At(now)
	if !slices.Contains(l.Asked, from) {
		return l, ErrNotAsked
	}
	if o, offered := l.Offers[from]; offered && o.open(now) && l.Chosen != from {
		o.Until = now // taken back
		l = l.with(from, o, now)
	}
	if _, was := l.Declined[from]; !was {
		l.Declined = put(l.Declined, from, why)
	}
	return l, nil
}

// Refuse is the person's no to an offer, before or after it was chosen. With the place
// that is held the need is over: the others were told so when it was held.
func (l Life) Refuse(from posada.AgencyID, now time.Time) (Life, error) {
	l = l.At(now)
	o, is := l.Offers[from]
	switch {
	case l.State.Over():
		return l, ErrOver
	case !is || o.Refused || o.Gone:
		return l, ErrNoOffer
	case l.Chosen == from && !l.Held.IsZero():
		o.Refused, l.State = true, posada.NeedExpired
		return l.with(from, o, now), nil
	case l.Chosen == from:
		l.Chosen = ""
	}
	o.Refused = true
	return l.with(from, o, now), nil
}

// Leave takes an agency out of a need, for the person takes back what it may know. It is
// told that the need is closed, whether it answered or not; with the place that it holds the
// need is over. Where it was not asked nothing changes.
func (l Life) Leave(from posada.AgencyID, now time.Time) Life {
	l = l.At(now)
	if l.State.Over() || !slices.Contains(l.Asked, from) || slices.Contains(l.Left, from) {
		return l
	}
	if after, err := l.Refuse(from, now); err == nil {
		l = after
	}
	l.Left = append(slices.Clone(l.Left), from)
	return l
}

// Choose is the person's yes to an offer that can still be taken. The agency is asked
// to hold the place.
func (l Life) Choose(from posada.AgencyID, now time.Time) (Life, error) {
	l = l.At(now)
	o, is := l.Offers[from]
	switch {
	case l.State.Over():
		return l, ErrOver
	case l.Chosen != "":
		return l, ErrChosen
	case !is || !o.open(now) || slices.Contains(l.Left, from):
		return l, ErrNoOffer
	}
	l.Chosen = from
	return l.At(now), nil
}

// Hold takes in that the chosen agency holds the place, no longer than HoldLasts.
func (l Life) Hold(from posada.AgencyID, until, now time.Time) Life {
	l = l.At(now)
	if l.State.Over() || l.Chosen != from || !l.Held.IsZero() {
		return l
	}
	l.Held = earlier(until, now.Add(HoldLasts))
	return l.At(now)
}

// Lose takes in that the place was gone when it was chosen.
func (l Life) Lose(from posada.AgencyID, now time.Time) Life {
	l = l.At(now)
	if l.State.Over() || l.Chosen != from || !l.Held.IsZero() {
		return l
	}
	o := l.Offers[from]
	o.Gone, l.Chosen = true, ""
	return l.with(from, o, now)
}

// Arrive takes in that the person is at the agency that was chosen. That counts before its
// word that it holds the place came, and after the hold was over by our clock: a person who
// is there is there.
func (l Life) Arrive(from posada.AgencyID, now time.Time) Life {
	l = l.At(now)
	if l.Chosen != from || l.Offers[from].Refused || l.State.Over() && l.State != posada.NeedExpired {
		return l
	}
	if l.Held.IsZero() {
		l.Held = now
	}
	l.State = posada.NeedFilled
	return l
}

// Fill ends a need whose place is held: the person is there.
func (l Life) Fill(now time.Time) (Life, error) { return l.end(posada.NeedFilled, now) }

// GiveUp ends a need for which no place was found: a person says so.
func (l Life) GiveUp(now time.Time) (Life, error) { return l.end(posada.NeedNoPlacementFound, now) }

// Replace ends a need because it is asked anew, in other words. What was chosen is not.
func (l Life) Replace(now time.Time) (Life, error) {
	if l.Chosen != "" && !l.At(now).State.Over() {
		return l, ErrChosen
	}
	return l.Withdraw(now)
}

// Withdraw ends a need because the person wants it.
func (l Life) Withdraw(now time.Time) (Life, error) { return l.end(posada.NeedWithdrawn, now) }

func (l Life) end(state posada.NeedState, now time.Time) (Life, error) {
	l = l.At(now)
	if l.State.Over() {
		return l, ErrOver
	}
	if state == posada.NeedFilled && l.Held.IsZero() {
		return l, ErrNotHeld
	}
	l.State = state
	return l, nil
}

// At is a life at a later time: offers lapse, a hold that nobody came for ends the
// need, and so does its time, but for the one whose place is held. Where nobody ever
// offered, no placement was found.
func (l Life) At(now time.Time) Life {
	switch {
	case l.State.Over():
	case !l.Held.IsZero():
		l.State = posada.NeedOfferSelected
		if !now.Before(l.Held) {
			l.State = posada.NeedExpired
		}
	case !now.Before(l.Until) && len(l.Offers) == 0:
		l.State = posada.NeedNoPlacementFound
	case !now.Before(l.Until):
		l.State = posada.NeedExpired
	case l.Chosen != "":
		l.State = posada.NeedOfferSelected
	case slices.ContainsFunc(slices.Collect(maps.Values(l.Offers)), func(o Offered) bool { return o.open(now) }):
		l.State = posada.NeedOffersOpen
	default:
		l.State = posada.NeedPosted
	}
	return l
}

// Next is when time alone may change what At says; zero where a need is over.
func (l Life) Next(now time.Time) time.Time {
	if l = l.At(now); l.State.Over() {
		return time.Time{}
	}
	if !l.Held.IsZero() {
		return l.Held
	}
	next := l.Until
	for _, o := range l.Offers {
		if o.open(now) {
			next = earlier(next, o.Until)
		}
	}
	return next
}

// Closed are the agencies that are to be told that the need is closed, in one
// spelling whatever the reason: whose offer the person refused, or whom they took it back from; all but the chosen one
// from when it holds the place; and that one too where the need ended unfilled. Nobody
// who is among them ever is not again.
func (l Life) Closed() []posada.AgencyID {
	stays := posada.AgencyID("") // who is not told
	if l.State == posada.NeedFilled || !l.State.Over() {
		stays = l.Chosen
	}
	all := l.State.Over() || !l.Held.IsZero()
	return slices.DeleteFunc(slices.Clone(l.Asked), func(a posada.AgencyID) bool {
		return !l.Offers[a].Refused && !slices.Contains(l.Left, a) && (!all || a == stays)
	})
}

func (o Offered) open(now time.Time) bool { return !o.Refused && !o.Gone && now.Before(o.Until) }

// with is a life with one agency's offer as it stands now.
func (l Life) with(from posada.AgencyID, o Offered, now time.Time) Life {
	l.Offers = put(l.Offers, from, o)
	return l.At(now)
}

// put is a map with one entry as it stands now; the map that it is of stays as it was.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	after := make(map[K]V, len(m)+1)
	maps.Copy(after, m)
	after[key] = value
	return after
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
