package hub_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// edition has the stewards publish the next version of the roster.
func (b *bench) edition(t *testing.T, r registry.Registry) {
	t.Helper()
	now, err := roster.Read(b.council.InForce[trust.RoleRoster].Target)
	if err != nil {
		t.Fatal(err)
	}
	next := now.Snapshot()
	next.Version++
	p, err := b.council.Roster(next, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Publish(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) follows(t *testing.T) *trust.Client {
	t.Helper()
	return trust.NewClient(&trust.Memory{}, b.parts.Founding.Pin(), t.TempDir())
}

// TestALostHubIsGivenBackByAMember: publish, lose the store, begin again; it is
// refused until one member gives back what it saw, and then by nobody (T8).
func TestALostHubIsGivenBackByAMember(t *testing.T) {
	b := start(t, 4)
	r := registry.New(b.dial(t, 0))
	client, early := b.follows(t), b.follows(t)
	refresh := func(c *trust.Client) (trust.View, error) { return c.Refresh(t.Context(), r, time.Now()) }
	must := func(c *trust.Client) trust.View {
		t.Helper()
		v, err := refresh(c)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	b.edition(t, r)
	must(early)
	b.edition(t, r)
	b.edition(t, r)
	was := must(client)
	files, err := client.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Restore(t.Context(), files); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("nothing is lost: %v", err)
	}

	b.stop()
	if err := os.RemoveAll(b.config.Store); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // a timestamp of another second
	b.run(t, b.config)
	// The hub listens elsewhere now.
	r = registry.New(b.dial(t, 0))
	hostile := registry.New(b.dial(t, 1))
	for _, c := range []*trust.Client{client, early} {
		if _, err := refresh(c); !errors.Is(err, trust.ErrChain) && !errors.Is(err, trust.ErrRollback) {
			t.Fatalf("an empty hub is refused with %v", err)
		}
	}
	bad := maps.Clone(files)
	bad["chain/0.jsonl"] = bytes.Replace(bad["chain/0.jsonl"], []byte(`"version":4`), []byte(`"version":5`), 1)
	if err := hostile.Restore(t.Context(), bad); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("a forged chain: %v", err)
	}
	if err := hostile.Restore(t.Context(), files); !errors.Is(err, mail.ErrBusy) {
		t.Errorf("who brought what is forged at once again: %v", err)
	}
	if err := r.Restore(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*trust.Client{client, early, b.follows(t)} {
		if v := must(c); v.Chain != was.Chain || v.RosterEdition != was.RosterEdition {
			t.Errorf("%+v; want %+v", v.Chain, was.Chain)
		}
	}
	b.edition(t, r)
	if v := must(early); v.RosterEdition.Version != was.RosterEdition.Version+1 {
		t.Errorf("edition %d", v.RosterEdition.Version)
	}

	// It lasts.
	b.stop()
	b.run(t, b.config)
	r = registry.New(b.dial(t, 0))
	must(client)
}

// TestOneMemberGivesBackAtATime: one that begins and does not go on keeps the
// place for a while, and no other's question waits for it (T15).
func TestOneMemberGivesBackAtATime(t *testing.T) {
	b := start(t, 4)
	r := registry.New(b.dial(t, 0))
	client := b.follows(t)
	b.edition(t, r)
	if _, err := client.Refresh(t.Context(), r, time.Now()); err != nil {
		t.Fatal(err)
	}
	files, err := client.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.stop()
	if err := os.RemoveAll(b.config.Store); err != nil {
		t.Fatal(err)
	}
	b.run(t, b.config)
	slow, other := b.dial(t, 1), b.dial(t, 2)
	give := func(c *broker.Conn, g mail.Given) error {
		t.Helper()
		body, err := mail.WriteQuestion(mail.Question{Restore: &g})
		if err != nil {
			t.Fatal(err)
		}
		return second(ask(t, c, broker.SyncPrefix, body))
	}
	text, err := mail.WriteFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	begin := mail.Given{Pulse: files[trust.PulseName], Size: int64(len(text))}
	if err := give(other, mail.Given{Piece: text[:9]}); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("a piece of nothing: %v", err)
	}
	if err := give(slow, begin); err != nil {
		t.Fatal(err)
	}
	if err := give(slow, mail.Given{Piece: text[:9]}); err != nil {
		t.Fatal(err)
	}
	if err := give(other, begin); !errors.Is(err, mail.ErrBusy) {
		t.Errorf("a second at once: %v", err)
	}
	for name, g := range map[string]mail.Given{"a gap": {From: 10, Piece: text[10:]}, "too much": {From: 9, Piece: append(bytes.Clone(text[9:]), 0)}} {
		if err := give(slow, g); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := give(other, mail.Given{From: 9, Piece: text[9:]}); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("into another's: %v", err)
	}
	// An answer that was lost: the same piece again, and all again.
	if err := give(slow, mail.Given{Piece: text[:9]}); err != nil {
		t.Error(err)
	}
	if err := give(slow, begin); err != nil {
		t.Error(err)
	}
	if err := registry.New(slow).Restore(t.Context(), files); err != nil {
		t.Error(err)
	}
	if _, err := client.Refresh(t.Context(), registry.New(other), time.Now()); err != nil {
		t.Error(err)
	}
}

// TestANumberThatWasUsedIsTold apart from what is refused: its owner's store may
// be an old copy (T7).
func TestANumberThatWasUsedIsTold(t *testing.T) {
	b := start(t, 3)
	r := registry.New(b.dial(t, 0))
	a := invented.New(t, 1, time.Now())
	first := b.members[0].announced
	other := invented.New(t, 1, time.Now())
	other.Keys.Epochs[0].Recipient = "age1pq1other"
	same := other.Announce(t)
	other.Keys.Sequence, other.Keys.Previous = 2, same.Digest()
	branch := other.Announce(t)
	other.Keys.Sequence = 3
	past := other.Announce(t)
	stranger := invented.New(t, 9, time.Now())
	for _, c := range []struct {
		what string
		a    roster.Announcement
		want error
	}{
		{"what it has", first, nil}, {"another of its number", same, mail.ErrUsed}, {"the next of another", branch, mail.ErrUsed},
		{"nobody's", stranger.Announce(t), mail.ErrRefused}, {"one past it", past, nil}, {"an older one", first, nil}, {"another older one", a.Announce(t), nil},
	} {
		if err := r.Announce(t.Context(), c.a.Compact()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", c.what, err, c.want)
		}
	}
}
