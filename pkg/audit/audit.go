// Package audit keeps an agency's own account of what was decided, disclosed
// and taken in: a chain of entries, each holding the hash of the one before.
//
// Guarantee: an entry is written in the transaction of the thing it tells of,
// so one is never there without the other; a changed, moved or missing entry
// before the last is found by Verify. Limit: whoever has the vault's secret can
// write another chain from some point on; only a head noted elsewhere shows
// that.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Act is what happened.
type Act string

// Acts.
const (
	ConsentRecorded  Act = "consent_recorded"
	ConsentAsked     Act = "consent_asked"
	ConsentAnswered  Act = "consent_answered"
	ConsentEnded     Act = "consent_ended"
	OptedIn          Act = "opted_in"
	ReferralPreview  Act = "referral_previewed"
	ReferralRefused  Act = "referral_refused"
	ReferralSent     Act = "referral_sent"
	ReferralPrinted  Act = "referral_printed" // read out or printed, for an agency without a node
	ReferralTaken    Act = "referral_taken_in"
	ReferralLookedAt Act = "referral_looked_at"
	ReferralErased   Act = "referral_erased"
	Withdrawn        Act = "withdrawn"
	Shredded         Act = "shredded"
	ShredConfirmed   Act = "shred_confirmed"
	CodeShown        Act = "code_shown"
	CodePassedOn     Act = "code_passed_on"
	HeldErased       Act = "held_erased"
	StateSet         Act = "state_set"
	QuestionAsked    Act = "question_asked"
	QuestionTaken    Act = "question_taken_in"
	QuestionAnswered Act = "question_answered"
	AnswerTaken      Act = "answer_taken_in"
	Delivered        Act = "delivered"
	Stopped          Act = "stopped"
	Quarantined      Act = "quarantined"
	CaseOpened       Act = "case_opened"
	CaseExcluded     Act = "case_excluded"
	CaseAssigned     Act = "case_assigned"
	CaseHandedOver   Act = "case_handed_over"
	PaperCame        Act = "paper_came"
	OrderCame        Act = "order_came"
	PersonTold       Act = "person_told"
	CaseErasing      Act = "case_erasing"
	CaseErased       Act = "case_erased"
	ReferralAssigned Act = "referral_assigned"
	ReferralHanded   Act = "referral_handed_over"
	StaffAdded       Act = "staff_added"
	StaffRoles       Act = "staff_roles_set"
	StaffDisabled    Act = "staff_disabled"
	TokenAdded       Act = "token_added"
	TokenRevoked     Act = "token_revoked"
	OnCallSet        Act = "on_call_set"
	OnCallEnded      Act = "on_call_ended"
	Unlocked         Act = "unlocked"
	Locked           Act = "locked"
	HandedInRefused  Act = "handed_in_refused"
	ClockConfirmed   Act = "clock_confirmed"
	TakenOver        Act = "taken_over"
	OwnLookedAt      Act = "own_record_looked_at"
	OwnErased        Act = "own_record_erased"
	OwnRenewed       Act = "own_record_renewed"
	AccountMade      Act = "account_made"
	AccountEnded     Act = "account_ended"
	SignedIn         Act = "signed_in"
	SignedOut        Act = "signed_out"
	SignInSlowed     Act = "sign_in_slowed" // too much that was wrong
	SessionConfirmed Act = "session_confirmed"
	NeedPosted       Act = "need_posted"
	NeedEnded        Act = "need_ended"
	NeedsOrdered     Act = "needs_ordered"
	PlaceAnswered    Act = "place_answered"
	OfferChosen      Act = "offer_chosen"
	OfferRefused     Act = "offer_refused"
	AgencyCalled     Act = "agency_called"
	NeedCame         Act = "need_came"
	NeedClosed       Act = "need_closed"
	NeedDeclined     Act = "need_declined"
	OfferMade        Act = "offer_made"
	PlaceHeld        Act = "place_held"
	PlaceGone        Act = "place_gone"
	PersonArrived    Act = "person_arrived"
	PlaceDescribed   Act = "place_described"
	BedsCounted      Act = "beds_counted"
	PlaceRemoved     Act = "place_removed"
	DirectoryGiven   Act = "directory_given"
	MotionSent       Act = "motion_sent"
	OwnPolicySet     Act = "own_policy_set"
	WebhookAdded     Act = "webhook_added"
	WebhookRotated   Act = "webhook_rotated"
	WebhookOff       Act = "webhook_disabled"
	WebhookOn        Act = "webhook_enabled"
	WebhookRemoved   Act = "webhook_removed"
)

// Entry is one thing that happened. It holds identifiers and closed words.
type Entry struct {
	At       time.Time                   `json:"at"`
	By       posada.StaffID              `json:"by,omitempty"` // empty: the node itself
	Act      Act                         `json:"act"`
	Staff    posada.StaffID              `json:"staff,omitempty"` // whom it was done to
	Case     posada.CaseID               `json:"case,omitempty"`
	Referral posada.ReferralID           `json:"referral,omitempty"`
	Consent  posada.ConsentID            `json:"consent,omitempty"`
	Need     posada.NeedID               `json:"need,omitempty"`
	Event    posada.EventID              `json:"event,omitempty"`
	Peer     posada.AgencyID             `json:"peer,omitempty"`
	State    posada.ReferralState        `json:"state,omitempty"`
	Shared   posada.Set[posada.Category] `json:"shared"`
	Policy   string                      `json:"policy,omitempty"` // digest of what decided
}

// link is an entry in its chain.
type link struct {
	Prev  string `json:"prev"`
	Entry Entry  `json:"entry"`
}

var table = vault.Table[link]{Name: "audit", Version: 1}

// ErrBroken says that the chain is not whole.
var ErrBroken = errors.New("the audit chain is broken")

// Append adds an entry in tx.
func Append(tx *vault.Tx, e Entry) error {
	e.At = e.At.UTC().Truncate(time.Second)
	_, last, err := table.Last(tx)
	prev := ""
	switch {
	case err == nil:
		if prev, err = last.hash(); err != nil {
			return err
		}
	case !errors.Is(err, vault.ErrNotFound):
		return fmt.Errorf("audit: %w", err)
	}
	if _, err := table.Append(tx, vault.KeyID{}, link{Prev: prev, Entry: e}); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func (l link) hash() (string, error) {
	text, err := jose.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Verify walks the chain: how many entries, and the hash of the last, which
// stands for all of them.
func Verify(tx *vault.Tx) (count uint64, head string, err error) {
	c, err := Checked{}.On(tx)
	return c.Count, c.Head, err
}

// Checked is how far a chain was found whole: so many entries, and the hash of the last.
// Its zero value is not at all.
type Checked struct {
	Count uint64
	Head  string
}

// On walks the chain from there on. Limit: what stands before the last entry that was
// checked is not looked at again. That one is, so an end that was taken away is found.
func (c Checked) On(tx *vault.Tx) (Checked, error) {
	from, here := c, c.Count == 0
	err := table.Log(tx, max(1, c.Count), func(n uint64, l link) (err error) {
		head, err := l.hash()
		switch {
		case err != nil:
			return err
		case n == from.Count:
			if here = head == from.Head; !here {
				return fmt.Errorf("%w at entry %d", ErrBroken, n)
			}
			return nil
		case !here || l.Prev != c.Head || n != c.Count+1:
			return fmt.Errorf("%w at entry %d", ErrBroken, n)
		}
		c = Checked{n, head}
		return nil
	})
	if err == nil && !here {
		err = fmt.Errorf("%w at entry %d", ErrBroken, from.Count)
	}
	return c, err
}

// Entries is how many there are.
func Entries(tx *vault.Tx) (uint64, error) {
	n, _, err := table.Last(tx)
	if errors.Is(err, vault.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// Each calls fn for the entries in order, from a number on.
func Each(tx *vault.Tx, from uint64, fn func(n uint64, e Entry) error) error {
	return table.Log(tx, from, func(n uint64, l link) error { return fn(n, l.Entry) })
}
