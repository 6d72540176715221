package staff

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// How long things last. A computer that somebody walked away from shows nothing after
// Idle; somebody who works signs in once a shift.
const (
	SessionLife = 12 * time.Hour
	Idle        = 10 * time.Minute // without a request
	Lately      = 5 * time.Minute  // since she last showed who she is
	DeviceLife  = 12 * time.Hour
)

// mostWrong is how often something wrong may be shown at a session, or with a remembered
// device, before that is over: whoever guesses there has to begin at the front door.
const mostWrong = 5

// usedEvery is how often it is written down that a session is used. After a restart
// it may end so much earlier.
const usedEvery = time.Minute

// session is kept under the hash of its token, as tokens are.
type session struct {
	ID        posada.TokenID `json:"id"`
	Of        posada.StaffID `json:"of"`
	Made      time.Time      `json:"made"`
	Used      time.Time      `json:"used"`
	Confirmed time.Time      `json:"confirmed"`
	Wrong     int            `json:"wrong,omitempty"`
}

var sessions = vault.Table[session]{Name: "sessions", Version: 1}

// Session is a session as others see it.
type Session struct {
	ID        posada.TokenID
	Of        posada.StaffID
	Made      time.Time
	Until     time.Time // at the latest
	Confirmed time.Time // until when it counts that she showed who she is; zero: it does not
}

// over reports whether a session ended by itself. One of a time that is not yet, because
// the clock was set back, counts as one that is long ago.
func (x session) over(now time.Time) bool {
	return now.Sub(x.Made).Abs() >= SessionLife || now.Sub(x.Used).Abs() >= Idle
}

func (x session) shown(now time.Time) Session {
	out := Session{ID: x.ID, Of: x.Of, Made: x.Made, Until: x.Made.Add(SessionLife)}
	if !x.Confirmed.IsZero() && now.Sub(x.Confirmed).Abs() < Lately {
		out.Confirmed = x.Confirmed.Add(Lately)
	}
	return out
}

// errOver is what is said with a token of no session, whether or not there ever was one.
func errOver() error { return fault.New(fault.Unauthenticated, fault.SessionOver) }

// Resume finds whose session a token is of, and counts as a request in it. One that is
// over is deleted, so that no clock brings it back.
func (s *Staff) Resume(token string) (m Member, out Session, err error) {
	name, now := hashedSession(token), s.now().UTC()
	var found session
	err = s.vault.View(func(tx *vault.Tx) error {
		if found, err = sessions.Get(tx, name); err != nil {
			return err
		}
		m, err = working(tx, found.Of)
		return err
	})
	if vault.Gone(err) || err != nil && fault.From(err).Code != fault.Internal {
		s.unused(name)
		return Member{}, Session{}, errOver()
	}
	if err != nil {
		return Member{}, Session{}, err
	}
	written := found.Used
	found.Used = s.lastUsed(name, written)
	switch {
	case found.over(now):
		s.unused(name)
		err = s.vault.Update(func(tx *vault.Tx) error { return sessions.Delete(tx, name) })
		if err == nil {
			err = errOver()
		}
	case now.Sub(written).Abs() >= usedEvery:
		err = s.vault.Update(func(tx *vault.Tx) error {
			// It may have ended meanwhile.
			if found, err = sessions.Get(tx, name); vault.Gone(err) {
				return errOver()
			}
			found.Used = now
			return errors.Join(err, sessions.Put(tx, name, vault.KeyID{}, found))
		})
	}
	if err != nil {
		return Member{}, Session{}, err
	}
	s.uses(name, now)
	return m, found.shown(now), nil
}

// SignOut ends a session. The device goes on being remembered: others sign in at it.
func (s *Staff) SignOut(of posada.StaffID, id posada.TokenID) error {
	return s.vault.Update(func(tx *vault.Tx) error {
		ended := false
		err := clean(tx, sessions, func(x session) bool {
			mine := x.ID == id && x.Of == of
			ended = ended || mine
			return mine
		})
		if err == nil && !ended {
			return fault.New(fault.Conflict, fault.NotASession)
		}
		return errors.Join(err, s.note(tx, of, audit.SignedOut, of))
	})
}

// Sessions are those of one person that are not over, or everybody's where id is empty;
// the newest first.
func (s *Staff) Sessions(id posada.StaffID) (list []Session, err error) {
	now := s.now()
	err = s.vault.View(func(tx *vault.Tx) error {
		return sessions.Each(tx, func(name string, x session) error {
			x.Used = s.lastUsed(name, x.Used)
			if (id == "" || x.Of == id) && !x.over(now) {
				list = append(list, x.shown(now))
			}
			return nil
		})
	})
	slices.SortFunc(list, func(a, b Session) int { return b.Made.Compare(a.Made) })
	return list, err
}

// Confirm takes a passphrase or a code of the app of somebody who is signed in: for
// Lately she is shown what is shown only to who was there just now. After mostWrong that
// were wrong the session is over.
func (s *Staff) Confirm(ctx context.Context, of posada.StaffID, id posada.TokenID, passphrase, code string) (out Session, err error) {
	a, known, err := s.accountOf(of)
	if err != nil {
		return Session{}, err
	}
	right := false
	if passphrase != "" {
		if right, err = s.is(ctx, passphrase, a.Passphrase); err != nil {
			return Session{}, err
		}
	}
	refused := false
	err = s.vault.Update(func(tx *vault.Tx) error {
		name, x, err := sessionOf(tx, of, id)
		if err != nil {
			return err
		}
		now := s.now().UTC()
		// As it is now: a code counts once.
		current, err := accounts.Get(tx, string(of))
		if err != nil && !vault.Gone(err) {
			return err
		}
		step, codeRight := current.step(tidy(code), now)
		same := known && err == nil && current.Made.Equal(a.Made)
		if refused = !same || !right && !codeRight; refused {
			if x.Wrong++; x.Wrong >= mostWrong {
				return errors.Join(sessions.Delete(tx, name), s.note(tx, "", audit.SignInSlowed, of))
			}
			return sessions.Put(tx, name, vault.KeyID{}, x)
		}
		x.Confirmed, x.Wrong = now, 0
		out = x.shown(now)
		return errors.Join(
			accounts.Put(tx, string(of), vault.KeyID{}, current.without(spent{step, -1})),
			sessions.Put(tx, name, vault.KeyID{}, x), s.note(tx, of, audit.SessionConfirmed, of),
		)
	})
	if err == nil && refused {
		err = fault.New(fault.Invalid, fault.ConfirmWrong)
	}
	return out, err
}

// sessionOf finds a session by what it is called.
func sessionOf(tx *vault.Tx, of posada.StaffID, id posada.TokenID) (name string, x session, err error) {
	err = sessions.Each(tx, func(at string, one session) error {
		if one.ID == id && one.Of == of {
			name, x = at, one
		}
		return nil
	})
	if err == nil && name == "" {
		err = fault.New(fault.Conflict, fault.NotASession)
	}
	return name, x, err
}

// lastUsed is when a session was last used, as far as memory knows later than the vault.
func (s *Staff) lastUsed(name string, written time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.used[name]; ok {
		return at
	}
	return written
}

func (s *Staff) uses(name string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[name] = at
}

func (s *Staff) unused(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.used, name)
}

// clean deletes records of a table.
func clean[R any](tx *vault.Tx, table vault.Table[R], which func(R) bool) error {
	var gone []string
	err := table.Each(tx, func(name string, r R) error {
		if which(r) {
			gone = append(gone, name)
		}
		return nil
	})
	for _, name := range gone {
		err = errors.Join(err, table.Delete(tx, name))
	}
	return err
}

func hashedSession(token string) string {
	sum := sha256.Sum256([]byte("posada/session/v1\x00" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
