package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
)

// patience is a time that a working server never needs, whatever else the machine has to do.
const patience = 2 * time.Minute

// door lets on whoever holds a key it lists, and remembers what it was shown.
type door struct {
	mu    sync.Mutex
	known map[string]embedded.Admission
	shown []embedded.Proof
}

func (d *door) Admit(p embedded.Proof) (embedded.Admission, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown = append(d.shown, embedded.Proof{Key: p.Key, Nonce: bytes.Clone(p.Nonce), Signature: bytes.Clone(p.Signature)})
	a, known := d.known[p.Key]
	return a, known && proves(p)
}

func proves(p embedded.Proof) bool {
	key, err := nkeys.FromPublicKey(p.Key)
	return err == nil && key.Verify(p.Nonce, p.Signature) == nil
}

func (d *door) proofs() []embedded.Proof {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shown
}

// key makes a key and lets it on as this.
func (d *door) key(t testing.TB, a embedded.Admission) (seed []byte, public string) {
	t.Helper()
	seed, public, err := broker.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[public] = a
	return seed, public
}

// all is what one account may do when nobody limits it.
func all(account embedded.Account) embedded.Admission {
	return embedded.Admission{Account: account, Publish: []string{">"}, Subscribe: []string{">"}}
}

func loopback() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:0") }

func start(t testing.TB, dir string) (*embedded.Server, *door) {
	t.Helper()
	d := &door{known: map[string]embedded.Admission{}}
	s, err := embedded.Start(embedded.Config{Listen: loopback(), StoreDir: dir, Gate: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, s) })
	return s, d
}

func stopped(t testing.TB, s *embedded.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// raw is a NATS client with a key and none of our manners. What the server
// says against it is counted.
func raw(t testing.TB, s *embedded.Server, seed []byte) (*nats.Conn, chan error) {
	t.Helper()
	said := make(chan error, 256)
	key, err := nkeys.FromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(s.URL(), nats.Nkey(public, key.Sign), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { said <- err }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, said
}

func listen(t testing.TB, nc *nats.Conn, subject string) *nats.Subscription {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	flush(t, nc)
	return sub
}

// flush returns when the server has done all that came before.
func flush(t testing.TB, nc *nats.Conn) {
	t.Helper()
	if err := nc.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
}

func waiting(t testing.TB, sub *nats.Subscription) int {
	t.Helper()
	n, _, err := sub.Pending()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestItListensOnItsOwnMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", "192.168.0.7:4222", "203.0.113.9:4222", "[2001:db8::1]:4222"} {
		s, err := embedded.Start(embedded.Config{Listen: netip.MustParseAddrPort(address), StoreDir: t.TempDir(), Gate: &door{}})
		if !errors.Is(err, embedded.ErrStart) {
			t.Errorf("%s: %v", address, err)
			if s != nil {
				stopped(t, s)
			}
		}
	}
	if _, err := embedded.Start(embedded.Config{StoreDir: t.TempDir(), Gate: &door{}}); !errors.Is(err, embedded.ErrStart) {
		t.Errorf("no address: %v", err)
	}
	s, _ := start(t, t.TempDir())
	if a, ok := s.Address().(*net.TCPAddr); !ok || !a.IP.IsLoopback() || a.Port == 0 || s.URL() != "nats://"+a.String() {
		t.Errorf("%v, %s", s.Address(), s.URL())
	}
}

func TestNobodyIsLetOnWithoutAKeyOfTheGates(t *testing.T) {
	s, d := start(t, t.TempDir())
	_, known := d.key(t, all(embedded.Members))
	strange, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := strange.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]nats.Option{
		"nothing shown":                    nats.Name(""),
		"a name and a password":            nats.UserInfo("HUB", "HUB"),
		"the key as a name":                nats.UserInfo(known, ""),
		"a token":                          nats.Token(known),
		"an unknown key":                   nats.Nkey(stranger, strange.Sign),
		"a known key, another's signature": nats.Nkey(known, strange.Sign),
		"a known key, no signature":        nats.Nkey(known, func([]byte) ([]byte, error) { return nil, nil }),
		"a known key, zeros for one":       nats.Nkey(known, func([]byte) ([]byte, error) { return make([]byte, 64), nil }),
		"a signature of another nonce":     nats.Nkey(stranger, func([]byte) ([]byte, error) { return strange.Sign([]byte("another")) }),
		"a JWT":                            nats.UserJWT(func() (string, error) { return "eyJ0eXAiOiJKV1QifQ.e30.", nil }, strange.Sign),
	} {
		nc, err := nats.Connect(s.URL(), option)
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
		if nc != nil {
			nc.Close()
		}
	}
}

// A signature that was seen once must be worth nothing the next time.
func TestTheGateSeesAFreshNonceAndTheSignatureOverIt(t *testing.T) {
	s, d := start(t, t.TempDir())
	seed, public := d.key(t, all(embedded.Members))
	nonces := map[string]bool{}
	for range 3 {
		nc, _ := raw(t, s, seed)
		nc.Close()
	}
	c, err := s.Dial(seed) // within the process it is the same door
	if err != nil || !c.Connected() {
		t.Fatal(err)
	}
	c.Close()
	for _, p := range d.proofs() {
		if p.Key != public || len(p.Nonce) < 11 || !proves(p) {
			t.Errorf("%+v", p)
		}
		nonces[string(p.Nonce)] = true
	}
	if len(nonces) != 4 {
		t.Errorf("%d nonces in four connections", len(nonces))
	}
}

func TestAnAdmissionToNoAccountLetsNobodyOn(t *testing.T) {
	s, d := start(t, t.TempDir())
	for _, a := range []embedded.Admission{{}, all(""), all("SYS"), all("sys"), all("HUB"), all("$G")} {
		seed, public := d.key(t, a)
		key, err := nkeys.FromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		nc, err := nats.Connect(s.URL(), nats.Nkey(public, key.Sign))
		if !errors.Is(err, nats.ErrAuthorization) {
			nc.Close()
			t.Errorf("%+v: %v", a, err)
		}
	}
}

// To the server an empty list of subjects means all of them.
func TestAnAdmissionWithoutSubjectsIsForNothing(t *testing.T) {
	s, d := start(t, t.TempDir())
	seed, _ := d.key(t, embedded.Admission{Account: embedded.Members})
	open, _ := d.key(t, all(embedded.Members))
	mute, said := raw(t, s, seed)
	other, _ := raw(t, s, open)
	hears := listen(t, other, ">")
	deaf := listen(t, mute, ">")
	for _, subject := range []string{"anything", "posada.v1.submit.x", "$SYS.REQ.USER.INFO"} {
		if err := mute.Publish(subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, mute)
	if err := other.Publish("anything", []byte("y")); err != nil {
		t.Fatal(err)
	}
	flush(t, other)
	flush(t, mute)
	if n := waiting(t, hears); n != 1 {
		t.Errorf("the other heard %d; want its own alone", n)
	}
	// The subscription itself was refused, so it has ended.
	if n, _, err := deaf.Pending(); err == nil && n != 0 {
		t.Errorf("it heard %d", n)
	}
	// The client reports what it was refused on a goroutine of its own, some
	// time after the flush.
	for refused := range 4 {
		select {
		case <-said:
		case <-time.After(patience):
			t.Fatalf("the server refused %d things; want the three it said and the one it would hear", refused)
		}
	}
}

// TestAMemberWithoutLimitsStillReachesOnlyTheFourServices gives a member every
// subject: what holds then is the accounts, not its permissions.
func TestAMemberWithoutLimitsStillReachesOnlyTheFourServices(t *testing.T) {
	s, d := start(t, t.TempDir())
	hubSeed, _ := d.key(t, all(embedded.Hub))
	memberSeed, _ := d.key(t, all(embedded.Members))
	hub, _ := raw(t, s, hubSeed)
	member, _ := raw(t, s, memberSeed)
	hears := listen(t, hub, "x.>") // what a member could put where only the hub's own belongs
	mail, services := listen(t, hub, "mail.>"), listen(t, hub, "posada.v1.>")
	inMembers := listen(t, member, ">")
	for _, subject := range []string{"x.y", "mail.0.a.b", "posada.v1.inbox.a.bell", "posada.v1.other.a", "posada.v1.submit.a.b", "posada.v1.submit"} {
		if err := member.Publish(subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, member)
	flush(t, hub)
	if n := waiting(t, hears) + waiting(t, mail) + waiting(t, services); n != 0 {
		t.Errorf("the hub heard %d", n)
	}
	for _, service := range []string{"submit", "collect", "recall", "sync"} {
		// The reply subject is one that would be a command in the hub's account.
		if err := member.PublishRequest("posada.v1."+service+".a", "mail.0.a."+service, []byte("x")); err != nil {
			t.Fatal(err)
		}
		m, err := services.NextMsg(patience)
		if err != nil || m.Subject != "posada.v1."+service+".a" || string(m.Data) != "x" || m.Reply == "mail.0.a."+service {
			t.Fatalf("%s: %+v, %v", service, m, err)
		}
		if err := m.Respond([]byte("answer")); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, hub)
	if n := waiting(t, mail); n != 0 {
		t.Errorf("%d answers landed in the hub's account", n)
	}
	answers := 0
	for range 6 + 4 + 4 { // its own six, its four requests, four answers
		m, err := inMembers.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		if string(m.Data) == "answer" {
			answers++
		}
	}
	if answers != 4 {
		t.Errorf("%d answers came", answers)
	}
}

func TestMembersKeepNoStreamsAndSeeNoneOfTheHubs(t *testing.T) {
	s, d := start(t, t.TempDir())
	hubSeed, _ := d.key(t, all(embedded.Hub))
	memberSeed, _ := d.key(t, all(embedded.Members))
	hub, _ := raw(t, s, hubSeed)
	member, _ := raw(t, s, memberSeed)
	for subject, body := range map[string]string{"$JS.API.INFO": "", "$JS.API.STREAM.CREATE.x": `{"name":"x"}`, "$JS.API.STREAM.NAMES": ""} {
		if m, err := hub.Request(subject, []byte(body), patience); err != nil || bytes.Contains(m.Data, []byte(`"error"`)) {
			t.Errorf("the hub's own %s: %v", subject, err)
		}
		if m, err := member.Request(subject, []byte(body), patience); err == nil && !bytes.Contains(m.Data, []byte(`"error"`)) {
			t.Errorf("a member's %s: %s", subject, m.Data)
		}
	}
	// What the server tells of itself to any account is of that account; of the
	// other's it tells nothing.
	for _, subject := range []string{"$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.HUB.CONNZ", "$SYS.REQ.ACCOUNT.HUB.JSZ", "$SYS.REQ.ACCOUNT.HUB.SUBSZ"} {
		if m, err := member.Request(subject, nil, 100*time.Millisecond); err == nil {
			t.Errorf("%s told a member %s", subject, m.Data)
		}
	}
}

func TestAfterStopNothingAnswersAndTheStoreCanBeOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	s, d := start(t, dir)
	seed, _ := d.key(t, all(embedded.Hub))
	nc, _ := raw(t, s, seed)
	if _, err := nc.Request("$JS.API.STREAM.CREATE.x", []byte(`{"name":"x"}`), patience); err != nil {
		t.Fatal(err)
	}
	where := s.Address().String()
	stopped(t, s)
	if c, err := net.Dial("tcp", where); err == nil {
		_ = c.Close()
		t.Error("something still listens")
	}
	again, d := start(t, dir)
	seed, _ = d.key(t, all(embedded.Hub))
	nc, _ = raw(t, again, seed)
	if m, err := nc.Request("$JS.API.STREAM.NAMES", nil, patience); err != nil || !bytes.Contains(m.Data, []byte(`"x"`)) {
		t.Errorf("what was kept: %+v, %v", m, err)
	}
}

func TestStopWaitsNoLongerThanItIsTold(t *testing.T) {
	s, _ := start(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
