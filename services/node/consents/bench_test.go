package consents

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/cases"
)

// The members: we ourselves, and two others.
func us() posada.AgencyID      { return agency(1) }
func legal() posada.AgencyID   { return agency(2) }
func shelter() posada.AgencyID { return agency(3) }
func ana() posada.StaffID      { return posada.IDFrom[posada.StaffID]([16]byte{9}) }
func worker() handoff.Asker {
	return handoff.Asker{ID: ana(), Roles: posada.SetOf(posada.RoleAdvocate)}
}

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
	policy  *pdp.Engine
	filed   func(*vault.Vault) *cases.Cases // the unit of cases on a vault
}

var secret = vault.Key([32]byte{1, 2, 3})

// signer is a key that does not turn over.
type signer struct{ key jose.PrivateKey }

func (s signer) Signer(time.Time) (jose.PrivateKey, error) { return s.key, nil }

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)}
	one := invented.New(t, 1, b.now)
	b.members = invented.Roster(t, one, invented.New(t, 2, b.now), invented.New(t, 3, b.now))
	must(t, vault.Create(b.dir, secret, rand.Reader))
	shipped, err := pdp.Shipped()
	must(t, err)
	b.policy = shipped
	current, now := roster.NewCurrent(b.members), func() time.Time { return b.now }
	b.filed = func(v *vault.Vault) *cases.Cases {
		return cases.New(cases.Config{Agency: us(), Vault: v, Members: current, Policy: pdp.NewCurrent(b.policy), Now: now, Random: rand.Reader})
	}
	b.Consents = New(Config{Agency: us(), Keys: signer{one.Signing}, Members: current, Now: now, Random: rand.Reader, Stretch: consent.Code.Secret})
	b.open(t)
	t.Cleanup(func() { must(t, b.c.Vault.Close()) })
	return b
}

func (b *bench) open(t testing.TB) {
	t.Helper()
	v, err := vault.Open(b.dir, secret, rand.Reader)
	must(t, err)
	b.c.Vault, b.c.Cases = v, b.filed(v)
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
	kept, err := b.Add(t.Context(), worker(), label, 0, r)
	must(t, err)
	b.now = b.now.Add(time.Minute)
	return kept
}
