package node

import (
	"errors"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/keys"
	"github.com/posada-exchange/posada/services/node/staff"
)

// Create makes a node in an empty folder: its vault and its keys, all born
// here. What it returns is all that others need to know of it; class and
// standing are for the network to say. again is the id of an agency whose node
// was lost and which goes on under this one; empty: an agency that is new.
func Create(dir string, secret vault.Secret, network posada.NetworkID, again posada.AgencyID, random io.Reader, now time.Time) (roster.Agency, roster.Announcement, error) {
	if err := vault.Create(dir, secret, random); err != nil {
		return roster.Agency{}, roster.Announcement{}, err
	}
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return roster.Agency{}, roster.Announcement{}, err
	}
	own, err := keys.Create(v, network, again, random, now)
	if err != nil {
		return roster.Agency{}, roster.Announcement{}, errors.Join(err, v.Close())
	}
	announced, _ := own.Announced()
	return own.Member(), announced, v.Close()
}

// Request is what an agency whose node is not running hands to the stewards,
// signed under its identity key: it would join, and says what it is.
func Request(dir string, secret vault.Secret, class posada.AgencyClass, random io.Reader, now time.Time) (text []byte, err error) {
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	own, err := keys.New(v, random)
	if err != nil {
		return nil, err
	}
	return own.Request(class, now)
}

// AddStaff adds a person to a node that is not running, and gives the token
// she shows herself with.
func AddStaff(dir string, secret vault.Secret, random io.Reader, now func() time.Time, name string, roles ...posada.StaffRole) (token string, err error) {
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return "", err
	}
	_, token, err = staff.New(v, random, now).Add("", name, posada.SetOf(roles...))
	return token, errors.Join(err, v.Close())
}

// Credentials are a node's own keys. Only a throw-away network looks at its
// members': to let one of them be played by something other than a node.
type Credentials struct {
	Agency     posada.AgencyID
	Mailbox    posada.MailboxID
	Connection keys.Connection
	Signing    jose.PrivateKey
	Identities map[posada.Epoch]seal.Identity
	Announced  roster.Announcement
}

// OwnCredentials reads the credentials, as they are at now, of a node that is
// not running.
func OwnCredentials(dir string, secret vault.Secret, random io.Reader, now time.Time) (c Credentials, err error) {
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	own, err := keys.New(v, random)
	if err != nil {
		return c, err
	}
	me := own.Member()
	c = Credentials{Agency: me.ID, Mailbox: me.Mailbox, Identities: map[posada.Epoch]seal.Identity{}}
	c.Announced, _ = own.Announced()
	for _, e := range c.Announced.Keys().Epochs {
		if identity, ok := own.Identity(e.Epoch); ok {
			c.Identities[e.Epoch] = identity
		}
	}
	// One that was away for long has nothing to sign with, and still connects.
	if c.Signing, err = own.Signer(now); err != nil && !errors.Is(err, keys.ErrNoKey) {
		return c, err
	}
	c.Connection, err = own.Connection(now)
	return c, err
}
