package town_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// injector is a hub that gives out whatever a test puts in, beside the real
// mail.
type injector struct {
	post.Hub
	mu   sync.Mutex
	wire [][]byte
}

func (i *injector) put(wire []byte) {
	i.mu.Lock()
	i.wire = append(i.wire, wire)
	i.mu.Unlock()
}

func (i *injector) Collect(ctx context.Context, ids []posada.MessageID) ([][]byte, bool, error) {
	list, more, err := i.Hub.Collect(ctx, ids)
	if err != nil {
		return nil, false, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	list, i.wire = append(list, i.wire...), nil
	return list, more, nil
}

// forger is a member played by hand, with its real keys: it can say anything to
// the legal aid's node that a member who turned hostile could.
type forger struct {
	*hand
	t    *testing.T
	to   seal.Address
	lent map[posada.Epoch]seal.Identity // the recipient's own keys
	seq  uint64
	prev posada.EventID
	said []event.Statement // by place
}

func newForger(t *testing.T, w *town.Town, key string) *forger {
	return newForgerTo(t, w, key, "legal")
}

// newForgerTo says it to another's node.
func newForgerTo(t *testing.T, w *town.Town, key, to string) *forger {
	h := newHand(t, w, key)
	legal := w.Members[to]
	today := posada.EpochAt(time.Now())
	text, err := h.members.Recipient(legal.ID, today)
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := seal.ParseRecipient(text)
	if err != nil {
		t.Fatal(err)
	}
	return &forger{hand: h, t: t, to: seal.Address{Agency: legal.ID, Mailbox: legal.Mailbox, Epoch: today, Recipient: recipient}}
}

func (f *forger) id() (raw [16]byte) {
	_, _ = rand.Read(raw[:]) // it never fails
	return raw
}

func (f *forger) sender() seal.Sender {
	return seal.Sender{Network: f.members.Network(), Agency: f.Agency, Key: f.Signing, Roster: 1, Policy: 1}
}

// content is a referral the legal aid may have.
func (f *forger) content(change ...func(*referral.Content)) referral.Content {
	c := referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityNormal, Services: posada.SetOf(posada.ServiceLegalFamily),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"psd_PreferredName": her}}},
	}
	for _, g := range change {
		g(&c)
	}
	return c
}

func (f *forger) obligations() consent.Obligations {
	return consent.Obligations{
		RetainUntil: time.Now().Add(time.Hour).Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}
}

// grant is a good grant for a content, changed.
func (f *forger) grant(c referral.Content, change ...func(*consent.Grant)) string {
	now := time.Now()
	g := consent.Grant{
		Network: f.members.Network(), Issuer: f.Agency, Audience: f.to.Agency, Subject: posada.IDFrom[posada.Alias](f.id()), ID: posada.IDFrom[posada.GrantID](f.id()),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(24 * time.Hour).Unix(),
		Purpose: c.Purpose, Categories: c.Categories(), Onward: []consent.OnwardTo{}, Obligations: f.obligations(),
		Via: "Invented Hub Cooperative", Form: consent.Digest{1}, Revocation: consent.Digest{2}, Withdrawal: consent.Digest{3},
	}
	for _, h := range change {
		h(&g)
	}
	compact, err := g.Sign(f.Signing)
	if err != nil {
		f.t.Fatal(err)
	}
	return compact
}

// disclosure says a content under a grant, in the next place of the sequence.
func (f *forger) disclosure(c referral.Content, grant string, o consent.Obligations) event.Statement {
	return f.place(f.disclosed(c, grant, o))
}

func (f *forger) disclosed(c referral.Content, grant string, o consent.Obligations) event.Event {
	m, _, err := redact.Reduce(c, c.Categories())
	if err != nil {
		f.t.Fatal(err)
	}
	e, err := event.Disclosure(posada.IDFrom[posada.EventID](f.id()), posada.IDFrom[posada.ReferralID](f.id()), m, grant, o, time.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

func (f *forger) place(e event.Event) event.Statement {
	f.seq++
	s, err := e.In(f.Agency, event.Place{Seq: f.seq, Prev: f.prev})
	if err != nil {
		f.t.Fatal(err)
	}
	f.prev, f.said = e.ID(), append(f.said, s)
	return s
}

// voids is what a member says in the place of all it said that did not come: until
// then nobody knows what that was, and nothing of it is opened.
func (f *forger) voids() (all [][]byte) {
	for _, s := range f.said {
		void, err := event.Void(s.ID(), time.Now()).In(f.Agency, s.Place())
		if err != nil {
			f.t.Fatal(err)
		}
		all = append(all, f.good(void))
	}
	return all
}

func (f *forger) seal(from seal.Sender, to seal.Address, at time.Time, s ...event.Statement) []byte {
	e, err := seal.Seal(from, to, f.id(), at, s)
	if err != nil {
		f.t.Fatal(err)
	}
	return e.Bytes()
}

// good seals a statement as a member would.
func (f *forger) good(s ...event.Statement) []byte { return f.seal(f.sender(), f.to, time.Now(), s...) }

// respelled seals a good payload with a part of its text replaced, signed all
// the same, in an 8 KiB envelope.
func (f *forger) respelled(from, to string) []byte {
	e, err := envelope.Parse(f.good(f.disclosure(f.content(), "a.b.c", f.obligations())))
	if err != nil {
		f.t.Fatal(err)
	}
	plain := f.unsealed(e)
	u, err := jose.Parse(plain, jose.TypeEvent)
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := u.Verify(f.Signing.Public())
	if err != nil || !bytes.Contains(text, []byte(from)) {
		f.t.Fatalf("%v: the payload does not say %s", err, from)
	}
	signed, err := jose.Sign(f.Signing, jose.TypeEvent, bytes.Replace(text, []byte(from), []byte(to), 1))
	if err != nil {
		f.t.Fatal(err)
	}
	return f.resealed(e, signed)
}

// plainSize of the 8 KiB class (docs/wire-format.md).
const plainSize = 8192 - 64 - 1627 - 16 - 16

// unsealed opens an envelope to the legal aid as nobody but it could; the town
// lends its key.
func (f *forger) unsealed(e envelope.Envelope) []byte {
	identity, err := age.ParseHybridIdentity(f.lent[e.Header().Epoch].Secret())
	if err != nil {
		f.t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(e.Body()), identity)
	if err != nil {
		f.t.Fatal(err)
	}
	plain := make([]byte, plainSize)
	if _, err := r.Read(plain); err != nil {
		f.t.Fatal(err)
	}
	return plain[4 : 4+binary.BigEndian.Uint32(plain)]
}

func (f *forger) resealed(e envelope.Envelope, signed []byte) []byte {
	identity, err := age.ParseHybridIdentity(f.lent[e.Header().Epoch].Secret())
	if err != nil {
		f.t.Fatal(err)
	}
	plain := make([]byte, plainSize)
	binary.BigEndian.PutUint32(plain, uint32(len(signed)))
	copy(plain[4:], signed)
	var body bytes.Buffer
	w, err := age.Encrypt(&body, identity.Recipient())
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		f.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	again, err := envelope.New(e.Header(), body.Bytes())
	if err != nil {
		f.t.Fatal(err)
	}
	return again.Bytes()
}

// TestWhateverIsWrongIsNamedPutAsideAndHasNoEffect injects one thing of each
// kind at a real node and looks at what it makes of it.
func TestWhateverIsWrongIsNamedPutAsideAndHasNoEffect(t *testing.T) {
	t.Parallel()
	// The keys are ten days old, so that an old signature can be a member's.
	laid, err := town.Lay(t.TempDir(), plan(), time.Now().AddDate(0, 0, -10))
	if err != nil {
		t.Fatal(err)
	}
	lent, err := laid.Credentials("legal", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var in *injector
	w := start(t, laid, town.Options{
		Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { in = &injector{Hub: h}; return in },
	})
	legal := ask(t, w, "legal")
	f := newForger(t, w, "ngo")
	f.lent = lent.Identities
	cases := hostileCases(f)
	want := map[string]int{}
	for _, c := range cases {
		want[c.code]++
		in.put(c.wire)
	}
	eventually(t, "all of it being looked at", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && putAside(s) >= len(cases)
	})
	s, err := legal.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, q := range s.Quarantined {
		got[q.Code] += q.Count
		if q.From != nil && q.From.Name != "Invented NGO" {
			t.Errorf("%s is said to come from %s", q.Code, q.From.Name)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("put aside: %v\nwant:      %v", got, want)
	}
	list, err := legal.Referrals(t.Context())
	if err != nil || len(list) != 0 {
		t.Errorf("%d referrals were taken in: %v", len(list), err)
	}
	// A good one still comes in, behind all of it, when it is known what that was.
	c := f.content()
	voids := f.voids()
	in.put(f.good(f.disclosure(c, f.grant(c), f.obligations())))
	eventually(t, "a good referral being held behind a gap", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && putAside(s) == len(cases)+1 && slices.ContainsFunc(s.Quarantined, func(q client.Quarantined) bool { return q.Code == "issuer_unheard" })
	})
	for _, wire := range voids {
		in.put(wire)
	}
	eventually(t, "a good referral being taken in", func() bool {
		list, err := legal.Referrals(t.Context())
		return err == nil && len(list) == 1
	})
	for code := range want {
		if text := i18n.For(i18n.Spanish).Term("aside", code); text == code {
			t.Errorf("nobody can be told of %s", code)
		}
	}
	t.Logf("%d kinds of wrong: %v", len(want), slices.Sorted(maps.Keys(want)))
}

func putAside(s client.Status) (all int) {
	for _, q := range s.Quarantined {
		all += q.Count
	}
	return all
}

type hostileCase struct {
	code string
	wire []byte
}

func hostileCases(f *forger) []hostileCase {
	c := f.content()
	fine := func() []byte { return f.good(f.disclosure(c, f.grant(c), f.obligations())) }
	stranger, err := jose.GenerateKey(rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	tomorrow, elsewhere := f.to, f.to
	tomorrow.Epoch += 2
	key, err := seal.GenerateIdentity()
	if err != nil {
		f.t.Fatal(err)
	}
	if elsewhere.Recipient, err = seal.ParseRecipient(key.Recipient()); err != nil {
		f.t.Fatal(err)
	}
	reheaded := func(change func(*envelope.Header)) []byte {
		e, err := envelope.Parse(fine())
		if err != nil {
			f.t.Fatal(err)
		}
		h := e.Header()
		change(&h)
		again, err := envelope.New(h, e.Body())
		if err != nil {
			f.t.Fatal(err)
		}
		return again.Bytes()
	}
	unknown := f.content(func(c *referral.Content) { c.Records[0].Fields["prs_Nickname"] = "x" })
	wider := f.content(func(c *referral.Content) { c.Records[0].Fields["psd_ImmigrationStatus"] = "invented" })
	wages := f.content(func(c *referral.Content) { c.Purpose = posada.PurposeWageRecovery })
	none := f.obligations()
	none.RetainUntil += 3600
	mark := func(m referral.Mark) event.Statement {
		e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID](f.id()), m, time.Now())
		if err != nil {
			f.t.Fatal(err)
		}
		return f.place(e)
	}
	return []hostileCase{
		{"size", fine()[:8000]},
		{"size", append(fine(), 0)},
		{"size", []byte("PSD1")},
		{"size", nil},
		{"magic", bytes.Repeat([]byte{7}, 8192)},
		{"version", func() []byte { w := fine(); w[4] = 9; return w }()},
		{"header", func() []byte { w := fine(); w[60] = 9; return w }()},
		{"mailbox", reheaded(func(h *envelope.Header) { h.Mailbox[3] ^= 1 })},
		{"epoch", f.seal(f.sender(), tomorrow, time.Now(), f.disclosure(c, f.grant(c), f.obligations()))},
		{"sealed", f.seal(f.sender(), elsewhere, time.Now(), f.disclosure(c, f.grant(c), f.obligations()))},
		{"sealed", func() []byte { w := fine(); w[4000] ^= 1; return w }()},
		{"binding", reheaded(func(h *envelope.Header) { h.Message[0] ^= 1 })},
		{"signature", f.seal(seal.Sender{Network: f.members.Network(), Agency: f.Agency, Key: stranger}, f.to, time.Now(), f.disclosure(c, f.grant(c), f.obligations()))},
		{"signed_time", f.seal(f.sender(), f.to, time.Now().Add(time.Hour), f.disclosure(c, f.grant(c), f.obligations()))},
		{"expired", f.seal(f.sender(), f.to, time.Now().Add(-seal.Life-time.Hour), f.disclosure(c, f.grant(c), f.obligations()))},
		{"content", f.respelled(`"aud":`, `"aud":"`+string(f.Agency)+`","aud":`)},
		{"content", f.respelled(`{"aud":`, `{"admin":true,"aud":`)},
		{"content", f.respelled(`"seq":`, `"seq": `)},
		{"grant", f.good(f.disclosure(c, f.grant(c, func(g *consent.Grant) { g.IssuedAt -= 7200; g.NotBefore -= 7200; g.Expires = time.Now().Unix() - 60 }), f.obligations()))},
		{"grant", f.good(f.disclosure(c, f.grant(c, func(g *consent.Grant) { g.Audience = f.Agency }), f.obligations()))},
		{"grant", f.good(f.disclosure(c, "a.b.c", f.obligations()))},
		{"referral_content", f.good(f.nonsense(unknown))},
		{"not_covered", f.good(f.disclosure(wider, f.grant(c), f.obligations()))},
		{"not_covered", f.good(f.disclosure(wages, f.grant(c), f.obligations()))},
		{"obligations", f.good(f.disclosure(c, f.grant(c), none))},
		{"unknown_referral", f.good(mark(referral.Mark{State: posada.StateRecalled, N: 4, Seen: 0}))},
	}
}

// nonsense says a content the standard does not know, under a good grant.
func (f *forger) nonsense(c referral.Content) event.Statement {
	s := f.disclosure(f.content(), f.grant(f.content()), f.obligations())
	text, err := jose.Marshal(s)
	if err != nil {
		f.t.Fatal(err)
	}
	data, err := jose.Marshal(c)
	if err != nil {
		f.t.Fatal(err)
	}
	var changed event.Statement
	if err := jose.Unmarshal(bytes.Replace(text, s.Data(), data, 1), &changed); err != nil {
		f.t.Fatal(err)
	}
	return changed
}

// TestAHeldStatementIsDecidedAgainUnderANewerPolicy sends what the network's
// policy does not let a legal aid receive, and then changes the policy.
func TestAHeldStatementIsDecidedAgainUnderANewerPolicy(t *testing.T) {
	t.Parallel()
	w := start(t, exercise(t), town.Options{Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond})
	f := newForger(t, w, "ngo")
	c := f.content(func(c *referral.Content) { c.Records[0].Fields["psd_Medical"] = "invented" })
	e, err := envelope.Parse(f.good(f.disclosure(c, f.grant(c), f.obligations())))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.bus.Submit(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	legal := ask(t, w, "legal")
	eventually(t, "it being held", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && len(s.Quarantined) == 1 && s.Quarantined[0].Code == "not_covered"
	})
	// It is receipted all the same: its sender learns nothing of our policy.
	ngo := newHand(t, w, "ngo")
	eventually(t, "its receipt", func() bool {
		return slices.ContainsFunc(ngo.take(t), func(s event.Statement) bool { return s.Type() == event.TypeReceipt })
	})
	wider, err := fs.ReadFile(altered.Files(t, policy.Files, policy.MatrixFile, `"version": 1`, `"version": 2`, `"medical": "never"`, `"medical": "consent"`), policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Council.Decide(trust.RolePolicy, wider, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := bring(t, w, p); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it being taken in under the newer policy", func() bool {
		list, err := ask(t, w, "legal").Referrals(t.Context())
		return err == nil && len(list) == 1
	})
	s, err := ask(t, w, "legal").Status(t.Context())
	if err != nil || len(s.Quarantined) != 0 || !s.Audit.Whole {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestANodeWhoseRulesDoNotProtectDoesNotStart breaks the guard and the network
// layer together: the canary goes through, and the node stops.
func TestANodeWhoseRulesDoNotProtectDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, pairs := range map[string][]string{
		"the permit is given away": {
			"	category in guard_permits\n", "", "	category in network_permits\n", "",
		},
	} {
		laid := lay(t)
		_, err := town.Start(t.Context(), laid, town.Options{Policy: altered.Files(t, policy.Files, "disclose/disclose.rego", pairs...)})
		if err == nil || !strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
		acts(t, laid, "ngo", map[audit.Act]int{audit.ReferralSent: 0})
	}
}
