package hub_test

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/roster"
)

// vouched is a new key of a member's, with the statement that it connects for
// it until a moment.
func (b *bench) vouched(t *testing.T, n int, until time.Time) (seed []byte, statement string) {
	t.Helper()
	seed, public, err := broker.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	statement, err = roster.Connection{
		Network: invented.Network, Issuer: b.members[n].agency.ID, Key: public,
		NotBefore: time.Now().Add(-time.Hour).Unix(), Expires: until.Unix(),
	}.Sign(invented.Key(t, byte(101+n)))
	if err != nil {
		t.Fatal(err)
	}
	return seed, statement
}

// line is a member's line to the hub, with such a key.
func (b *bench) line(t *testing.T, n int, seed []byte, statement string) *broker.Line {
	t.Helper()
	line, err := broker.NewLine(broker.Dialing{
		URL: b.hub.Where().Bus, Agency: b.members[n].agency.ID, Seed: seed, Statement: statement,
		Pins: roster.Pinned(b.parts.Founding.Roster().Hub().Pins...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	return line
}
