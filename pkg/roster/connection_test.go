package roster_test

import (
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/roster"
)

func TestOnlyAMembersIdentityKeyVouchesForAConnectionKey(t *testing.T) {
	a, b := invented.New(t, 1, now), invented.New(t, 2, now)
	r := invented.Roster(t, a, b)
	from := now.AddDate(0, 0, -1)
	good := roster.Connection{
		Network: invented.Network, Issuer: a.Member.ID, Key: a.Public, NotBefore: from.Unix(), Expires: from.Add(roster.ConnectionLife).Unix(),
	}
	vouched := func(change func(*roster.Connection)) string {
		c := good
		change(&c)
		return string(signed(t, c, a.Identity, jose.TypeConnection))
	}
	right := vouched(func(*roster.Connection) {})
	until := time.Unix(good.Expires, 0)
	for name, c := range map[string]struct {
		statement, key string
		at             time.Time
		wrong          bool
	}{
		"as it should be":              {right, a.Public, now, false},
		"in its first second":          {right, a.Public, from, false},
		"in its last second":           {right, a.Public, until.Add(-time.Second), false},
		"a second before":              {right, a.Public, from.Add(-time.Second), true},
		"when it ends":                 {right, a.Public, until, true},
		"shown for another key":        {right, b.Public, now, true},
		"for no key":                   {vouched(func(c *roster.Connection) { c.Key = "" }), "", now, true},
		"nothing":                      {"", a.Public, now, true},
		"of another network":           {vouched(func(c *roster.Connection) { c.Network = "ooooooooooooooooooooooooea" }), a.Public, now, true},
		"in another's name":            {vouched(func(c *roster.Connection) { c.Issuer = b.Member.ID }), a.Public, now, true},
		"a second too long":            {vouched(func(c *roster.Connection) { c.Expires++ }), a.Public, now, true},
		"back to front":                {vouched(func(c *roster.Connection) { c.Expires = c.NotBefore - 1 }), a.Public, now, true},
		"signed by its signing key":    {string(signed(t, good, a.Signing, jose.TypeConnection)), a.Public, now, true},
		"signed by another member":     {string(signed(t, good, b.Identity, jose.TypeConnection)), a.Public, now, true},
		"signed by nobody":             {string(signed(t, good, invented.Key(t, 77), jose.TypeConnection)), a.Public, now, true},
		"signed for another use":       {string(signed(t, good, a.Identity, jose.TypeKeys)), a.Public, now, true},
		"an announcement in its place": {string(a.Announce(t).Compact()), a.Public, now, true},
	} {
		got, ends, err := r.Connecting(c.statement, c.key, c.at)
		if c.wrong != errors.Is(err, roster.ErrConnection) || !c.wrong && (got.ID != a.Member.ID || !ends.Equal(until)) || c.wrong != ends.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
