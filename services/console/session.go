package console

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// The cookies. The prefix binds each to this host, to TLS or this machine, and to the
// whole of it: no other name, and no page of it, can set one.
const (
	cookieSession  = "__Host-n"
	cookieDevice   = "__Host-d"
	cookieLanguage = "__Host-l"
)

// person is who is signed in, as the node said then.
type person struct {
	Name     string
	Roles    []posada.StaffRole
	Agency   string
	Practice bool // nothing in this network is real
}

// session is somebody who signed in. What it is found by, a secret of 256 bits, only
// the browser has.
type session struct {
	who   person
	token string // the node's, for this person
	made  time.Time

	mu    sync.Mutex
	seen  time.Time
	flash []flash
	// drafts are forms on their way through a preview (drafts.go), sealed.
	drafts map[string][]byte
}

// flash is a sentence that is said once.
type flash struct {
	key  i18n.Key
	args []any
}

func (s *session) say(w view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flash = append(s.flash, flash{w.said, w.args})
}

// hear takes what is to be said.
func (s *session) hear() []flash {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.flash
	s.flash = nil
	return said
}

// name is what something is found by whose secret is not kept.
type name [sha256.Size]byte

func nameOf(secret string) name { return sha256.Sum256([]byte(secret)) }

// sessions are those who are signed in.
type sessions struct {
	random io.Reader
	now    func() time.Time
	idle   time.Duration

	mu  sync.Mutex
	all map[name]*session
}

func newSessions(c Config) *sessions {
	return &sessions{random: c.Random, now: c.Now, idle: c.Idle, all: map[name]*session{}}
}

// secret draws what a cookie holds.
func secret(random io.Reader) (string, error) {
	var drawn [32]byte
	_, err := io.ReadFull(random, drawn[:])
	return base64.RawURLEncoding.EncodeToString(drawn[:]), err
}

// begin signs somebody in, under a secret that nobody had before.
func (s *sessions) begin(who person, token string) (string, error) {
	drawn, err := secret(s.random)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.all[nameOf(drawn)] = &session{who: who, token: token, made: now, seen: now}
	return drawn, nil
}

// of is the session of a secret.
func (s *sessions) of(drawn string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[nameOf(drawn)]
}

// find is who is signed in with a request's cookie, if their time is not over. A quiet
// request does not count as their being there.
func (s *sessions) find(r *http.Request, quiet bool) *session {
	c, err := r.Cookie(cookieSession)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c.Value)]
	if found == nil {
		return nil
	}
	now := s.now()
	found.mu.Lock()
	defer found.mu.Unlock()
	if now.Sub(found.made) > lasts || now.Sub(found.seen) > s.idle {
		delete(s.all, nameOf(c.Value))
		return nil
	}
	if !quiet {
		found.seen = now
	}
	return found
}

// end signs out whoever a request's cookie is of, and gives who it was.
func (s *sessions) end(r *http.Request) *session {
	c, err := r.Cookie(cookieSession)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c.Value)]
	delete(s.all, nameOf(c.Value))
	return found
}

// bake makes a cookie that scripts cannot read and other sites cannot send. It lasts
// as long as the browser runs, or longer where lasts says so.
func bake(name, value string, lasts time.Duration) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: int(lasts.Seconds())}
}

// crumble takes a cookie away.
func crumble(name string) *http.Cookie {
	c := bake(name, "", 0)
	c.MaxAge = -1
	return c
}

// knows takes over what the node said now of who is signed in.
func (s *session) knows(now client.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.who.Roles, s.who.Agency, s.who.Practice = now.Roles, now.Agency.Name, now.Knows.Practice
}
