package staff

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// SigningIn is what somebody shows to sign in.
type SigningIn struct {
	Name, Passphrase string
	Code             string // of the app, or a recovery code; or
	Device           string // what a sign-in with a code gave here
}

// String hides it.
func (SigningIn) String() string { return "(redacted)" }

// GoString hides it.
func (SigningIn) GoString() string { return "(redacted)" }

// SignedIn is a session that begins. Device is empty where she signed in with one.
type SignedIn struct {
	Member
	Session     Session
	Token       string
	Device      string
	DeviceUntil time.Time
}

// String hides the session's token.
func (SignedIn) String() string { return "(redacted)" }

// GoString hides the session's token.
func (SignedIn) GoString() string { return "(redacted)" }

// device is a device at which somebody signed in with a code. It is kept under its hash.
type device struct {
	Of    posada.StaffID `json:"of"`
	Made  time.Time      `json:"made"`
	Wrong int            `json:"wrong,omitempty"` // passphrases
}

var devices = vault.Table[device]{Name: "devices", Version: 1}

func (d device) over(now time.Time) bool { return now.Sub(d.Made).Abs() >= DeviceLife }

// errSignIn is the one answer to whatever of a sign-in is wrong.
func errSignIn() error { return fault.New(fault.Unauthenticated, fault.SignInFailed) }

// SignIn begins a session. Whether there is nobody of that name, she has no account, was
// disabled, or showed something wrong: the answer is the same, after the same work.
func (s *Staff) SignIn(ctx context.Context, in SigningIn) (SignedIn, error) {
	who, err := s.whoSignsIn(in)
	if err != nil {
		return SignedIn{}, err
	}
	if !who.device {
		if err := s.slow.try(who.key, s.now()); err != nil {
			return SignedIn{}, err
		}
	}
	right, err := s.is(ctx, in.Passphrase, who.Passphrase)
	if err != nil {
		return SignedIn{}, err
	}
	_, code := who.code(who.ID, in.Code, s.now())
	if who.known && right && (code || who.device) {
		out, err := s.signIn(who, in)
		if !errors.Is(err, errMovedOn) {
			return out, err
		}
	}
	if who.device {
		err = s.wrongAt(in.Device)
	} else if s.slow.failed(who.key, s.now()) {
		err = s.vault.Update(func(tx *vault.Tx) error { return s.note(tx, "", audit.SignInSlowed, who.ID) })
	}
	return SignedIn{}, errors.Join(errSignIn(), err)
}

// signing is who signs in, as far as is known: where there is no such account it is
// one that nothing opens.
type signing struct {
	account
	Member
	known  bool
	device bool   // she has one that is remembered
	key    string // what tries are counted by
}

// whoSignsIn finds whom a name and a device are of.
func (s *Staff) whoSignsIn(in SigningIn) (who signing, err error) {
	name := strings.Join(strings.Fields(in.Name), " ")
	who = signing{account: nobodys(), key: "name " + strings.ToLower(name)}
	err = s.vault.View(func(tx *vault.Tx) error {
		if err := people.Each(tx, func(_ string, m Member) error {
			if m.Disabled.IsZero() && strings.EqualFold(m.Name, name) {
				who.Member, who.key = m, "id "+string(m.ID)
			}
			return nil
		}); err != nil {
			return err
		}
		a, err := accounts.Get(tx, string(who.ID))
		switch {
		case err == nil:
			who.account, who.known = a, true
		case !vault.Gone(err):
			return err
		}
		d, err := devices.Get(tx, hashedDevice(in.Device))
		if vault.Gone(err) {
			return nil
		}
		who.device = err == nil && who.known && in.Code == "" && d.Of == who.ID && !d.over(s.now())
		return err
	})
	return who, err
}

// nobodys is an account that nothing opens, which is held against what is shown where
// there is none: the work is the same.
func nobodys() account {
	return account{
		Passphrase: stretched{make([]byte, saltSize), nil}, Secret: strings.Repeat("A", 32), Step: 1 << 62,
		Recovery: make([]string, recoveryCodes),
	}
}

// errMovedOn says that what was right is so no more.
var errMovedOn = errors.New("what somebody signs in with changed meanwhile")

// signIn begins a session for who showed who she is, if all that still stands: the same
// account, a code that nobody used meanwhile, a device that is remembered.
func (s *Staff) signIn(who signing, in SigningIn) (out SignedIn, err error) {
	drawn, err := s.drawSession(!who.device)
	if err != nil {
		return SignedIn{}, err
	}
	err = s.vault.Update(func(tx *vault.Tx) error {
		m, err := working(tx, who.ID)
		if err != nil {
			return errMovedOn
		}
		a, err := accounts.Get(tx, string(m.ID))
		if vault.Gone(err) || err == nil && !a.Made.Equal(who.Made) {
			return errMovedOn
		}
		if err != nil {
			return err
		}
		if who.device {
			if _, err := devices.Get(tx, hashedDevice(in.Device)); vault.Gone(err) {
				return errMovedOn
			} else if err != nil {
				return err
			}
		} else {
			use, ok := a.code(m.ID, in.Code, s.now())
			if !ok {
				return errMovedOn
			}
			a = a.without(use)
		}
		out, err = s.begin(tx, m, drawn)
		return errors.Join(err, accounts.Put(tx, string(m.ID), vault.KeyID{}, a))
	})
	if err != nil {
		return SignedIn{}, err
	}
	s.slow.passed(who.key)
	return out, nil
}

// drawn is what a session begins with.
type drawn struct {
	id            posada.TokenID
	token, device string
}

// drawSession draws a session's token and, with a code, the device's secret.
func (s *Staff) drawSession(withCode bool) (d drawn, err error) {
	if d.id, d.token, err = s.draw(); err != nil {
		return drawn{}, err
	}
	d.token = handoff.SessionPrefix + d.token
	if withCode {
		var secret [32]byte
		if _, err := io.ReadFull(s.random, secret[:]); err != nil {
			return drawn{}, fmt.Errorf("draw a device: %w", err)
		}
		d.device = base64.RawURLEncoding.EncodeToString(secret[:])
	}
	return d, nil
}

// begin keeps a session, and lets go of those that are over.
func (s *Staff) begin(tx *vault.Tx, m Member, d drawn) (SignedIn, error) {
	now := s.now().UTC()
	x := session{ID: d.id, Of: m.ID, Made: now, Used: now, Confirmed: now}
	out := SignedIn{Member: m, Session: x.shown(now), Token: d.token, Device: d.device}
	err := errors.Join(s.sweep(tx, now), sessions.Put(tx, hashedSession(d.token), vault.KeyID{}, x), s.note(tx, m.ID, audit.SignedIn, m.ID))
	if d.device != "" {
		out.DeviceUntil = now.Add(DeviceLife)
		err = errors.Join(err, devices.Put(tx, hashedDevice(d.device), vault.KeyID{}, device{Of: m.ID, Made: now}))
	}
	return out, err
}

// sweep deletes what is over.
func (s *Staff) sweep(tx *vault.Tx, now time.Time) error {
	var ended []string
	err := sessions.Each(tx, func(name string, x session) error {
		if x.Used = s.lastUsed(name, x.Used); x.over(now) {
			ended = append(ended, name)
		}
		return nil
	})
	for _, name := range ended {
		s.unused(name)
		err = errors.Join(err, sessions.Delete(tx, name))
	}
	return errors.Join(err, clean(tx, devices, func(d device) bool { return d.over(now) }))
}

// wrongAt counts a wrong passphrase at a device, which is forgotten after mostWrong.
func (s *Staff) wrongAt(secret string) error {
	return s.vault.Update(func(tx *vault.Tx) error {
		name := hashedDevice(secret)
		d, err := devices.Get(tx, name)
		if vault.Gone(err) {
			return nil
		}
		if d.Wrong++; err == nil && d.Wrong >= mostWrong {
			return errors.Join(devices.Delete(tx, name), s.note(tx, "", audit.SignInSlowed, d.Of))
		}
		return errors.Join(err, devices.Put(tx, name, vault.KeyID{}, d))
	})
}

// accountOf is somebody's account in force.
func (s *Staff) accountOf(id posada.StaffID) (a account, known bool, err error) {
	a = nobodys()
	err = s.vault.View(func(tx *vault.Tx) error {
		kept, err := accounts.Get(tx, string(id))
		if vault.Gone(err) {
			return nil
		}
		a, known = kept, err == nil
		return err
	})
	return a, known, err
}

func hashedDevice(secret string) string {
	sum := sha256.Sum256([]byte("posada/device/v1\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
