package stewards

import (
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// confirmation is one member of staff's word that the machine's clock is right.
type confirmation struct {
	by    posada.StaffID
	until time.Duration // by monotonic time
}

// wordCounts is how long one member of staff's word waits for another's.
const wordCounts = 10 * time.Minute

// Trusted runs f with the trusted time; where there is none it does nothing:
// while nobody knows what time it is nothing expires and nothing is destroyed.
func (s *Stewards) Trusted(f func(now time.Time) error) error {
	now, err := s.c.Clock.Now()
	if err != nil {
		return nil
	}
	return f(now)
}

// Confirm takes one member of staff's word that the machine's clock is right;
// with that of a second one within ten minutes, the machine's clock is taken.
// It reports whether it was.
func (s *Stewards) Confirm(by posada.StaffID) (taken bool, err error) {
	if _, err := s.c.Clock.Now(); err == nil {
		return false, fault.New(fault.Conflict, fault.ClockAgreed)
	}
	s.mu.Lock()
	first := s.confirm
	if first.by == "" || first.by == by || s.c.Ticks() > first.until {
		s.confirm = confirmation{by: by, until: s.c.Ticks() + wordCounts}
		s.mu.Unlock()
		return false, nil
	}
	s.confirm = confirmation{}
	s.mu.Unlock()
	s.c.Clock.Confirm()
	now := s.c.Clock.About()
	err = s.c.Vault.Update(func(tx *vault.Tx) error {
		return errors.Join(
			clockTable.Put(tx, only, vault.KeyID{}, s.c.Clock.State()),
			audit.Append(tx, audit.Entry{At: now, By: first.by, Act: audit.ClockConfirmed}),
			audit.Append(tx, audit.Entry{At: now, By: by, Act: audit.ClockConfirmed}),
		)
	})
	s.Wake()
	return true, err
}

// Dispute is what disagrees about the time; nil where nothing does.
func (s *Stewards) Dispute() *trust.DisputeError {
	_, err := s.c.Clock.Now()
	var dispute *trust.DisputeError
	if errors.As(err, &dispute) {
		return dispute
	}
	return nil
}
