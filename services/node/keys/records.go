package keys

import (
	"fmt"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// own is who this agency is, and what it announced.
type own struct {
	Network   posada.NetworkID `json:"network"`
	Agency    posada.AgencyID  `json:"agency"`
	Mailbox   posada.MailboxID `json:"mailbox"`
	Identity  []byte           `json:"identity"`       // seed
	Again     bool             `json:"again,omitzero"` // in the place of a node that was lost
	Announced string           `json:"announced"`      // the last announcement, as signed
	AtHub     uint64           `json:"at_hub"`         // sequence of the last the hub took in
	// Connection is what we connect with. What it opens is no secret, so the
	// one before it is just forgotten.
	Connection Connection `json:"connection"`
	// Passed is the highest number that was announced in our name by a later
	// copy of this store, and Jumped when we last passed one.
	Passed uint64    `json:"passed,omitzero"`
	Jumped time.Time `json:"jumped,omitzero"`
	// Drained is the day up to whose end the mailbox was seen empty.
	Drained posada.Epoch `json:"drained"`
}

// Connection is a key to connect with and what says that it is ours.
type Connection struct {
	Seed      []byte    `json:"seed"` // of an nkey
	Statement string    `json:"statement"`
	From      time.Time `json:"from"`
}

// secret is a private key: a seed, or an age identity as text. Its record is
// sealed under a vault key of its own, Key, and gone when that is erased.
type secret struct {
	Seed []byte      `json:"seed"`
	Key  vault.KeyID `json:"key"`
}

var (
	ownTable     = vault.Table[own]{Name: "own", Version: 1}
	signingTable = vault.Table[secret]{Name: "signing", Version: 1} // by thumbprint
	epochTable   = vault.Table[secret]{Name: "epochs", Version: 1}  // by day
)

const ownName = "own"

func epochName(e posada.Epoch) string { return fmt.Sprint(uint32(e)) }

func readEpoch(name string) (posada.Epoch, error) {
	e, err := strconv.ParseUint(name, 10, 32)
	return posada.Epoch(e), err
}

// put keeps a private key under a vault key of its own. One that stands there is
// destroyed: with its record written over, nobody would know its vault key.
func put(tx *vault.Tx, table vault.Table[secret], name string, seed []byte) error {
	if err := destroy(tx, table, name); err != nil {
		return err
	}
	key, err := tx.NewKey()
	if err != nil {
		return err
	}
	return table.Put(tx, name, key, secret{Seed: seed, Key: key})
}

// destroy erases the vault key of a private key, whatever copies there are.
func destroy(tx *vault.Tx, table vault.Table[secret], name string) error {
	s, err := table.Get(tx, name)
	if vault.Gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := table.Delete(tx, name); err != nil {
		return err
	}
	return tx.Erase(s.Key)
}
