package staff

import (
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// account is how a person signs in: something she knows and something she has. It is
// kept under her identifier.
type account struct {
	Passphrase stretched      `json:"passphrase"`
	Secret     string         `json:"secret"`             // the app's, in base32
	Step       uint64         `json:"step"`               // the last of which a code was used
	Recovery   []string       `json:"recovery,omitempty"` // hashes of the codes that were not used
	Made       time.Time      `json:"made"`
	With       posada.TokenID `json:"with"` // the token it was made with
}

// accounts are those in force; begun are those of which no code was shown yet.
var (
	accounts = vault.Table[account]{Name: "accounts", Version: 1}
	begun    = vault.Table[account]{Name: "accounts_begun", Version: 1}
)

// begunLife is how long an account that was begun waits for its first code.
const begunLife = time.Hour

// Begun is what a person puts into her app and on paper.
type Begun struct {
	URI, Secret string
	Recovery    []string
	Until       time.Time
}

// String hides the secrets.
func (Begun) String() string { return "(redacted)" }

// GoString hides the secrets.
func (Begun) GoString() string { return "(redacted)" }

// Make begins an account for somebody who showed a token, or makes it anew: what there
// is of one stays until Begin. Names are what no passphrase may be made of.
func (s *Staff) Make(ctx context.Context, by posada.StaffID, with posada.TokenID, passphrase string, names ...string) (Begun, error) {
	if err := checkPassphrase(passphrase, names...); err != nil {
		return Begun{}, err
	}
	kept, err := s.keepPassphrase(ctx, passphrase)
	if err != nil {
		return Begun{}, err
	}
	secret, err := s.drawSecret()
	if err != nil {
		return Begun{}, err
	}
	codes, hashes, err := s.drawRecovery(by)
	if err != nil {
		return Begun{}, err
	}
	made := s.now().UTC()
	out := Begun{Secret: secret, Recovery: codes, Until: made.Add(begunLife)}
	err = s.vault.Update(func(tx *vault.Tx) error {
		m, err := working(tx, by)
		if err != nil {
			return err
		}
		if _, err := tokenOf(tx, by, with); err != nil {
			return err
		}
		if out.URI, err = uri(secret, m.Name); err != nil {
			return err
		}
		return begun.Put(tx, string(by), vault.KeyID{}, account{Passphrase: kept, Secret: secret, Recovery: hashes, Made: made, With: with})
	})
	if err != nil {
		return Begun{}, err
	}
	return out, nil
}

// Begin puts an account in force with a code of its app, and signs in. Whatever an
// earlier account was good for is over then; and so is, if asked, the token it was made
// with, which somebody may have read out to her.
func (s *Staff) Begin(by posada.StaffID, with posada.TokenID, code string, endToken bool) (in SignedIn, err error) {
	drawn, err := s.drawSession(true)
	if err != nil {
		return SignedIn{}, err
	}
	err = s.administered(func(tx *vault.Tx) error {
		m, err := working(tx, by)
		if err != nil {
			return err
		}
		a, err := begun.Get(tx, string(by))
		now := s.now()
		if vault.Gone(err) || err == nil && (a.With != with || now.Sub(a.Made).Abs() >= begunLife) {
			return fault.New(fault.Conflict, fault.AccountNotBegun)
		}
		if err != nil {
			return err
		}
		step, ok := a.step(tidy(code), now)
		if !ok {
			return fault.New(fault.Invalid, fault.CodeWrong)
		}
		a.Step = step
		if err := errors.Join(endSignedIn(tx, by), accounts.Put(tx, string(by), vault.KeyID{}, a), s.note(tx, by, audit.AccountMade, by)); err != nil {
			return err
		}
		if endToken {
			if err := errors.Join(forget(tx, func(t Token) bool { return t.ID == with && t.Of == by }), s.note(tx, by, audit.TokenRevoked, by)); err != nil {
				return err
			}
		}
		in, err = s.begin(tx, m, drawn)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// EndAccount ends somebody's account, sessions and remembered devices. She shows herself
// with a token from then on, and can make an account anew with one.
func (s *Staff) EndAccount(by, id posada.StaffID) (m Member, err error) {
	err = s.administered(func(tx *vault.Tx) error {
		if m, err = working(tx, id); err != nil {
			return err
		}
		_, inForce := accounts.Get(tx, string(id))
		_, waits := begun.Get(tx, string(id))
		if vault.Gone(inForce) && vault.Gone(waits) {
			return fault.New(fault.Conflict, fault.NoAccount)
		}
		return errors.Join(endSignedIn(tx, id), s.note(tx, by, audit.AccountEnded, id))
	})
	if err != nil {
		return Member{}, err
	}
	return m, nil
}

// endSignedIn ends whatever somebody signs in with, and signed in to.
func endSignedIn(tx *vault.Tx, id posada.StaffID) error {
	return errors.Join(
		accounts.Delete(tx, string(id)), begun.Delete(tx, string(id)),
		clean(tx, sessions, func(x session) bool { return x.Of == id }),
		clean(tx, devices, func(d device) bool { return d.Of == id }),
	)
}

// Accounts are those who have one in force.
func (s *Staff) Accounts() (of map[posada.StaffID]bool, err error) {
	of = map[posada.StaffID]bool{}
	err = s.vault.View(func(tx *vault.Tx) error {
		return accounts.Each(tx, func(id string, _ account) error { of[posada.StaffID(id)] = true; return nil })
	})
	return of, err
}

// RecoveryLeft is whether somebody has an account in force, and how many of its recovery
// codes were not used.
func (s *Staff) RecoveryLeft(id posada.StaffID) (left int, has bool, err error) {
	err = s.vault.View(func(tx *vault.Tx) error {
		a, err := accounts.Get(tx, string(id))
		if vault.Gone(err) {
			return nil
		}
		left, has = len(a.Recovery), err == nil
		return err
	})
	return left, has, err
}

// tokenOf finds one of somebody's tokens, by what it is called.
func tokenOf(tx *vault.Tx, of posada.StaffID, id posada.TokenID) (t Token, err error) {
	found := false
	err = tokens.Each(tx, func(_ string, one Token) error {
		if one.ID == id && one.Of == of {
			t, found = one, true
		}
		return nil
	})
	if err == nil && !found {
		err = fault.New(fault.Conflict, fault.NeedsToken)
	}
	return t, err
}
