// Package seal signs, pads and encrypts statements to one recipient, and
// opens what others sealed.
//
// Guarantee: what Open returns was signed by a key of the named sender that
// was valid when it signed and is not revoked, for this recipient's key, in
// this envelope, and was sealed so that only this recipient reads it. The
// length on the wire is one of four.
//
// Why both, and in this order. age (filippo.io/age, C2SP age spec) encrypts
// and authenticates a file to a recipient, but anybody can make one: it says
// nothing of a sender, and it binds no associated data, so a recipient could
// re-encrypt what it received, and the hub could put the body under another
// header. Hence a signature inside the encryption, and inside the signature a
// copy of all that stands outside it: the audience and the hash of its
// recipient key (against surreptitious forwarding: Davis, "Defective Sign &
// Encrypt", 2001), the mailbox, message id and epoch, and the hash of the
// whole clear header. A body under another header fails on oh; a plaintext
// sealed again for somebody else fails on aud, rk and oh.
//
// One stanza. Open requires exactly one recipient stanza, of the hybrid kind
// (ML-KEM-768 with X25519), before it lets age unwrap: no second reader, no
// scrypt work, no plugin, no classical-only fallback.
//
// Limits: signatures are classical (Ed25519); a sender can be held to what it
// signed (no deniability); age's own randomness is the process's, so golden
// vectors fix it in tests (testing/cryptotest).
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"filippo.io/age"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// MaxStatements is how many statements one envelope may hold.
const MaxStatements = 64

// Life is how long an envelope may wait: its exp is at most this after its
// iat.
const Life = 7 * 24 * time.Hour

// Errors of sealing.
var (
	ErrNothingToSeal = errors.New("an envelope holds 1 to 64 statements")
	ErrTooLarge      = errors.New("the statements do not fit the largest envelope")
	ErrBadRecipient  = errors.New("not a hybrid recipient key")
	ErrUnaddressed   = errors.New("the envelope's address is not complete")
)

var b64 = base64.RawURLEncoding

// payload is what is signed.
type payload struct {
	Network    posada.NetworkID  `json:"net"`
	Issuer     posada.AgencyID   `json:"iss"`
	Audience   posada.AgencyID   `json:"aud"`
	Recipient  string            `json:"rk"` // SHA-256 of the recipient key's text
	Mailbox    posada.MailboxID  `json:"mb"`
	Message    posada.MessageID  `json:"mid"`
	OuterHash  string            `json:"oh"` // SHA-256 of the 64 clear bytes
	Epoch      posada.Epoch      `json:"ep"`
	IssuedAt   int64             `json:"iat"`
	Expires    int64             `json:"exp"`
	Roster     uint64            `json:"rv"`
	Policy     uint64            `json:"pv"`
	Statements []event.Statement `json:"statements"`
}

// Recipient is a parsed hybrid recipient key. Parsing costs more than sealing
// needs to pay each time; keep it.
type Recipient struct {
	text string
	key  *age.HybridRecipient
}

// ParseRecipient reads an age hybrid recipient (age1pq1…). Every other kind,
// plugin and SSH keys among them, is refused.
func ParseRecipient(text string) (Recipient, error) {
	key, err := age.ParseHybridRecipient(text)
	if err != nil {
		return Recipient{}, ErrBadRecipient
	}
	return Recipient{text: text, key: key}, nil
}

// Address is where an envelope goes and what it is sealed to.
type Address struct {
	Agency    posada.AgencyID
	Mailbox   posada.MailboxID
	Epoch     posada.Epoch
	Recipient Recipient
}

// Sender is who signs, in which network, and which roster and policy it runs.
type Sender struct {
	Network posada.NetworkID
	Agency  posada.AgencyID
	Key     jose.PrivateKey
	Roster  uint64
	Policy  uint64
}

// Seal signs the statements, which must all be from's, and seals them in the
// smallest envelope that holds them, under the message id, which must be
// fresh random bytes. The envelope counts from at for Life.
func Seal(from Sender, to Address, message posada.MessageID, at time.Time, statements []event.Statement) (envelope.Envelope, error) {
	if len(statements) == 0 || len(statements) > MaxStatements {
		return envelope.Envelope{}, ErrNothingToSeal
	}
	if from.Network == "" || from.Agency == "" || to.Agency == "" || to.Recipient.key == nil || message == (posada.MessageID{}) || to.Mailbox == (posada.MailboxID{}) {
		return envelope.Envelope{}, ErrUnaddressed
	}
	for _, s := range statements {
		if err := s.Check(from.Agency); err != nil {
			return envelope.Envelope{}, fmt.Errorf("seal: %w", err)
		}
	}
	expires := at.Add(Life)
	p := payload{
		Network: from.Network, Issuer: from.Agency, Audience: to.Agency, Recipient: hash([]byte(to.Recipient.text)),
		Mailbox: to.Mailbox, Message: message, Epoch: to.Epoch,
		IssuedAt: at.Unix(), Expires: expires.Unix(), Roster: from.Roster, Policy: from.Policy,
		Statements: statements,
	}
	header := envelope.Header{
		Epoch: to.Epoch, Mailbox: to.Mailbox, Message: message, Expiry: posada.EpochAt(expires),
	}
	signed, err := signFor(&header, p, from.Key)
	if err != nil {
		return envelope.Envelope{}, err
	}
	body, err := encrypt(to.Recipient.key, frame(signed, plainSize(header.Class)), header.Class.BodySize())
	if err != nil {
		return envelope.Envelope{}, err
	}
	return envelope.New(header, body)
}

// signFor chooses the smallest class that holds the signed payload, notes it in
// the header, and signs the payload with the header's hash. The hash has one
// length, so a payload written for one class is as long for any other.
func signFor(header *envelope.Header, p payload, key jose.PrivateKey) ([]byte, error) {
	text, err := p.under(*header)
	if err != nil {
		return nil, err
	}
	need := jose.CompactSize(jose.TypeEvent, len(text)) + frameHeader
	classes := envelope.Classes()
	fits := slices.IndexFunc(classes, func(c envelope.Class) bool { return need <= plainSize(c) })
	if fits < 0 {
		return nil, ErrTooLarge
	}
	if header.Class != classes[fits] {
		header.Class = classes[fits]
		if text, err = p.under(*header); err != nil {
			return nil, err
		}
	}
	return jose.Sign(key, jose.TypeEvent, text)
}

// under is the payload's text with the hash of the header it stands under.
func (p payload) under(h envelope.Header) ([]byte, error) {
	outer := h.Marshal()
	p.OuterHash = hash(outer[:])
	text, err := jose.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return text, nil
}

// encrypt writes one age file to one hybrid recipient and checks that it has
// exactly the length the class needs.
func encrypt(to *age.HybridRecipient, plain []byte, size int) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(size)
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if out.Len() != size {
		return nil, fmt.Errorf("seal: body of %d bytes, want %d", out.Len(), size)
	}
	return out.Bytes(), nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return b64.EncodeToString(sum[:])
}

// Sizes of an age v1 file with one hybrid stanza: the header with its MAC, the
// payload nonce, and a tag for each chunk of 64 KiB (C2SP age specification).
// A test holds the header's length against the library.
const (
	ageHeader = 1627
	ageNonce  = 16
	ageTag    = 16
	ageChunk  = 64 << 10

	frameHeader = 4
)

// plainSize is how many bytes age turns into exactly a class's body.
func plainSize(c envelope.Class) int {
	sealed := c.BodySize() - ageHeader - ageNonce
	chunks := (sealed + ageChunk + ageTag - 1) / (ageChunk + ageTag)
	return sealed - chunks*ageTag
}

// frame is the padded plaintext: the length of the signed text, the text, and
// zeros.
func frame(signed []byte, size int) []byte {
	plain := make([]byte, size)
	binary.BigEndian.PutUint32(plain, uint32(len(signed)))
	copy(plain[frameHeader:], signed)
	return plain
}

// unframe takes the signed text out of its padding, which must be zeros.
func unframe(plain []byte) ([]byte, error) {
	n := binary.BigEndian.Uint32(plain)
	rest := plain[frameHeader:]
	if n == 0 || uint64(n) > uint64(len(rest)) {
		return nil, ErrFrame
	}
	for _, b := range rest[n:] {
		if b != 0 {
			return nil, ErrFrame
		}
	}
	return rest[:n], nil
}
