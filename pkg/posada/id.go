package posada

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
)

// ErrBadID says that a text is not an identifier: 26 characters of lower-case
// base32 (RFC 4648) that encode 128 bits.
var ErrBadID = errors.New("not an identifier: want 26 characters a-z and 2-7")

// Identifiers are 128 random bits, written as 26 lower-case base32 characters.
// They are random and not ordered by time (no UUIDv7, no ULID): whoever sees
// one learns neither when it was made nor how many there are.
type (
	// NetworkID names the agencies under one trust root. It stands in every
	// signature, so that nothing said in one network counts in another: not a
	// practice event in the real one, nor the other way about.
	NetworkID string
	// AgencyID names an agency in the roster. It says nothing about the agency.
	AgencyID string
	// StaffID names a member of an agency's staff; it never leaves the agency.
	StaffID string
	// TokenID names a token of a member of staff; it is no secret and never
	// leaves the agency.
	TokenID string
	// CaseID names a case at the agency that holds it; it never leaves it.
	CaseID string
	// ConsentID names a consent record; it never leaves the collecting agency.
	ConsentID string
	// NeedID names a need without a person to its source and whom it asked.
	NeedID string
	// ReferralID names a referral to its source and its target, to nobody else.
	ReferralID string
	// QuestionID names a question about a referral to its source and its target.
	QuestionID string
	// EventID is a statement's jti: what the recipient removes duplicates by.
	EventID string
	// DecisionID names decisions alike of one day at the agency that made them; it never
	// leaves it.
	DecisionID string

	// MotionID names what stewards are asked to sign: the same at every agency, whoever
	// has signed it.
	MotionID string
	// WebhookID names an endpoint that is told that something came; it never leaves the agency.
	WebhookID string
	// GrantID is a grant's jti.
	GrantID string
	// Alias is a survivor's pseudonym towards one agency. Two agencies cannot
	// join their records by it.
	Alias string
)

type identifier interface {
	NetworkID | AgencyID | StaffID | TokenID | CaseID | ConsentID | NeedID | ReferralID | QuestionID | EventID | DecisionID | MotionID | WebhookID | GrantID | Alias
}

// idBytes is the length of every identifier in bytes (128 bits).
const idBytes = 16

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID draws an identifier from random, which must be a cryptographic source.
func NewID[T identifier](random io.Reader) (T, error) {
	var raw [idBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw an identifier: %w", err)
	}
	return IDFrom[T](raw), nil
}

// IDFrom writes 128 bits as an identifier; the bits must come from a
// cryptographic source or a PRF.
func IDFrom[T identifier](raw [idBytes]byte) T { return T(idText.EncodeToString(raw[:])) }

// ParseID reads an identifier and refuses any text that NewID could not have
// written.
func ParseID[T identifier](text string) (T, error) {
	if _, err := rawID(text); err != nil {
		return "", err
	}
	return T(text), nil
}

// rawID decodes strictly: the last character holds three bits that must be
// zero, or two texts would name one identifier.
func rawID(text string) (raw [idBytes]byte, err error) {
	if len(text) != idText.EncodedLen(idBytes) {
		return raw, ErrBadID
	}
	if _, err := idText.Decode(raw[:], []byte(text)); err != nil || idText.EncodeToString(raw[:]) != text {
		return raw, ErrBadID
	}
	return raw, nil
}

func decodeID[T identifier](dst *T, text []byte) error {
	id, err := ParseID[T](string(text))
	if err != nil {
		return err
	}
	*dst = id
	return nil
}

// UnmarshalText reads an identifier strictly.
func (id *NetworkID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *AgencyID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *StaffID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *TokenID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *CaseID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *ConsentID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *ReferralID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *QuestionID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *NeedID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *EventID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *GrantID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (id *WebhookID) UnmarshalText(text []byte) error { return decodeID(id, text) }

// UnmarshalText reads an identifier strictly.
func (a *Alias) UnmarshalText(text []byte) error { return decodeID(a, text) }

// MailboxID names a mailbox at the hub: 16 random bytes.
type MailboxID [idBytes]byte

// MessageID names one envelope: 16 random bytes. Knowing it is the right to
// recall the envelope.
type MessageID [idBytes]byte

func (m MailboxID) String() string { return idText.EncodeToString(m[:]) }
func (m MessageID) String() string { return idText.EncodeToString(m[:]) }

// MarshalText writes the mailbox as 26 base32 characters.
func (m MailboxID) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// MarshalText writes the message id as 26 base32 characters.
func (m MessageID) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a mailbox strictly.
func (m *MailboxID) UnmarshalText(text []byte) (err error) {
	*m, err = rawID(string(text))
	return err
}

// UnmarshalText reads a message id strictly.
func (m *MessageID) UnmarshalText(text []byte) (err error) {
	*m, err = rawID(string(text))
	return err
}
