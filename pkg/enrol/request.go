package enrol

import (
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Request is an agency that would join. It names nobody: who it is, people tell
// each other.
type Request struct {
	Network  posada.NetworkID
	Agency   posada.AgencyID
	Mailbox  posada.MailboxID
	Class    posada.AgencyClass // what it says it is; the stewards decide
	Identity jose.PublicKey     // signed all of it
	Made     time.Time
}

type requested struct {
	Network posada.NetworkID   `json:"net"`
	Agency  posada.AgencyID    `json:"iss"`
	Mailbox posada.MailboxID   `json:"mailbox"`
	Class   posada.AgencyClass `json:"class"`
	Made    int64              `json:"iat"` // Unix seconds
}

// Sign writes the file, signed under the agency's identity key.
func (r Request) Sign(identity jose.PrivateKey) ([]byte, error) {
	text, err := sign(identity, jose.TypeRequest, requested{r.Network, r.Agency, r.Mailbox, r.Class, r.Made.Unix()})
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return text, nil
}

// ReadRequest reads the file. Whose identity key it is, its words tell.
func ReadRequest(text []byte) (Request, error) {
	var said requested
	key, err := verify(text, jose.TypeRequest, &said)
	if err != nil {
		return Request{}, fmt.Errorf("read request: %w", err)
	}
	_, network := posada.ParseID[posada.NetworkID](string(said.Network))
	_, agency := posada.ParseID[posada.AgencyID](string(said.Agency))
	if network != nil || agency != nil || !posada.Known(said.Class) || said.Mailbox == (posada.MailboxID{}) {
		return Request{}, fmt.Errorf("read request: %w", ErrMalformed)
	}
	return Request{said.Network, said.Agency, said.Mailbox, said.Class, key, time.Unix(said.Made, 0)}, nil
}

// Member is the agency as a roster has it, in the class that stewards give it.
func (r Request) Member(class posada.AgencyClass) roster.Agency {
	return roster.Agency{ID: r.Agency, Class: class, Standing: posada.StandingActive, Mailbox: r.Mailbox, Identity: r.Identity}
}

// Claim is a steward's key, and the agency it is to sign for. That the agency
// sent her is for people to know.
type Claim struct {
	Network posada.NetworkID
	Agency  posada.AgencyID
	Key     jose.PublicKey // signed all of it
}

type claimed struct {
	Network posada.NetworkID `json:"net"`
	Agency  posada.AgencyID  `json:"iss"`
}

// SignClaim writes the file, signed under the key it is of.
func SignClaim(network posada.NetworkID, agency posada.AgencyID, key jose.PrivateKey) ([]byte, error) {
	text, err := sign(key, jose.TypeSteward, claimed{network, agency})
	if err != nil {
		return nil, fmt.Errorf("write a steward's claim: %w", err)
	}
	return text, nil
}

// ReadClaim reads the file.
func ReadClaim(text []byte) (Claim, error) {
	var said claimed
	key, err := verify(text, jose.TypeSteward, &said)
	if err != nil {
		return Claim{}, fmt.Errorf("read a steward's claim: %w", err)
	}
	_, network := posada.ParseID[posada.NetworkID](string(said.Network))
	_, agency := posada.ParseID[posada.AgencyID](string(said.Agency))
	if network != nil || agency != nil {
		return Claim{}, fmt.Errorf("read a steward's claim: %w", ErrMalformed)
	}
	return Claim{said.Network, said.Agency, key}, nil
}
