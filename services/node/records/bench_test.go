package records

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/cases"
	"github.com/posada-exchange/posada/services/node/consents"
	"github.com/posada-exchange/posada/services/node/referrals"
)

var secret = vault.Key([32]byte{1, 2, 3})

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func staff(n byte, roles ...posada.StaffRole) handoff.Asker {
	return handoff.Asker{ID: posada.IDFrom[posada.StaffID]([16]byte{n}), Roles: posada.SetOf(roles...)}
}

func lawyer() handoff.Asker { return staff(9, posada.RoleLegal) }

// line carries nothing anywhere: what these tests are about leaves nobody.
type line struct{ staleness posada.Staleness }

func (line) Enqueue(*vault.Tx, posada.AgencyID, event.Event, vault.KeyID) error { return nil }
func (line) Holds(*vault.Tx, vault.KeyID) (bool, error)                         { return false, nil }
func (line) Wake()                                                              {}
func (line) Review()                                                            {}
func (line) ReviewLater()                                                       {}
func (line) Discard(*vault.Tx, func(posada.AgencyID, event.Statement) bool) error {
	return nil
}
func (l line) Staleness() posada.Staleness { return l.staleness }

func (line) Freshness(*vault.Tx, posada.AgencyID) (posada.Staleness, error) {
	return posada.StalenessLive, nil
}
func (line) Vouches(*vault.Tx, posada.AgencyID, time.Time) (posada.Staleness, error) {
	return posada.StalenessLive, nil
}
func (line) Ask(posada.AgencyID) {}

// signer is a key that does not turn over.
type signer struct{ key jose.PrivateKey }

func (s signer) Signer(time.Time) (jose.PrivateKey, error) { return s.key, nil }

// bench is a legal aid with its units on a vault of its own, a clock that stands,
// and one NGO that shares with it.
type bench struct {
	*Records
	vault     *vault.Vault
	dir       string
	now       time.Time
	members   *roster.Current
	cases     *cases.Cases
	consents  *consents.Consents
	referrals *referrals.Referrals
	other     *invented.Agency
	line      *line
	sent      byte
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC), line: &line{posada.StalenessFresh}}
	us := invented.New(t, 1, b.now)
	us.Member.Class = posada.ClassLegalAid
	b.other = invented.New(t, 2, b.now)
	b.members = roster.NewCurrent(invented.Roster(t, us, b.other))
	must(t, vault.Create(b.dir, secret, rand.Reader))
	var err error
	b.vault, err = vault.Open(b.dir, secret, rand.Reader)
	must(t, err)
	t.Cleanup(func() { must(t, b.vault.Close()) })
	shipped, err := pdp.Shipped()
	must(t, err)
	rules, now := pdp.NewCurrent(shipped), func() time.Time { return b.now }
	b.cases = cases.New(cases.Config{Agency: us.Member.ID, Vault: b.vault, Members: b.members, Policy: rules, Now: now, Random: rand.Reader})
	b.consents = consents.New(consents.Config{
		Agency: us.Member.ID, Keys: signer{us.Signing}, Vault: b.vault, Cases: b.cases, Members: b.members, Now: now, Random: rand.Reader, Stretch: consent.Code.Secret,
		Ended: func(tx *vault.Tx, of handoff.Case) error { return b.Review(tx, of) },
		Renewed: func(ctx context.Context, tx *vault.Tx, by posada.StaffID, of handoff.Case, r consent.Record) error {
			before, err := those(tx, func(own) bool { return true })
			if err == nil {
				err = b.Renewed(ctx, tx, by, of, r)
			}
			// At no moment is anything kept twice, or not at all.
			after, wrong := those(tx, func(own) bool { return true })
			if err = errors.Join(err, wrong); err == nil && len(after) != len(before) {
				err = fmt.Errorf("%d were kept, now %d", len(before), len(after))
			}
			return err
		},
	})
	b.referrals = referrals.New(referrals.Config{
		Agency: us.Member.ID, Vault: b.vault, Members: b.members, Policy: rules, Decide: rules, Cases: b.cases, Consents: b.consents, Post: b.line, Now: now, Random: rand.Reader,
		Held: func(*vault.Tx, string, posada.AgencyID) (posada.NeedID, error) { return "", nil },
	})
	b.Records = New(Config{
		Agency: us.Member.ID, Vault: b.vault, Members: b.members, Policy: rules, Decide: rules, Cases: b.cases, Consents: b.consents, Referrals: b.referrals,
		Staleness: func() posada.Staleness { return b.line.staleness }, Now: now, Random: rand.Reader,
	})
	return b
}

// shared is what the NGO shares: something of several categories.
func shared() referral.Content {
	return referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityNormal, Services: posada.SetOf(posada.ServiceLegalImmigration),
		Records: []referral.Record{
			{Role: htcds.Survivor, Fields: map[string]string{
				"psd_PreferredName": "Invented", "psd_SafeContact": "Before noon", "psd_Documents": "An invented certificate", "prs_PrimaryLanguage": "spa",
			}},
			{Role: htcds.Role("employer"), Fields: map[string]string{"org_Name": "Empacadora Inventada"}},
			{Role: htcds.Role("referring_worker"), Fields: map[string]string{"prs_FirstName": "Ines"}},
		},
	}
}

// arrives is a referral that came in, may be held for ten days and, where whose is not
// empty, is somebody's work.
func (b *bench) arrives(t testing.TB, whose ...handoff.Asker) posada.ReferralID {
	t.Helper()
	b.sent++
	id := func(n byte) [16]byte { return [16]byte{n, b.sent} }
	c := shared()
	o := consent.Obligations{RetainUntil: b.now.AddDate(0, 0, 10).Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure}
	grant, err := consent.Grant{
		Network: invented.Network, Issuer: b.other.Member.ID, Audience: b.c.Agency, Subject: posada.IDFrom[posada.Alias]([16]byte{3}),
		ID: posada.IDFrom[posada.GrantID](id(4)), IssuedAt: b.now.Unix(), NotBefore: b.now.Unix(), Expires: b.now.AddDate(0, 0, 10).Unix(),
		Purpose: c.Purpose, Categories: c.Categories(), Onward: []consent.OnwardTo{}, Obligations: o,
		Via: "Invented Hub Cooperative", Form: consent.Digest{1}, Revocation: consent.Digest{2}, Withdrawal: consent.Digest{3},
	}.Sign(b.other.Signing)
	must(t, err)
	minimal, _, err := redact.Reduce(c, c.Categories())
	must(t, err)
	subject := posada.IDFrom[posada.ReferralID](id(7))
	e, err := event.Disclosure(posada.IDFrom[posada.EventID](id(8)), subject, minimal, grant, o, b.now)
	must(t, err)
	s, err := e.In(b.other.Member.ID, event.Place{Seq: 1})
	must(t, err)
	must(t, b.vault.Update(func(tx *vault.Tx) error {
		return b.referrals.Handle(t.Context(), tx, handoff.Incoming{From: b.other.Member.ID, Statement: s})
	}))
	for _, w := range whose {
		_, err := b.referrals.Set(t.Context(), w, subject, referral.Mark{State: posada.StateAcknowledged})
		must(t, err)
	}
	return subject
}

// agreed is a consent to keep categories, as an adult gave it.
func (b *bench) agreed(keep ...posada.Category) consent.Record {
	return consent.Record{
		Allowances: []consent.Allowance{{To: b.c.Agency, Purpose: posada.PurposeLegal, Categories: posada.SetOf(keep...), SingleUse: true}},
		Services:   posada.SetOf(posada.ServiceLegalImmigration),
		GivenBy:    posada.GivenBySelf, AgeBand: posada.Age25to39, Assent: posada.AssentNotAsked, Conflict: posada.ConflictUnchecked,
		Method: posada.MethodWritten, Language: "spa", Informed: posada.SetOf(posada.Members[posada.Informed]()...),
		Condition: posada.ServiceNotConditional, Form: consent.Digest{1}, TextVersion: "1",
	}
}

// kept is everything that was taken over.
func (b *bench) kept(t testing.TB) (list []own) {
	t.Helper()
	must(t, b.vault.View(func(tx *vault.Tx) (err error) {
		list, err = those(tx, func(own) bool { return true })
		return err
	}))
	return list
}

// entries is how much the account tells of.
func (b *bench) entries(t testing.TB) (count uint64) {
	t.Helper()
	must(t, b.vault.View(func(tx *vault.Tx) (err error) {
		count, _, err = audit.Verify(tx)
		return err
	}))
	return count
}

// said is what she says when she is asked anew: categories, or none, which is as before.
func (b *bench) said(keep ...posada.Category) consent.Record {
	r := b.agreed(keep...)
	r.TextVersion = "2"
	if len(keep) == 0 {
		r.Allowances = nil
	}
	return r
}

// acts counts what the account tells of a consent.
func (b *bench) acts(t testing.TB, act audit.Act, of posada.ConsentID) (count int) {
	t.Helper()
	must(t, b.vault.View(func(tx *vault.Tx) error {
		return audit.Each(tx, 1, func(_ uint64, e audit.Entry) error {
			if e.Act == act && e.Consent == of {
				count++
			}
			return nil
		})
	}))
	return count
}
