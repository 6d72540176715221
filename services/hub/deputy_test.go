package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/services/hub"
)

// TestAReplySubjectOfTheServersOwnDoesNothing sends every permitted request,
// well formed and not, with every reserved subject as its reply: the answer
// would be a command if it landed in the hub's account (T13). Afterwards the hub
// has what it had, of everybody, also when it was started again.
func TestAReplySubjectOfTheServersOwnDoesNothing(t *testing.T) {
	const count = 10 // the last is suspended
	b := start(t, count, func(c *hub.Config) { c.PerSecond, c.Burst = 1e6, 1e6 })
	var kept [count - 1]envelope.Envelope
	for to := range kept {
		kept[to] = b.sealed(t, to, envelope.Class8K)
		if err := second(ask(t, b.dial(t, (to+1)%len(kept)), broker.SubmitPrefix, kept[to].Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	police := b.wire(t, 1)
	route := string(broker.RouteOf(string(b.members[1].agency.ID)))
	bodies := map[string][][]byte{
		broker.SubmitPrefix:  {b.sealed(t, 1, envelope.Class8K).Bytes(), nil, []byte("{}")}, // its own mailbox: refused, and answered
		broker.CollectPrefix: {mail.WriteAcknowledged(nil), nil, []byte("{}")},
		broker.RecallPrefix:  {mail.WriteRecall([16]byte{1}, [16]byte{2}), nil, []byte("{}")},
		broker.SyncPrefix:    {[]byte(`{"have":{}}`), nil, []byte("{}")},
	}
	var said []string
	for _, reply := range reserved() {
		for prefix, list := range bodies {
			for _, body := range list {
				said = append(said, fmt.Sprintf("PUB %s%s %s %d\r\n%s\r\n", prefix, route, reply, len(body), body))
			}
		}
	}
	refused := 0
	for _, answer := range police.tell(said...) {
		if answer != "+OK" {
			refused++ // the server knows some of them itself
		}
	}
	whole := func(when string) {
		t.Helper()
		for n, e := range kept {
			list, more := collect(t, b.dial(t, n))
			if len(list) != 1 || more || !bytes.Equal(list[0].Bytes(), e.Bytes()) {
				t.Errorf("%s member %d finds %d envelopes; want its one", when, n, len(list))
			}
		}
		_, reply, err := ask(t, b.dial(t, 0), broker.SyncPrefix, []byte(`{"have":{}}`))
		if got, wrong := mail.ReadReply(reply); err != nil || wrong != nil || len(got.Announced) < len(kept) {
			t.Errorf("%s %d announcements, %v, %v", when, len(got.Announced), err, wrong)
		}
		again := b.sealed(t, 0, envelope.Class8K)
		if err := second(ask(t, b.dial(t, 1), broker.SubmitPrefix, again.Bytes())); err != nil {
			t.Errorf("%s it takes nothing in: %v", when, err)
		}
		if err := second(ask(t, b.dial(t, 1), broker.RecallPrefix, mail.WriteRecall(again.Header().Mailbox, again.Header().Message))); err != nil {
			t.Errorf("%s it gives nothing back: %v", when, err)
		}
	}
	whole("at once")
	b.stop()
	files := 0
	err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, written := range []string{".x.8192.y", "registry.keys.x.1"} {
			if bytes.Contains(content, []byte(written)) {
				t.Errorf("an answer was written into %s as %s", path, written)
			}
		}
		files++
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
	b.run(t, b.config)
	whole("after a restart")
	t.Logf("%d reserved replies × %d bodies of %d permitted requests: %d requests, %d of them refused by the server itself", len(reserved()), 3, len(bodies), len(said), refused)
}

// together is a gate that puts who connects where a test says.
type together struct{ by sync.Map } // embedded.Admission by public key

func (g *together) Admit(p embedded.Proof) (embedded.Admission, bool) {
	key, err := nkeys.FromPublicKey(p.Key)
	known, _ := g.by.Load(p.Key)
	a, is := known.(embedded.Admission)
	return a, is && err == nil && key.Verify(p.Nonce, p.Signature) == nil
}

// TestWithoutTheSeparationAReplySubjectIsACommand is what the test above rests
// on. The member has the permissions it always has; who answers it answers as
// the server itself does now and then, with nothing, or with one byte, as our
// services do at the least. In one account with the streams the same requests
// destroy mail; in an account of its own the member does nothing.
func TestWithoutTheSeparationAReplySubjectIsACommand(t *testing.T) {
	for account, harmful := range map[embedded.Account]bool{embedded.Members: false, embedded.Hub: true} {
		forms := map[string]bool{}
		for name, body := range map[string][]byte{"nothing": nil, "a byte": {1}} {
			tried, harm := deputy(t, account, body)
			for _, form := range harm {
				forms[form] = true
			}
			t.Logf("a member in %s, answered with %s: %d requests, %d of %d replies did harm: %v", account, name, tried, len(harm), len(reserved()), harm)
		}
		for _, want := range []string{"$JS.API.STREAM.DELETE.mail0", "$JS.API.CONSUMER.DELETE.mail0.x", "mail.0.x.8192.y"} {
			if forms[want] != harmful {
				t.Errorf("a member in %s: %s as a reply: harm %v; want %v", account, want, forms[want], harmful)
			}
		}
		if !harmful && len(forms) > 0 {
			t.Errorf("a member in an account of its own did harm: %v", forms)
		}
	}
}

// deputy sends each permitted request with each reserved reply, and gives the
// replies after which the hub's streams are not what they were.
func deputy(t *testing.T, account embedded.Account, body []byte) (tried int, harm []string) {
	t.Helper()
	gate := &together{}
	connectAs := func(a embedded.Admission, url string, in bool) (*nats.Conn, []byte) {
		seed, public, err := broker.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		gate.by.Store(public, a)
		if !in {
			return nil, seed
		}
		key, err := nkeys.FromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		nc, err := nats.Connect(url, nats.Nkey(public, key.Sign), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc, seed
	}
	everything := embedded.Admission{Account: embedded.Hub, Publish: []string{">"}, Subscribe: []string{">"}}
	_, storeSeed := connectAs(everything, "", false)
	s, err := embedded.Start(embedded.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), StoreDir: t.TempDir(), Gate: gate})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	store, err := s.Dial(storeSeed)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	admin, _ := connectAs(everything, s.URL(), true)
	service, _ := connectAs(everything, s.URL(), true)
	route := string(broker.RouteOf("member"))
	member, _ := connectAs(embedded.Admission{Account: account, Route: broker.Route(route), Publish: permitted(route), Subscribe: []string{"posada.v1.inbox." + route + ".>"}}, s.URL(), true)
	answered := make(chan struct{}, 1)
	for _, prefix := range []string{broker.SubmitPrefix, broker.CollectPrefix, broker.RecallPrefix, broker.SyncPrefix} {
		if _, err := service.Subscribe(prefix+"*", func(m *nats.Msg) {
			_ = service.Publish(m.Reply, body)
			_ = service.FlushTimeout(patience)
			answered <- struct{}{}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := service.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	before := streams(t, store, admin)
	for _, reply := range reserved() {
		for _, subject := range permitted(route) {
			if err := member.PublishRequest(subject, reply, []byte("x")); err != nil {
				t.Fatal(err)
			}
			if err := member.FlushTimeout(patience); err != nil {
				t.Fatal(err)
			}
			tried++
			wait := patience
			if known := slices.ContainsFunc(serversOwn(), func(p string) bool { return strings.HasPrefix(reply, p) }); known {
				wait = 5 * time.Millisecond
			}
			select {
			case <-answered:
			case <-time.After(wait):
				if wait > time.Second {
					t.Errorf("%s with the reply %s was not answered", subject, reply)
				}
			}
		}
		if state(t, admin) != before {
			harm, before = append(harm, reply), streams(t, store, admin)
		}
	}
	time.Sleep(100 * time.Millisecond)
	if state(t, admin) != before {
		harm = append(harm, "something, later")
	}
	return tried, harm
}

// serversOwn are the replies that the server itself lets no client name.
func serversOwn() []string { return []string{"_R_.", "$JS.ACK.", "_GR_.", "$GR."} }

// streams makes the hub's streams as they were, with a message and a consumer in
// each, and gives their state.
func streams(t *testing.T, store *broker.Conn, admin *nats.Conn) string {
	t.Helper()
	for shard := range 4 {
		name := fmt.Sprintf("mail%d", shard)
		var s *broker.Stream
		for deadline := time.Now().Add(patience); s == nil; time.Sleep(time.Millisecond) {
			var err error // what was deleted may still be going
			s, err = store.OpenStream(t.Context(), broker.StreamConfig{Name: name, Subjects: fmt.Sprintf("mail.%d.>", shard), MaxBytes: 1 << 20, MaxSize: 1 << 10, Replicas: 1})
			if err != nil && time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
		for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			if _, _, err := s.Next(t.Context(), "mail.*.kept", 0); err == nil {
				break
			}
			// Where it was there all the same, a busy machine was late to say so.
			err := s.Put(t.Context(), fmt.Sprintf("mail.%d.kept", shard), []byte("kept"))
			if err != nil && time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
		consumer := fmt.Sprintf(`{"stream_name":%q,"config":{"durable_name":"x","ack_policy":"explicit"}}`, name)
		answer, err := admin.Request("$JS.API.CONSUMER.DURABLE.CREATE."+name+".x", []byte(consumer), patience)
		if err != nil || bytes.Contains(answer.Data, []byte(`"error"`)) {
			t.Fatalf("%s, %v", answer.Data, err)
		}
	}
	return state(t, admin)
}

// state is what the server says the streams are. The server carries commands out
// in their order and answers questions beside them, so it is asked after a
// command that does nothing.
func state(t *testing.T, admin *nats.Conn) string {
	t.Helper()
	for _, nothing := range []string{"$JS.API.STREAM.DELETE.none", "$JS.API.CONSUMER.DELETE.none.none"} {
		if _, err := admin.Request(nothing, nil, patience); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := admin.Request("$JS.API.STREAM.LIST", nil, patience)
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Streams []struct {
			Config struct {
				Name string `json:"name"`
			} `json:"config"`
			State struct {
				Messages int `json:"messages"`
				Last     int `json:"last_seq"`
			} `json:"state"`
		} `json:"streams"`
	}
	if err := json.Unmarshal(answer.Data, &list); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(list.Streams)
	for shard := range 4 {
		consumers, err := admin.Request(fmt.Sprintf("$JS.API.CONSUMER.NAMES.mail%d", shard), nil, patience)
		if err != nil {
			t.Fatal(err)
		}
		text += string(consumers.Data)
	}
	return text
}
