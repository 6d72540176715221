package staff

import (
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/posada-exchange/posada/pkg/fault"
)

// How fast sign-ins are tried. Of one name five, and then one every half minute: nobody
// guesses so, and nobody is kept out for good by who tries in their name. Whoever has a
// remembered device passes by, and it has a count of its own (mostWrong). Of all names
// some more: what is tried costs work.
const (
	triesAtOnce = 5
	tryEvery    = 30 * time.Second
	allAtOnce   = 20
	allEvery    = 200 * time.Millisecond
	noteAtOnce  = 10
	noteEvery   = time.Minute
)

// mostNames is how many names are remembered. At the rate of all names fewer of them can
// be slow at once, and one that is not slow need not be remembered.
const mostNames = 2048

// slow holds back who guesses. It lives in memory: to forget it takes a restart, or the
// passphrase of the vault.
type slow struct {
	mu    sync.Mutex
	all   *rate.Limiter
	notes *rate.Limiter
	names map[string]*rate.Limiter
}

func newSlow() *slow {
	return &slow{
		all: rate.NewLimiter(rate.Every(allEvery), allAtOnce), notes: rate.NewLimiter(rate.Every(noteEvery), noteAtOnce),
		names: map[string]*rate.Limiter{},
	}
}

// try counts a try, or says when the next can be.
func (s *slow) try(key string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.names[key]
	if ok && l.TokensAt(now) < 1 {
		return wait(tryEvery) // who goes on all the same takes nobody else's turn
	}
	if !s.all.AllowN(now, 1) {
		return wait(time.Second)
	}
	if !ok {
		l = s.remember(key, now)
	}
	l.AllowN(now, 1)
	return nil
}

// remember begins to count the tries of a name, and forgets those that are not slow.
func (s *slow) remember(key string, now time.Time) *rate.Limiter {
	if len(s.names) >= mostNames {
		for name, l := range s.names {
			if l.TokensAt(now) >= triesAtOnce {
				delete(s.names, name)
			}
		}
	}
	l := rate.NewLimiter(rate.Every(tryEvery), triesAtOnce)
	s.names[key] = l
	return l
}

// failed says whether it is to be noted that a name is slow now.
func (s *slow) failed(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.names[key]
	return l != nil && l.TokensAt(now) < 1 && s.notes.AllowN(now, 1)
}

// passed forgets the tries of a name: somebody knew it all.
func (s *slow) passed(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.names, key)
}

func wait(d time.Duration) error {
	return fault.New(fault.Unavailable, fault.SignInWait, "seconds", strconv.Itoa(int(d/time.Second)))
}
