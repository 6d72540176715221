// Package steward keeps a steward's key in a file of her own.
//
// Guarantee: the file opens with her passphrase alone (Argon2id, then
// XChaCha20-Poly1305), and only if nothing in it was changed: whose key it is
// and of which network is bound to it. Limit: whoever has the file and time can
// try passphrases, at about a tenth of a second and 64 MiB each. The key is
// hers: no node has it, and nothing here makes two.
package steward

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// ErrPassphrase says that the file does not open: the passphrase is another, or
// the file was changed.
var ErrPassphrase = errors.New("the steward's key does not open with this passphrase")

// Key is a steward's key. Its private half prints as nothing.
type Key struct {
	Network posada.NetworkID
	Agency  posada.AgencyID
	Private jose.PrivateKey
}

// fileBegins is the first line; the second is the claim's text, the third the
// sealed seed.
const fileBegins = "posada-steward-key/v1"

// New makes a steward's key, and the two files it is kept in: the one to hand
// out, and the one to keep.
func New(network posada.NetworkID, agency posada.AgencyID, passphrase []byte, random io.Reader) (k Key, public, sealed []byte, err error) {
	k = Key{Network: network, Agency: agency}
	if k.Private, err = jose.GenerateKey(random); err != nil {
		return Key{}, nil, nil, err
	}
	if public, err = enrol.SignClaim(network, agency, k.Private); err != nil {
		return Key{}, nil, nil, err
	}
	claim := base64.RawURLEncoding.EncodeToString(public)
	box, err := vault.Wrap(random, vault.Passphrase(passphrase), k.Private.Seed(), bound(claim))
	if err != nil {
		return Key{}, nil, nil, fmt.Errorf("seal a steward's key: %w", err)
	}
	return k, public, fmt.Appendf(nil, "%s\n%s\n%s\n", fileBegins, claim, base64.RawURLEncoding.EncodeToString(box)), nil
}

// Open opens the file she keeps.
func Open(sealed, passphrase []byte) (Key, error) {
	claim, text, box, err := parts(sealed)
	if err != nil {
		return Key{}, err
	}
	seed, err := vault.Unwrap(vault.Passphrase(passphrase), box, bound(text))
	if err != nil || len(seed) != 32 {
		return Key{}, ErrPassphrase
	}
	defer clear(seed)
	private, err := jose.KeyFromSeed([32]byte(seed))
	if err != nil || private.Public().ID() != claim.Key.ID() {
		return Key{}, fmt.Errorf("open a steward's key: %w", enrol.ErrMalformed)
	}
	return Key{Network: claim.Network, Agency: claim.Agency, Private: private}, nil
}

// Claim reads whose key a file is, without opening it.
func Claim(sealed []byte) (enrol.Claim, error) {
	claim, _, _, err := parts(sealed)
	return claim, err
}

func parts(sealed []byte) (claim enrol.Claim, text string, box []byte, err error) {
	lines := bytes.Split(bytes.TrimSpace(sealed), []byte("\n"))
	if len(lines) != 3 || string(lines[0]) != fileBegins {
		return claim, "", nil, fmt.Errorf("read a steward's key: %w", enrol.ErrMalformed)
	}
	strict := base64.RawURLEncoding.Strict()
	public, bad := strict.DecodeString(string(lines[1]))
	box, worse := strict.DecodeString(string(lines[2]))
	if bad != nil || worse != nil {
		return claim, "", nil, fmt.Errorf("read a steward's key: %w", enrol.ErrMalformed)
	}
	claim, err = enrol.ReadClaim(public)
	return claim, string(lines[1]), box, err
}

func bound(claim string) []byte { return []byte(fileBegins + "\n" + claim) }
