// Package invented is for tests: agencies that do not exist, with keys that
// verify.
//
// Guarantee: the same number gives the same agency and the same keys, so golden
// bytes can be made of them; and they are nobody's.
package invented

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Network is the network they are in.
const Network posada.NetworkID = "nnnnnnnnnnnnnnnnnnnnnnnnna"

// Agency is one member and all its keys.
type Agency struct {
	Member     roster.Agency
	Identity   jose.PrivateKey
	Signing    jose.PrivateKey
	Connection []byte // nkey seed
	// Public is the connection key others see, and Statement what says that it
	// connects for the agency, from a day before the moment it was made around.
	Public, Statement string
	// Keys is what it announces. A test may change it, and make a roster.
	Keys roster.Keys
}

// ID is agency n's.
func ID(n byte) posada.AgencyID { return posada.IDFrom[posada.AgencyID](raw(n)) }

func raw(n byte) [16]byte { return [16]byte(bytes.Repeat([]byte{n}, 16)) }

// Key is the signing key of a number.
func Key(t testing.TB, n byte) jose.PrivateKey {
	t.Helper()
	key, err := jose.KeyFromSeed([32]byte(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// New is agency n (1 to 50), an NGO in good standing whose keys count around a
// moment: its signing key from a day before to a day after.
func New(t testing.TB, n byte, at time.Time) *Agency {
	t.Helper()
	at = at.UTC().Truncate(time.Second)
	a := &Agency{Identity: Key(t, 100+n), Signing: Key(t, n)}
	a.Member = roster.Agency{
		ID: ID(n), Class: posada.ClassNGO, Standing: posada.StandingActive, Mailbox: raw(50 + n), Identity: a.Identity.Public(),
	}
	pair, err := nkeys.FromRawSeed(nkeys.PrefixByteUser, bytes.Repeat([]byte{200 + n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if a.Public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	if a.Connection, err = pair.Seed(); err != nil {
		t.Fatal(err)
	}
	a.Statement, err = roster.Connection{
		Network: Network, Issuer: a.Member.ID, Key: a.Public, NotBefore: at.AddDate(0, 0, -1).Unix(), Expires: at.AddDate(0, 0, 28).Unix(),
	}.Sign(a.Identity)
	if err != nil {
		t.Fatal(err)
	}
	today := posada.EpochAt(at)
	a.Keys = roster.Keys{
		Network: Network, Issuer: a.Member.ID, Sequence: 1,
		IssuedAt: at.AddDate(0, 0, -1).Unix(), Expires: at.AddDate(0, 0, 14).Unix(),
		Signing: []roster.SigningKey{{Key: a.Signing.Public(), From: at.AddDate(0, 0, -1), Until: at.AddDate(0, 0, 1)}},
		Epochs:  []roster.EpochRecipient{{Epoch: today, Recipient: fmt.Sprintf("age1pq1invented%d", n)}},
	}
	return a
}

// Announce signs what the agency announces.
func (a *Agency) Announce(t testing.TB) roster.Announcement {
	t.Helper()
	announced, err := roster.Announce(a.Keys, a.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return announced
}

// Snapshot is a roster of agencies as stewards would sign it.
func Snapshot(t testing.TB, agencies ...*Agency) roster.Snapshot {
	t.Helper()
	s := roster.Snapshot{
		Network: Network, Version: 1,
		Hub: roster.Hub{Operator: "Invented Hub Cooperative", Receipt: Key(t, 99).Public()},
	}
	for _, a := range agencies {
		s.Agencies = append(s.Agencies, a.Member)
	}
	return s
}

// Roster is the agencies with what they announce.
func Roster(t testing.TB, agencies ...*Agency) *roster.Roster {
	t.Helper()
	members, err := roster.New(Snapshot(t, agencies...))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range agencies {
		members = members.With(a.Announce(t))
	}
	return members
}
