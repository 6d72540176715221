package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Sitting is the session in which somebody asks. The zero value is none: she showed a
// token, which stands for a program or a file of hers, and not for a screen that she
// walked away from.
type Sitting struct {
	Until     time.Time     // at the latest
	Idle      time.Duration // it ends after so long without a request
	Confirmed time.Time     // until when it counts that she showed who she is; zero: it does not
}

// Accounts are how people sign in.
//
//  1. What MakeAccount gives is in force when BeginAccount returns nil; an earlier
//     account is over then, with its sessions and remembered devices.
//  2. fault.NeedsToken: with is no token of hers.
//  3. When EndAccount returns nobody is signed in as the person.
type Accounts interface {
	Account(of posada.StaffID) (has bool, recoveryLeft int, err error)
	MakeAccount(ctx context.Context, by Person, passphrase string, names ...string) (client.PendingAccount, error)
	BeginAccount(by Person, in client.AccountCode) (SignedIn, error)
	EndAccount(by, of posada.StaffID) (client.Staff, error)
}

// Sessions are people who signed in.
//
//  1. SignIn has one error, fault.SignInFailed, for whatever is wrong, or
//     fault.SignInWait, which says nothing of whether there is somebody of that name.
//  2. ConfirmSession returns the person as she asks from then on.
type Sessions interface {
	SignIn(ctx context.Context, in client.NewSession) (SignedIn, error)
	SignOut(by Person) error
	ConfirmSession(ctx context.Context, by Person, in client.NewProof) (Person, error)
}

// SignedIn is a session that begins.
type SignedIn struct {
	Person
	Secret      string // the session's token
	Device      string
	DeviceUntil time.Time
}

// String hides the session's token.
func (SignedIn) String() string { return "(redacted)" }

// GoString hides the session's token.
func (SignedIn) GoString() string { return "(redacted)" }

// signInRoute is the one request that is answered without a token.
const signInRoute = "POST /v1/sessions"

// registerAccounts: everybody makes her own; whoever administers the agency ends anybody's.
func (g *Gateway) registerAccounts(api huma.API) {
	anybody := func(Person) bool { return true }
	huma.Register(api, huma.Operation{
		OperationID: "make-account", Method: http.MethodPost, Path: "/v1/account", DefaultStatus: http.StatusCreated,
		Summary: "With a token, begin an account to sign in with, or make it anew; the answer is shown this once",
	}, answerTo(g, anybody, func(ctx context.Context, by Person, in *body[client.NewAccount]) (*body[client.PendingAccount], error) {
		out, err := g.c.Staff.MakeAccount(ctx, by, in.Body.Passphrase, by.Name, g.c.Known().Name(g.c.Agency))
		return &body[client.PendingAccount]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "confirm-account", Method: http.MethodPost, Path: "/v1/account/confirm", DefaultStatus: http.StatusCreated,
		Summary: "Put the account in force with a code of its app, and sign in",
	}, answerTo(g, anybody, func(_ context.Context, by Person, in *body[client.AccountCode]) (*body[client.Session], error) {
		return g.session(g.c.Staff.BeginAccount(by, in.Body))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "end-account", Method: http.MethodDelete, Path: "/v1/staff/{id}/account", Summary: "End a person's account and sessions, at once",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *staffPath) (*body[client.Staff], error) {
		out, err := g.c.Staff.EndAccount(by.ID, posada.StaffID(in.ID))
		return &body[client.Staff]{out}, err
	}))
}

func (g *Gateway) registerSessions(api huma.API, d Door) {
	anybody := func(Person) bool { return true }
	huma.Register(api, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/v1/sessions", DefaultStatus: http.StatusCreated,
		Summary: "Sign in, without a token; whatever is wrong, the answer is one",
	}, func(ctx context.Context, in *body[client.NewSession]) (*body[client.Session], error) {
		out, err := g.session(g.c.Staff.SignIn(ctx, in.Body))
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		d.Seen()
		return out, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/v1/sessions/current", Summary: "End the session this is asked in",
	}, answerTo(g, anybody, func(_ context.Context, by Person, _ *struct{}) (*body[client.SignedOut], error) {
		return &body[client.SignedOut]{client.SignedOut{SignedOut: true}}, g.c.Staff.SignOut(by)
	}))
	huma.Register(api, huma.Operation{
		OperationID: "confirm-session", Method: http.MethodPost, Path: "/v1/sessions/confirm",
		Summary: "Show once more who is at the session: for some minutes it is shown where somebody is now",
	}, answerTo(g, anybody, func(ctx context.Context, by Person, in *body[client.NewProof]) (*body[client.Me], error) {
		now, err := g.c.Staff.ConfirmSession(ctx, by, in.Body)
		if err != nil {
			return nil, err
		}
		me, err := g.me(now)
		return &body[client.Me]{me}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "me", Method: http.MethodGet, Path: "/v1/me", Summary: "Who asks, and how she shows it",
	}, answerTo(g, anybody, func(_ context.Context, by Person, _ *struct{}) (*body[client.Me], error) {
		me, err := g.me(by)
		return &body[client.Me]{me}, err
	}))
}

func (g *Gateway) session(in SignedIn, err error) (*body[client.Session], error) {
	if err != nil {
		return nil, err
	}
	me, err := g.me(in.Person)
	return &body[client.Session]{client.Session{
		Token: in.Secret, Until: in.Sitting.Until, Device: in.Device, DeviceUntil: in.DeviceUntil, Person: me,
	}}, err
}

func (g *Gateway) me(p Person) (client.Me, error) {
	has, left, err := g.c.Staff.Account(p.ID)
	return client.Me{
		ID: p.ID, Name: p.Name, Roles: p.Roles.List(), Agency: g.agency(g.c.Agency),
		Session: p.inSession(), Until: p.Sitting.Until, IdleSeconds: int(p.Sitting.Idle / time.Second),
		Confirmed: p.confirmed(), ConfirmedUntil: p.Sitting.Confirmed, Account: has, RecoveryLeft: left,
	}, err
}

// inSession reports whether somebody signed in, and did not show a token.
func (p Person) inSession() bool { return !p.Sitting.Until.IsZero() }

// confirmed reports whether it counts that it is she who asks.
func (p Person) confirmed() bool { return !p.inSession() || !p.Sitting.Confirmed.IsZero() }

// confirmedFirst refuses what would outlast a session, or go around what it is not
// shown, to who did not show just now that she is at it: a token.
func confirmedFirst(p Person) error {
	if !p.confirmed() {
		return fault.New(fault.Refused, fault.ConfirmFirst)
	}
	return nil
}
