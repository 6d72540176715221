package roster_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

func TestAnAnnouncementThatSaysTooMuchOrTooLittleIsRefused(t *testing.T) {
	many := func(n int) (list []roster.EpochRecipient) {
		for i := range n {
			list = append(list, roster.EpochRecipient{Epoch: today + posada.Epoch(i), Recipient: fmt.Sprint("age1pq1invented", i)})
		}
		return list
	}
	for name, change := range map[string]func(*roster.Keys){
		"another network":             func(k *roster.Keys) { k.Network = "ooooooooooooooooooooooooea" },
		"another's":                   func(k *roster.Keys) { k.Issuer = invented.ID(2) },
		"no sequence":                 func(k *roster.Keys) { k.Sequence = 0 },
		"first, and one before":       func(k *roster.Keys) { k.Previous = "x" },
		"second, and none before":     func(k *roster.Keys) { k.Sequence = 2 },
		"ends before it begins":       func(k *roster.Keys) { k.Expires = k.IssuedAt },
		"lasts a second too long":     func(k *roster.Keys) { k.Expires = k.IssuedAt + int64(roster.KeysLife/time.Second) + 1 },
		"no signing key":              func(k *roster.Keys) { k.Signing = nil },
		"a signing key twice":         func(k *roster.Keys) { k.Signing = append(k.Signing, k.Signing[0]) },
		"a signing key for a year":    func(k *roster.Keys) { k.Signing[0].Until = now.AddDate(1, 0, 0) },
		"a signing key back to front": func(k *roster.Keys) { k.Signing[0].Until = k.Signing[0].From },
		"no epoch":                    func(k *roster.Keys) { k.Epochs = nil },
		"an epoch twice": func(k *roster.Keys) {
			k.Epochs = append(k.Epochs, roster.EpochRecipient{Epoch: today, Recipient: "other"})
		},
		"one recipient for two epochs": func(k *roster.Keys) {
			k.Epochs = append(k.Epochs, roster.EpochRecipient{Epoch: today + 1, Recipient: k.Epochs[0].Recipient})
		},
		"no recipient": func(k *roster.Keys) { k.Epochs[0].Recipient = "" },
		"33 epochs":    func(k *roster.Keys) { k.Epochs = many(33) },
		"9 signing keys": func(k *roster.Keys) {
			for n := byte(60); n < 68; n++ {
				k.Signing = append(k.Signing, roster.SigningKey{Key: invented.Key(t, n).Public(), From: now, Until: now.Add(1e9)})
			}
		},
	} {
		a := invented.New(t, 1, now)
		change(&a.Keys)
		compact := signed(t, a.Keys, a.Identity, jose.TypeKeys)
		if _, err := roster.ReadAnnouncement(compact, a.Member, invented.Network); !errors.Is(err, roster.ErrKeysShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	most := invented.New(t, 1, now)
	most.Keys.Epochs = many(32)
	if _, err := roster.ReadAnnouncement(signed(t, most.Keys, most.Identity, jose.TypeKeys), most.Member, invented.Network); err != nil {
		t.Errorf("as much as it may: %v", err)
	}
}

func signed(t testing.TB, payload any, key jose.PrivateKey, as jose.Type) []byte {
	t.Helper()
	text, err := jose.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := jose.Sign(key, as, text)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func TestOnlyTheIdentityKeyAnnounces(t *testing.T) {
	a := invented.New(t, 1, now)
	good := a.Announce(t).Compact()
	for name, compact := range map[string][]byte{
		"another identity key":  signed(t, a.Keys, invented.Key(t, 102), jose.TypeKeys),
		"its own signing key":   signed(t, a.Keys, a.Signing, jose.TypeKeys),
		"signed as an event":    signed(t, a.Keys, a.Identity, jose.TypeEvent),
		"signature changed":     append(bytes.Clone(good[:len(good)-8]), "AAAAAAAA"...),
		"a payload of another":  signed(t, map[string]int{"seq": 1}, a.Identity, jose.TypeKeys),
		"larger than it may be": append(bytes.Clone(good), bytes.Repeat([]byte{'A'}, roster.MaxAnnouncement)...),
		"nothing":               nil,
	} {
		if _, err := roster.ReadAnnouncement(compact, a.Member, invented.Network); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// next is an agency's announcement after one.
func next(t testing.TB, a *invented.Agency, before roster.Announcement) roster.Announcement {
	t.Helper()
	a.Keys.Sequence, a.Keys.Previous = before.Keys().Sequence+1, before.Digest()
	return a.Announce(t)
}

func TestAnAnnouncementNeverGoesBack(t *testing.T) {
	a := invented.New(t, 1, now)
	first := a.Announce(t)
	second := next(t, a, first)
	third := next(t, a, second)
	b := invented.New(t, 1, now)
	b.Keys.Expires--
	forked := next(t, b, first)
	beside := next(t, b, forked)
	for name, c := range map[string]struct {
		next, before roster.Announcement
		want         error
	}{
		"the next":                   {second, first, nil},
		"one was missed":             {third, first, nil},
		"the same":                   {first, first, roster.ErrKeysOlder},
		"an older":                   {first, second, roster.ErrKeysOlder},
		"another in its place":       {forked, second, roster.ErrKeysForked},
		"the next of another branch": {beside, second, roster.ErrKeysForked},
		"another agency's":           {invented.New(t, 2, now).Announce(t), first, roster.ErrKeysShape},
	} {
		if err := c.next.Follows(c.before); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
	r := invented.Roster(t, a)
	if got, _ := r.With(second, first).Announcement(a.Member.ID); got.Keys().Sequence != 3 {
		t.Errorf("the roster went back to %d", got.Keys().Sequence)
	}
}

func TestAnAnnouncementCountsUnderItsOwnIdentityAndInItsTimeOnly(t *testing.T) {
	a, other := invented.New(t, 1, now), invented.New(t, 2, now)
	base, err := roster.New(invented.Snapshot(t, other))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := base.With(a.Announce(t)).Announcement(a.Member.ID); ok {
		t.Error("somebody who is no member announced keys")
	}
	// The stewards gave the agency another identity key.
	changed := invented.Snapshot(t, a)
	changed.Agencies[0].Identity = invented.Key(t, 77).Public()
	if base, err = roster.New(changed); err != nil {
		t.Fatal(err)
	}
	if _, ok := base.With(a.Announce(t)).Announcement(a.Member.ID); ok {
		t.Error("the old identity key still announces")
	}
	r, kid := invented.Roster(t, a), a.Signing.Public().ID()
	ends := time.Unix(a.Keys.Expires, 0)
	for at, want := range map[time.Time]error{
		ends: roster.ErrKeysExpired, ends.Add(-time.Second): nil,
		time.Unix(a.Keys.IssuedAt, 0).Add(-11 * time.Minute): roster.ErrKeysExpired, time.Unix(a.Keys.IssuedAt, 0).Add(-9 * time.Minute): nil,
	} {
		if _, err := r.Signer(a.Member.ID, kid, at); !errors.Is(err, want) {
			t.Errorf("at %v: %v; want %v", at, err, want)
		}
	}
	late := invented.New(t, 1, now)
	late.Keys.Epochs = append(late.Keys.Epochs, roster.EpochRecipient{Epoch: posada.EpochAt(ends) + 1, Recipient: "age1pq1late"})
	if _, err := invented.Roster(t, late).Recipient(late.Member.ID, posada.EpochAt(ends)+1); !errors.Is(err, roster.ErrNoRecipient) {
		t.Errorf("a recipient for after its end: %v", err)
	}
}

func TestASigningKeyCountsInItsTimesOnly(t *testing.T) {
	k := invented.New(t, 1, now).Keys.Signing[0]
	for at, want := range map[time.Time]error{
		k.From.Add(-1): roster.ErrKeyTime, k.From: nil, k.Until.Add(-1): nil, k.Until: roster.ErrKeyTime,
	} {
		if err := k.Valid(at); !errors.Is(err, want) {
			t.Errorf("at %v: %v; want %v", at, err, want)
		}
	}
	k.Revoked = true
	if err := k.Valid(k.From); !errors.Is(err, roster.ErrKeyRevoked) {
		t.Errorf("revoked: %v", err)
	}
	if err := (roster.SigningKey{}).Valid(time.Time{}); err == nil {
		t.Error("the zero key is valid")
	}
}

func FuzzReadAnnouncement(f *testing.F) {
	a := invented.New(f, 1, now)
	f.Add(a.Announce(f).Compact())
	f.Add([]byte("a.b.c"))
	f.Fuzz(func(t *testing.T, compact []byte) {
		got, err := roster.ReadAnnouncement(compact, a.Member, invented.Network)
		if err == nil && !bytes.Equal(got.Compact(), a.Announce(t).Compact()) {
			t.Errorf("read something nobody signed: %q", compact)
		}
	})
}
