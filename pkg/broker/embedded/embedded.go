// Package embedded runs nats-server inside the process. It is the only package
// that links it.
//
// Guarantee: the server has two accounts. MEMBERS has no JetStream and reaches
// HUB only through four services; an answer to a member's request, whatever
// reply subject it named, can land only in MEMBERS. Nobody is let on but
// through the Gate, which sees a fresh nonce and the signature over it, nor for
// longer than it says. There
// is no monitoring, MQTT, websocket, leaf or cluster port, no user without a
// key, and no default user. With a TLS key every connection from outside the
// process begins with a handshake of TLS 1.3 before the server has said a
// byte; without one nothing outside the machine can connect. Limit: the server
// acknowledges before it syncs to disk (its sync interval); what must survive a
// power cut is kept by whoever sent it.
package embedded

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/posada-exchange/posada/pkg/broker"
)

// Account is one of the server's accounts.
type Account string

// The accounts.
const (
	Members Account = "members"
	Hub     Account = "hub"
)

// Proof is what a connection shows of itself: the key it claims, the nonce
// this server just drew, the signature over it, and what says whose the key is.
type Proof struct {
	Key       string
	Nonce     []byte
	Signature []byte
	Statement string
}

// Admission is what a connection is let on for. The zero value is nothing.
type Admission struct {
	Account   Account
	Route     broker.Route // whose connections these are
	Publish   []string
	Subscribe []string
	// Until is when the connection ends, by the machine's clock; zero: when it
	// will.
	Until time.Time
}

// Gate decides who is let on. It must verify the proof's signature itself.
type Gate interface {
	Admit(Proof) (Admission, bool)
}

// Config is how to run the server.
type Config struct {
	Listen   netip.AddrPort // port 0 picks one; without a Key, loopback
	Key      ed25519.PrivateKey
	StoreDir string
	Gate     Gate
}

// ErrStart says that the server did not come up.
var ErrStart = errors.New("the embedded nats server did not start")

// Server is a running server.
type Server struct {
	s    *server.Server
	door *door
}

// accounts is the part of the configuration that NATS's own language says
// best. Service imports keep the caller's subject, which names its route.
const accounts = `
	max_payload: 1114112
	max_subscriptions: 64
	max_connections: 4096
	write_deadline: "5s"
	ping_interval: "20s"
	ping_max: 2
	jetstream { max_memory_store: 4MB }
	accounts {
		SYS {}
		HUB {
			jetstream: enabled
			exports: [
				{ service: "posada.v1.submit.*", accounts: [MEMBERS] }
				{ service: "posada.v1.collect.*", accounts: [MEMBERS] }
				{ service: "posada.v1.recall.*", accounts: [MEMBERS] }
				{ service: "posada.v1.sync.*", accounts: [MEMBERS] }
			]
		}
		MEMBERS {
			imports: [
				{ service: { account: HUB, subject: "posada.v1.submit.*" } }
				{ service: { account: HUB, subject: "posada.v1.collect.*" } }
				{ service: { account: HUB, subject: "posada.v1.recall.*" } }
				{ service: { account: HUB, subject: "posada.v1.sync.*" } }
			]
		}
	}
	system_account: SYS
`

// handshakeTime is how long a connection may take to say who it is.
const handshakeTime = 5 * time.Second

// Start runs a server and returns when it takes connections.
func Start(c Config) (*Server, error) {
	if !c.Listen.IsValid() || c.Key == nil && !c.Listen.Addr().IsLoopback() {
		return nil, fmt.Errorf("%w: %s can be reached by others, and there is no TLS key", ErrStart, c.Listen)
	}
	options := &server.Options{}
	if err := options.ProcessConfigString(accounts); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	options.Host, options.Port = c.Listen.Addr().String(), int(c.Listen.Port())
	if options.Port == 0 {
		options.Port = server.RANDOM_PORT
	}
	options.StoreDir, options.NoSigs = c.StoreDir, true
	options.AlwaysEnableNonce = true
	options.Cluster.NoAdvertise = true // members need not know the machine's other addresses
	if c.Key != nil {
		certificate, err := certify(c.Key)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
		options.TLSConfig, options.TLS, options.TLSHandshakeFirst = broker.ServerTLS(certificate), true, true
		options.TLSTimeout = handshakeTime.Seconds()
	}
	door := &door{gate: c.Gate, keys: map[broker.Route]map[string]bool{}}
	s, err := newServer(options, door)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	problems := &lastProblem{}
	s.SetLoggerV2(problems, false, false, false)
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("%w: %s", ErrStart, problems.text())
	}
	problems.forget()
	return &Server{s: s, door: door}, nil
}

func newServer(options *server.Options, door *door) (*server.Server, error) {
	options.CustomClientAuthentication = door
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	door.server = s
	return s, nil
}

// URL is where clients connect.
func (s *Server) URL() string { return s.s.ClientURL() }

// Dial connects within the process.
func (s *Server) Dial(seed []byte) (*broker.Conn, error) {
	return broker.Dial(broker.Dialing{InProcess: s.s, Seed: seed})
}

// Stop shuts the server down and waits until its files are closed.
func (s *Server) Stop(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.s.Shutdown()
		s.s.WaitForShutdown()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// door is the server's own authentication interface before the Gate.
type door struct {
	gate   Gate
	server *server.Server

	mu   sync.Mutex
	keys map[broker.Route]map[string]bool // that callers are here by
}

var _ server.Authentication = (*door)(nil)

func (d *door) Check(c server.ClientAuthentication) bool {
	if c.Kind() != server.CLIENT {
		return false
	}
	o := c.GetOpts()
	// The signature is base64url without padding; older clients pad or use
	// the other alphabet, and ours never do.
	signature, err := base64.RawURLEncoding.DecodeString(o.Sig)
	if err != nil || o.Nkey == "" || len(c.GetNonce()) == 0 {
		return false
	}
	admission, ok := d.gate.Admit(Proof{Key: o.Nkey, Nonce: c.GetNonce(), Signature: signature, Statement: o.Token})
	if !ok {
		return false
	}
	if admission.Account == Members && d.crowded(admission.Route, o.Nkey) {
		return false
	}
	name := map[Account]string{Members: "MEMBERS", Hub: "HUB"}[admission.Account]
	account, err := d.server.LookupAccount(name)
	if err != nil {
		return false
	}
	// An empty allow-list means everything to the server; nothing is said by
	// a subject nobody uses.
	c.RegisterUser(&server.User{
		Username: o.Nkey, Account: account, ConnectionDeadline: admission.Until,
		Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: orNothing(admission.Publish)},
			Subscribe: &server.SubjectPermission{Allow: orNothing(admission.Subscribe)},
		},
	})
	return true
}

// connectionsEach is how many connections one caller may have at once: more
// would take those of others.
const connectionsEach = 16

// crowded reports whether a caller has more connections than it may, with all
// its keys, the one that asks among them.
func (d *door) crowded(who broker.Route, key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.keys[who] == nil {
		d.keys[who] = map[string]bool{}
	}
	d.keys[who][key] = true
	all := 0
	for k := range d.keys[who] {
		open, err := d.open(k)
		if err != nil {
			return true
		}
		if len(open) == 0 && k != key {
			delete(d.keys[who], k)
		}
		all += len(open)
	}
	return all > connectionsEach
}

// open lists the connections of a key.
func (d *door) open(key string) ([]*server.ConnInfo, error) {
	list, err := d.server.Connz(&server.ConnzOptions{User: key, Username: true, State: server.ConnOpen, Limit: connectionsEach + 1})
	if err != nil {
		return nil, err
	}
	return list.Conns, nil
}

// Disconnect ends every connection of a caller: it is to ask again whether it
// may be here.
func (s *Server) Disconnect(who broker.Route) error {
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	var problems []error
	for key := range s.door.keys[who] {
		open, err := s.door.open(key)
		problems = append(problems, err)
		for _, c := range open {
			problems = append(problems, s.s.DisconnectClientByID(c.Cid))
		}
	}
	return errors.Join(problems...)
}

func orNothing(subjects []string) []string {
	if len(subjects) == 0 {
		return []string{"posada.nothing"}
	}
	return subjects
}

// lastProblem keeps the last problem's text until the server is up, and from
// then on nothing: later texts may name a client.
type lastProblem struct {
	mu   sync.Mutex
	last string
	up   bool
}

var _ server.Logger = (*lastProblem)(nil)

func (l *lastProblem) note(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.up {
		l.last = fmt.Sprintf(format, v...)
	}
}

func (l *lastProblem) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *lastProblem) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.up = "", true
}

func (*lastProblem) Noticef(string, ...any)           {}
func (*lastProblem) Debugf(string, ...any)            {}
func (*lastProblem) Tracef(string, ...any)            {}
func (l *lastProblem) Warnf(format string, v ...any)  { l.note(format, v...) }
func (l *lastProblem) Errorf(format string, v ...any) { l.note(format, v...) }
func (l *lastProblem) Fatalf(format string, v ...any) { l.note(format, v...) }

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.s.Addr() }
