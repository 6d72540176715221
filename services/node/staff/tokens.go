package staff

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Token is one of the ways a person shows who she is: one for each machine or
// program she works with, so that one that was lost can be revoked alone. It is
// kept under its hash; of the token itself nothing is kept.
type Token struct {
	ID   posada.TokenID `json:"id"`
	Of   posada.StaffID `json:"of"`
	Made time.Time      `json:"made"`

	Program
	// Used is the last day (UTC) that a program's was used. Of a person's own it is not
	// kept: it would say on which days she works.
	Used string `json:"used,omitempty"`
}

// tokens are found by their hash: 256 random bits, so a plain hash is enough.
var tokens = vault.Table[Token]{Name: "tokens", Version: 1}

// Authenticate finds who a token belongs to, and which token it is. It is
// looked up by its hash under a blinded name, so how long it takes tells
// nothing of how much of it was right.
func (s *Staff) Authenticate(token string) (m Member, with Token, err error) {
	err = s.vault.View(func(tx *vault.Tx) error {
		if with, err = tokens.Get(tx, hashed(token)); err != nil {
			return err
		}
		m, err = working(tx, with.Of)
		return err
	})
	switch {
	case err == nil:
		s.usedToday(token, with)
		return m, with, nil
	case vault.Gone(err) || fault.From(err).Code != fault.Internal:
		return Member{}, Token{}, fault.New(fault.Unauthenticated, fault.UnknownToken)
	}
	return Member{}, Token{}, err
}

// AddToken gives somebody who works here one more token, for all she may do. It is shown
// this once.
func (s *Staff) AddToken(by, id posada.StaffID) (t Token, token string, err error) {
	return s.addToken(by, id, Program{})
}

func (s *Staff) addToken(by, id posada.StaffID, of Program) (t Token, token string, err error) {
	drawn, token, err := s.draw()
	if err != nil {
		return Token{}, "", err
	}
	err = s.vault.Update(func(tx *vault.Tx) error {
		if _, err := working(tx, id); err != nil {
			return err
		}
		if err := unnamed(tx, of.Name); err != nil {
			return err
		}
		t = Token{ID: drawn, Of: id, Made: s.now().UTC(), Program: of}
		err := tokens.Put(tx, hashed(token), vault.KeyID{}, t)
		return errors.Join(err, s.note(tx, by, audit.TokenAdded, id))
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, token, nil
}

// Tokens are those of one person, or of everybody where id is empty; the newest
// first.
func (s *Staff) Tokens(id posada.StaffID) (list []Token, err error) {
	err = s.vault.View(func(tx *vault.Tx) error {
		return tokens.Each(tx, func(_ string, t Token) error {
			if id == "" || t.Of == id {
				list = append(list, t)
			}
			return nil
		})
	})
	slices.SortFunc(list, func(a, b Token) int { return b.Made.Compare(a.Made) })
	return list, err
}

// RevokeToken ends a token or a session: it is gone when it returns. Of is whose it has
// to be; empty: anybody's. With a session go the devices that are remembered of its
// owner: whoever ends one from elsewhere does not trust where it was.
func (s *Staff) RevokeToken(by, of posada.StaffID, id posada.TokenID) error {
	return s.administered(func(tx *vault.Tx) error {
		var whose posada.StaffID
		meant := func(one posada.TokenID, owner posada.StaffID) bool {
			if one != id || of != "" && owner != of {
				return false
			}
			whose = owner
			return true
		}
		if err := forget(tx, func(t Token) bool { return meant(t.ID, t.Of) }); err != nil {
			return err
		}
		if whose == "" {
			err := clean(tx, sessions, func(x session) bool { return meant(x.ID, x.Of) })
			if err = errors.Join(err, clean(tx, devices, func(d device) bool { return whose != "" && d.Of == whose })); err != nil {
				return err
			}
		}
		if whose == "" {
			return fault.New(fault.Withheld, fault.NothingThere)
		}
		return s.note(tx, by, audit.TokenRevoked, whose)
	})
}

// forget deletes tokens.
func forget(tx *vault.Tx, which func(Token) bool) error { return clean(tx, tokens, which) }

// draw draws a token and what it is called by.
func (s *Staff) draw() (posada.TokenID, string, error) {
	id, err := posada.NewID[posada.TokenID](s.random)
	if err != nil {
		return "", "", err
	}
	var drawn [32]byte
	if _, err := io.ReadFull(s.random, drawn[:]); err != nil {
		return "", "", fmt.Errorf("draw a token: %w", err)
	}
	return id, base64.RawURLEncoding.EncodeToString(drawn[:]), nil
}

func (s *Staff) keep(tx *vault.Tx, of posada.StaffID, id posada.TokenID, token string) error {
	return tokens.Put(tx, hashed(token), vault.KeyID{}, Token{ID: id, Of: of, Made: s.now().UTC()})
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte("posada/token/v1\x00" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
