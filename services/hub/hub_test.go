package hub_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/hub"
)

// member is one invented agency as the hub knows it.
type member struct {
	agency     roster.Agency
	seed       []byte
	connection string // public nkey
	statement  string // that it connects for the agency
	announced  roster.Announcement
}

// bench is a running hub and its members.
type bench struct {
	hub     *hub.Hub
	config  hub.Config
	parts   hub.Parts
	stop    func()
	key     jose.PrivateKey
	online  jose.PrivateKey
	council *invented.Council
	members []member
	dir     string
}

func newMember(t testing.TB, n byte) member {
	t.Helper()
	a := invented.New(t, n, time.Now())
	a.Member.Mailbox = posada.MailboxID{n, n}
	if n == 2 {
		a.Member.Class = posada.ClassLawEnforcement
	}
	return member{seed: a.Connection, connection: a.Public, statement: a.Statement, agency: a.Member, announced: a.Announce(t)}
}

// start runs a hub with members; the last one is suspended.
func start(t testing.TB, count int, change ...func(*hub.Config)) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir()}
	var err error
	if b.key, err = jose.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	public, tlsKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := broker.PinOf(public)
	if err != nil {
		t.Fatal(err)
	}
	snapshot := invented.Snapshot(t)
	snapshot.Hub.Receipt, snapshot.Hub.Pins = b.key.Public(), []roster.Pin{pin}
	var announced []roster.Announcement
	for n := range count {
		m := newMember(t, byte(n+1))
		if n == count-1 {
			m.agency.Standing = posada.StandingSuspended
		}
		b.members = append(b.members, m)
		snapshot.Agencies = append(snapshot.Agencies, m.agency)
		announced = append(announced, m.announced)
	}
	c := hub.Defaults()
	c.Listen, c.Admin, c.Store = "127.0.0.1:0", "127.0.0.1:0", filepath.Join(b.dir, "mail")
	for _, f := range change {
		f(&c)
	}
	if c.TLSKey == "" {
		tlsKey, snapshot.Hub.Pins = nil, nil
	}
	b.online, b.council, b.parts.Founding = founded(t, snapshot)
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	b.parts = hub.Parts{Founding: b.parts.Founding, OnlineKey: b.online, Announced: announced, TLSKey: tlsKey, ReceiptKey: b.key, Policy: engine}
	b.run(t, c)
	t.Cleanup(func() { b.stop() })
	return b
}

// founded has invented stewards found a network with a roster.
func founded(t testing.TB, s roster.Snapshot) (online jose.PrivateKey, council *invented.Council, f trust.Founding) {
	t.Helper()
	online, err := jose.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rules, _, err := pdp.ReadMatrix(policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	council, proposals, err := invented.Found(rand.Reader, s, rules, trust.Charter{Online: online.Public()}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := trust.WriteFounding(proposals...)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = trust.ReadFounding(text); err != nil {
		t.Fatal(err)
	}
	return online, council, f
}

// run runs the hub until stop.
func (b *bench) run(t testing.TB, c hub.Config) {
	t.Helper()
	b.config, b.hub = c, hub.New(c, b.parts)
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- b.hub.Run(ctx, func() { close(ready) }) }()
	b.stop = func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		b.stop = func() {}
	}
	select {
	case <-ready:
	case err := <-done:
		b.stop = stop
		t.Fatal(err)
	}
}

func (b *bench) dial(t testing.TB, n int) *broker.Conn {
	t.Helper()
	c, err := broker.Dial(broker.Dialing{URL: b.hub.Where().Bus, Agency: b.members[n].agency.ID, Seed: b.members[n].seed, Statement: b.members[n].statement, Pins: roster.Pinned(b.parts.Founding.Roster().Hub().Pins...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// sealed is an envelope for a member: the hub never looks into the body.
func (b *bench) sealed(t testing.TB, to int, class envelope.Class, change ...func(*envelope.Header)) envelope.Envelope {
	t.Helper()
	today := posada.EpochAt(time.Now())
	h := envelope.Header{Class: class, Epoch: today, Mailbox: b.members[to].agency.Mailbox, Expiry: today + 7}
	if _, err := rand.Read(h.Message[:]); err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(&h)
	}
	e, err := envelope.New(h, bytes.Repeat([]byte{byte(to)}, class.BodySize()))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// patience is how long something may take before it counts as not coming: far longer than it takes
// on a machine that has much else to do.
const patience = 2 * time.Minute

func ask(t testing.TB, c *broker.Conn, prefix string, body []byte) (bool, []byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := c.Request(ctx, prefix+string(c.Route()), body)
	if err != nil {
		return false, nil, err
	}
	return mail.ReadAnswer(answer)
}

func collect(t testing.TB, c *broker.Conn, acknowledged ...posada.MessageID) ([]envelope.Envelope, bool) {
	t.Helper()
	more, body, err := ask(t, c, broker.CollectPrefix, mail.WriteAcknowledged(acknowledged))
	if err != nil {
		t.Fatal(err)
	}
	var list []envelope.Envelope
	for _, wire := range mail.Collected(body) {
		e, err := envelope.Parse(wire)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list, more
}

func TestAnEnvelopeWaitsUntilItIsAcknowledged(t *testing.T) {
	b := start(t, 3)
	ngo, other := b.dial(t, 0), b.dial(t, 1)
	e := b.sealed(t, 1, envelope.Class32K)
	_, receipt, err := ask(t, ngo, broker.SubmitPrefix, e.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	u, err := jose.Parse(receipt, jose.TypeHubReceipt)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := u.Verify(b.key.Public())
	var said mail.Receipt
	if err != nil || jose.Unmarshal(payload, &said) != nil || said.Message != e.Header().Message {
		t.Errorf("receipt %s, %v", payload, err)
	}
	if again := second(ask(t, ngo, broker.SubmitPrefix, e.Bytes())); again != nil {
		t.Errorf("the same envelope again: %v", again)
	}
	for range 2 {
		if list, more := collect(t, other); len(list) != 1 || more || !bytes.Equal(list[0].Bytes(), e.Bytes()) {
			t.Fatalf("%d envelopes, more %v", len(list), more)
		}
	}
	if list, _ := collect(t, ngo); len(list) != 0 {
		t.Error("another member collected it")
	}
	// Acknowledging in another's name does nothing.
	collect(t, ngo, e.Header().Message)
	if list, _ := collect(t, other); len(list) != 1 {
		t.Error("another member erased it")
	}
	if list, _ := collect(t, other, e.Header().Message); len(list) != 0 {
		t.Error("it was given after it was acknowledged")
	}
}

func second(_ bool, _ []byte, err error) error { return err }

func TestARecalledEnvelopeIsGone(t *testing.T) {
	b := start(t, 3)
	ngo, other := b.dial(t, 0), b.dial(t, 1)
	e := b.sealed(t, 1, envelope.Class8K)
	if err := second(ask(t, ngo, broker.SubmitPrefix, e.Bytes())); err != nil {
		t.Fatal(err)
	}
	for range 2 { // gone already is the same answer
		if err := second(ask(t, ngo, broker.RecallPrefix, mail.WriteRecall(e.Header().Mailbox, e.Header().Message))); err != nil {
			t.Fatal(err)
		}
	}
	if list, _ := collect(t, other); len(list) != 0 {
		t.Error("it was collected after its recall")
	}
}

func TestABellRingsForMail(t *testing.T) {
	b := start(t, 3)
	ngo, other := b.dial(t, 0), b.dial(t, 1)
	rung := make(chan struct{}, 8)
	bell := broker.Bell{7}
	if err := other.Subscribe(other.Route().Bell(bell), func() { rung <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	// The subscription has arrived when this is answered.
	if err := second(ask(t, other, broker.CollectPrefix, mail.WriteCollection(bell, nil))); err != nil {
		t.Fatal(err)
	}
	if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes())); err != nil {
		t.Fatal(err)
	}
	select {
	case <-rung:
	case <-time.After(patience):
		t.Error("no bell rang")
	}
}

func TestWhatTheRelayCannotTakeItRefuses(t *testing.T) {
	b := start(t, 3)
	ngo := b.dial(t, 0)
	good := b.sealed(t, 1, envelope.Class8K)
	for name, body := range map[string][]byte{
		"empty":               {},
		"half":                good.Bytes()[:4000],
		"a byte more":         append(bytes.Clone(good.Bytes()), 0),
		"not an envelope":     make([]byte, 8192),
		"an epoch long gone":  b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Epoch -= 2 }).Bytes(),
		"an epoch to come":    b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Epoch += 2 }).Bytes(),
		"expired":             b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Expiry -= 8 }).Bytes(),
		"kept too long":       b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Expiry += 2 }).Bytes(),
		"nobody's mailbox":    b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Mailbox[5] = 9 }).Bytes(),
		"a suspended mailbox": b.sealed(t, 2, envelope.Class8K).Bytes(),
		"one's own mailbox":   b.sealed(t, 0, envelope.Class8K).Bytes(),
		"no message id":       b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Message = posada.MessageID{} }).Bytes(),
	} {
		if err := second(ask(t, ngo, broker.SubmitPrefix, body)); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := second(ask(t, ngo, broker.CollectPrefix, []byte{9})); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("a collection in another form: %v", err)
	}
	if err := second(ask(t, ngo, broker.RecallPrefix, []byte{9})); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("a recall in another form: %v", err)
	}
}

func TestAFloodIsAskedToWait(t *testing.T) {
	b := start(t, 3, func(c *hub.Config) { c.PerSecond, c.Burst = 0.001, 5 })
	ngo, other := b.dial(t, 0), b.dial(t, 1)
	busy := 0
	for range 10 {
		if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes())); errors.Is(err, mail.ErrBusy) {
			busy++
		}
	}
	if busy != 5 {
		t.Errorf("%d of 10 had to wait", busy)
	}
	if err := second(ask(t, other, broker.SubmitPrefix, b.sealed(t, 0, envelope.Class8K).Bytes())); err != nil {
		t.Errorf("another member had to wait for it: %v", err)
	}
}

func TestALargerEnvelopeCountsAsSeveral(t *testing.T) {
	b := start(t, 3, func(c *hub.Config) { c.PerSecond, c.Burst = 0.001, 5 })
	ngo := b.dial(t, 0)
	if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class32K).Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class32K).Bytes())); !errors.Is(err, mail.ErrBusy) {
		t.Errorf("the second: %v", err)
	}
	if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes())); err != nil {
		t.Errorf("a small one: %v", err)
	}
}

// TestAFullMailboxTakesNothingFromAnother is T15, and T12: whether there is
// room in one mailbox is a matter of that one.
func TestAFullMailboxTakesNothingFromAnother(t *testing.T) {
	b := start(t, 4, func(c *hub.Config) { c.Shards, c.MaxBytes, c.Burst = 1, 4<<20, 1e5 })
	hostile, ngo := b.dial(t, 0), b.dial(t, 1)
	filled := 0
	for {
		err := second(ask(t, hostile, broker.SubmitPrefix, b.sealed(t, 2, envelope.Class8K).Bytes()))
		if errors.Is(err, mail.ErrBusy) {
			break
		}
		if err != nil || filled > 1000 {
			t.Fatal(filled, err)
		}
		filled++
	}
	if filled < 20 {
		t.Errorf("only %d envelopes fit", filled)
	}
	if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 2, envelope.Class8K).Bytes())); !errors.Is(err, mail.ErrBusy) {
		t.Errorf("into the full one: %v", err)
	}
	for range filled {
		if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 0, envelope.Class8K).Bytes())); err != nil {
			t.Fatalf("into another's: %v", err)
		}
	}
	full := b.dial(t, 2)
	list, _ := collect(t, full)
	collect(t, full, list[0].Header().Message)
	if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 2, envelope.Class8K).Bytes())); err != nil {
		t.Errorf("after one was collected: %v", err)
	}
}

// TestAHubWithoutRoomForAnEnvelopeDoesNotStart: it would answer busy for ever.
func TestAHubWithoutRoomForAnEnvelopeDoesNotStart(t *testing.T) {
	b := start(t, 3)
	b.stop()
	c := b.config
	c.Shards, c.MaxBytes = 1, 1<<20
	if err := hub.New(c, b.parts).Run(t.Context(), func() {}); err == nil || !strings.Contains(err.Error(), "max_bytes") {
		t.Error(err)
	}
}

func TestMoreThanOneAnswerHoldsComesInSeveral(t *testing.T) {
	b := start(t, 3)
	ngo, other := b.dial(t, 0), b.dial(t, 1)
	want := 70
	for range want - 3 {
		if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class512K).Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	var taken []posada.MessageID
	seen := map[posada.MessageID]bool{}
	for round := 0; ; round++ {
		list, more := collect(t, other, taken...)
		taken = nil
		for _, e := range list {
			if seen[e.Header().Message] {
				t.Fatal("an acknowledged envelope came again")
			}
			seen[e.Header().Message] = true
			taken = append(taken, e.Header().Message)
		}
		if !more && len(list) == 0 {
			break
		}
		if round > 10 {
			t.Fatal("it does not end")
		}
	}
	if len(seen) != want {
		t.Errorf("%d of %d came", len(seen), want)
	}
}

// TestMailSurvivesTheHubsRestart, also into a larger store.
func TestMailSurvivesTheHubsRestart(t *testing.T) {
	b := start(t, 3)
	sent := b.sealed(t, 1, envelope.Class8K)
	if err := second(ask(t, b.dial(t, 0), broker.SubmitPrefix, sent.Bytes())); err != nil {
		t.Fatal(err)
	}
	b.stop()
	c := b.config
	c.MaxBytes *= 2
	b.run(t, c)
	list, more := collect(t, b.dial(t, 1))
	if len(list) != 1 || more || !bytes.Equal(list[0].Bytes(), sent.Bytes()) {
		t.Fatalf("%d envelopes after the restart", len(list))
	}
}

// TestTheHubsFilesNameNobody is T4 and T5. The registry's are left out: who the
// members are stands in the roster, which is at the hub too; mail does not say
// whose it is.
func TestTheHubsFilesNameNobody(t *testing.T) {
	b := start(t, 3)
	if err := second(ask(t, b.dial(t, 0), broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes())); err != nil {
		t.Fatal(err)
	}
	b.stop() // while it runs, files come and go under whoever reads them
	files := 0
	err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "registry" {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, m := range b.members {
			for _, hidden := range []string{string(m.agency.ID), m.connection, string(broker.RouteOf(string(m.agency.ID))), string(m.seed)} {
				if bytes.Contains(content, []byte(hidden)) || strings.Contains(path, hidden) {
					t.Errorf("%s holds %s", path, hidden)
				}
			}
		}
		files++
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
}

func TestTheHubSaysWhetherItLives(t *testing.T) {
	b := start(t, 3)
	for path, want := range map[string]string{"/livez": "ok\n", "/readyz": "ok\n", "/metrics": "posada_"} {
		response, err := http.Get(fmt.Sprintf("http://%s%s", b.hub.Where().Admin, path))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.Body.Close() != nil || !strings.Contains(string(body), want) && path != "/metrics" {
			t.Errorf("%s: %s, %v", path, body, err)
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(ending{m}, kept()...) }

// kept are the ends of connections that are kept for the next question.
func kept() []goleak.Option {
	return []goleak.Option{goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop")}
}

// ending gives what is ending when the tests are over the time that it takes on a busy machine.
type ending struct{ *testing.M }

func (e ending) Run() int {
	code := e.M.Run()
	for deadline := time.Now().Add(patience); goleak.Find(kept()...) != nil && time.Now().Before(deadline); {
	}
	return code
}
