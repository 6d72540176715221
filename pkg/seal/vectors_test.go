package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
)

// update writes the vectors anew: go test ./pkg/seal -run Vectors -update.
var update = flag.Bool("update", false, "write docs/vectors/envelope.json anew")

const vectorFile = "../../docs/vectors/envelope.json"

// vectorSet is docs/vectors/envelope.json: everything another implementation
// needs to open, or to refuse, each envelope. All of it is invented.
type vectorSet struct {
	Comment  []string         `json:"comment"`
	Receiver vectorReceiver   `json:"receiver"`
	Roster   json.RawMessage  `json:"roster"`
	Keys     []string         `json:"keys"` // what the members announced
	Vectors  []envelopeVector `json:"vectors"`
}

type vectorReceiver struct {
	Agency     posada.AgencyID         `json:"agency"`
	Mailbox    posada.MailboxID        `json:"mailbox"`
	Identities map[posada.Epoch]string `json:"identities"`
}

type envelopeVector struct {
	Name     string    `json:"name"`
	Expect   string    `json:"expect"` // "opens", or the name of the refusal
	Now      time.Time `json:"now"`
	Payload  string    `json:"payload,omitempty"` // of one that opens: the signed JSON
	Envelope string    `json:"envelope"`          // base64
}

// refusals names every error a vector may declare.
func refusals() map[string]error {
	return map[string]error{
		"size": envelope.ErrSize, "magic": envelope.ErrMagic, "version": envelope.ErrVersion, "header": envelope.ErrHeader,
		"mailbox": ErrMailbox, "epoch": ErrEpoch, "no identity": ErrNoIdentity, "stanza": ErrStanza, "sealed": ErrSealed,
		"frame": ErrFrame, "signature": ErrSignature, "signed time": ErrSignedTime, "network": ErrNetwork, "binding": ErrBinding,
		"expired": ErrExpired, "content": ErrContent,
	}
}

func TestVectorsHaveTheirDeclaredOutcome(t *testing.T) {
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var set vectorSet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	members, err := roster.Read(set.Roster)
	if err != nil {
		t.Fatal(err)
	}
	announced, err := roster.ReadAnnouncements([]byte(strings.Join(set.Keys, "\n")), members)
	if err != nil || len(announced) != 3 {
		t.Fatalf("%d announcements: %v", len(announced), err)
	}
	members = members.With(announced...)
	identities := map[posada.Epoch]Identity{}
	for e, secret := range set.Receiver.Identities {
		if identities[e], err = ParseIdentity(secret); err != nil {
			t.Fatal(err)
		}
	}
	declared := map[string]int{}
	for _, v := range set.Vectors {
		declared[v.Expect]++
		t.Run(v.Name, func(t *testing.T) {
			wire, err := base64.StdEncoding.DecodeString(v.Envelope)
			if err != nil {
				t.Fatal(err)
			}
			var o Opened
			e, err := envelope.Parse(wire)
			if err == nil {
				o, err = Open(e, Receiver{
					Agency: set.Receiver.Agency, Mailbox: set.Receiver.Mailbox, Members: members, Now: v.Now,
					Identities: func(e posada.Epoch) (Identity, bool) { i, ok := identities[e]; return i, ok },
				})
			}
			if got := outcome(err); got != v.Expect {
				t.Fatalf("%s (%v); want %s", got, err, v.Expect)
			}
			if v.Expect == "opens" {
				if text, err := jose.Marshal(o.p); err != nil || string(text) != v.Payload {
					t.Errorf("payload %s, %v; want %s", text, err, v.Payload)
				}
			}
		})
	}
	for name := range refusals() {
		if declared[name] == 0 {
			t.Errorf("no vector is refused as %q", name)
		}
	}
	if declared["opens"] < 2 {
		t.Error("fewer than two vectors open")
	}
}

func outcome(err error) string {
	if err == nil {
		return "opens"
	}
	for name, refusal := range refusals() {
		if isOutermost(err, refusal) {
			return name
		}
	}
	return "an error without a name: " + err.Error()
}

// isOutermost: an error of content may wrap one of shape; the first counts.
func isOutermost(err, refusal error) bool {
	return strings.HasPrefix(err.Error(), refusal.Error())
}

// TestVectorsAreTheBytesWeMake makes every envelope again with fixed
// randomness: a change of format cannot pass unseen.
func TestVectorsAreTheBytesWeMake(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 37)
	text, err := json.MarshalIndent(makeVectors(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(vectorFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, text) {
		t.Error("docs/vectors/envelope.json is not what this code makes; if the format changed on purpose, run with -update")
	}
}

// maker builds envelopes, right ones and wrong ones, from A to B. C is a third
// member.
type maker struct {
	t                   *testing.T
	a, b, c             posada.AgencyID
	keyA, keyC, unknown jose.PrivateKey
	boxB                posada.MailboxID
	ids                 map[posada.Epoch]Identity
	now                 time.Time
	epoch               posada.Epoch
}

func (m *maker) id(n byte) [16]byte { return [16]byte(bytes.Repeat([]byte{n}, 16)) }

func (m *maker) key(n byte) jose.PrivateKey {
	k, err := jose.KeyFromSeed([32]byte(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		m.t.Fatal(err)
	}
	return k
}

func newMaker(t *testing.T) *maker {
	m := &maker{t: t, now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC), ids: map[posada.Epoch]Identity{}}
	m.a, m.b, m.c = posada.IDFrom[posada.AgencyID](m.id(1)), posada.IDFrom[posada.AgencyID](m.id(2)), posada.IDFrom[posada.AgencyID](m.id(3))
	m.keyA, m.keyC, m.unknown = m.key(11), m.key(13), m.key(14)
	m.boxB, m.epoch = m.id(22), posada.EpochAt(m.now)
	for e := m.epoch - 1; e <= m.epoch; e++ {
		identity, err := GenerateIdentity()
		if err != nil {
			t.Fatal(err)
		}
		m.ids[e] = identity
	}
	return m
}

// members are the three, with their keys.
func (m *maker) members() []*invented.Agency {
	var all []*invented.Agency
	for n, key := range []jose.PrivateKey{m.keyA, m.key(12), m.keyC} {
		a := invented.New(m.t, byte(n+1), m.now)
		a.Keys.Signing[0] = roster.SigningKey{Key: key.Public(), From: m.now.AddDate(0, 0, -30), Until: m.now.AddDate(0, 0, 60)}
		all = append(all, a)
	}
	all[1].Member.Mailbox, all[1].Keys.Epochs = m.boxB, nil
	for _, e := range []posada.Epoch{m.epoch - 1, m.epoch} {
		all[1].Keys.Epochs = append(all[1].Keys.Epochs, roster.EpochRecipient{Epoch: e, Recipient: m.ids[e].Recipient()})
	}
	return all
}

func (m *maker) statements() []event.Statement {
	content := referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityUrgent,
		Services: posada.SetOf(posada.ServiceLegalWageClaim),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{
			"psd_PreferredName": "Invented Name", "psd_WagesOwed": "two weeks; inventado, ñ 工",
		}}},
	}
	minimal, _, err := redact.Reduce(content, content.Categories())
	if err != nil {
		m.t.Fatal(err)
	}
	obligations := consent.Obligations{
		RetainUntil: m.now.AddDate(0, 0, 20).Unix(), Onward: consent.OnwardNone,
		Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}
	grant, err := consent.Grant{
		Network: invented.Network, Issuer: m.a, Audience: m.b, Subject: posada.IDFrom[posada.Alias](m.id(31)), ID: posada.IDFrom[posada.GrantID](m.id(32)),
		IssuedAt: m.now.Unix(), NotBefore: m.now.Unix(), Expires: m.now.AddDate(0, 0, 30).Unix(),
		Purpose: content.Purpose, Categories: content.Categories(), Onward: []consent.OnwardTo{}, Obligations: obligations,
		Via: "Invented Hub Cooperative", Form: consent.Digest{1}, Revocation: consent.Digest{2}, Withdrawal: consent.Digest{3},
	}.Sign(m.keyA)
	if err != nil {
		m.t.Fatal(err)
	}
	subject := posada.IDFrom[posada.ReferralID](m.id(40))
	first := posada.IDFrom[posada.EventID](m.id(41))
	disclosed, err := event.Disclosure(first, subject, minimal, grant, obligations, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	mark, err := event.Mark(bytes.NewReader(bytes.Repeat([]byte{42}, 16)), subject, referral.Mark{State: posada.StateSent, N: 3, At: m.now}, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	one, err := disclosed.In(m.a, event.Place{Seq: 1})
	if err != nil {
		m.t.Fatal(err)
	}
	two, err := mark.In(m.a, event.Place{Seq: 2, Prev: first})
	if err != nil {
		m.t.Fatal(err)
	}
	return []event.Statement{one, two}
}

// pack seals any signed text under any header to B: what somebody could make
// who holds B's public key and a signing key.
func (m *maker) pack(h envelope.Header, signed []byte, change func(plain []byte)) envelope.Envelope {
	plain := frame(signed, plainSize(h.Class))
	if change != nil {
		change(plain)
	}
	to, err := ParseRecipient(m.ids[m.epoch].Recipient())
	if err != nil {
		m.t.Fatal(err)
	}
	body, err := encrypt(to.key, plain, h.Class.BodySize())
	if err != nil {
		m.t.Fatal(err)
	}
	e, err := envelope.New(h, body)
	if err != nil {
		m.t.Fatal(err)
	}
	return e
}
