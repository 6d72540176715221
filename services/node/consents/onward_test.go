package consents

import (
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// given is a grant that this agency holds of another, which names a third.
func given(b *bench) consent.Grant {
	until := b.now.Add(50 * time.Hour)
	return consent.Grant{
		Network: b.members.Network(), Issuer: legal(), Audience: us(), Subject: posada.IDFrom[posada.Alias]([16]byte{3}), ID: posada.IDFrom[posada.GrantID]([16]byte{4}),
		IssuedAt: b.now.Unix(), NotBefore: b.now.Unix(), Expires: until.Unix(), Purpose: posada.PurposeCaseManagement,
		Categories: posada.SetOf(posada.CategoryNeeds, posada.CategorySafeContact), Onward: []consent.OnwardTo{{Agency: shelter(), Withdrawal: consent.Digest{5}}},
		Obligations: consent.Obligations{RetainUntil: until.Unix(), Onward: consent.OnwardNamed, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure},
		Via:         "Invented Hub Cooperative", Form: consent.Digest{1}, Revocation: consent.Digest{2}, Withdrawal: consent.Digest{3},
	}
}

func limits(b *bench) consent.Obligations {
	return consent.Obligations{RetainUntil: b.now.Add(time.Hour).Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure}
}

// TestAGrantThatIsPassedOnIsNarrower: it is ours, to the third alone, ends no later, is
// passed on to nobody, and carries the commitment that was made for the third.
func TestAGrantThatIsPassedOnIsNarrower(t *testing.T) {
	b := newBench(t)
	g := given(b)
	needs := posada.SetOf(posada.CategoryNeeds)
	read := func(g consent.Grant) consent.Grant {
		compact, err := b.PassOn(g, shelter(), needs, limits(b))
		must(t, err)
		got, err := consent.ReadGrant(compact, us(), shelter(), b.now, b.members)
		must(t, err)
		return got
	}
	got, again := read(g), read(g)
	if got.Issuer != us() || got.Categories != needs || got.Purpose != g.Purpose || got.Expires > g.Expires || len(got.Onward) != 0 || got.Withdrawal != (consent.Digest{5}) {
		t.Errorf("%+v", got)
	}
	// The third has a name of its own for her, always the same.
	if got.Subject == g.Subject || got.Subject != again.Subject || got.Form == again.Form || got.Form == g.Form || got.Revocation == again.Revocation || got.ID == g.ID {
		t.Error("it shares more than her pseudonym, or not that")
	}
	g.Subject = posada.IDFrom[posada.Alias]([16]byte{9})
	if read(g).Subject == got.Subject {
		t.Error("two persons have one pseudonym")
	}
}

func TestAGrantIsPassedOnAsItSaysOrNotAtAll(t *testing.T) {
	b := newBench(t)
	needs := posada.SetOf(posada.CategoryNeeds)
	further := limits(b)
	further.Onward = consent.OnwardNamed
	bound := given(b)
	bound.Obligations.Onward = consent.OnwardNone
	for name, c := range map[string]struct {
		g    consent.Grant
		to   posada.AgencyID
		what posada.Set[posada.Category]
		o    consent.Obligations
	}{
		"to another":              {given(b), legal(), needs, limits(b)},
		"more than it has":        {given(b), shelter(), needs.With(posada.CategoryIdentity), limits(b)},
		"further":                 {given(b), shelter(), needs, further},
		"against its obligations": {bound, shelter(), needs, limits(b)},
		"none":                    {consent.Grant{}, shelter(), needs, limits(b)},
	} {
		if compact, err := b.PassOn(c.g, c.to, c.what, c.o); !errors.Is(err, ErrNotOnward) || compact != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhoMayHaveBeenPassedSomethingIsToldItsOwnSecret: each once, and those alone whom
// the withdrawal is about.
func TestWhoMayHaveBeenPassedSomethingIsToldItsOwnSecret(t *testing.T) {
	b := newBench(t)
	kept := b.add(t, "", agreed()) // to legal aid, and onward to the shelter
	thirds := func(back consent.TakenBack) (list []consent.Third) {
		back.Label = kept.Label
		b.view(t, func(tx *vault.Tx) {
			var err error
			list, err = b.Thirds(tx, back)
			must(t, err)
		})
		return list
	}
	if got := thirds(consent.TakenBack{}); len(got) != 0 {
		t.Errorf("%d are told of a case of which nothing was granted", len(got))
	}
	secret := b.code(t, kept.Label).Secret(b.members.Network()).WithdrawalSecret(shelter())
	for name, c := range map[string]struct {
		back consent.TakenBack
		want int
	}{
		"all": {consent.TakenBack{}, 1}, "the shelter's": {consent.TakenBack{From: shelter()}, 1},
		"the legal aid's": {consent.TakenBack{From: legal()}, 0}, "by a code of before": {consent.TakenBack{Former: true}, 0},
	} {
		got := thirds(c.back)
		if len(got) != c.want || c.want == 1 && got[0] != (consent.Third{Agency: shelter(), Secret: secret}) {
			t.Errorf("%s: %d are told", name, len(got))
		}
	}
}

// TestAnEarlierWithdrawalFromSomebodyElseHidesNobody: it burned the code that what was
// passed on is under, and a later one reaches whoever has it all the same.
func TestAnEarlierWithdrawalFromSomebodyElseHidesNobody(t *testing.T) {
	b := newBench(t)
	kept := b.add(t, "", agreed()) // to legal aid, and onward to the shelter
	var secrets [][32]byte
	for range 2 {
		secrets = append(secrets, b.code(t, kept.Label).Secret(b.members.Network()).WithdrawalSecret(shelter()))
		b.withdraw(t, kept.Label, posada.IDFrom[posada.AgencyID]([16]byte{77}))
		b.view(t, func(tx *vault.Tx) {
			told, err := b.Thirds(tx, consent.TakenBack{Label: kept.Label, From: shelter()})
			must(t, err)
			if len(told) != len(secrets) {
				t.Fatalf("%d of %d secrets are told", len(told), len(secrets))
			}
			for i, s := range secrets {
				if told[i] != (consent.Third{Agency: shelter(), Secret: s}) {
					t.Errorf("secret %d is another", i)
				}
			}
		})
	}
}
