package roster

import (
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ConnectionLife is how long a key may connect.
const ConnectionLife = 30 * 24 * time.Hour

// ErrConnection says that a statement does not let a key connect.
var ErrConnection = errors.New("no member's identity key vouches for this connection key now")

// Connection says that a key connects for an agency: the payload of a
// posada-connection+jws, signed under its identity key. Whoever connects shows
// it, so the hub needs to know nothing but the roster, and a key turns over
// without anybody being told.
type Connection struct {
	Network   posada.NetworkID `json:"net"`
	Issuer    posada.AgencyID  `json:"iss"`
	Key       string           `json:"key"` // public nkey
	NotBefore int64            `json:"nbf"`
	Expires   int64            `json:"exp"` // at most ConnectionLife later
}

// Sign signs the statement under the agency's identity key.
func (c Connection) Sign(identity jose.PrivateKey) (string, error) {
	payload, err := jose.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("vouch for a connection key: %w", err)
	}
	compact, err := jose.Sign(identity, jose.TypeConnection, payload)
	if err != nil {
		return "", fmt.Errorf("vouch for a connection key: %w", err)
	}
	return string(compact), nil
}

// Connecting finds the member a statement lets a key connect for at a moment,
// whatever its standing, and until when. That whoever shows it holds the key is for the caller
// to verify.
func (r *Roster) Connecting(statement, key string, now time.Time) (member Agency, until time.Time, err error) {
	u, err := jose.Parse([]byte(statement), jose.TypeConnection)
	if err != nil {
		return Agency{}, time.Time{}, fmt.Errorf("%w: %w", ErrConnection, err)
	}
	member, known := r.byID[r.byIdentity[u.KeyID()]]
	if !known {
		return Agency{}, time.Time{}, ErrConnection
	}
	payload, err := u.Verify(member.Identity)
	if err != nil {
		return Agency{}, time.Time{}, fmt.Errorf("%w: %w", ErrConnection, err)
	}
	var c Connection
	if err := jose.Unmarshal(payload, &c); err != nil {
		return Agency{}, time.Time{}, fmt.Errorf("%w: %w", ErrConnection, err)
	}
	from, until := time.Unix(c.NotBefore, 0), time.Unix(c.Expires, 0)
	if c.Network != r.Network() || c.Issuer != member.ID || c.Key != key || key == "" ||
		!lasts(from, until, ConnectionLife) || now.Before(from) || !now.Before(until) {
		return Agency{}, time.Time{}, ErrConnection
	}
	return member, until, nil
}
