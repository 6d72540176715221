package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// How far from now an envelope may be and still be opened.
const (
	EpochsBack    = 8
	EpochsAhead   = 1
	SignedBack    = 9 * 24 * time.Hour
	SignedAhead   = posada.ClocksDiffer
	hybridStanza  = "mlkem768x25519"
	identityLabel = "(identity)"
)

// Errors of opening, in the order in which they are found.
var (
	ErrMailbox    = errors.New("the envelope is for another mailbox")
	ErrEpoch      = errors.New("the envelope's epoch is not one that may be opened now")
	ErrNoIdentity = errors.New("the key of the envelope's epoch is not here, or destroyed")
	ErrStanza     = errors.New("the body is not sealed to exactly one hybrid recipient")
	ErrSealed     = errors.New("the body does not open with the epoch's key")
	ErrFrame      = errors.New("the padding is not as it must be")
	ErrSignature  = errors.New("the signature inside is not a valid one of a member")
	ErrSignedTime = errors.New("the envelope was not signed in the time that counts now")
	ErrBinding    = errors.New("the envelope was not made for this recipient, or its header was changed")
	ErrNetwork    = errors.New("the envelope was sealed in another network")
	ErrExpired    = errors.New("the envelope is past its time")
	ErrContent    = errors.New("the signed text is not a payload of ours")
)

// Identity is the private half of an epoch's recipient key. It prints as
// nothing.
type Identity struct {
	key       *age.HybridIdentity
	recipient string
}

// GenerateIdentity makes a key pair from the process's randomness.
func GenerateIdentity() (Identity, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return Identity{}, fmt.Errorf("make epoch key: %w", err)
	}
	return Identity{key: key, recipient: key.Recipient().String()}, nil
}

// ParseIdentity reads what Secret wrote.
func ParseIdentity(secret string) (Identity, error) {
	key, err := age.ParseHybridIdentity(secret)
	if err != nil {
		return Identity{}, errors.New("not a hybrid identity")
	}
	return Identity{key: key, recipient: key.Recipient().String()}, nil
}

// Secret is the private key as text, for the erasable key file and nothing
// else.
func (i Identity) Secret() string { return i.key.String() }

// Recipient is the public half as text: what the roster announces.
func (i Identity) Recipient() string { return i.recipient }

// String hides the key.
func (Identity) String() string { return identityLabel }

// GoString hides the key.
func (Identity) GoString() string { return identityLabel }

// Receiver is who opens: its address, the epoch identities it still has, the
// members it knows, and the time.
type Receiver struct {
	Agency     posada.AgencyID
	Mailbox    posada.MailboxID
	Identities func(posada.Epoch) (Identity, bool)
	Members    *roster.Roster
	Now        time.Time
}

// Opened is what an envelope held, with every binding checked. Only Open makes
// one.
type Opened struct{ p payload }

// Sender is the agency that signed.
func (o Opened) Sender() posada.AgencyID { return o.p.Issuer }

// Message is the envelope's id.
func (o Opened) Message() posada.MessageID { return o.p.Message }

// SignedAt is when it was sealed, by the sender's clock.
func (o Opened) SignedAt() time.Time { return time.Unix(o.p.IssuedAt, 0).UTC() }

// Roster is the roster version the sender ran.
func (o Opened) Roster() uint64 { return o.p.Roster }

// Policy is the policy version the sender ran.
func (o Opened) Policy() uint64 { return o.p.Policy }

// Statements are what was said; it must not be changed.
func (o Opened) Statements() []event.Statement { return o.p.Statements }

// String hides the content from every log line and error.
func (Opened) String() string { return "(redacted)" }

// GoString hides the content from %#v.
func (Opened) GoString() string { return "(redacted)" }

// Open opens an envelope. It checks cheap and public things first, then
// decrypts, then the signature, then every binding, then the times; nothing
// is returned unless all hold.
func Open(e envelope.Envelope, r Receiver) (Opened, error) {
	signed, identity, err := decrypt(e, r)
	if err != nil {
		return Opened{}, err
	}
	p, err := verify(signed, r)
	if err != nil {
		return Opened{}, err
	}
	header := e.Header()
	outer := header.Marshal()
	switch {
	case p.Audience != r.Agency || r.Agency == "",
		p.Recipient != hash([]byte(identity.recipient)), p.Mailbox != header.Mailbox,
		p.Message != header.Message, p.OuterHash != hash(outer[:]), p.Epoch != header.Epoch,
		posada.EpochAt(time.Unix(p.Expires, 0)) != header.Expiry:
		return Opened{}, ErrBinding
	case p.Expires <= p.IssuedAt || p.Expires-p.IssuedAt > int64(Life/time.Second):
		return Opened{}, ErrContent
	case r.Now.Unix() >= p.Expires:
		return Opened{}, ErrExpired
	case len(p.Statements) == 0 || len(p.Statements) > MaxStatements:
		return Opened{}, ErrContent
	}
	for _, s := range p.Statements {
		if err := s.Check(p.Issuer); err != nil {
			return Opened{}, fmt.Errorf("%w: %w", ErrContent, err)
		}
	}
	return Opened{p: p}, nil
}

// decrypt gives the signed text inside the body.
func decrypt(e envelope.Envelope, r Receiver) ([]byte, Identity, error) {
	header, today := e.Header(), posada.EpochAt(r.Now)
	if header.Mailbox != r.Mailbox || len(e.Body()) == 0 {
		return nil, Identity{}, ErrMailbox
	}
	if header.Epoch+EpochsBack < today || header.Epoch > today+EpochsAhead {
		return nil, Identity{}, ErrEpoch
	}
	identity, ok := r.Identities(header.Epoch)
	if !ok {
		return nil, Identity{}, ErrNoIdentity
	}
	plain, err := unseal(e.Body(), identity.key, plainSize(header.Class))
	if err != nil {
		return nil, Identity{}, err
	}
	signed, err := unframe(plain)
	return signed, identity, err
}

// unseal reads an age file of exactly size bytes of plaintext.
func unseal(body []byte, key *age.HybridIdentity, size int) ([]byte, error) {
	only := &onlyStanza{key: key}
	reader, err := age.Decrypt(bytes.NewReader(body), only)
	if only.refused {
		return nil, ErrStanza
	}
	if err != nil {
		return nil, ErrSealed
	}
	plain := make([]byte, size)
	if _, err := io.ReadFull(reader, plain); err != nil {
		return nil, ErrSealed
	}
	// age authenticates the end of the file when it is read to its end.
	if n, err := reader.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, ErrSealed
	}
	return plain, nil
}

// onlyStanza lets age unwrap a file key only where the header has one stanza
// and it is hybrid.
type onlyStanza struct {
	key     *age.HybridIdentity
	refused bool
}

var _ age.Identity = (*onlyStanza)(nil)

func (o *onlyStanza) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != hybridStanza {
		o.refused = true
		return nil, age.ErrIncorrectIdentity
	}
	return o.key.Unwrap(stanzas)
}

// verify checks who signed the text, and when.
func verify(signed []byte, r Receiver) (payload, error) {
	var p payload
	u, err := jose.Parse(signed, jose.TypeEvent)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	public, err := r.Members.Key(u.KeyID())
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	text, err := u.Verify(public)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err := jose.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if p.Network != r.Members.Network() {
		return p, ErrNetwork
	}
	at := time.Unix(p.IssuedAt, 0)
	if at.Before(r.Now.Add(-SignedBack)) || at.After(r.Now.Add(SignedAhead)) {
		return p, ErrSignedTime
	}
	// Two members may announce one key; only its holder signs with it, and the
	// text says in whose name.
	key, err := r.Members.Signer(p.Issuer, u.KeyID(), r.Now)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err := key.Valid(at); err != nil {
		return p, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return p, nil
}
