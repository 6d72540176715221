package roster

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Limits of an announcement.
const (
	// KeysLife is how long an announcement may count: whoever withholds newer
	// ones has no longer than this.
	KeysLife = 15 * 24 * time.Hour
	// SigningLife is how long such a key may be used.
	SigningLife = 90 * 24 * time.Hour

	maxSigning = 8
	maxEpochs  = 32
	// MaxAnnouncement bounds the compact form in bytes: 32 hybrid recipients
	// of 1,960 characters each, twice in base64.
	MaxAnnouncement = 128 << 10
)

// Errors of an announcement.
var (
	ErrKeysShape   = errors.New("the announcement of keys is not one of this agency, or says too much or too little")
	ErrKeysExpired = errors.New("the agency's announcement of keys does not count now")
	ErrKeysOlder   = errors.New("an older announcement of keys than the one there is")
	ErrKeysForked  = errors.New("two announcements of keys in one place: somebody else signs with the agency's identity key")
)

// Keys are what an agency announces of its own: the payload of a
// posada-keys+jws, signed under its identity key. Each announcement takes the
// place of the one before it.
type Keys struct {
	Network  posada.NetworkID `json:"net"`
	Issuer   posada.AgencyID  `json:"iss"`
	Sequence uint64           `json:"seq"`  // from 1
	Previous string           `json:"prev"` // Digest of the announcement before; empty in the first
	IssuedAt int64            `json:"iat"`
	Expires  int64            `json:"exp"` // at most KeysLife later
	Signing  []SigningKey     `json:"signing"`
	Epochs   []EpochRecipient `json:"epochs"`
}

// SigningKey is a key that signs for an agency from one moment until another.
type SigningKey struct {
	Key     jose.PublicKey `json:"key"`
	From    time.Time      `json:"from"`
	Until   time.Time      `json:"until"`
	Revoked bool           `json:"revoked,omitempty"`
}

// Valid reports whether a signature made at a moment counts now: the key was
// within its times when it signed, and is not revoked now.
func (k SigningKey) Valid(signed time.Time) error {
	switch {
	case k.Revoked:
		return ErrKeyRevoked
	case signed.Before(k.From) || !signed.Before(k.Until):
		return ErrKeyTime
	}
	return nil
}

// EpochRecipient is an age hybrid recipient, as text, for one day.
type EpochRecipient struct {
	Epoch     posada.Epoch `json:"epoch"`
	Recipient string       `json:"recipient"`
}

// Valid reports whether an announcement counts at a moment.
func (k Keys) Valid(now time.Time) error {
	if now.Unix() >= k.Expires || now.Add(posada.ClocksDiffer).Unix() < k.IssuedAt {
		return ErrKeysExpired
	}
	return nil
}

// check holds an announcement to its limits. It says nothing of times: an
// expired one is still the agency's.
func (k Keys) check(of Agency, network posada.NetworkID) error {
	wrong := k.Network != network || k.Issuer != of.ID || k.Sequence == 0 || (k.Previous == "") != (k.Sequence == 1) ||
		k.Expires <= k.IssuedAt || k.Expires-k.IssuedAt > int64(KeysLife/time.Second) ||
		len(k.Signing) == 0 || len(k.Signing) > maxSigning || len(k.Epochs) == 0 || len(k.Epochs) > maxEpochs
	if wrong {
		return ErrKeysShape
	}
	known := map[string]bool{}
	first := func(key string) bool { was := known[key]; known[key] = true; return !was && key != "" }
	for _, s := range k.Signing {
		if !first(string(s.Key.ID())) || !lasts(s.From, s.Until, SigningLife) {
			return ErrKeysShape
		}
	}
	for _, e := range k.Epochs {
		if !first(fmt.Sprint(e.Epoch)) || !first(e.Recipient) {
			return ErrKeysShape
		}
	}
	return nil
}

func lasts(from, until time.Time, atMost time.Duration) bool {
	return until.After(from) && until.Sub(from) <= atMost
}

var b64 = base64.RawURLEncoding.Strict()

// Announcement is Keys whose signature and limits were checked. Only Announce
// and ReadAnnouncement make one.
type Announcement struct {
	keys     Keys
	identity jose.KeyID
	compact  string
}

// Announce signs keys under the agency's identity key.
func Announce(k Keys, identity jose.PrivateKey) (Announcement, error) {
	payload, err := jose.Marshal(k)
	if err != nil {
		return Announcement{}, fmt.Errorf("announce keys: %w", err)
	}
	compact, err := jose.Sign(identity, jose.TypeKeys, payload)
	if err != nil {
		return Announcement{}, fmt.Errorf("announce keys: %w", err)
	}
	return ReadAnnouncement(compact, Agency{ID: k.Issuer, Identity: identity.Public()}, k.Network)
}

// ReadAnnouncement reads what an agency announced in a network: signed under
// the identity key the roster has of it, and within the limits. Whether it
// counts now is for Valid to say.
func ReadAnnouncement(compact []byte, of Agency, network posada.NetworkID) (Announcement, error) {
	u, err := jose.Parse(compact, jose.TypeKeys)
	if err != nil {
		return Announcement{}, fmt.Errorf("read announcement: %w", err)
	}
	return readAnnouncement(compact, u, of, network)
}

func readAnnouncement(compact []byte, u jose.Unverified, of Agency, network posada.NetworkID) (Announcement, error) {
	if len(compact) > MaxAnnouncement {
		return Announcement{}, ErrKeysShape
	}
	payload, err := u.Verify(of.Identity)
	if err != nil {
		return Announcement{}, fmt.Errorf("read announcement: %w", err)
	}
	var k Keys
	if err := jose.Unmarshal(payload, &k); err != nil {
		return Announcement{}, fmt.Errorf("read announcement: %w", err)
	}
	if err := k.check(of, network); err != nil {
		return Announcement{}, err
	}
	return Announcement{keys: k, identity: of.Identity.ID(), compact: string(compact)}, nil
}

// Keys is what was announced; it must not be changed.
func (a Announcement) Keys() Keys { return a.keys }

// Compact is the announcement as it was signed.
func (a Announcement) Compact() []byte { return []byte(a.compact) }

// Digest names the announcement: SHA-256 of its compact form, base64url.
func (a Announcement) Digest() string {
	sum := sha256.Sum256([]byte(a.compact))
	return b64.EncodeToString(sum[:])
}

// Follows reports whether an announcement may take the place of another: nil
// where it may, ErrKeysOlder where it is that one or an older one, and
// ErrKeysForked where both cannot be the agency's own doing. Some between them
// may have been missed.
func (a Announcement) Follows(before Announcement) error {
	mine, theirs := a.keys, before.keys
	switch {
	case mine.Issuer != theirs.Issuer || mine.Network != theirs.Network:
		return ErrKeysShape
	case mine.Sequence == theirs.Sequence && a.compact != before.compact:
		return ErrKeysForked
	case mine.Sequence <= theirs.Sequence:
		return ErrKeysOlder
	case mine.Sequence == theirs.Sequence+1 && mine.Previous != before.Digest():
		return ErrKeysForked
	}
	return nil
}
