package embedded_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
	"github.com/posada-exchange/posada/pkg/roster"
)

// tlsKey is a TLS key and its pin.
func tlsKey(t testing.TB) (ed25519.PrivateKey, roster.Pin) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := broker.PinOf(public)
	if err != nil {
		t.Fatal(err)
	}
	return private, pin
}

// keyed runs a server with a TLS key.
func keyed(t testing.TB, key ed25519.PrivateKey) (*embedded.Server, *door) {
	t.Helper()
	d := &door{known: map[string]embedded.Admission{}}
	s, err := embedded.Start(embedded.Config{Listen: loopback(), Key: key, StoreDir: t.TempDir(), Gate: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, s) })
	return s, d
}

// certificate wraps a key as somebody else would: with a name and an end.
func certificate(t testing.TB, key ed25519.PrivateKey) tls.Certificate {
	t.Helper()
	form := &x509.Certificate{SerialNumber: big.NewInt(7), DNSNames: []string{"hub.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// handshakeWith is one handshake over a real socket and what both sides say.
func handshakeWith(t testing.TB, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = c.Write([]byte("x")) // with it go the session tickets
			_ = c.Close()
		}
	}()
	return shake(l.Addr().String(), client)
}

func shake(address string, client *tls.Config) (tls.ConnectionState, error) {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", address, client)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return tls.ConnectionState{}, err
	}
	_, err = c.Read(make([]byte, 1))
	return c.ConnectionState(), err
}

// TestTheHandshakeIsHybridAndOfTLS13 is T36: what is recorded today is not read
// by a later quantum computer.
func TestTheHandshakeIsHybridAndOfTLS13(t *testing.T) {
	key, pin := tlsKey(t)
	s, d := keyed(t, key)
	if !strings.HasPrefix(s.URL(), "tls://") {
		t.Error(s.URL())
	}
	seed, public := d.key(t, all(embedded.Members))
	signer, err := nkeys.FromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(s.URL(), nats.Secure(broker.ClientTLS(roster.Pinned(pin))), nats.TLSHandshakeFirst(), nats.Nkey(public, signer.Sign))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	state, err := nc.TLSConnectionState()
	if err != nil || state.Version != tls.VersionTLS13 || state.CurveID != tls.X25519MLKEM768 {
		t.Errorf("%s, %s, %v", tls.VersionName(state.Version), state.CurveID, err)
	}
	c, err := broker.Dial(broker.Dialing{URL: s.URL(), Seed: seed, Pins: roster.Pinned(pin)})
	if err != nil || !c.Connected() {
		t.Fatal(err)
	}
	c.Close()
	address := strings.TrimPrefix(s.URL(), "tls://")
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.2": func(c *tls.Config) {
			c.MinVersion, c.MaxVersion, c.CurvePreferences = tls.VersionTLS12, tls.VersionTLS12, nil
		},
		"the classical X25519": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} },
		"every classical one": func(c *tls.Config) {
			c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
		},
		"another hybrid": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.SecP256r1MLKEM768} },
	} {
		client := &tls.Config{InsecureSkipVerify: true}
		change(client)
		if state, err := shake(address, client); err == nil || state.HandshakeComplete {
			t.Errorf("%s was spoken", name)
		}
	}
}

// TestAClientSpeaksNothingLessToAPinnedKey: the key alone does not make it safe.
func TestAClientSpeaksNothingLessToAPinnedKey(t *testing.T) {
	key, pin := tlsKey(t)
	shown := certificate(t, key)
	for name, c := range map[string]struct {
		change func(*tls.Config)
		good   bool
	}{
		"as it is":                        {func(*tls.Config) {}, true},
		"a server that speaks everything": {func(c *tls.Config) { c.MinVersion, c.CurvePreferences = tls.VersionTLS10, nil }, true},
		"TLS 1.2": {func(c *tls.Config) {
			c.MinVersion, c.MaxVersion, c.CurvePreferences = tls.VersionTLS12, tls.VersionTLS12, nil
		}, false},
		"classical": {func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256} }, false},
	} {
		server := broker.ServerTLS(shown)
		server.MaxVersion = 0
		c.change(server)
		if _, err := handshakeWith(t, server, broker.ClientTLS(roster.Pinned(pin))); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The verification stands by itself, whatever the library's settings come to mean.
func TestTheVerificationRefusesLessByItself(t *testing.T) {
	key, pin := tlsKey(t)
	client := broker.ClientTLS(roster.Pinned(pin))
	good, err := handshakeWith(t, broker.ServerTLS(certificate(t, key)), client)
	if err != nil || client.VerifyConnection(good) != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tls.ConnectionState){
		"TLS 1.2":        func(s *tls.ConnectionState) { s.Version = tls.VersionTLS12 },
		"classical":      func(s *tls.ConnectionState) { s.CurveID = tls.X25519 },
		"no agreement":   func(s *tls.ConnectionState) { s.CurveID = 0 },
		"no certificate": func(s *tls.ConnectionState) { s.PeerCertificates = nil },
	} {
		less := good
		change(&less)
		if err := client.VerifyConnection(less); !errors.Is(err, broker.ErrPin) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOnlyAPinnedKeyIsSpokenTo: nothing else in a certificate counts, for or
// against it, and a copy of a certificate is not its key.
func TestOnlyAPinnedKeyIsSpokenTo(t *testing.T) {
	key, pin := tlsKey(t)
	next, nextPin := tlsKey(t)
	strange, _ := tlsKey(t)
	borrowed := tls.Certificate{Certificate: certificate(t, key).Certificate, PrivateKey: strange}
	chained := certificate(t, strange)
	chained.Certificate = append(chained.Certificate, certificate(t, key).Certificate...)
	for name, c := range map[string]struct {
		shown tls.Certificate
		pins  []roster.Pin
		good  bool
	}{
		"the pinned key":                       {certificate(t, key), []roster.Pin{pin}, true},
		"the last of four":                     {certificate(t, next), []roster.Pin{pin, {1}, {2}, nextPin}, true},
		"a stranger's":                         {certificate(t, strange), []roster.Pin{pin, nextPin}, false},
		"a pinned certificate, another's key":  {borrowed, []roster.Pin{pin}, false},
		"a pinned one behind a stranger's":     {chained, []roster.Pin{pin}, false},
		"no pins":                              {certificate(t, key), nil, false},
		"a pin of nothing":                     {certificate(t, key), []roster.Pin{{}}, false},
		"a pin of the whole certificate":       {certificate(t, key), []roster.Pin{roster.PinOf(certificate(t, key).Certificate[0])}, false},
		"the key without its algorithm's name": {certificate(t, key), []roster.Pin{roster.PinOf(key.Public().(ed25519.PublicKey))}, false},
	} {
		server := broker.ServerTLS(c.shown)
		_, err := handshakeWith(t, server, broker.ClientTLS(roster.Pinned(c.pins...)))
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAResumedSessionIsHeldAgainstThePinsToo: a ticket of a key that is no
// longer pinned opens nothing; and our server gives none.
func TestAResumedSessionIsHeldAgainstThePinsToo(t *testing.T) {
	key, pin := tlsKey(t)
	generous := broker.ServerTLS(certificate(t, key))
	generous.SessionTicketsDisabled = false
	client := broker.ClientTLS(roster.Pinned(pin))
	if client.ClientSessionCache != nil {
		t.Error("sessions are kept")
	}
	client.ClientSessionCache, client.SessionTicketsDisabled, client.ServerName = tls.NewLRUClientSessionCache(8), false, "hub.example"
	resumed := func(server *tls.Config) (bool, error) {
		state, err := handshakeWith(t, server, client)
		return state.DidResume, err
	}
	if again, err := resumed(generous); err != nil || again {
		t.Fatal(again, err)
	}
	if again, err := resumed(generous); err != nil || !again {
		t.Fatalf("a server that gives tickets: resumed %v, %v; this test shows nothing", again, err)
	}
	client.VerifyConnection = broker.ClientTLS(roster.Pinned(roster.Pin{1})).VerifyConnection
	if _, err := resumed(generous); !errors.Is(err, broker.ErrPin) {
		t.Errorf("resumed with a key that is not pinned any more: %v", err)
	}
	client = broker.ClientTLS(roster.Pinned(pin))
	client.ClientSessionCache, client.SessionTicketsDisabled, client.ServerName = tls.NewLRUClientSessionCache(8), false, "hub.example"
	ours := broker.ServerTLS(certificate(t, key)) // a configuration draws the keys of its tickets
	for range 2 {
		if again, err := resumed(ours); err != nil || again {
			t.Errorf("our own server: resumed %v, %v", again, err)
		}
	}
}

// TestTheServerSaysNothingInTheClear: not what it is, not to who asks plainly.
func TestTheServerSaysNothingInTheClear(t *testing.T) {
	key, _ := tlsKey(t)
	s, _ := keyed(t, key)
	for _, said := range []string{"CONNECT {\"verbose\":true}\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n", "\r\n", strings.Repeat("\x16", 64), "\x16\x03\x01\x00\x05hello"} {
		c, err := net.Dial("tcp", s.Address().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(said)); err != nil {
			t.Fatal(err)
		}
		_ = c.(*net.TCPConn).CloseWrite() // the server may have hung up by now,
		heard, _ := io.ReadAll(c)         // and a reset is an end, too
		_ = c.Close()
		for _, word := range []string{"INFO", "nonce", "-ERR", "+OK", "PONG", "server"} {
			if bytes.Contains(heard, []byte(word)) {
				t.Errorf("%q was answered %q", said, heard)
			}
		}
		// A TLS alert (RFC 8446 section 6) is all there may be.
		if len(heard) > 0 && (heard[0] != 21 || len(heard) > 7) {
			t.Errorf("%q was answered %x", said, heard)
		}
	}
}

func TestACertificateSaysItsKeyAndNothingElse(t *testing.T) {
	key, pin := tlsKey(t)
	var shown [][]byte
	for range 2 {
		s, _ := keyed(t, key)
		client := broker.ClientTLS(roster.Pinned(pin))
		check := client.VerifyConnection
		client.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) != 1 {
				t.Errorf("%d certificates", len(state.PeerCertificates))
			}
			shown = append(shown, state.PeerCertificates[0].Raw)
			return check(state)
		}
		c, err := tls.Dial("tcp", s.Address().String(), client)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	if !bytes.Equal(shown[0], shown[1]) {
		t.Error("two starts show two certificates: one of them tells when it was made")
	}
	c, err := x509.ParseCertificate(shown[0])
	if err != nil || c.Subject.String()+c.Issuer.String() != "" || len(c.DNSNames)+len(c.IPAddresses) != 0 || c.NotBefore.Year() != 2000 || c.NotAfter.Year() != 9999 {
		t.Errorf("%+v, %v", c.Subject, err)
	}
}

// TestWithAKeyTheServerMayBeReachedByOthers: on every address of the machine.
func TestWithAKeyTheServerMayBeReachedByOthers(t *testing.T) {
	key, pin := tlsKey(t)
	d := &door{known: map[string]embedded.Admission{}}
	s, err := embedded.Start(embedded.Config{Listen: netip.MustParseAddrPort("0.0.0.0:0"), Key: key, StoreDir: t.TempDir(), Gate: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, s) })
	seed, _ := d.key(t, all(embedded.Members))
	port := s.Address().(*net.TCPAddr).Port
	c, err := broker.Dial(broker.Dialing{URL: "tls://" + netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)).String(), Seed: seed, Pins: roster.Pinned(pin)})
	if err != nil || !c.Connected() {
		t.Fatal(err)
	}
	c.Close()
	if _, err := embedded.Start(embedded.Config{Key: key, StoreDir: t.TempDir(), Gate: d}); !errors.Is(err, embedded.ErrStart) {
		t.Errorf("no address: %v", err)
	}
}
