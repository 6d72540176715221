package posada

import "time"

// Priority is how soon somebody must answer. Each is a clock; silence
// escalates.
type Priority string

// Priorities.
const (
	PriorityTonight   Priority = "tonight"
	PriorityEmergency Priority = "emergency"
	PriorityUrgent    Priority = "urgent"
	PriorityNormal    Priority = "normal"
)

func (Priority) members() []Priority {
	return []Priority{PriorityTonight, PriorityEmergency, PriorityUrgent, PriorityNormal}
}

// UnmarshalText reads a priority and refuses any other text.
func (p *Priority) UnmarshalText(text []byte) error { return decode(p, text) }

// Answer is the time within which a referral of this priority must be
// answered: 2 h, 24 h, 72 h or 14 days. An unknown priority has no time.
func (p Priority) Answer() time.Duration {
	switch p {
	case PriorityTonight:
		return 2 * time.Hour
	case PriorityEmergency:
		return 24 * time.Hour
	case PriorityUrgent:
		return 72 * time.Hour
	case PriorityNormal:
		return 14 * 24 * time.Hour
	}
	return 0
}

// Soon reports whether somebody is to be woken for it: an answer is due within a day.
func (p Priority) Soon() bool { return p == PriorityTonight || p == PriorityEmergency }

// SilenceStep is what follows when nobody answers, each after the one before it.
type SilenceStep string

// Steps. Nothing in them leaves by itself.
const (
	SilenceReminder    SilenceStep = "reminder"     // whose work it is, is reminded
	SilenceCoordinator SilenceStep = "coordinator"  // whoever leads is told
	SilenceWiderRegion SilenceStep = "wider_region" // the person is asked whether to look further away
	SilenceVoucherFund SilenceStep = "voucher_fund" // the person is asked whether a paid room will do
)

func (SilenceStep) members() []SilenceStep {
	return []SilenceStep{SilenceReminder, SilenceCoordinator, SilenceWiderRegion, SilenceVoucherFund}
}

// UnmarshalText reads a step and refuses any other text.
func (s *SilenceStep) UnmarshalText(text []byte) error { return decode(s, text) }

// ReferralState is where a referral stands. Which side may set which, and
// from where, is pkg/referral's.
type ReferralState string

// Referral states.
const (
	StateDrafted             ReferralState = "drafted"
	StateConsented           ReferralState = "consented"
	StateSent                ReferralState = "sent"
	StateRecalled            ReferralState = "recalled"
	StateAcknowledged        ReferralState = "acknowledged"
	StateAccepted            ReferralState = "accepted"
	StateDeclined            ReferralState = "declined"
	StateScheduled           ReferralState = "scheduled"
	StateArrived             ReferralState = "arrived"
	StateNoShow              ReferralState = "no_show"
	StateInService           ReferralState = "in_service"
	StateOnHold              ReferralState = "on_hold"
	StateCompleted           ReferralState = "completed"
	StateExpired             ReferralState = "expired"
	StateNoPlacementFound    ReferralState = "no_placement_found"
	StateLostToFollowUp      ReferralState = "lost_to_follow_up"
	StateEnteredInError      ReferralState = "entered_in_error"
	StateReopened            ReferralState = "reopened"
	StateWithdrawnBySurvivor ReferralState = "withdrawn_by_survivor"
)

func (ReferralState) members() []ReferralState {
	return []ReferralState{
		StateDrafted, StateConsented, StateSent, StateRecalled,
		StateAcknowledged, StateAccepted, StateDeclined, StateScheduled, StateArrived,
		StateNoShow, StateInService, StateOnHold, StateCompleted,
		StateExpired, StateNoPlacementFound, StateLostToFollowUp, StateEnteredInError, StateReopened,
		StateWithdrawnBySurvivor,
	}
}

// UnmarshalText reads a referral state and refuses any other text.
func (s *ReferralState) UnmarshalText(text []byte) error { return decode(s, text) }

// DeclineReason is why a target declined: coded, told to the requester only.
type DeclineReason string

// Decline reasons.
const (
	DeclineLackOfCapacity          DeclineReason = "lack_of_capacity"
	DeclineEligibilityGender       DeclineReason = "eligibility_gender"
	DeclineEligibilityAge          DeclineReason = "eligibility_age"
	DeclineEligibilityExploitation DeclineReason = "eligibility_exploitation"
	DeclineEligibilityHousehold    DeclineReason = "eligibility_household"
	DeclineSafetyConflict          DeclineReason = "safety_conflict"
	DeclineLanguage                DeclineReason = "language"
	DeclineAccessibility           DeclineReason = "accessibility"
	DeclineDistance                DeclineReason = "distance"
	DeclineNeedsAssessment         DeclineReason = "needs_assessment"
	DeclineOther                   DeclineReason = "other"
)

func (DeclineReason) members() []DeclineReason {
	return []DeclineReason{
		DeclineLackOfCapacity, DeclineEligibilityGender, DeclineEligibilityAge,
		DeclineEligibilityExploitation, DeclineEligibilityHousehold, DeclineSafetyConflict,
		DeclineLanguage, DeclineAccessibility, DeclineDistance, DeclineNeedsAssessment, DeclineOther,
	}
}

// UnmarshalText reads a decline reason and refuses any other text.
func (r *DeclineReason) UnmarshalText(text []byte) error { return decode(r, text) }

// Outcome is how a completed referral ended.
type Outcome string

// Outcomes.
const (
	OutcomeSuccessful        Outcome = "successful"
	OutcomeClientRefused     Outcome = "not_successful_client_refused"
	OutcomeLackOfCapacity    Outcome = "not_successful_lack_of_capacity"
	OutcomeNoLongerNeeded    Outcome = "not_successful_no_longer_needed"
	OutcomeUnableToContact   Outcome = "not_successful_unable_to_contact"
	OutcomeNotOther          Outcome = "not_successful_other"
	OutcomeWagesRecovered    Outcome = "wages_recovered_full"
	OutcomeWagesPartial      Outcome = "wages_recovered_partial"
	OutcomeWagesNotRecovered Outcome = "wages_recovered_none"
)

func (Outcome) members() []Outcome {
	return []Outcome{
		OutcomeSuccessful, OutcomeClientRefused, OutcomeLackOfCapacity, OutcomeNoLongerNeeded,
		OutcomeUnableToContact, OutcomeNotOther,
		OutcomeWagesRecovered, OutcomeWagesPartial, OutcomeWagesNotRecovered,
	}
}

// UnmarshalText reads an outcome and refuses any other text.
func (o *Outcome) UnmarshalText(text []byte) error { return decode(o, text) }

// NeedState is where an anonymous need stands.
type NeedState string

// Need states.
const (
	NeedPosted           NeedState = "posted"
	NeedOffersOpen       NeedState = "offers_open"
	NeedOfferSelected    NeedState = "offer_selected"
	NeedFilled           NeedState = "filled"
	NeedNoPlacementFound NeedState = "no_placement_found"
	NeedWithdrawn        NeedState = "withdrawn"
	NeedExpired          NeedState = "expired"
)

func (NeedState) members() []NeedState {
	return []NeedState{
		NeedPosted, NeedOffersOpen, NeedOfferSelected, NeedFilled,
		NeedNoPlacementFound, NeedWithdrawn, NeedExpired,
	}
}

// UnmarshalText reads a need state and refuses any other text.
func (s *NeedState) UnmarshalText(text []byte) error { return decode(s, text) }

// Over reports whether a need ended: nothing leads out of an end. An unknown
// state is none.
func (s NeedState) Over() bool {
	switch s {
	case NeedFilled, NeedNoPlacementFound, NeedWithdrawn, NeedExpired:
		return true
	}
	return false
}

// PlaceReply is what an agency that was asked for a place answers.
type PlaceReply string

// Replies.
const (
	ReplyOffer    PlaceReply = "offer"    // it has a place, and holds nothing yet
	ReplyDeclined PlaceReply = "declined" // it has none, for a coded reason
	ReplyHeld     PlaceReply = "held"     // it was chosen, and holds the place
	ReplyGone     PlaceReply = "gone"     // it was chosen, and the place was gone
	ReplyArrived  PlaceReply = "arrived"  // the person is there
)

func (PlaceReply) members() []PlaceReply {
	return []PlaceReply{ReplyOffer, ReplyDeclined, ReplyHeld, ReplyGone, ReplyArrived}
}

// UnmarshalText reads a reply and refuses any other text.
func (r *PlaceReply) UnmarshalText(text []byte) error { return decode(r, text) }

// Meeting is how somebody on the way to a place and those who have it meet. None says
// where: that is said on the telephone, if at all.
type Meeting string

// Meetings.
const (
	MeetCallWhenNear Meeting = "call_when_near" // the person or whoever is with her calls; somebody comes out
	MeetWeCall       Meeting = "we_call"        // the place calls the agency that asked, and it is arranged
	MeetInPublic     Meeting = "in_public"      // in a public place that is said on the telephone
	MeetWeFetch      Meeting = "we_fetch"       // somebody of the place comes for the person
	MeetBrought      Meeting = "brought"        // somebody of the agency that asked brings the person
)

func (Meeting) members() []Meeting {
	return []Meeting{MeetCallWhenNear, MeetWeCall, MeetInPublic, MeetWeFetch, MeetBrought}
}

// UnmarshalText reads a meeting and refuses any other text.
func (m *Meeting) UnmarshalText(text []byte) error { return decode(m, text) }

// PlacementState is where a need stands at an agency that was asked for a place.
type PlacementState string

// Placement states.
const (
	PlacementAsked    PlacementState = "asked"    // nobody here answered yet
	PlacementOffered  PlacementState = "offered"  // it may be chosen; nothing is held
	PlacementDeclined PlacementState = "declined" // a person here said no
	PlacementHeld     PlacementState = "held"     // it was chosen, and the place is held
	PlacementGone     PlacementState = "gone"     // it was chosen, and the place was gone
	PlacementArrived  PlacementState = "arrived"  // the person is there
	PlacementClosed   PlacementState = "closed"   // nothing more is asked of us; why is not known here
	PlacementExpired  PlacementState = "expired"  // its time is over
)

func (PlacementState) members() []PlacementState {
	return []PlacementState{
		PlacementAsked, PlacementOffered, PlacementDeclined, PlacementHeld,
		PlacementGone, PlacementArrived, PlacementClosed, PlacementExpired,
	}
}

// UnmarshalText reads a placement state and refuses any other text.
func (s *PlacementState) UnmarshalText(text []byte) error { return decode(s, text) }

// Over reports whether nothing more comes of it.
func (s PlacementState) Over() bool {
	switch s {
	case PlacementGone, PlacementArrived, PlacementClosed, PlacementExpired:
		return true
	}
	return false
}

// AskedState is where one agency stands that a need was asked of, at whoever asked.
type AskedState string

// Asked states.
const (
	AskedUnsent   AskedState = "unsent"   // the hub does not have the question yet
	AskedWaiting  AskedState = "waiting"  // it said nothing yet
	AskedOffers   AskedState = "offers"   // its offer can be chosen
	AskedLapsed   AskedState = "lapsed"   // its offer was not chosen in time; it may offer anew
	AskedDeclined AskedState = "declined" // it has no place
	AskedRefused  AskedState = "refused"  // the person said no to it
	AskedChosen   AskedState = "chosen"   // it was chosen, and has not said yet that it holds the place
	AskedGone     AskedState = "gone"     // it was chosen, and the place was gone
	AskedHolds    AskedState = "holds"    // it holds the place
)

func (AskedState) members() []AskedState {
	return []AskedState{
		AskedUnsent, AskedWaiting, AskedOffers, AskedLapsed, AskedDeclined, AskedRefused, AskedChosen, AskedGone, AskedHolds,
	}
}

// UnmarshalText reads an asked state and refuses any other text.
func (s *AskedState) UnmarshalText(text []byte) error { return decode(s, text) }
