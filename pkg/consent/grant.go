package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Onward is whether a recipient may pass on what it received.
type Onward string

// Onward rules.
const (
	OnwardNone  Onward = "none"
	OnwardNamed Onward = "named" // to the agencies the grant names
)

// UnmarshalText reads an onward rule and refuses any other text.
func (o *Onward) UnmarshalText(text []byte) error {
	switch v := Onward(text); v {
	case OnwardNone, OnwardNamed:
		*o = v
		return nil
	}
	return posada.ErrUnknownWord
}

// Notice is what must stand beside the data wherever it is shown.
type Notice string

// NoticeNoRedisclosure says that passing this on needs her own new consent
// (the duty 42 CFR 2.32 states for one kind of record, taken here for all).
const NoticeNoRedisclosure Notice = "no_redisclosure"

// UnmarshalText reads a notice and refuses any other text.
func (n *Notice) UnmarshalText(text []byte) error {
	if Notice(text) != NoticeNoRedisclosure {
		return posada.ErrUnknownWord
	}
	*n = NoticeNoRedisclosure
	return nil
}

// Obligations bind whoever receives a disclosure. They travel signed.
type Obligations struct {
	RetainUntil int64            `json:"retain_until"` // Unix seconds; never later than the consent's end
	Onward      Onward           `json:"onward"`
	SingleUse   bool             `json:"single_use"`
	Recheck     posada.Staleness `json:"recheck"` // how fresh the recipient's view must be to look: fresh or live
	Notice      Notice           `json:"notice"`
}

// Grant is what one recipient is given of a consent: the claims of a
// posada-grant+jwt (RFC 7519). It names no other recipient, no other purpose
// and nothing that another recipient's grant also holds.
type Grant struct {
	Network     posada.NetworkID            `json:"net"`
	Issuer      posada.AgencyID             `json:"iss"`
	Audience    posada.AgencyID             `json:"aud"`
	Subject     posada.Alias                `json:"sub"` // her pseudonym towards this audience
	ID          posada.GrantID              `json:"jti"`
	IssuedAt    int64                       `json:"iat"`
	NotBefore   int64                       `json:"nbf"`
	Expires     int64                       `json:"exp"`
	Purpose     posada.Purpose              `json:"purpose"`
	Categories  posada.Set[posada.Category] `json:"categories"`
	Onward      []OnwardTo                  `json:"onward"`
	Obligations Obligations                 `json:"obligations"`
	Via         string                      `json:"via"`  // the hub's operator, named as intermediary
	Form        Digest                      `json:"form"` // SHA-256(salt of this grant ‖ the form's digest)
	Revocation  Digest                      `json:"revocation"`
	Withdrawal  Digest                      `json:"withdrawal"` // SHA-256(s_r), see WithdrawalSecret
}

// OnwardTo is an agency that a grant may be passed on to. What is passed on carries
// that agency's own commitment, which only the collecting agency can make: so the
// person's code works there, too, and whoever passes on cannot withdraw by it.
type OnwardTo struct {
	Agency     posada.AgencyID `json:"agency"`
	Withdrawal Digest          `json:"withdrawal"` // SHA-256(s_r) of that agency
}

// Names is the commitment of an agency that the grant may be passed on to.
func (g Grant) Names(agency posada.AgencyID) (Digest, bool) {
	for _, o := range g.Onward {
		if o.Agency == agency && g.Obligations.Onward == OnwardNamed {
			return o.Withdrawal, true
		}
	}
	return Digest{}, false
}

// Ends is when what is granted of a consent ends: no later than the consent, and at
// a full day, hour or minute, by how far that is. To the second it would be one
// value in the hands of every recipient of hers, by which they could tell that they
// hold the same person.
func Ends(expires, now time.Time) time.Time {
	step := time.Minute
	switch left := expires.Sub(now); {
	case left > 7*24*time.Hour:
		step = 24 * time.Hour
	case left > 24*time.Hour:
		step = time.Hour
	}
	return expires.UTC().Truncate(step)
}

// Errors of reading a grant.
var (
	ErrGrantNetwork  = errors.New("the grant is of another network")
	ErrGrantIssuer   = errors.New("the grant was not issued by the sender")
	ErrGrantAudience = errors.New("the grant is for another agency")
	ErrGrantTime     = errors.New("the grant is not valid now")
	ErrGrantShape    = errors.New("the grant lacks a claim")
)

// Sign writes the grant as a compact JWS.
func (g Grant) Sign(key jose.PrivateKey) (string, error) {
	payload, err := jose.Marshal(g)
	if err != nil {
		return "", fmt.Errorf("write grant: %w", err)
	}
	compact, err := jose.Sign(key, jose.TypeGrant, payload)
	if err != nil {
		return "", fmt.Errorf("sign grant: %w", err)
	}
	return string(compact), nil
}

// ReadGrant reads a grant that from sent to to, at now: signed by a key of
// from's that was valid when the grant was issued, naming from as issuer and to
// as its one audience, complete, and within its times.
func ReadGrant(compact string, from, to posada.AgencyID, now time.Time, members *roster.Roster) (Grant, error) {
	u, err := jose.Parse([]byte(compact), jose.TypeGrant)
	if err != nil {
		return Grant{}, fmt.Errorf("read grant: %w", err)
	}
	key, err := members.Signer(from, u.KeyID(), now)
	if errors.Is(err, roster.ErrUnknownKey) {
		return Grant{}, fmt.Errorf("%w: %w", ErrGrantIssuer, err)
	}
	if err != nil {
		return Grant{}, fmt.Errorf("read grant: %w", err)
	}
	payload, err := u.Verify(key.Key)
	if err != nil {
		return Grant{}, fmt.Errorf("read grant: %w", err)
	}
	var g Grant
	if err := jose.Unmarshal(payload, &g); err != nil {
		return Grant{}, fmt.Errorf("read grant: %w", err)
	}
	if err := key.Valid(time.Unix(g.IssuedAt, 0)); err != nil {
		return Grant{}, fmt.Errorf("read grant: %w", err)
	}
	switch {
	case g.Network != members.Network():
		return Grant{}, ErrGrantNetwork
	case g.Issuer != from:
		return Grant{}, ErrGrantIssuer
	case g.Audience != to:
		return Grant{}, ErrGrantAudience
	case !g.complete():
		return Grant{}, ErrGrantShape
	case g.Window(now) != posada.WindowWithin:
		return Grant{}, ErrGrantTime
	}
	return g, nil
}

// Window places a moment in the grant's times. A grant is used as soon as it is
// made, so it counts from a little before: its reader's clock may be behind its
// issuer's. At its end nothing is allowed for.
func (g Grant) Window(now time.Time) posada.Window {
	return posada.WindowOf(time.Unix(g.NotBefore, 0).Add(-ClocksDiffer), time.Unix(g.Expires, 0), now)
}

func (g Grant) complete() bool {
	return g.Subject != "" && g.ID != "" && posada.Known(g.Purpose) && !g.Categories.Empty() &&
		g.Via != "" && g.Form != Digest{} && g.Revocation != Digest{} && g.Withdrawal != Digest{} &&
		g.Expires-g.IssuedAt <= int64(MaxLife/time.Second) && g.Obligations.RetainUntil <= g.Expires &&
		g.Obligations.Notice != "" && g.Obligations.Onward != "" && posada.Known(g.Obligations.Recheck) && g.namesWhole()
}

// namesWhole reports whether each agency the grant may be passed on to is named once,
// with a commitment of its own, and none where nobody is.
func (g Grant) namesWhole() bool {
	agencies, commitments := map[posada.AgencyID]bool{"": true, g.Audience: true}, map[Digest]bool{{}: true, g.Withdrawal: true}
	for _, o := range g.Onward {
		if agencies[o.Agency] || commitments[o.Withdrawal] {
			return false
		}
		agencies[o.Agency], commitments[o.Withdrawal] = true, true
	}
	return (len(g.Onward) > 0) == (g.Obligations.Onward == OnwardNamed)
}

// FormCommitment binds a grant to the signed form without telling which form:
// SHA-256(salt ‖ form). With a fresh salt for each grant, two recipients of one
// consent hold unrelated values.
func FormCommitment(salt [32]byte, form Digest) Digest {
	return sha256.Sum256(append(salt[:], form[:]...))
}

// CaseSecret is the 256-bit key K from which a case's withdrawal commitments
// are made. The collecting agency keeps it under the case's key.
type CaseSecret [32]byte

// String hides the secret.
func (CaseSecret) String() string { return "(secret)" }

// GoString hides the secret.
func (CaseSecret) GoString() string { return "(secret)" }

// WithdrawalSecret is s_r = HMAC-SHA-256(K, recipient): what will withdraw
// from this one recipient. A grant carries only its hash, so a recipient can
// recognise the secret, and neither guess it nor link it to another's.
func (k CaseSecret) WithdrawalSecret(recipient posada.AgencyID) [32]byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte(recipient))
	return [32]byte(mac.Sum(nil))
}

// WithdrawalCommitment is SHA-256(s_r), the claim "withdrawal" of a grant.
func (k CaseSecret) WithdrawalCommitment(recipient posada.AgencyID) Digest {
	secret := k.WithdrawalSecret(recipient)
	return sha256.Sum256(secret[:])
}
