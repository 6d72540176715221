package node

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/staff"
)

// self is who this node is, and its own keys.
type self struct {
	Agency     posada.AgencyID  `json:"agency"`
	Mailbox    posada.MailboxID `json:"mailbox"`
	Signing    []byte           `json:"signing"`    // seed
	Connection []byte           `json:"connection"` // nkey seed
}

var selfTable = vault.Table[self]{Name: "self", Version: 1}

const selfName = "self"

// Key times. Until members announce their keys themselves, a roster has to
// hold what a node needs for as long as it is used.
const (
	signingLife   = 90 * 24 * time.Hour
	epochsBack    = 1
	epochsAhead   = 30
	announcedDays = epochsBack + 1 + epochsAhead
)

// Create makes a node in an empty folder: its vault and its keys, all born
// here, under an identity key whose private half its owner keeps elsewhere.
// What it returns is all that others need to know of it; class and standing
// are for the network to fill in.
func Create(dir string, secret vault.Secret, identity jose.PublicKey, random io.Reader, now time.Time) (roster.Agency, error) {
	if err := vault.Create(dir, secret, random); err != nil {
		return roster.Agency{}, err
	}
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return roster.Agency{}, err
	}
	announced, err := born(v, identity, random, now)
	return announced, errors.Join(err, v.Close())
}

func born(v *vault.Vault, identity jose.PublicKey, random io.Reader, now time.Time) (roster.Agency, error) {
	id, err := posada.NewID[posada.AgencyID](random)
	if err != nil {
		return roster.Agency{}, err
	}
	me := self{Agency: id}
	if _, err := io.ReadFull(random, me.Mailbox[:]); err != nil {
		return roster.Agency{}, fmt.Errorf("draw a mailbox: %w", err)
	}
	signing, err := jose.GenerateKey(random)
	if err != nil {
		return roster.Agency{}, err
	}
	me.Signing = signing.Seed()
	var connection string
	if me.Connection, connection, err = broker.NewKey(); err != nil {
		return roster.Agency{}, err
	}
	epochs, err := post.MakeEpochs(v, posada.EpochAt(now)-epochsBack, announcedDays)
	if err != nil {
		return roster.Agency{}, err
	}
	from := now.Add(-time.Hour).UTC().Truncate(time.Second)
	return roster.Agency{
		ID: id, Standing: posada.StandingActive, Mailbox: me.Mailbox, Identity: identity, Connection: connection,
		Signing: []roster.SigningKey{{Key: signing.Public(), From: from, Until: from.Add(signingLife)}}, Epochs: epochs,
	}, v.Update(func(tx *vault.Tx) error { return selfTable.Put(tx, selfName, vault.KeyID{}, me) })
}

// AddStaff adds a person to a node that is not running, and gives the token
// she shows herself with.
func AddStaff(dir string, secret vault.Secret, random io.Reader, now func() time.Time, name string, role posada.StaffRole) (token string, err error) {
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return "", err
	}
	_, token, err = staff.New(v, random, now).Add(name, role)
	return token, errors.Join(err, v.Close())
}

// Credentials are a node's own keys. Only a throw-away network looks at its
// members': to let one of them be played by something other than a node.
type Credentials struct {
	Agency     posada.AgencyID
	Mailbox    posada.MailboxID
	Connection []byte // nkey seed
	Signing    jose.PrivateKey
	Identities map[posada.Epoch]seal.Identity
}

// OwnCredentials reads the credentials of a node that is not running.
func OwnCredentials(dir string, secret vault.Secret, random io.Reader) (c Credentials, err error) {
	v, err := vault.Open(dir, secret, random)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	var me self
	if err := v.View(func(tx *vault.Tx) (err error) { me, err = selfTable.Get(tx, selfName); return err }); err != nil {
		return c, err
	}
	c = Credentials{Agency: me.Agency, Mailbox: me.Mailbox, Connection: me.Connection}
	if c.Signing, err = jose.KeyFromSeed([32]byte(me.Signing)); err != nil {
		return c, err
	}
	c.Identities, err = post.Epochs(v)
	return c, err
}
