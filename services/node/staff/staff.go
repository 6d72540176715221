// Package staff knows the people of an agency: who they are, what they may do,
// and how they show it.
//
// Holds: names and roles of staff, hashes of their tokens. May reach: nothing
// but the vault. If compromised: who works here; a token cannot be made from
// its hash.
package staff

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Principal is a member of staff who has shown who she is.
type Principal struct {
	ID   posada.StaffID   `json:"id"`
	Name string           `json:"name"`
	Role posada.StaffRole `json:"role"`
}

// MayWorkCases reports whether a role may see and change cases at all. What of
// a case it may see will be the policy's to say; until then the roles that see
// only a part of one are kept out altogether.
func (p Principal) MayWorkCases() bool {
	switch p.Role {
	case posada.RoleAdvocate, posada.RoleLegal, posada.RoleMedical, posada.RoleCoordinator:
		return true
	}
	return false
}

// people are found by the hash of their token: 256 random bits, so a plain
// hash is enough.
var people = vault.Table[Principal]{Name: "staff", Version: 1}

// Staff is the unit.
type Staff struct {
	vault  *vault.Vault
	random io.Reader
	now    func() time.Time
}

// New makes the unit. It has no side effects.
func New(v *vault.Vault, random io.Reader, now func() time.Time) *Staff {
	return &Staff{vault: v, random: random, now: now}
}

// Add adds a person and gives the token she shows herself with. It is shown
// this once.
func (s *Staff) Add(name string, role posada.StaffRole) (Principal, string, error) {
	if !posada.Known(role) || name == "" {
		return Principal{}, "", fmt.Errorf("add staff: a name and a known role are wanted: %w", posada.ErrUnknownWord)
	}
	id, err := posada.NewID[posada.StaffID](s.random)
	if err != nil {
		return Principal{}, "", err
	}
	var drawn [32]byte
	if _, err := io.ReadFull(s.random, drawn[:]); err != nil {
		return Principal{}, "", fmt.Errorf("draw a token: %w", err)
	}
	p, token := Principal{ID: id, Name: name, Role: role}, base64.RawURLEncoding.EncodeToString(drawn[:])
	return p, token, s.vault.Update(func(tx *vault.Tx) error {
		if err := people.Put(tx, hashed(token), vault.KeyID{}, p); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{At: s.now(), By: p.ID, Act: audit.StaffAdded})
	})
}

// Authenticate finds who a token belongs to. The token is looked up by its
// hash under a blinded name, so how long it takes tells nothing of how much of
// it was right.
func (s *Staff) Authenticate(token string) (p Principal, err error) {
	err = s.vault.View(func(tx *vault.Tx) (err error) {
		p, err = people.Get(tx, hashed(token))
		return err
	})
	if errors.Is(err, vault.ErrNotFound) {
		return Principal{}, fault.New(fault.Unauthenticated, fault.UnknownToken)
	}
	return p, err
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte("posada/token/v1\x00" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
