package staff

import (
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Program is what a token is for that a person gives to a program. The zero value is her
// own token, for all she may do.
type Program struct {
	Name   string                   `json:"name,omitempty"`
	Scopes posada.Set[posada.Scope] `json:"scopes,omitzero"`
	Rate   int                      `json:"rate,omitempty"` // requests a minute
}

// How many requests a minute a program is answered where nobody says, and at the most.
const (
	usualRate = 120
	mostRate  = 6000
)

// maxName is the longest name of a program in bytes.
const maxName = 60

// AddProgram gives somebody who works here a token for a program: it may be used for some
// of what she may do, so often. It is shown this once.
func (s *Staff) AddProgram(by, id posada.StaffID, p Program) (t Token, token string, err error) {
	p.Name = strings.Join(strings.Fields(p.Name), " ")
	if p.Name == "" || len(p.Name) > maxName || p.Scopes.Empty() || p.Rate < 0 || p.Rate > mostRate {
		return Token{}, "", fault.New(fault.Invalid, fault.TokenIncomplete)
	}
	if p.Rate == 0 {
		p.Rate = usualRate
	}
	return s.addToken(by, id, p)
}

// unnamed refuses a name that another program's token has, whatever its capitals: the one
// that leaked is ended by its name.
func unnamed(tx *vault.Tx, name string) error {
	return tokens.Each(tx, func(_ string, t Token) error {
		if name != "" && strings.EqualFold(t.Name, name) {
			return fault.New(fault.Conflict, fault.TokenNameTaken)
		}
		return nil
	})
}

// usedToday notes, once a day, that a program used its token. What could not be noted is
// noted at the next request: none is refused for it.
func (s *Staff) usedToday(token string, t Token) {
	day := s.now().UTC().Format(time.DateOnly)
	if t.Scopes.Empty() || t.Used == day {
		return
	}
	_ = s.vault.Update(func(tx *vault.Tx) error {
		now, err := tokens.Get(tx, hashed(token)) // it may have been revoked meanwhile
		if err != nil {
			return err
		}
		now.Used = day
		return tokens.Put(tx, hashed(token), vault.KeyID{}, now)
	})
}
