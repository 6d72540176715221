package consents

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// The members: we ourselves, and two others.
func us() posada.AgencyID      { return agency(1) }
func legal() posada.AgencyID   { return agency(2) }
func shelter() posada.AgencyID { return agency(3) }
func ana() posada.StaffID      { return posada.IDFrom[posada.StaffID]([16]byte{9}) }

func agency(n byte) posada.AgencyID {
	return posada.IDFrom[posada.AgencyID]([16]byte(bytes.Repeat([]byte{n}, 16)))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the unit on a vault of its own, with a clock that stands.
type bench struct {
	*Consents
	dir     string
	now     time.Time
	members *roster.Roster
}

var secret = vault.Key([32]byte{1, 2, 3})

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)}
	hub, err := jose.GenerateKey(rand.Reader)
	must(t, err)
	key, err := jose.GenerateKey(rand.Reader)
	must(t, err)
	snapshot := roster.Snapshot{Network: "nnnnnnnnnnnnnnnnnnnnnnnnna", Version: 1, Hub: roster.Hub{Operator: "Invented Hub", Receipt: hub.Public()}}
	for n := byte(1); n <= 3; n++ {
		identity, err := jose.GenerateKey(rand.Reader)
		must(t, err)
		a := roster.Agency{
			ID: agency(n), Class: posada.ClassNGO, Standing: posada.StandingActive, Mailbox: posada.MailboxID{n},
			Identity: identity.Public(), Connection: "U" + string('A'+n),
		}
		if n == 1 {
			a.Signing = []roster.SigningKey{{Key: key.Public(), From: b.now.AddDate(0, -1, 0), Until: b.now.AddDate(1, 0, 0)}}
		}
		snapshot.Agencies = append(snapshot.Agencies, a)
	}
	b.members, err = roster.New(snapshot)
	must(t, err)
	must(t, vault.Create(b.dir, secret, rand.Reader))
	b.Consents = New(Config{Agency: us(), Key: key, Members: b.members, Now: func() time.Time { return b.now }, Random: rand.Reader})
	b.open(t)
	t.Cleanup(func() { must(t, b.c.Vault.Close()) })
	return b
}

func (b *bench) open(t testing.TB) {
	t.Helper()
	v, err := vault.Open(b.dir, secret, rand.Reader)
	must(t, err)
	b.c.Vault = v
}

// reopen closes the vault and opens it again, as a restart does.
func (b *bench) reopen(t testing.TB) {
	t.Helper()
	must(t, b.c.Vault.Close())
	b.open(t)
}

func (b *bench) view(t testing.TB, fn func(tx *vault.Tx)) {
	t.Helper()
	must(t, b.c.Vault.View(func(tx *vault.Tx) error { fn(tx); return nil }))
}

// entries is how much the audit tells of.
func (b *bench) entries(t testing.TB) (count uint64) {
	t.Helper()
	b.view(t, func(tx *vault.Tx) {
		var err error
		count, _, err = audit.Verify(tx)
		must(t, err)
	})
	return count
}

// agreed is what an invented adult agreed to: legal aid by one agency, once.
func agreed() consent.Record {
	return consent.Record{
		Allowances: []consent.Allowance{{
			To: legal(), Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity),
			Onward: []posada.AgencyID{shelter()}, SingleUse: true,
		}},
		Excluded: posada.SetOf(posada.CategoryImmigrationStatus), Services: posada.SetOf(posada.ServiceLegalImmigration),
		GivenBy: posada.GivenBySelf, AgeBand: posada.Age25to39, Assent: posada.AssentNotAsked, Conflict: posada.ConflictUnchecked,
		Method: posada.MethodWritten, Language: "spa", Informed: posada.SetOf(posada.Members[posada.Informed]()...),
		Condition: posada.ServiceNotConditional, Form: consent.Digest{1}, TextVersion: "1",
	}
}

// add records a consent and lets a minute pass.
func (b *bench) add(t testing.TB, label string, r consent.Record) consent.Filed {
	t.Helper()
	kept, err := b.Add(ana(), label, 0, r)
	must(t, err)
	b.now = b.now.Add(time.Minute)
	return kept
}
