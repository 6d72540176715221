package console

import (
	"context"
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

// person is who is signed in, as the node said then.
type person struct {
	ID       posada.StaffID
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
	ours  bool   // the token is a session's, and ends with this one
	made  time.Time
	idle  time.Duration

	mu       sync.Mutex
	seen     time.Time
	flash    []flash
	kept     []byte                 // a draft, sealed for the browser
	pending  *client.PendingAccount // an account that is not confirmed yet
	recovery []string               // codes that are shown until somebody says that they have them
	drafts   map[string][]byte      // forms on their way through a preview, sealed for the browser (drafts.go)
}

// over is somebody who was signed in, for as long as they may come back to what they typed.
type over struct {
	who   person
	at    time.Time
	kept  []byte
	rules []byte // a draft of the network's table: no case, and days of work
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

// knows takes over what the node said now of who is signed in.
func (s *session) knows(now client.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.who.Roles, s.who.Agency, s.who.Practice = now.Roles, now.Agency.Name, now.Knows.Practice
}

// name is what something is found by whose secret is not kept.
type name [sha256.Size]byte

func nameOf(secret string) name { return sha256.Sum256([]byte(secret)) }

// secret draws what a cookie holds.
func secret(random io.Reader) (string, error) {
	var drawn [32]byte
	_, err := io.ReadFull(random, drawn[:])
	return base64.RawURLEncoding.EncodeToString(drawn[:]), err
}

// sessions are those who are signed in, and those who were lately.
type sessions struct {
	random io.Reader
	now    func() time.Time

	mu   sync.Mutex
	all  map[name]*session
	over map[name]*over
}

func newSessions(c Config) *sessions {
	return &sessions{random: c.Random, now: c.Now, all: map[name]*session{}, over: map[name]*over{}}
}

// begin signs somebody in, under a secret that nobody had before. What the same person had
// typed when their last session in this browser ended goes over to it; anybody else's goes.
func (s *sessions) begin(r *http.Request, new *session) (drawn string, err error) {
	if drawn, err = secret(s.random); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	now := s.now()
	new.made, new.seen = now, now
	if old, had := cookieOf(r, cookieSession); had {
		var d draft
		if o := s.over[nameOf(old)]; o != nil && o.who.ID == new.who.ID && unseal(old, o.kept, &d) == nil {
			if new.kept, err = seal(drawn, d); err != nil {
				return "", err
			}
		}
		if o := s.over[nameOf(old)]; o != nil && o.who.ID == new.who.ID {
			new.carry(old, drawn, o.rules)
		}
		delete(s.over, nameOf(old))
		delete(s.all, nameOf(old))
	}
	s.all[nameOf(drawn)] = new
	return drawn, nil
}

// goes reports whether somebody is signed in still.
func (s *sessions) goes(one *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, found := range s.all {
		if found == one {
			return true
		}
	}
	return false
}

// sweep lets go of what nobody comes back to.
func (s *sessions) sweep() {
	now := s.now()
	for n, found := range s.all {
		if s.late(found, now) {
			s.finish(n, found)
		}
	}
	for n, o := range s.over {
		if now.Sub(o.at) > lasts {
			delete(s.over, n)
		}
	}
}

func (s *sessions) late(found *session, now time.Time) bool {
	found.mu.Lock()
	defer found.mu.Unlock()
	return now.Sub(found.made) > lasts || now.Sub(found.seen) > found.idle
}

// finish ends a session whose person may come back.
func (s *sessions) finish(n name, found *session) {
	delete(s.all, n)
	found.mu.Lock()
	defer found.mu.Unlock()
	s.over[n] = &over{who: found.who, at: s.now(), kept: found.kept, rules: found.drafts[rulesName]}
}

// carry takes over a draft of the network's table, sealed for the browser anew.
func (s *session) carry(old, drawn string, sealed []byte) {
	var rules keptRules
	if sealed == nil || unseal(old, sealed, &rules) != nil {
		return
	}
	if again, err := seal(drawn, rules); err == nil {
		s.drafts = map[string][]byte{rulesName: again}
	}
}

// find is who is signed in with a request's cookie, if their time is not over. A quiet
// request does not count as their being there.
func (s *sessions) find(r *http.Request, quiet bool) *session {
	c, had := cookieOf(r, cookieSession)
	if !had {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c)]
	if found == nil {
		return nil
	}
	now := s.now()
	if s.late(found, now) {
		s.finish(nameOf(c), found)
		return nil
	}
	if !quiet {
		found.mu.Lock()
		found.seen = now
		found.mu.Unlock()
	}
	return found
}

// lock ends a session so that its person may come back to what they typed. It gives what
// was signed in with.
func (s *sessions) lock(r *http.Request) *session {
	c, had := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c)]
	if !had || found == nil {
		return nil
	}
	s.finish(nameOf(c), found)
	return found
}

// end signs out whoever a request's cookie is of, and keeps nothing.
func (s *sessions) end(r *http.Request) *session {
	c, had := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c)]
	if !had {
		return nil
	}
	delete(s.all, nameOf(c))
	delete(s.over, nameOf(c))
	return found
}

// keep keeps a draft for whoever was signed in with a request's cookie.
func (s *sessions) keep(r *http.Request, d draft) {
	c, had := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.over[nameOf(c)]
	if !had || o == nil {
		return
	}
	if sealed, err := seal(c, d); err == nil {
		o.kept = sealed
	}
}

// set keeps a draft for whoever is signed in.
func (s *sessions) set(r *http.Request, d draft) {
	c, _ := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c)]
	if found == nil {
		return
	}
	if sealed, err := seal(c, d); err == nil {
		found.kept = sealed
	}
}

// kept is the draft of whoever is signed in, and forget lets it go.
func (s *sessions) kept(r *http.Request) (d draft, ok bool) {
	c, _ := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[nameOf(c)]
	return d, found != nil && found.kept != nil && unseal(c, found.kept, &d) == nil
}

func (s *sessions) forget(r *http.Request) {
	c, _ := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.all[nameOf(c)]; found != nil {
		found.kept = nil
	}
}

// waits reports whether something was kept for whoever was signed in in this browser.
func (s *sessions) waits(r *http.Request) (was, kept bool) {
	c, _ := cookieOf(r, cookieSession)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.over[nameOf(c)]
	return o != nil, o != nil && o.kept != nil
}

// farewell tells the node that a session of its is over. Nobody waits for its answer.
func (k *Console) farewell(v *visit, ended *session) {
	if ended == nil || !ended.ours {
		return
	}
	node := k.api.As(ended.token, string(v.Language()))
	ctx := context.WithoutCancel(v.ctx())
	go func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		// The node ends it by itself where it does not hear this.
		_, _ = node.SignOut(ctx)
	}()
}
