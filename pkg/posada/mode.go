package posada

// Mode is what it takes for a category to be given, as a cell of the network's table says.
type Mode string

// Modes, from the one that gives nothing to the one that asks for least.
const (
	ModeNever    Mode = "never"
	ModeCeremony Mode = "ceremony"         // she asked for it herself, with counsel, a day ago, once
	ModeCosigned Mode = "consent_cosigned" // her consent, signed too by who answers for her
	ModeConsent  Mode = "consent"
)

func (Mode) members() []Mode { return []Mode{ModeNever, ModeCeremony, ModeCosigned, ModeConsent} }

// Gives reports whether anything is given at all. What is not known, and a cell that is not
// there, gives nothing.
func (m Mode) Gives() bool { return m == ModeConsent || m == ModeCosigned || m == ModeCeremony }

// Covers reports whether whatever is given on other is given on this too. A second signature
// is no ceremony, and a ceremony no second signature: neither covers the other.
func (m Mode) Covers(other Mode) bool { return !other.Gives() || m == ModeConsent || m == other }

// UnmarshalText reads a mode and refuses any other text.
func (m *Mode) UnmarshalText(text []byte) error { return decode(m, text) }
