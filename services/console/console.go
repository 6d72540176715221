// Package console is the pages that people at an agency work with, in a browser.
//
// Holds: in memory alone, who is signed in, with the token that the node gave them;
// what somebody was typing when their time was over, and the table that somebody is
// bringing in, sealed under a key that only their browser has; the latter open while it
// is brought. Nothing on disk. May reach: one node's API, as whoever is
// signed in. If compromised: what those who are signed in may see and do; no key of
// the agency, and nobody's passphrase who does not sign in meanwhile.
//
// It is a client of the node through pkg/client and nothing else: it may run in the
// node's process or far from it, and in either case the node decides.
package console

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/obs"
)

// Config is what the console needs.
type Config struct {
	Node    string        // where the node's API is: http://127.0.0.1:7070
	Listen  string        // address and port
	Names   []string      // hosts it is served under, besides this machine's own
	Cert    string        // file: certificate chain for those names; with Key
	Key     string        // file: its private key
	Neutral string        // where leaving in a hurry leads; empty: a page of our own that says nothing
	Idle    time.Duration // how long somebody may do nothing; 15 minutes where it is zero
	Zone    *time.Location
	Now     func() time.Time
	Random  io.Reader
	Log     obs.Log
}

// How long somebody is signed in, how long they may do nothing before they are asked
// who they are, and when that is announced.
const (
	lasts = 12 * time.Hour
	idle  = 15 * time.Minute
	warns = 2 * time.Minute
)

// connections is how many to the node stay open: a page asks several questions, and many
// people open one at nine in the morning.
const connections = 64

// Console is the pages of one node.
type Console struct {
	c        Config
	api      *client.Client // the node, asked for nobody yet
	handler  http.Handler
	mux      *http.ServeMux
	looks    looks
	sessions *sessions
	devices  *devices
	tries    *tries
	handles  handles
	pages    []page
	carries  *carries
	where    net.Addr
}

// New makes a console. It listens to nobody.
func New(c Config) (*Console, error) {
	if c.Zone == nil {
		c.Zone = time.Local
	}
	if c.Idle == 0 {
		c.Idle = idle
	}
	looks, err := readLooks(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	handles, err := newHandles(c.Random)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	k := &Console{
		c: c, api: client.New(c.Node, "", "").Keeping(connections), looks: looks, handles: handles, pages: pages(),
		sessions: newSessions(c), devices: newDevices(c.Random, c.Now), tries: newTries(c.Now),
		carries: newCarries(),
	}
	k.mux = k.routes()
	k.handler = k.shell(k.mux)
	return k, nil
}

// Handler answers the pages.
func (k *Console) Handler() http.Handler { return k.handler }

// Where is where the console listens; it is known when Run has called ready.
func (k *Console) Where() net.Addr { return k.where }

// At is the address people open, under the first of its names.
func (k *Console) At() string {
	if k.c.Cert == "" {
		return "http://" + k.where.String()
	}
	if a, err := netip.ParseAddrPort(k.where.String()); err == nil && a.Port() != 443 {
		return fmt.Sprintf("https://%s:%d", k.c.Names[0], a.Port())
	}
	return "https://" + k.c.Names[0]
}

// Check says what is wrong with where a console is to listen: beyond this machine it
// does so under names of the agency's, with a certificate for them.
func (c Config) Check() error {
	var wrong []error
	if err := config.Address(c.Listen); err != nil {
		return err
	}
	if (c.Cert == "") != (c.Key == "") {
		wrong = append(wrong, fmt.Errorf("%w: console_cert and console_key belong together", config.ErrConfig))
	}
	if c.Cert == "" {
		wrong = append(wrong, config.Loopback(c.Listen))
	} else if len(c.Names) == 0 {
		wrong = append(wrong, fmt.Errorf("%w: console_names must say what hosts the certificate is for", config.ErrConfig))
	}
	if c.Neutral != "" && !strings.HasPrefix(c.Neutral, "https://") {
		wrong = append(wrong, fmt.Errorf("%w: console_neutral must begin with https://", config.ErrConfig))
	}
	for _, n := range c.Names {
		if n == "" || strings.ContainsAny(n, "/: *") {
			wrong = append(wrong, fmt.Errorf("%w: console_names are hosts, like casa.example.org: no port, no path, no star", config.ErrConfig))
		}
	}
	return errors.Join(wrong...)
}

// hosts reports whether a request names a host that this console is served under. A
// page elsewhere whose own name was made to point here names itself.
func (c Config) hosts(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if slices.ContainsFunc(c.Names, func(n string) bool { return strings.EqualFold(n, host) }) {
		return true
	}
	a, err := netip.ParseAddrPort(c.Listen)
	return err == nil && a.Addr().IsLoopback() && obs.ForThisMachine(r)
}

// Run serves until ctx ends.
func (k *Console) Run(ctx context.Context, ready func()) error {
	listener, err := net.Listen("tcp", k.c.Listen)
	if err != nil {
		return err
	}
	k.where = listener.Addr()
	if k.c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(k.c.Cert, k.c.Key)
		if err != nil {
			return errors.Join(fmt.Errorf("%w: console_cert: %w", config.ErrConfig, err), listener.Close())
		}
		// 1.2 for the phones people have.
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	defer k.api.Close()
	defer k.carries.stop()
	ready()
	return obs.Serve(ctx, listener, k.handler)
}
