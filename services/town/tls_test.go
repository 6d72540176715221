package town_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// line stands between members and the hub, and treats each connection as it is
// told to at that time.
type line struct {
	l     net.Listener
	treat atomic.Pointer[func(in net.Conn, hub string)]

	mu   sync.Mutex
	hub  string
	open []net.Conn
}

func newLine(t *testing.T, treat func(in net.Conn, hub string)) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{l: l}
	n.treat.Store(&treat)
	var carried sync.WaitGroup
	carried.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			n.mu.Lock()
			n.open = append(n.open, in)
			hub := n.hub
			n.mu.Unlock()
			carried.Go(func() { defer in.Close(); (*n.treat.Load())(in, hub) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); n.cut(); carried.Wait() })
	return n
}

// before is the address that members are given instead of the hub's.
func (n *line) before(hub string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if u, err := url.Parse(hub); err == nil {
		n.hub = u.Host
	}
	return "tls://" + n.l.Addr().String()
}

// cut ends every connection.
func (n *line) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.open {
		_ = c.Close()
	}
	n.open = nil
}

// passing carries every byte, through a change.
func passing(change func([]byte)) func(net.Conn, string) {
	return func(in net.Conn, hub string) {
		out, err := net.Dial("tcp", hub)
		if err != nil {
			return
		}
		defer out.Close()
		done := make(chan struct{}, 2)
		pipe := func(to, from net.Conn) {
			defer func() { _ = to.Close(); done <- struct{}{} }()
			buffer := make([]byte, 32<<10)
			for {
				n, err := from.Read(buffer)
				change(buffer[:n])
				if _, wrong := to.Write(buffer[:n]); err != nil || wrong != nil {
					return
				}
			}
		}
		go pipe(out, in)
		go pipe(in, out)
		<-done
		<-done
	}
}

func (n *line) let(treat func(net.Conn, string)) { n.treat.Store(&treat) }

// acquainted lets a town's nodes hear from their hub once, so that they know who
// the members are when it can no longer be reached.
func acquainted(t *testing.T, laid town.Laid, o town.Options) {
	t.Helper()
	w, err := town.Start(t.Context(), laid, o)
	if err == nil {
		err = w.Stop()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// overLine is a town of two nodes whose every byte to the hub takes the line.
func overLine(t *testing.T, n *line) (w *town.Town, ngo, legal *client.Client) {
	t.Helper()
	laid, o := lay(t), town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond}
	acquainted(t, laid, o)
	o.Bus = n.before
	w = start(t, laid, o)
	return w, ask(t, w, "ngo"), ask(t, w, "legal")
}

// impostor is a certificate of a key of its own, for every name there is.
func impostor(t *testing.T) tls.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

// TestWhoeverStandsBetweenWithAnotherKeyHearsNothing: somebody in the middle
// ends TLS with a key of his own, or speaks plainly to see who answers. The
// node says nothing to him and keeps what it has to say (T1).
func TestWhoeverStandsBetweenWithAnotherKeyHearsNothing(t *testing.T) {
	t.Parallel()
	shown := impostor(t)
	var heard, handshakes, greeted, plain atomic.Int64
	var said lockedBuffer
	asTLS := func(in net.Conn, _ string) {
		handshakes.Add(1)
		c := tls.Server(in, &tls.Config{Certificates: []tls.Certificate{shown}})
		if c.Handshake() == nil {
			greeted.Add(1) // the client may have finished before it looked
		}
		_, _ = c.Write([]byte("INFO {\"server_id\":\"x\",\"nonce\":\"AAAAAAAAAAAAAAAA\",\"auth_required\":true}\r\n"))
		n, _ := io.Copy(&said, c)
		heard.Add(n)
	}
	plainly := func(in net.Conn, _ string) {
		plain.Add(1)
		_, _ = in.Write([]byte("INFO {\"server_id\":\"x\",\"nonce\":\"AAAAAAAAAAAAAAAA\",\"auth_required\":true}\r\n"))
		_, _ = io.Copy(&said, in)
	}
	n := newLine(t, asTLS)
	_, ngo, legal := overLine(t, n)
	consent := agree(t, ngo)
	send(t, ngo, consent.Case)
	eventually(t, "several attempts", func() bool { return handshakes.Load() > 4 })
	n.let(plainly)
	eventually(t, "several plain attempts", func() bool { return plain.Load() > 4 })
	if heard.Load() != 0 || greeted.Load() != 0 {
		t.Errorf("%d bytes were heard under another key; %d of %d handshakes were finished", heard.Load(), greeted.Load(), handshakes.Load())
	}
	for _, word := range []string{"CONNECT", "PING", "posada", "SUB", "nkey", "sig"} {
		if bytes.Contains(said.bytes(), []byte(word)) {
			t.Errorf("the node said %s", word)
		}
	}
	if s, err := ngo.Status(t.Context()); err != nil || s.Waiting != 1 || s.AtHub != 0 {
		t.Errorf("%d wait, %d at the hub, %v", s.Waiting, s.AtHub, err)
	}
	n.let(passing(func([]byte) {}))
	n.cut()
	settle(t, ngo, legal, 1)
}

// TestABitChangedOnTheWayBreaksTheConnectionAndNothingElse: what arrives is what
// was said or nothing, and when the line is well again all of it has arrived
// once (T1).
func TestABitChangedOnTheWayBreaksTheConnectionAndNothingElse(t *testing.T) {
	t.Parallel()
	const each = 10_000 // bytes between two that are changed
	var passed, changed atomic.Int64
	var well atomic.Bool
	n := newLine(t, passing(func(p []byte) {
		if well.Load() || len(p) == 0 {
			return
		}
		if now := passed.Add(int64(len(p))); now/each != (now-int64(len(p)))/each {
			p[mathrand.IntN(len(p))] ^= 1 << mathrand.IntN(8)
			changed.Add(1)
		}
	}))
	const sends = 12
	w, ngo, legal := overLine(t, n)
	consent := agree(t, ngo)
	for range sends {
		send(t, ngo, consent.Case)
	}
	// A length that was changed leaves its reader waiting for what nobody says;
	// the next request, some seconds later, ends that.
	for changed.Load() < 3 {
		time.Sleep(5 * time.Millisecond)
	}
	well.Store(true)
	n.cut()
	settle(t, ngo, legal, sends)
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
	acts(t, w.Laid, "ngo", map[audit.Act]int{audit.ReferralSent: sends, audit.Delivered: sends})
	acts(t, w.Laid, "legal", map[audit.Act]int{audit.ReferralTaken: sends})
	t.Logf("%d bytes changed of %d", changed.Load(), passed.Load())
}

// TestNothingReadableIsOnTheWire looks at every byte between members and hub:
// no protocol, no subject, no name, no identifier and no key (T1).
func TestNothingReadableIsOnTheWire(t *testing.T) {
	t.Parallel()
	var wire lockedBuffer
	n := newLine(t, passing(func(p []byte) { _, _ = wire.Write(p) }))
	w, ngo, legal := overLine(t, n)
	consent := agree(t, ngo)
	sent := send(t, ngo, consent.Case)
	settle(t, ngo, legal, 1)
	words := []string{
		"INFO {", "CONNECT", "PING\r\n", "PONG\r\n", "nonce", "_INBOX", "mail.", "account", "server",
		"posada", "submit", "collect", "recall", "inbox", ".bell", "Invented", her, string(sent.ID), sent.Case, string(w.Network),
	}
	for _, member := range w.Members {
		words = append(words, string(member.ID), string(broker.RouteOf(string(member.ID))), member.Mailbox.String(), string(member.Mailbox[:]))
	}
	for _, pin := range w.Pins {
		words = append(words, pin.String(), string(pin[:]))
	}
	for _, word := range words {
		// Fewer than five bytes could stand in noise by chance.
		if len(word) < 5 || bytes.Contains(wire.bytes(), []byte(word)) {
			t.Errorf("%q is on the wire", word)
		}
	}
	if len(wire.bytes()) < 50_000 {
		t.Errorf("%d bytes were heard: this shows little", len(wire.bytes()))
	}
}

// metrics is what a process of the hub says of itself.
func metrics(t *testing.T, file string) string {
	t.Helper()
	c, err := hub.ReadConfig(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get("http://" + c.Admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheHubTurnsItsKeyOverAndNobodyElseDoesAnything: the next key is announced
// beside the old; the hub starts again with it, and members, whom nobody told,
// go on. With a third, which was not announced, the hub does not start.
func TestTheHubTurnsItsKeyOverAndNobodyElseDoesAnything(t *testing.T) {
	t.Parallel()
	laid := exercise(t) // a key is something wider, and would wait a day
	folder := filepath.Join(laid.Dir, "hub")
	next, err := config.NewSeed(filepath.Join(folder, "next.key"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := broker.PinOf(ed25519.NewKeyFromSeed(next[:]).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	a := runApart(t, laid, 1)
	w, ngo, legal := exchange(t, laid)
	decide(t, w, func(s *roster.Snapshot) { s.Hub.Pins = append(laid.Pins, pin) })
	for _, file := range append([]string{a.Broker, a.Registry}, a.Relays...) {
		eventually(t, "a process of the hub knowing that its next key is announced", func() bool {
			return strings.Contains(metrics(t, file), "posada_roster_version 2")
		})
	}
	for _, node := range []*client.Client{ngo, legal} {
		eventually(t, "a member knowing it", func() bool { s, err := node.Status(t.Context()); return err == nil && s.Roster == 2 })
	}
	consent := agree(t, ngo)
	send(t, ngo, consent.Case)
	settle(t, ngo, legal, 1)
	a.at.Kill()
	if err := os.Rename(filepath.Join(folder, "next.key"), filepath.Join(folder, "tls.key")); err != nil {
		t.Fatal(err)
	}
	send(t, ngo, consent.Case)
	a.at = processes.Spawn(t, "hub", a.Broker, "", "")
	settleMore(t, ngo, legal, 2)

	a.at.Kill()
	if err := os.Remove(filepath.Join(folder, "tls.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := config.NewSeed(filepath.Join(folder, "tls.key"), rand.Reader); err != nil {
		t.Fatal(err)
	}
	third := processes.Launch(t, "hub", a.Broker, "", "")
	third.Dies(t)
	if !strings.Contains(third.Errors(), "not a key the roster announces") {
		t.Errorf("%s", third.Errors())
	}
}
