package consent_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

func key(t testing.TB, n byte) jose.PrivateKey {
	t.Helper()
	k, err := jose.KeyFromSeed([32]byte(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const network = invented.Network

func members(t testing.TB, change ...func(*roster.Keys)) *roster.Roster {
	t.Helper()
	var all []*invented.Agency
	for n := byte(1); n <= 3; n++ {
		a := invented.New(t, n, given)
		a.Keys.Signing[0].From, a.Keys.Signing[0].Until = given.Add(-time.Hour), given.Add(48*time.Hour)
		all = append(all, a)
	}
	for _, f := range change {
		f(&all[0].Keys)
	}
	return invented.Roster(t, all...)
}

func grant() consent.Grant {
	return consent.Grant{
		Network: network, Issuer: agency(1), Audience: agency(2), Subject: posada.Alias(agency(60)), ID: posada.GrantID(agency(61)),
		IssuedAt: given.Unix(), NotBefore: given.Unix(), Expires: given.Add(24 * time.Hour).Unix(),
		Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds), Onward: []consent.OnwardTo{},
		Obligations: consent.Obligations{
			RetainUntil: given.Add(24 * time.Hour).Unix(), Onward: consent.OnwardNone,
			Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
		},
		Via: "Invented Hub", Form: consent.Digest{1}, Revocation: consent.Digest{2}, Withdrawal: consent.Digest{3},
	}
}

func signed(t testing.TB, g consent.Grant, by jose.PrivateKey) string {
	t.Helper()
	compact, err := g.Sign(by)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func TestAGrantIsReadAsItWasSigned(t *testing.T) {
	got, err := consent.ReadGrant(signed(t, grant(), key(t, 1)), agency(1), agency(2), given, members(t))
	if err != nil || got.ID != grant().ID || got.Categories != grant().Categories || got.Obligations != grant().Obligations {
		t.Errorf("%+v, %v", got, err)
	}
}

// passing lets a grant be passed on.
func passing(rule consent.Onward, to ...consent.OnwardTo) func(*consent.Grant) {
	return func(g *consent.Grant) { g.Onward, g.Obligations.Onward = to, rule }
}

// TestAGrantNamesWhomItMayBePassedOnTo: with that agency's own commitment, and nobody
// else.
func TestAGrantNamesWhomItMayBePassedOnTo(t *testing.T) {
	g := grant()
	passing(consent.OnwardNamed, consent.OnwardTo{Agency: agency(3), Withdrawal: consent.Digest{4}})(&g)
	got, err := consent.ReadGrant(signed(t, g, key(t, 1)), agency(1), agency(2), given, members(t))
	if err != nil {
		t.Fatal(err)
	}
	if c, named := got.Names(agency(3)); !named || c != (consent.Digest{4}) {
		t.Errorf("%v, %v", c, named)
	}
	for _, other := range []posada.AgencyID{agency(1), agency(2), agency(4), ""} {
		if c, named := got.Names(other); named || c != (consent.Digest{}) {
			t.Errorf("%v is named", other)
		}
	}
	got.Obligations.Onward = consent.OnwardNone
	if _, named := got.Names(agency(3)); named {
		t.Error("it is named against the obligation")
	}
}

func TestEveryOtherGrantIsRefusedByName(t *testing.T) {
	change := func(f func(*consent.Grant)) string {
		g := grant()
		f(&g)
		return signed(t, g, key(t, 1))
	}
	good := signed(t, grant(), key(t, 1))
	event, err := jose.Sign(key(t, 1), jose.TypeEvent, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	spelled := func(from, to string) string {
		payload, err := jose.Marshal(grant())
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Replace(payload, []byte(from), []byte(to), 1)
		if bytes.Equal(changed, payload) {
			t.Fatalf("%s is not in the grant", from)
		}
		compact, err := jose.Sign(key(t, 1), jose.TypeGrant, changed)
		if err != nil {
			t.Fatal(err)
		}
		return string(compact)
	}
	now := given.Add(time.Minute)
	for name, c := range map[string]struct {
		compact  string
		from, to posada.AgencyID
		now      time.Time
		want     error
	}{
		"empty":                      {"", agency(1), agency(2), now, jose.ErrMalformed},
		"signed as an event":         {string(event), agency(1), agency(2), now, jose.ErrHeader},
		"signature changed":          {good[:len(good)-4] + "AAAA", agency(1), agency(2), now, jose.ErrSignature},
		"signed by nobody":           {signed(t, grant(), key(t, 77)), agency(1), agency(2), now, roster.ErrUnknownKey},
		"signed by another member":   {signed(t, grant(), key(t, 3)), agency(1), agency(2), now, consent.ErrGrantIssuer},
		"passed on by another":       {good, agency(3), agency(2), now, consent.ErrGrantIssuer},
		"of another network":         {change(func(g *consent.Grant) { g.Network = "ooooooooooooooooooooooooea" }), agency(1), agency(2), now, consent.ErrGrantNetwork},
		"names another issuer":       {change(func(g *consent.Grant) { g.Issuer = agency(3) }), agency(1), agency(2), now, consent.ErrGrantIssuer},
		"for another agency":         {good, agency(1), agency(3), now, consent.ErrGrantAudience},
		"for nobody":                 {change(func(g *consent.Grant) { g.Audience = "" }), agency(1), agency(2), now, jose.ErrWrongShape},
		"a second before":            {good, agency(1), agency(2), given.Add(-time.Second).Add(-consent.ClocksDiffer), consent.ErrGrantTime},
		"at its end":                 {good, agency(1), agency(2), given.Add(24 * time.Hour), consent.ErrGrantTime},
		"ten years on":               {good, agency(1), agency(2), given.AddDate(10, 0, 0), roster.ErrKeysExpired},
		"issued outside key's times": {change(func(g *consent.Grant) { g.IssuedAt -= 2 * 3600 }), agency(1), agency(2), now, roster.ErrKeyTime},
		"over 90 days":               {change(func(g *consent.Grant) { g.Expires = g.IssuedAt + 91*86400 }), agency(1), agency(2), now, consent.ErrGrantShape},
		"kept longer than it lasts":  {change(func(g *consent.Grant) { g.Obligations.RetainUntil = g.Expires + 1 }), agency(1), agency(2), now, consent.ErrGrantShape},
		"onward without a name":      {change(passing(consent.OnwardNamed)), agency(1), agency(2), now, consent.ErrGrantShape},
		"a name and no onward":       {change(passing(consent.OnwardNone, consent.OnwardTo{Agency: agency(3), Withdrawal: consent.Digest{4}})), agency(1), agency(2), now, consent.ErrGrantShape},
		"onward, no commitment":      {change(passing(consent.OnwardNamed, consent.OnwardTo{Agency: agency(3)})), agency(1), agency(2), now, consent.ErrGrantShape},
		"onward, its own commitment": {change(passing(consent.OnwardNamed, consent.OnwardTo{Agency: agency(3), Withdrawal: consent.Digest{3}})), agency(1), agency(2), now, consent.ErrGrantShape},
		"onward to itself":           {change(passing(consent.OnwardNamed, consent.OnwardTo{Agency: agency(2), Withdrawal: consent.Digest{4}})), agency(1), agency(2), now, consent.ErrGrantShape},
		"onward to one twice": {change(passing(consent.OnwardNamed, consent.OnwardTo{Agency: agency(3), Withdrawal: consent.Digest{4}},
			consent.OnwardTo{Agency: agency(3), Withdrawal: consent.Digest{5}})), agency(1), agency(2), now, consent.ErrGrantShape},
		"no category":              {change(func(g *consent.Grant) { g.Categories = 0 }), agency(1), agency(2), now, consent.ErrGrantShape},
		"no intermediary":          {change(func(g *consent.Grant) { g.Via = "" }), agency(1), agency(2), now, consent.ErrGrantShape},
		"no withdrawal commitment": {change(func(g *consent.Grant) { g.Withdrawal = consent.Digest{} }), agency(1), agency(2), now, consent.ErrGrantShape},
		"an unknown claim":         {spelled(`{"aud"`, `{"admin":true,"aud"`), agency(1), agency(2), now, jose.ErrUnknownMember},
		"a claim twice":            {spelled(`"purpose":"legal"`, `"purpose":"shelter","purpose":"legal"`), agency(1), agency(2), now, jose.ErrDuplicateMember},
		"an unknown category":      {spelled(`["needs"]`, `["everything"]`), agency(1), agency(2), now, jose.ErrWrongShape},
		"a category twice":         {spelled(`["needs"]`, `["needs","needs"]`), agency(1), agency(2), now, jose.ErrWrongShape},
		"an unknown notice":        {spelled(`"no_redisclosure"`, `"none"`), agency(1), agency(2), now, jose.ErrWrongShape},
		"an unknown onward rule":   {spelled(`"onward":"none"`, `"onward":"all"`), agency(1), agency(2), now, jose.ErrWrongShape},
		"exp as text":              {spelled(`"exp":`, `"exp":"1","x":`), agency(1), agency(2), now, jose.ErrWrongShape},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := consent.ReadGrant(c.compact, c.from, c.to, c.now, members(t)); !errors.Is(err, c.want) {
				t.Errorf("%v; want %v", err, c.want)
			}
		})
	}
	revoked := members(t, func(k *roster.Keys) { k.Signing[0].Revoked = true })
	if _, err := consent.ReadGrant(good, agency(1), agency(2), now, revoked); !errors.Is(err, roster.ErrKeyRevoked) {
		t.Errorf("a revoked key: %v", err)
	}
}

func TestAGrantNamesOnlyItsRecipient(t *testing.T) {
	payload, err := jose.Marshal(grant())
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []posada.AgencyID{agency(3), agency(4)} {
		if strings.Contains(string(payload), string(other)) {
			t.Errorf("the grant names %s", other)
		}
	}
}

func BenchmarkReadGrant(b *testing.B) {
	compact, m := signed(b, grant(), key(b, 1)), members(b)
	for b.Loop() {
		if _, err := consent.ReadGrant(compact, agency(1), agency(2), given, m); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWhenAGrantEndsTellsNoConsentFromAnother: it is no later than the consent, of
// many consents the same, and leaves most of what is left.
func TestWhenAGrantEndsTellsNoConsentFromAnother(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 17, 0, time.UTC)
	for left, want := range map[time.Duration]time.Duration{
		30 * 24 * time.Hour: 24 * time.Hour, 8 * 24 * time.Hour: 24 * time.Hour, 2 * 24 * time.Hour: time.Hour, 12 * time.Hour: time.Minute,
	} {
		seen := map[time.Time]bool{}
		for second := range 50 {
			expires := now.Add(left + time.Duration(second)*time.Second)
			ends := consent.Ends(expires, now)
			if ends.After(expires) || expires.Sub(ends) >= want || !ends.Equal(ends.Truncate(want)) {
				t.Errorf("%v left: ends %v before", left, expires.Sub(ends))
			}
			seen[ends] = true
		}
		if len(seen) > 2 {
			t.Errorf("%v left: %d different ends", left, len(seen))
		}
	}
}
