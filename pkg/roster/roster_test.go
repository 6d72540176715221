package roster_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

var (
	now   = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	today = posada.EpochAt(now)
)

func agencies(t testing.TB) []*invented.Agency {
	t.Helper()
	all := []*invented.Agency{invented.New(t, 1, now), invented.New(t, 2, now), invented.New(t, 3, now)}
	all[2].Member.Standing = posada.StandingSuspended
	return all
}

func TestLookupsFindWhatTheSnapshotAndItsMembersSay(t *testing.T) {
	all := agencies(t)
	r := invented.Roster(t, all...)
	for _, a := range all {
		id := a.Member.ID
		if got, err := r.Agency(id); err != nil || got.ID != id {
			t.Errorf("by id: %v", err)
		}
		if got, err := r.ByMailbox(a.Member.Mailbox); err != nil || got.ID != id {
			t.Errorf("by mailbox: %v", err)
		}
		if got, _, err := r.Connecting(a.Statement, a.Public, now); err != nil || got.ID != id {
			t.Errorf("connecting: %v", err)
		}
		kid := a.Signing.Public().ID()
		if key, err := r.Key(kid); err != nil || key.ID() != kid {
			t.Errorf("by key: %v", err)
		}
		if key, err := r.Signer(id, kid, now); err != nil || key.Key.ID() != kid {
			t.Errorf("signer: %v", err)
		}
		if text, err := r.Recipient(id, today); err != nil || text != a.Keys.Epochs[0].Recipient {
			t.Errorf("recipient: %v", err)
		}
	}
	if r.Standing(invented.ID(3)) != posada.StandingSuspended || r.Standing(invented.ID(9)) != posada.StandingUnknown {
		t.Error("standings")
	}
}

func TestWhatTheRosterDoesNotHoldIsUnknown(t *testing.T) {
	all := agencies(t)
	r := invented.Roster(t, all...)
	_, byID := r.Agency(invented.ID(9))
	_, byMailbox := r.ByMailbox(posada.MailboxID{99})
	for _, err := range []error{byID, byMailbox} {
		if !errors.Is(err, roster.ErrUnknownAgency) {
			t.Error(err)
		}
	}
	_, byKey := r.Key("")
	_, another := r.Signer(invented.ID(1), all[1].Signing.Public().ID(), now)
	_, nobody := r.Signer(invented.ID(9), all[1].Signing.Public().ID(), now)
	for i, err := range []error{byKey, another, nobody} {
		if !errors.Is(err, roster.ErrUnknownKey) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for _, e := range []posada.Epoch{today - 1, today + 1} {
		if _, err := r.Recipient(invented.ID(1), e); !errors.Is(err, roster.ErrNoRecipient) {
			t.Error(err)
		}
	}
	silent, err := roster.New(invented.Snapshot(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Recipient(invented.ID(1), today); !errors.Is(err, roster.ErrNoRecipient) {
		t.Errorf("of who announced nothing: %v", err)
	}
}

func TestASnapshotThatContradictsItselfIsRefused(t *testing.T) {
	for name, change := range map[string]func(*roster.Snapshot){
		"no network":       func(s *roster.Snapshot) { s.Network = "" },
		"1001 agencies":    func(s *roster.Snapshot) { s.Agencies = make([]roster.Agency, 1001) },
		"no version":       func(s *roster.Snapshot) { s.Version = 0 },
		"no operator":      func(s *roster.Snapshot) { s.Hub.Operator = "" },
		"no hub key":       func(s *roster.Snapshot) { s.Hub.Receipt = jose.PublicKey{} },
		"id twice":         func(s *roster.Snapshot) { s.Agencies[1].ID = s.Agencies[0].ID },
		"no id":            func(s *roster.Snapshot) { s.Agencies[1].ID = "" },
		"mailbox twice":    func(s *roster.Snapshot) { s.Agencies[1].Mailbox = s.Agencies[0].Mailbox },
		"no mailbox":       func(s *roster.Snapshot) { s.Agencies[1].Mailbox = posada.MailboxID{} },
		"unknown class":    func(s *roster.Snapshot) { s.Agencies[1].Class = "police" },
		"unknown standing": func(s *roster.Snapshot) { s.Agencies[1].Standing = "" },
		"no identity":      func(s *roster.Snapshot) { s.Agencies[1].Identity = jose.PublicKey{} },
		"identity of two":  func(s *roster.Snapshot) { s.Agencies[1].Identity = s.Agencies[0].Identity },
	} {
		s := invented.Snapshot(t, agencies(t)...)
		change(&s)
		if _, err := roster.New(s); !errors.Is(err, roster.ErrInconsistent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadTakesWhatWriteWroteAndNothingUnknown(t *testing.T) {
	text, err := roster.Write(invented.Snapshot(t, agencies(t)...))
	if err != nil {
		t.Fatal(err)
	}
	r, err := roster.Read(text)
	if err != nil || r.Version() != 1 || len(r.Agencies()) != 3 {
		t.Fatalf("%v", err)
	}
	for name, changed := range map[string][]byte{
		"an unknown member": bytes.Replace(text, []byte(`"version"`), []byte(`"name": "x", "version"`), 1),
		"a member twice":    bytes.Replace(text, []byte(`"version"`), []byte(`"version": 5, "version"`), 1),
		"an unknown class":  bytes.Replace(text, []byte(`"ngo"`), []byte(`"police"`), 1),
		"who is joining":    bytes.Replace(text, []byte(`"active"`), []byte(`"joining"`), 1),
		"cut":               text[:len(text)-2],
	} {
		if _, err := roster.Read(changed); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestTheDirectoryFindsByNameOrID(t *testing.T) {
	one := invented.ID(1)
	d, err := roster.ReadDirectory([]byte(`[{"id":"` + string(one) + `","name":"Casa Inventada"}]`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Casa Inventada", string(one)} {
		if id, ok := d.Find(name); !ok || id != one {
			t.Errorf("%s: %v", name, ok)
		}
	}
	if _, ok := d.Find("Casa"); ok {
		t.Error("a part of a name found somebody")
	}
	if d.Name(one) != "Casa Inventada" || d.Name(invented.ID(2)) != string(invented.ID(2)) {
		t.Error("names")
	}
	if _, err := roster.ReadDirectory([]byte(`[{"id":"x","name":"y"}]`)); err == nil {
		t.Error("a bad id was read")
	}
}

func BenchmarkLookup(b *testing.B) {
	all := agencies(b)
	r := invented.Roster(b, all...)
	kid := all[1].Signing.Public().ID()
	for b.Loop() {
		if _, err := r.Signer(all[1].Member.ID, kid, now); err != nil {
			b.Fatal(err)
		}
	}
}
