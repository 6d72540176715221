// Package webhook is what an endpoint outside is told, signed as the Standard Webhooks
// specification says (1.0), and where it may be told.
//
// Guarantee: an Event has no place for anything of a case; a Key prints as nothing; an
// address within a network, on this machine or of a cloud's own is never Public. Limit:
// who is told learns that something came, what kind of thing, and when.
package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// The three headers of a message.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// What the text of a key begins with.
const (
	prefixSecret  = "whsec_" // symmetric
	prefixPrivate = "whsk_"
	prefixPublic  = "whpk_"
)

// Tolerance is how far the time of a message may be from now: what was listened to cannot
// be told again later.
const Tolerance = 5 * time.Minute

var (
	// ErrKey says that a text is no key.
	ErrKey = errors.New("not a key of a webhook")
	// ErrSignature says that no signature of a message is by the key.
	ErrSignature = errors.New("no signature of the message is by this key")
	// ErrTime says that the time of a message is too far from now.
	ErrTime = errors.New("the time of the message is too far from now")
)

// Key signs what one endpoint is told. The zero Key signs nothing that verifies.
type Key struct {
	secret  []byte
	private ed25519.PrivateKey
}

// String hides the key.
func (Key) String() string { return "(secret)" }

// GoString hides the key.
func (Key) GoString() string { return "(secret)" }

// NewKey draws a key: of 32 bytes for either scheme.
func NewKey(scheme posada.WebhookScheme, random io.Reader) (Key, error) {
	var drawn [32]byte
	if _, err := io.ReadFull(random, drawn[:]); err != nil {
		return Key{}, fmt.Errorf("draw a webhook's key: %w", err)
	}
	switch scheme {
	case posada.WebhookV1:
		return Key{secret: drawn[:]}, nil
	case posada.WebhookV1a:
		return Key{private: ed25519.NewKeyFromSeed(drawn[:])}, nil
	}
	return Key{}, ErrKey
}

// ReadKey reads whsec_ or whsk_ and base64: of 24 to 64 bytes, or an ed25519 private key
// (its seed, then its public half).
func ReadKey(text string) (Key, error) {
	if rest, ok := strings.CutPrefix(text, prefixSecret); ok {
		raw, err := base64.StdEncoding.Strict().DecodeString(rest)
		if err != nil || len(raw) < 24 || len(raw) > 64 {
			return Key{}, ErrKey
		}
		return Key{secret: raw}, nil
	}
	rest, ok := strings.CutPrefix(text, prefixPrivate)
	raw, err := base64.StdEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(raw) != ed25519.PrivateKeySize {
		return Key{}, ErrKey
	}
	whole := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	if !whole.Equal(ed25519.PrivateKey(raw)) {
		return Key{}, ErrKey // its halves are of two keys
	}
	return Key{private: whole}, nil
}

// Secret is the key as ReadKey reads it.
func (k Key) Secret() string {
	if k.private != nil {
		return prefixPrivate + base64.StdEncoding.EncodeToString(k.private)
	}
	return prefixSecret + base64.StdEncoding.EncodeToString(k.secret)
}

// Shared is what whoever is told checks by: the secret itself, or of v1a the public half,
// which is no secret.
func (k Key) Shared() string {
	if k.private == nil {
		return k.Secret()
	}
	return prefixPublic + base64.StdEncoding.EncodeToString(k.private[ed25519.SeedSize:])
}

// content is what is signed. An id has no full stop, or one message could be cut like another.
func content(id string, at time.Time, body []byte) []byte {
	return append(fmt.Appendf(nil, "%s.%d.", id, at.Unix()), body...)
}

// Sign is the signature of a message.
func (k Key) Sign(id string, at time.Time, body []byte) string {
	if k.private != nil {
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, content(id, at, body)))
	}
	mac := hmac.New(sha256.New, k.secret)
	mac.Write(content(id, at, body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Message is what came, as its headers and its body say.
type Message struct {
	ID, Timestamp, Signature string
	Body                     []byte
}

// Signed is a message under each of the keys: while one is turned over, both sign.
func Signed(id string, at time.Time, body []byte, keys ...Key) Message {
	signatures := make([]string, len(keys))
	for i, k := range keys {
		signatures[i] = k.Sign(id, at, body)
	}
	return Message{ID: id, Timestamp: strconv.FormatInt(at.Unix(), 10), Signature: strings.Join(signatures, " "), Body: body}
}

// Verify checks a message by what Shared gave: one signature of the key's scheme is enough,
// and those of other schemes are passed over.
func (m Message) Verify(shared string, now time.Time) error {
	seconds, err := strconv.ParseInt(m.Timestamp, 10, 64)
	if err != nil {
		return ErrTime
	}
	at := time.Unix(seconds, 0)
	if now.Sub(at) > Tolerance || at.Sub(now) > Tolerance {
		return ErrTime
	}
	check, err := checker(shared)
	if err != nil {
		return err
	}
	if m.ID == "" || strings.Contains(m.ID, ".") {
		return ErrSignature
	}
	for one := range strings.FieldsSeq(m.Signature) {
		if check(one, m.ID, at, m.Body) {
			return nil
		}
	}
	return ErrSignature
}

// checker checks one signature by what was shared.
func checker(shared string) (func(signature, id string, at time.Time, body []byte) bool, error) {
	rest, public := strings.CutPrefix(shared, prefixPublic)
	if !public {
		key, err := ReadKey(shared)
		if err != nil || key.private != nil {
			return nil, ErrKey
		}
		return func(signature, id string, at time.Time, body []byte) bool {
			return hmac.Equal([]byte(signature), []byte(key.Sign(id, at, body)))
		}, nil
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(rest)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, ErrKey
	}
	return func(signature, id string, at time.Time, body []byte) bool {
		text, is := strings.CutPrefix(signature, "v1a,")
		given, err := base64.StdEncoding.Strict().DecodeString(text)
		return is && err == nil && ed25519.Verify(raw, content(id, at, body), given)
	}, nil
}
