package node

import (
	"context"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/staff"
)

// sitting is somebody who asks in a session. Until she shows again who she is she is not
// shown where anybody is now.
func sitting(who staff.Member, in staff.Session) gateway.Person {
	asker := who.Asker()
	if in.Confirmed.IsZero() {
		asker = asker.Unconfirmed()
	}
	return gateway.Person{
		Asker: asker, Name: who.Name, Token: in.ID, Sitting: gateway.Sitting{Until: in.Until, Idle: staff.Idle, Confirmed: in.Confirmed},
	}
}

// Account is whether somebody has one in force, and the recovery codes left of it.
func (p people) Account(of posada.StaffID) (has bool, left int, err error) {
	left, has, err = p.RecoveryLeft(of)
	return has, left, err
}

// MakeAccount begins an account.
func (p people) MakeAccount(ctx context.Context, by gateway.Person, passphrase string, names ...string) (client.PendingAccount, error) {
	out, err := p.Make(ctx, by.ID, by.Token, passphrase, names...)
	return client.PendingAccount{URI: out.URI, Secret: out.Secret, Recovery: out.Recovery, Until: out.Until}, err
}

// BeginAccount puts an account in force.
func (p people) BeginAccount(by gateway.Person, in client.AccountCode) (gateway.SignedIn, error) {
	return signedIn(p.Begin(by.ID, by.Token, in.Code, in.EndToken))
}

// EndAccount ends somebody's account and sessions.
func (p people) EndAccount(by, of posada.StaffID) (client.Staff, error) {
	return p.member(p.Staff.EndAccount(by, of))
}

// SignIn begins a session.
func (p people) SignIn(ctx context.Context, in client.NewSession) (gateway.SignedIn, error) {
	return signedIn(p.Staff.SignIn(ctx, staff.SigningIn{Name: in.Name, Passphrase: in.Passphrase, Code: in.Code, Device: in.Device}))
}

// SignOut ends the session somebody asks in.
func (p people) SignOut(by gateway.Person) error { return p.Staff.SignOut(by.ID, by.Token) }

// ConfirmSession takes it that it is she who asks.
func (p people) ConfirmSession(ctx context.Context, by gateway.Person, in client.NewProof) (gateway.Person, error) {
	now, err := p.Confirm(ctx, by.ID, by.Token, in.Passphrase, in.Code)
	if err != nil {
		return gateway.Person{}, err
	}
	return sitting(staff.Member{ID: by.ID, Name: by.Name, Roles: by.Roles}, now), nil
}

func signedIn(in staff.SignedIn, err error) (gateway.SignedIn, error) {
	if err != nil {
		return gateway.SignedIn{}, err
	}
	return gateway.SignedIn{Person: sitting(in.Member, in.Session), Secret: in.Token, Device: in.Device, DeviceUntil: in.DeviceUntil}, nil
}
