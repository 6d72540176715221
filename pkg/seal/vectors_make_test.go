package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// makeVectors makes one envelope for each thing that can be right or wrong
// with it, in the order in which Open looks.
func makeVectors(t *testing.T) vectorSet {
	m := newMaker(t)
	to, err := ParseRecipient(m.ids[m.epoch].Recipient())
	if err != nil {
		t.Fatal(err)
	}
	sender := Sender{Network: invented.Network, Agency: m.a, Key: m.keyA, Roster: 7, Policy: 3}
	address := Address{Agency: m.b, Mailbox: m.boxB, Epoch: m.epoch, Recipient: to}
	good, err := Seal(sender, address, m.id(50), m.now, m.statements())
	if err != nil {
		t.Fatal(err)
	}
	members := m.members()
	base := invented.Snapshot(t, members...)
	base.Version = 7
	snapshot, err := roster.Write(base)
	if err != nil {
		t.Fatal(err)
	}
	var announced []string
	for _, a := range members {
		announced = append(announced, string(a.Announce(t).Compact()))
	}
	set := vectorSet{
		Comment: []string{
			"Envelopes from one invented agency to another, with the outcome each must have.",
			"expect is opens, or what is found first to be wrong. docs/wire-format.md explains each word.",
		},
		Receiver: vectorReceiver{Agency: m.b, Mailbox: m.boxB, Identities: map[posada.Epoch]string{}},
		Roster:   snapshot,
		Keys:     announced,
	}
	for e, identity := range m.ids {
		set.Receiver.Identities[e] = identity.Secret()
	}
	add := func(name, expect string, at time.Time, wire []byte) {
		set.Vectors = append(set.Vectors, envelopeVector{
			Name: name, Expect: expect, Now: at, Envelope: base64.StdEncoding.EncodeToString(wire),
		})
	}
	opens := func(name string, at time.Time, e envelope.Envelope) {
		add(name, "opens", at, e.Bytes())
		set.Vectors[len(set.Vectors)-1].Payload = string(m.text(e.Header(), func(*payload) {}))
	}
	opens("two statements", m.now, good)
	opens("the same, on the last second of its week", m.now.Add(Life-time.Second), good)
	m.outerVectors(add, good)
	m.ageVectors(add, good)
	m.innerVectors(add, good.Header())
	return set
}

// outerVectors are wrong in the clear part, or opened at the wrong time.
func (m *maker) outerVectors(add func(string, string, time.Time, []byte), good envelope.Envelope) {
	wire := good.Bytes()
	with := func(at int, to byte) []byte {
		changed := bytes.Clone(wire)
		changed[at] = to
		return changed
	}
	add("empty", "size", m.now, nil)
	add("header alone", "size", m.now, wire[:64])
	add("truncated by a byte", "size", m.now, wire[:len(wire)-1])
	add("longer by a byte", "size", m.now, append(bytes.Clone(wire), 0))
	add("class byte names a larger size", "size", m.now, with(5, 1))
	add("class byte names no size", "size", m.now, with(5, 4))
	add("other magic", "magic", m.now, with(3, '2'))
	add("other version", "version", m.now, with(4, 2))
	add("a bit in the header's zeros", "header", m.now, with(63, 1))
	add("another mailbox", "mailbox", m.now, with(10, 23))
	add("an epoch too old", "epoch", m.now.AddDate(0, 0, EpochsBack+1), wire)
	add("an epoch to come", "epoch", m.now.AddDate(0, 0, -EpochsAhead-1), wire)
	future := good.Header()
	future.Epoch++
	e, err := envelope.New(future, good.Body())
	if err != nil {
		m.t.Fatal(err)
	}
	add("an epoch whose key is not here", "no identity", m.now, e.Bytes())
	add("header says yesterday, sealed to today", "sealed", m.now, with(9, wire[9]-1))
	add("expiry day changed", "binding", m.now, with(45, wire[45]+1))
	add("message id changed", "binding", m.now, with(26, 51))
	add("past its week", "expired", m.now.Add(Life), wire)
}

// ageVectors are wrong in the sealed file.
func (m *maker) ageVectors(add func(string, string, time.Time, []byte), good envelope.Envelope) {
	wire := good.Bytes()
	flip := func(at int) []byte {
		changed := bytes.Clone(wire)
		changed[at] ^= 1
		return changed
	}
	add("a bit of the age header", "sealed", m.now, flip(envelope.HeaderSize+40))
	add("a bit of the sealed payload", "sealed", m.now, flip(len(wire)-100))
	add("a bit of the last tag", "sealed", m.now, flip(len(wire)-1))

	seal := func(plain int, to ...age.Recipient) []byte {
		var out bytes.Buffer
		w, err := age.Encrypt(&out, to...)
		if err != nil {
			m.t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, plain)); err != nil {
			m.t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			m.t.Fatal(err)
		}
		body := make([]byte, good.Header().Class.BodySize())
		copy(body, out.Bytes())
		e, err := envelope.New(good.Header(), body)
		if err != nil {
			m.t.Fatal(err)
		}
		return e.Bytes()
	}
	hybrid, err := age.ParseHybridRecipient(m.ids[m.epoch].Recipient())
	if err != nil {
		m.t.Fatal(err)
	}
	classical, err := age.GenerateX25519Identity()
	if err != nil {
		m.t.Fatal(err)
	}
	add("sealed to an x25519 recipient", "stanza", m.now, seal(7800, classical.Recipient()))
	add("sealed to two hybrid recipients", "stanza", m.now, seal(4900, hybrid, hybrid))
	add("bytes after the age file", "sealed", m.now, seal(6000, hybrid))
}

// payload is the payload of the good envelope, under any header.
func (m *maker) payload(h envelope.Header) payload {
	outer := h.Marshal()
	return payload{
		Network: invented.Network, Issuer: m.a, Audience: m.b, Recipient: hash([]byte(m.ids[m.epoch].Recipient())),
		Mailbox: h.Mailbox, Message: h.Message, OuterHash: hash(outer[:]), Epoch: h.Epoch,
		IssuedAt: m.now.Unix(), Expires: m.now.Add(Life).Unix(), Roster: 7, Policy: 3,
		Statements: m.statements(),
	}
}

// text is the good payload with one change, under a header.
func (m *maker) text(h envelope.Header, change func(*payload)) []byte {
	p := m.payload(h)
	change(&p)
	out, err := jose.Marshal(p)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

func (m *maker) sign(key jose.PrivateKey, typ jose.Type, text []byte) []byte {
	signed, err := jose.Sign(key, typ, text)
	if err != nil {
		m.t.Fatal(err)
	}
	return signed
}

// innerVectors are sealed well and say something wrong inside.
func (m *maker) innerVectors(add func(string, string, time.Time, []byte), h envelope.Header) {
	same := m.text(h, func(*payload) {})
	good := m.sign(m.keyA, jose.TypeEvent, same)
	add("padding not zero", "frame", m.now, m.pack(h, good, func(plain []byte) { plain[len(plain)-1] = 1 }).Bytes())
	add("length of the signed text beyond the frame", "frame", m.now, m.pack(h, good, func(plain []byte) { plain[0] = 1 }).Bytes())
	add("length of the signed text zero", "frame", m.now, m.pack(h, nil, nil).Bytes())

	headed := func(from, to string) []byte {
		header, rest, _ := bytes.Cut(good, []byte{'.'})
		raw, err := base64.RawURLEncoding.DecodeString(string(header))
		if err != nil {
			m.t.Fatal(err)
		}
		changed := bytes.Replace(raw, []byte(from), []byte(to), 1)
		return fmt.Appendf(nil, "%s.%s", base64.RawURLEncoding.EncodeToString(changed), rest)
	}
	for _, c := range []struct {
		name   string
		signed []byte
	}{
		{"signed as a grant", m.sign(m.keyA, jose.TypeGrant, same)},
		{"signed by nobody's key", m.sign(m.unknown, jose.TypeEvent, same)},
		{"signature changed", append(bytes.Clone(good[:len(good)-8]), "AAAAAAAA"...)},
		{"no signature", good[:bytes.LastIndexByte(good, '.')+1]},
		{"alg none", headed("EdDSA", "none")},
		{"crit in the header", headed(`{`, `{"crit":["exp"],`)},
		{"b64 false in the header", headed(`{`, `{"b64":false,`)},
		{"jku in the header", headed(`,"typ"`, `,"jku":"https://hostile.example","typ"`)},
		{"white space in the header", headed(`,"typ"`, `, "typ"`)},
		{"a header member twice", headed(`{`, `{"alg":"EdDSA",`)},
		{"a byte after the signature", append(bytes.Clone(good), 'A')},
		{"white space before the signed text", append([]byte{' '}, good...)},
	} {
		add(c.name, "signature", m.now, m.pack(h, c.signed, nil).Bytes())
	}
	add("signed with another member's key", "signature", m.now, m.pack(h, m.sign(m.keyC, jose.TypeEvent, same), nil).Bytes())
	m.payloadVectors(add, h)
	m.spellingVectors(add, h, same)
}

// payloadVectors are well-spelled payloads that say something wrong.
func (m *maker) payloadVectors(add func(string, string, time.Time, []byte), h envelope.Header) {
	for _, c := range []struct {
		name, expect string
		at           time.Duration
		change       func(*payload)
	}{
		{"sealed in another network", "network", 0, func(p *payload) { p.Network = "ooooooooooooooooooooooooea" }},
		{"names another issuer", "signature", 0, func(p *payload) { p.Issuer = m.c }},
		{"names another audience: forwarded", "binding", 0, func(p *payload) { p.Audience = m.c }},
		{"names another recipient key", "binding", 0, func(p *payload) { p.Recipient = hash([]byte(m.ids[m.epoch-1].Recipient())) }},
		{"names another mailbox", "binding", 0, func(p *payload) { p.Mailbox = m.id(23) }},
		{"names another message", "binding", 0, func(p *payload) { p.Message = m.id(51) }},
		{"names another header hash", "binding", 0, func(p *payload) { p.OuterHash = hash(nil) }},
		{"names another epoch", "binding", 0, func(p *payload) { p.Epoch-- }},
		{"expires on another day than the header says", "binding", 0, func(p *payload) { p.Expires -= 86400 }},
		{"signed in the future", "signed time", 0, func(p *payload) { p.IssuedAt += 601 }},
		{"signed ten days ago", "signed time", 0, func(p *payload) { p.IssuedAt -= 10 * 86400 }},
		{"lives longer than a week", "content", 0, func(p *payload) { p.IssuedAt -= 60 }},
		{"ends when it begins", "content", Life - time.Minute, func(p *payload) { p.IssuedAt = p.Expires }},
		{"no statement", "content", 0, func(p *payload) { p.Statements = []event.Statement{} }},
		{"65 statements", "content", 0, func(p *payload) { p.Statements = slices.Repeat([]event.Statement{m.filler()}, 65) }},
	} {
		head := h
		signed := m.sign(m.keyA, jose.TypeEvent, m.text(head, c.change))
		if len(signed)+frameHeader > plainSize(head.Class) {
			head.Class = envelope.Class32K
			signed = m.sign(m.keyA, jose.TypeEvent, m.text(head, c.change))
		}
		add(c.name, c.expect, m.now.Add(c.at), m.pack(head, signed, nil).Bytes())
	}
}

// spellingVectors say the right thing in the wrong words, signed all the same.
func (m *maker) spellingVectors(add func(string, string, time.Time, []byte), h envelope.Header, same []byte) {
	audience := `"aud":"` + string(m.b) + `"`
	epoch := fmt.Sprintf(`"ep":%d`, m.epoch)
	for _, c := range []struct{ name, from, to string }{
		{"a member twice", audience, `"aud":"` + string(m.c) + `",` + audience},
		{"an unknown member", `{"aud":`, `{"admin":true,"aud":`},
		{"a member in another letter case", `"aud":`, `"AUD":`},
		{"white space in the payload", `{"aud":`, `{ "aud":`},
		{"members in another order", audience + "," + epoch, epoch + "," + audience},
		{"a number as text", `"pv":3`, `"pv":"3"`},
		{"a number in another spelling", `"pv":3`, `"pv":3.0`},
		{"a statement's data twice", `"data":{"at"`, `"data":{},"data":{"at"`},
		{"a statement of another source", `"source":"posada:` + string(m.a), `"source":"posada:` + string(m.c)},
		{"a notice with a grant", `"kind":"notice"`, `"grant":"x.y.z","kind":"notice"`},
		{"a notice said to be a filler", `"kind":"notice"`, `"kind":"filler"`},
		{"a statement without a place", `,"seq":1,`, `,`},
		{"an unknown statement type", `mark.v1`, `mark.v9`},
		{"an unknown CloudEvents version", `"specversion":"1.0"`, `"specversion":"2.0"`},
	} {
		changed := bytes.Replace(same, []byte(c.from), []byte(c.to), 1)
		if bytes.Equal(changed, same) {
			m.t.Fatalf("%s: %s is not in the payload", c.name, c.from)
		}
		add(c.name, "content", m.now, m.pack(h, m.sign(m.keyA, jose.TypeEvent, changed), nil).Bytes())
	}
}

func (m *maker) filler() event.Statement {
	e, err := event.Filler(bytes.NewReader(bytes.Repeat([]byte{60}, 16)), m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	s, err := e.In(m.a, event.Place{})
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}
