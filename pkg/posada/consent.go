package posada

import "time"

// ConsentStatus is a consent record's status, in the words of the W3C Data
// Privacy Vocabulary (DPV 2, consent status).
type ConsentStatus string

// Consent statuses. Only given and renewed can permit anything.
const (
	ConsentGiven       ConsentStatus = "given"
	ConsentRenewed     ConsentStatus = "renewed"
	ConsentRequested   ConsentStatus = "requested"
	ConsentDeferred    ConsentStatus = "deferred"
	ConsentRefused     ConsentStatus = "refused"
	ConsentUnknown     ConsentStatus = "unknown"
	ConsentExpired     ConsentStatus = "expired"
	ConsentInvalidated ConsentStatus = "invalidated"
	ConsentRevoked     ConsentStatus = "revoked"
	ConsentWithdrawn   ConsentStatus = "withdrawn"
)

func (ConsentStatus) members() []ConsentStatus {
	return []ConsentStatus{
		ConsentGiven, ConsentRenewed, ConsentRequested, ConsentDeferred, ConsentRefused,
		ConsentUnknown, ConsentExpired, ConsentInvalidated, ConsentRevoked, ConsentWithdrawn,
	}
}

// UnmarshalText reads a consent status and refuses any other text.
func (s *ConsentStatus) UnmarshalText(text []byte) error { return decode(s, text) }

// GivenBy is who gave a consent.
type GivenBy string

// Who may give consent.
const (
	GivenBySelf                GivenBy = "self"
	GivenByGuardianAndMinor    GivenBy = "guardian_and_minor"
	GivenByMinorAlone          GivenBy = "minor_alone"
	GivenByLegalRepresentative GivenBy = "legal_representative"
)

func (GivenBy) members() []GivenBy {
	return []GivenBy{GivenBySelf, GivenByGuardianAndMinor, GivenByMinorAlone, GivenByLegalRepresentative}
}

// UnmarshalText reads who gave consent and refuses any other text.
func (g *GivenBy) UnmarshalText(text []byte) error { return decode(g, text) }

// AgeBand is a survivor's age as coarsely as the exchange ever needs it.
type AgeBand string

// Age bands.
const (
	Age0to11  AgeBand = "0-11"
	Age12to15 AgeBand = "12-15"
	Age16to17 AgeBand = "16-17"
	Age18to24 AgeBand = "18-24"
	Age25to39 AgeBand = "25-39"
	Age40to59 AgeBand = "40-59"
	Age60plus AgeBand = "60+"
)

func (AgeBand) members() []AgeBand {
	return []AgeBand{Age0to11, Age12to15, Age16to17, Age18to24, Age25to39, Age40to59, Age60plus}
}

// UnmarshalText reads an age band and refuses any other text.
func (a *AgeBand) UnmarshalText(text []byte) error { return decode(a, text) }

// Jurisdiction is whose law says what a minor may consent to alone, where she is
// when she consents: a code of ISO 3166, in small letters. It is a closed list:
// what the rules know of no law for, they permit nothing by.
type Jurisdiction string

// Jurisdictions.
const (
	JurisdictionArizona    Jurisdiction = "us-az"
	JurisdictionCalifornia Jurisdiction = "us-ca"
	JurisdictionNewMexico  Jurisdiction = "us-nm"
	JurisdictionTexas      Jurisdiction = "us-tx"
	JurisdictionMexico     Jurisdiction = "mx"
	JurisdictionElsewhere  Jurisdiction = "elsewhere" // anywhere else
)

func (Jurisdiction) members() []Jurisdiction {
	return []Jurisdiction{
		JurisdictionArizona, JurisdictionCalifornia, JurisdictionNewMexico, JurisdictionTexas,
		JurisdictionMexico, JurisdictionElsewhere,
	}
}

// UnmarshalText reads a jurisdiction and refuses any other text.
func (j *Jurisdiction) UnmarshalText(text []byte) error { return decode(j, text) }

// Assent is a minor's own word beside a guardian's.
type Assent string

// Assent values.
const (
	AssentGiven    Assent = "given"
	AssentNotGiven Assent = "not_given"
	AssentNotAsked Assent = "not_asked"
)

func (Assent) members() []Assent { return []Assent{AssentGiven, AssentNotGiven, AssentNotAsked} }

// UnmarshalText reads an assent and refuses any other text.
func (a *Assent) UnmarshalText(text []byte) error { return decode(a, text) }

// ConflictCheck is whether a guardian was found to be, or to answer to,
// somebody the minor fled.
type ConflictCheck string

// Conflict check results.
const (
	ConflictNone      ConflictCheck = "none_found"
	ConflictFound     ConflictCheck = "found"
	ConflictUnchecked ConflictCheck = "unchecked"
)

func (ConflictCheck) members() []ConflictCheck {
	return []ConflictCheck{ConflictNone, ConflictFound, ConflictUnchecked}
}

// UnmarshalText reads a conflict check and refuses any other text.
func (c *ConflictCheck) UnmarshalText(text []byte) error { return decode(c, text) }

// ConsentMethod is how a consent was recorded.
type ConsentMethod string

// Consent methods.
const (
	MethodWritten    ConsentMethod = "written"
	MethodThumbprint ConsentMethod = "thumbprint"
	MethodAudio      ConsentMethod = "audio"
)

func (ConsentMethod) members() []ConsentMethod {
	return []ConsentMethod{MethodWritten, MethodThumbprint, MethodAudio}
}

// UnmarshalText reads a method and refuses any other text.
func (m *ConsentMethod) UnmarshalText(text []byte) error { return decode(m, text) }

// Informed is one thing a person must have been told before she can consent.
// All must be true, or the consent is invalid.
type Informed string

// What she must have been told.
const (
	InformedPurpose      Informed = "purpose"
	InformedRisks        Informed = "risks"
	InformedRecipient    Informed = "recipient"
	InformedDuration     Informed = "duration"
	InformedWithdrawal   Informed = "withdrawal"
	InformedStorage      Informed = "storage"
	InformedNotCondition Informed = "not_a_condition"
	InformedLegalLimits  Informed = "legal_limits"
)

func (Informed) members() []Informed {
	return []Informed{
		InformedPurpose, InformedRisks, InformedRecipient, InformedDuration,
		InformedWithdrawal, InformedStorage, InformedNotCondition, InformedLegalLimits,
	}
}

// UnmarshalText reads an item of the checklist and refuses any other text.
func (i *Informed) UnmarshalText(text []byte) error { return decode(i, text) }

// ServiceCondition is whether a service was made to depend on consent.
type ServiceCondition string

// Service condition attestations.
const (
	ServiceNotConditional ServiceCondition = "not_conditional"
	ServiceConditional    ServiceCondition = "conditional"
	ServiceUnattested     ServiceCondition = "unattested"
)

func (ServiceCondition) members() []ServiceCondition {
	return []ServiceCondition{ServiceNotConditional, ServiceConditional, ServiceUnattested}
}

// UnmarshalText reads an attestation and refuses any other text.
func (s *ServiceCondition) UnmarshalText(text []byte) error { return decode(s, text) }

// CoSigner is who else signed a consent.
type CoSigner string

// Co-signers.
const (
	CoSignerChildAdvocate       CoSigner = "child_advocate"
	CoSignerLegalRepresentative CoSigner = "legal_representative"
)

func (CoSigner) members() []CoSigner {
	return []CoSigner{CoSignerChildAdvocate, CoSignerLegalRepresentative}
}

// UnmarshalText reads a co-signer and refuses any other text.
func (c *CoSigner) UnmarshalText(text []byte) error { return decode(c, text) }

// OptIn is how far the ceremony has come that a law-enforcement purpose needs:
// her own request, counsel recorded, 24 hours of cooling off.
type OptIn string

// Opt-in ceremony states.
const (
	OptInNone           OptIn = "none"
	OptInWithoutCounsel OptIn = "without_counsel"
	OptInCoolingOff     OptIn = "cooling_off"
	OptInComplete       OptIn = "complete"
)

func (OptIn) members() []OptIn {
	return []OptIn{OptInNone, OptInWithoutCounsel, OptInCoolingOff, OptInComplete}
}

// UnmarshalText reads an opt-in state and refuses any other text.
func (o *OptIn) UnmarshalText(text []byte) error { return decode(o, text) }

// The reductions below are all that Go does to what is infinite, before Rego
// decides (times, identifiers and ages become these words).

// Window is where a moment stands to a consent's times.
type Window string

// Windows.
const (
	WindowBefore Window = "before"
	WindowWithin Window = "within"
	WindowAfter  Window = "after"
)

func (Window) members() []Window { return []Window{WindowBefore, WindowWithin, WindowAfter} }

// UnmarshalText reads a window and refuses any other text.
func (w *Window) UnmarshalText(text []byte) error { return decode(w, text) }

// WindowOf places a moment; the first moment is within, the last is after.
func WindowOf(from, until, now time.Time) Window {
	switch {
	case now.Before(from):
		return WindowBefore
	case now.Before(until):
		return WindowWithin
	}
	return WindowAfter
}

// Naming is what a consent says of one agency. Excluded beats named.
type Naming string

// Namings.
const (
	Named    Naming = "named"
	Unnamed  Naming = "unnamed"
	Excluded Naming = "excluded"
)

func (Naming) members() []Naming { return []Naming{Named, Unnamed, Excluded} }

// UnmarshalText reads a naming and refuses any other text.
func (n *Naming) UnmarshalText(text []byte) error { return decode(n, text) }

// Use is how often a consent may be used, and whether it was.
type Use string

// Uses.
const (
	UseRepeated     Use = "repeated"
	UseSingleUnused Use = "single_unused"
	UseSingleUsed   Use = "single_used"
)

func (Use) members() []Use { return []Use{UseRepeated, UseSingleUnused, UseSingleUsed} }

// UnmarshalText reads a use and refuses any other text.
func (u *Use) UnmarshalText(text []byte) error { return decode(u, text) }

// Staleness is how old the reference data is that a decision rests on: asked
// this hour, within a day, or older.
type Staleness string

// Staleness values.
const (
	StalenessLive  Staleness = "live"
	StalenessFresh Staleness = "fresh"
	StalenessStale Staleness = "stale"
)

func (Staleness) members() []Staleness {
	return []Staleness{StalenessLive, StalenessFresh, StalenessStale}
}

// UnmarshalText reads a staleness and refuses any other text.
func (s *Staleness) UnmarshalText(text []byte) error { return decode(s, text) }
