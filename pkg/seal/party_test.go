package seal_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
)

// now is the moment of every test here: an evening in an epoch's middle.
var now = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)

// party is one invented agency with all its keys.
type party struct {
	id       posada.AgencyID
	mailbox  posada.MailboxID
	key      jose.PrivateKey
	identity map[posada.Epoch]seal.Identity
}

// stream is a deterministic source for ids and seeds: not random, and not used
// for anything but tests.
type stream byte

func (s stream) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s) + byte(i)*7
	}
	return len(p), nil
}

func newParty(t testing.TB, n byte) party {
	t.Helper()
	id, err := posada.NewID[posada.AgencyID](stream(n))
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.GenerateKey(stream(n))
	if err != nil {
		t.Fatal(err)
	}
	p := party{id: id, key: key, mailbox: posada.MailboxID(bytes.Repeat([]byte{n}, 16)), identity: map[posada.Epoch]seal.Identity{}}
	for e := posada.EpochAt(now) - 1; e <= posada.EpochAt(now)+1; e++ {
		if p.identity[e], err = seal.GenerateIdentity(); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// network is three agencies that know each other.
type network struct{ a, b, c party }

func newNetwork(t testing.TB) network {
	t.Helper()
	return network{newParty(t, 1), newParty(t, 2), newParty(t, 3)}
}

// roster is what they announce, after changes.
func (n network) roster(t testing.TB, change ...func([]*invented.Agency)) *roster.Roster {
	t.Helper()
	var all []*invented.Agency
	for i, p := range []party{n.a, n.b, n.c} {
		a := invented.New(t, byte(i+1), now)
		a.Member.ID, a.Member.Mailbox, a.Keys.Issuer = p.id, p.mailbox, p.id
		a.Keys.Signing[0].Key = p.key.Public()
		a.Keys.Epochs = nil
		for e, id := range p.identity {
			a.Keys.Epochs = append(a.Keys.Epochs, roster.EpochRecipient{Epoch: e, Recipient: id.Recipient()})
		}
		all = append(all, a)
	}
	for _, f := range change {
		f(all)
	}
	return invented.Roster(t, all...)
}

func (p party) sender() seal.Sender {
	return seal.Sender{Network: invented.Network, Agency: p.id, Key: p.key, Roster: 1, Policy: 1}
}

func (p party) address(t testing.TB, e posada.Epoch) seal.Address {
	t.Helper()
	recipient, err := seal.ParseRecipient(p.identity[e].Recipient())
	if err != nil {
		t.Fatal(err)
	}
	return seal.Address{Agency: p.id, Mailbox: p.mailbox, Epoch: e, Recipient: recipient}
}

func (p party) receiver(members *roster.Roster, at time.Time) seal.Receiver {
	return seal.Receiver{
		Agency: p.id, Mailbox: p.mailbox, Members: members, Now: at,
		Identities: func(e posada.Epoch) (seal.Identity, bool) { i, ok := p.identity[e]; return i, ok },
	}
}

// disclosure is a statement with a text of n bytes in it, all invented.
func disclosure(t testing.TB, from party, place event.Place, n int) event.Statement {
	t.Helper()
	content := referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityNormal,
		Services: posada.SetOf(posada.ServiceLegalImmigration),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{
			"psd_PreferredName": "Invented", "psd_WageEvidence": string(bytes.Repeat([]byte("x"), n)),
		}}},
	}
	minimal, _, err := redact.Reduce(content, content.Categories())
	if err != nil {
		t.Fatal(err)
	}
	id, err := posada.NewID[posada.EventID](stream(place.Seq))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := posada.NewID[posada.ReferralID](stream(9))
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Disclosure(id, subject, minimal, "grant.of.somebody", consent.Obligations{
		RetainUntil: now.Add(24 * time.Hour).Unix(), Onward: consent.OnwardNone,
		Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.In(from.id, place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
