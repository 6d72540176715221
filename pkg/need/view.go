package need

import (
	"cmp"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
)

// Draft is a need as somebody would have it asked.
type Draft struct {
	Case    string // its label; empty: a new one is opened when it is posted
	Profile Profile
	Leave   []posada.AgencyID // that are not to be asked this time
	Instead posada.NeedID     // it takes the place of this one, which ends when it is posted; empty: of none
}

// Preview is what would be said and to whom: what is read to the person before she
// says whether it may be asked.
type Preview struct {
	Draft    Draft
	Digest   string            // it is posted by
	Asks     []posada.AgencyID // each would be sent the profile and nothing else
	Excluded []posada.AgencyID // that could be asked, and whom the person excluded
	Until    time.Time         // it can be posted until then
	Warning  Warning
}

// View is a need as somebody sees it at the agency that asked.
type View struct {
	ID      posada.NeedID
	Case    string
	Turn    int // among those of the case, as the person wants them: the lowest first
	Posted  time.Time
	Profile Profile
	Life    Life // as it stands now
	Warning Warning
	Note    string                     // of whom the person fears; for those whose work it is
	Why     map[posada.AgencyID]string // she refused an offer; likewise
	Unsent  []posada.AgencyID          // whose letter the hub does not have
	NotSent bool                       // it is for tonight, and a minute on the hub still has not some of them
	Phoned  []posada.AgencyID          // that were called, and have no letters
	Hers    bool                       // it is her work
	Lines   []Line                     // each that was asked, in that order
	Silence silence.Standing           // where nobody offers a place that can be taken
	Told    bool                       // whoever looks is to be told that nobody answers
	Anew    posada.NeedID              // it was asked anew, as this one
}

// Tells reports whether somebody is to be told that nobody answers: whose work it is, and
// from the second step on whoever leads.
func (v View) Tells(leads bool) bool {
	return v.Silence.Step != "" && (v.Hers || leads && v.Silence.Step != posada.SilenceReminder)
}

// Waits is how much of needs waits for somebody.
type Waits struct {
	Offers  int // needs with an offer to choose
	NotSent int // needs for tonight that did not leave
	Silent  int // needs that nobody answers
}

// String hides a need from every log line and error.
func (View) String() string { return "(redacted)" }

// GoString hides a need from %#v.
func (View) GoString() string { return "(redacted)" }

// Follows are the steps that make sense where nobody offers a place: of a profile that says
// no region there is no wider one, and one that asks for a voucher has asked the fund.
func (p Profile) Follows() []posada.SilenceStep {
	return slices.DeleteFunc(posada.Members[posada.SilenceStep](), func(s posada.SilenceStep) bool {
		return s == posada.SilenceWiderRegion && p.Region == "" || s == posada.SilenceVoucherFund && p.Services.Has(posada.ServiceHotelVoucher)
	})
}

// Line is one agency that was asked, as it stands now.
type Line struct {
	Agency posada.AgencyID
	State  posada.AskedState
	Reason posada.DeclineReason // it declined
	Until  time.Time            // its offer, or its hold
	Phoned bool
	Why    string         // the person refused it; for those whose work it is
	Meet   posada.Meeting // it holds a place: how one meets
}

// Standing are the agencies that were asked, as each stands at a time.
func (v View) Standing(now time.Time) []Line {
	lines := make([]Line, len(v.Life.Asked))
	for i, a := range v.Life.Asked {
		offer, offered := v.Life.Offers[a]
		reason, declined := v.Life.Declined[a]
		lines[i] = Line{Agency: a, State: posada.AskedWaiting, Phoned: slices.Contains(v.Phoned, a), Why: v.Why[a]}
		switch l := &lines[i]; {
		case offer.Refused || slices.Contains(v.Life.Left, a):
			l.State = posada.AskedRefused
		case offer.Gone:
			l.State = posada.AskedGone
		case v.Life.Chosen == a && v.Life.Held.IsZero():
			l.State = posada.AskedChosen
		case v.Life.Chosen == a:
			l.State, l.Until, l.Meet = posada.AskedHolds, v.Life.Held, v.Life.Meet
		case offer.open(now):
			l.State, l.Until = posada.AskedOffers, offer.Until
		case declined:
			l.State, l.Reason = posada.AskedDeclined, reason
		case offered:
			l.State = posada.AskedLapsed
		case slices.Contains(v.Unsent, a):
			l.State = posada.AskedUnsent
		}
	}
	return lines
}

// Call is what an agency said on the telephone; with no word, nobody answered.
type Call struct {
	Says   posada.PlaceReply
	Reason posada.DeclineReason // it declined
	Hold   time.Duration        // how long it holds the place; zero: HoldLasts
}

// Reply is a call as the reply that it was, at a time.
func (c Call) Reply(id posada.NeedID, now time.Time) Reply {
	r := Reply{Need: id, Says: c.Says, Reason: c.Reason}
	switch c.Says {
	case posada.ReplyOffer:
		r.Until = now.Add(OfferLasts)
	case posada.ReplyHeld:
		r.Until = now.Add(cmp.Or(c.Hold, HoldLasts))
	}
	return r
}

// Call takes in what an agency said on the telephone. That it holds a place is the person's
// yes to it, too: it was said in one breath.
func (l Life) Call(from posada.AgencyID, said Call, id posada.NeedID, now time.Time) (Life, error) {
	if said.Says == "" { // nobody answered
		return l, nil
	}
	if said.Says == posada.ReplyHeld && l.Chosen == "" {
		var err error
		if l, err = l.Offer(from, now.Add(OfferLasts), now); err != nil {
			return l, err
		}
		if l, err = l.Choose(from, now); err != nil {
			return l, err
		}
	}
	return l.Take(from, said.Reply(id, now), now)
}

// Count is how often a need of one kind ended in one way, in one month.
type Count struct {
	Month        string                  `json:"month"` // 2026-11
	Service      posada.ServiceType      `json:"service"`
	Gender       posada.Gender           `json:"gender,omitempty"`
	Minor        bool                    `json:"minor,omitzero"`
	Exploitation posada.ExploitationKind `json:"exploitation,omitempty"`
	Ended        posada.NeedState        `json:"ended"`
	Needs        int                     `json:"needs"`
}

// CountOf is what is counted of a profile: nothing that is rare in it but these.
func CountOf(p Profile, ended posada.NeedState, at time.Time) Count {
	c := Count{Month: at.UTC().Format("2006-01"), Gender: p.Gender, Exploitation: p.Exploitation, Ended: ended, Needs: 1}
	if list := p.Services.List(); len(list) > 0 {
		c.Service = list[0]
	}
	switch p.Age {
	case posada.Age0to11, posada.Age12to15, posada.Age16to17:
		c.Minor = true
	}
	return c
}

// Place is one place at a shelter: whom it takes, and what is free there. It is the
// shelter's own, and leaves it in nothing.
type Place struct {
	Name    string
	Rules   Rules
	Free    int       // beds that nobody has and nobody is promised
	Held    int       // beds that are promised
	Counted time.Time // when somebody last counted the free ones
}

// Received is a need at an agency that was asked for a place, as somebody sees it there.
type Received struct {
	ID      posada.NeedID
	From    posada.AgencyID
	Came    time.Time
	Until   time.Time
	Profile Profile
	State   posada.PlacementState
	Place   string // it was offered
	Beds    int
	Lasts   time.Time // the offer, or the hold
	Fits    []Fitting // places here that it fits now
}

// Fitting is one place that fits a need, and what to ask before it is offered.
type Fitting struct {
	Place string
	Free  int
	Ask   posada.Set[posada.DeclineReason]
}

// String hides a need from every log line and error.
func (Received) String() string { return "(redacted)" }

// GoString hides a need from %#v.
func (Received) GoString() string { return "(redacted)" }
