package roster_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

var from = time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)

func id(n byte) [16]byte { return [16]byte(bytes.Repeat([]byte{n}, 16)) }

func agency(n byte) posada.AgencyID { return posada.IDFrom[posada.AgencyID](id(n)) }

func key(t testing.TB, n byte) jose.PublicKey {
	t.Helper()
	k, err := jose.KeyFromSeed([32]byte(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

func snapshot(t testing.TB) roster.Snapshot {
	t.Helper()
	s := roster.Snapshot{Network: posada.NetworkID(agency(90)), Version: 4, Hub: roster.Hub{Operator: "Invented Hub", Receipt: key(t, 99)}}
	for n := byte(1); n <= 3; n++ {
		s.Agencies = append(s.Agencies, roster.Agency{
			ID: agency(n), Class: posada.ClassNGO, Standing: posada.StandingActive, Mailbox: id(20 + n),
			Identity: key(t, 100+n), Connection: "U" + string('A'+rune(n)),
			Signing: []roster.SigningKey{{Key: key(t, n), From: from, Until: from.AddDate(0, 0, 90)}},
			Epochs:  []roster.EpochRecipient{{Epoch: 20526, Recipient: "age1pq1invented" + string('a'+rune(n))}},
		})
	}
	s.Agencies[2].Standing = posada.StandingSuspended
	return s
}

func TestLookupsFindWhatTheSnapshotHolds(t *testing.T) {
	r, err := roster.New(snapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	for n := byte(1); n <= 3; n++ {
		a, err := r.Agency(agency(n))
		if err != nil || a.ID != agency(n) {
			t.Errorf("by id: %v", err)
		}
		if b, err := r.ByMailbox(a.Mailbox); err != nil || b.ID != a.ID {
			t.Errorf("by mailbox: %v", err)
		}
		if b, err := r.ByConnection(a.Connection); err != nil || b.ID != a.ID {
			t.Errorf("by connection: %v", err)
		}
		if owner, _, err := r.Signer(key(t, n).ID()); err != nil || owner != a.ID {
			t.Errorf("by key: %v", err)
		}
		if text, err := r.Recipient(a.ID, 20526); err != nil || text != a.Epochs[0].Recipient {
			t.Errorf("recipient: %v", err)
		}
	}
	if r.Standing(agency(3)) != posada.StandingSuspended || r.Standing(agency(9)) != posada.StandingUnknown {
		t.Error("standings")
	}
}

func TestWhatTheRosterDoesNotHoldIsUnknown(t *testing.T) {
	r, err := roster.New(snapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	_, byID := r.Agency(agency(9))
	_, byMailbox := r.ByMailbox(id(99))
	_, byConnection := r.ByConnection("")
	for _, err := range []error{byID, byMailbox, byConnection} {
		if !errors.Is(err, roster.ErrUnknownAgency) {
			t.Error(err)
		}
	}
	if _, _, err := r.Signer(""); !errors.Is(err, roster.ErrUnknownKey) {
		t.Error(err)
	}
	for _, e := range []posada.Epoch{20525, 20527} {
		if _, err := r.Recipient(agency(1), e); !errors.Is(err, roster.ErrNoRecipient) {
			t.Error(err)
		}
	}
	if _, err := r.Recipient(agency(9), 20526); !errors.Is(err, roster.ErrNoRecipient) {
		t.Error(err)
	}
}

func TestASnapshotThatContradictsItselfIsRefused(t *testing.T) {
	for name, change := range map[string]func(*roster.Snapshot){
		"no network":            func(s *roster.Snapshot) { s.Network = "" },
		"no version":            func(s *roster.Snapshot) { s.Version = 0 },
		"no operator":           func(s *roster.Snapshot) { s.Hub.Operator = "" },
		"no hub key":            func(s *roster.Snapshot) { s.Hub.Receipt = jose.PublicKey{} },
		"id twice":              func(s *roster.Snapshot) { s.Agencies[1].ID = s.Agencies[0].ID },
		"no id":                 func(s *roster.Snapshot) { s.Agencies[1].ID = "" },
		"mailbox twice":         func(s *roster.Snapshot) { s.Agencies[1].Mailbox = s.Agencies[0].Mailbox },
		"no mailbox":            func(s *roster.Snapshot) { s.Agencies[1].Mailbox = posada.MailboxID{} },
		"connection twice":      func(s *roster.Snapshot) { s.Agencies[1].Connection = s.Agencies[0].Connection },
		"no connection":         func(s *roster.Snapshot) { s.Agencies[1].Connection = "" },
		"unknown class":         func(s *roster.Snapshot) { s.Agencies[1].Class = "police" },
		"unknown standing":      func(s *roster.Snapshot) { s.Agencies[1].Standing = "" },
		"no identity":           func(s *roster.Snapshot) { s.Agencies[1].Identity = jose.PublicKey{} },
		"signing key of two":    func(s *roster.Snapshot) { s.Agencies[1].Signing = s.Agencies[0].Signing },
		"no signing key in row": func(s *roster.Snapshot) { s.Agencies[1].Signing = []roster.SigningKey{{}} },
		"recipient of two":      func(s *roster.Snapshot) { s.Agencies[1].Epochs = s.Agencies[0].Epochs },
		"epoch twice": func(s *roster.Snapshot) {
			s.Agencies[1].Epochs = append(s.Agencies[1].Epochs, roster.EpochRecipient{Epoch: 20526, Recipient: "other"})
		},
		"no recipient in row": func(s *roster.Snapshot) { s.Agencies[1].Epochs[0].Recipient = "" },
	} {
		s := snapshot(t)
		change(&s)
		if _, err := roster.New(s); !errors.Is(err, roster.ErrInconsistent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASigningKeyCountsInItsTimesOnly(t *testing.T) {
	k := snapshot(t).Agencies[0].Signing[0]
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

func TestReadTakesWhatWriteWroteAndNothingUnknown(t *testing.T) {
	text, err := roster.Write(snapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := roster.Read(text)
	if err != nil || r.Version() != 4 || len(r.Agencies()) != 3 {
		t.Fatalf("%v", err)
	}
	for name, changed := range map[string][]byte{
		"an unknown member": bytes.Replace(text, []byte(`"version"`), []byte(`"name": "x", "version"`), 1),
		"a member twice":    bytes.Replace(text, []byte(`"version"`), []byte(`"version": 5, "version"`), 1),
		"an unknown class":  bytes.Replace(text, []byte(`"ngo"`), []byte(`"police"`), 1),
		"cut":               text[:len(text)-2],
	} {
		if _, err := roster.Read(changed); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestTheDirectoryFindsByNameOrID(t *testing.T) {
	d, err := roster.ReadDirectory([]byte(`[{"id":"` + string(agency(1)) + `","name":"Casa Inventada"}]`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Casa Inventada", string(agency(1))} {
		if id, ok := d.Find(name); !ok || id != agency(1) {
			t.Errorf("%s: %v", name, ok)
		}
	}
	if _, ok := d.Find("Casa"); ok {
		t.Error("a part of a name found somebody")
	}
	if d.Name(agency(1)) != "Casa Inventada" || d.Name(agency(2)) != string(agency(2)) {
		t.Error("names")
	}
	if _, err := roster.ReadDirectory([]byte(`[{"id":"x","name":"y"}]`)); err == nil {
		t.Error("a bad id was read")
	}
}

func BenchmarkLookup(b *testing.B) {
	r, err := roster.New(snapshot(b))
	if err != nil {
		b.Fatal(err)
	}
	kid := key(b, 2).ID()
	for b.Loop() {
		if _, _, err := r.Signer(kid); err != nil {
			b.Fatal(err)
		}
	}
}
