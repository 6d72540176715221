// Package broker speaks NATS: it dials, publishes, requests, serves, and keeps
// streams. It knows bytes and subjects.
//
// Guarantee: a connection that was made keeps trying to come back for as long
// as it is wanted, whatever the server says of it; nothing is buffered while
// it is away, so a request either reached the server or failed. Answers come
// in on a prefix of the connection's own. Limit: a request that failed may
// have been carried out; callers that care ask again in a way that does no
// harm twice.
package broker

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// ErrUnreachable says that the bus did not answer; try again.
var ErrUnreachable = errors.New("the bus does not answer")

// Dialing is how to reach the bus. The key is an nkey seed: it signs the
// server's nonce and never leaves the process.
type Dialing struct {
	URL       string
	InProcess interface{ InProcessConn() (net.Conn, error) } // instead of URL
	Seed      []byte
	// Pins gives the keys the server may show, at each connection: they may have
	// turned over since the last. Where there are none to begin with, URL must be
	// on loopback.
	Pins func() []roster.Pin
	// A member says who it is, and shows the statement of its identity key that
	// this key connects for it. A service of the hub says neither.
	Agency    posada.AgencyID
	Statement string
	// Changed is told when the connection is lost or back.
	Changed func(connected bool)
}

// Conn is a connection to the bus.
type Conn struct {
	nc    *nats.Conn
	route Route
}

// NewKey makes a connection key: the seed to keep and the public part to
// announce.
func NewKey() (seed []byte, public string, err error) {
	key, err := nkeys.CreateUser()
	if err != nil {
		return nil, "", fmt.Errorf("make connection key: %w", err)
	}
	defer key.Wipe()
	kept, err := key.Seed()
	if err != nil {
		return nil, "", fmt.Errorf("make connection key: %w", err)
	}
	public, err = key.PublicKey()
	return bytes.Clone(kept), public, err // Wipe clears the key's own copy
}

// PublicKey is the public part of a seed.
func PublicKey(seed []byte) (string, error) {
	key, err := nkeys.FromSeed(seed)
	if err != nil {
		return "", errors.New("not an nkey seed")
	}
	defer key.Wipe()
	return key.PublicKey()
}

// IsPublicKey reports whether a text is the public part of a connection key.
func IsPublicKey(text string) bool { return nkeys.IsValidPublicUserKey(text) }

// Dial connects, or begins to: where the bus is away it returns all the same
// and keeps trying.
func Dial(d Dialing) (*Conn, error) {
	public, err := PublicKey(d.Seed)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	route := RouteOf(cmp.Or(string(d.Agency), public))
	options := append(d.manners(route), nats.Nkey(public, func(nonce []byte) ([]byte, error) {
		key, err := nkeys.FromSeed(d.Seed)
		if err != nil {
			return nil, err
		}
		defer key.Wipe()
		return key.Sign(nonce)
	}))
	if d.Statement != "" {
		options = append(options, nats.Token(d.Statement))
	}
	url, pinned := d.URL, d.Pins != nil && len(d.Pins()) > 0
	if d.InProcess != nil {
		options, url = append(options, nats.InProcessServer(d.InProcess)), ""
	} else if err := CheckURL(url, pinned); err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	} else if pinned {
		// The server says nothing, not even what it is, before the handshake.
		options = append(options, nats.Secure(ClientTLS(d.Pins)), nats.TLSHandshakeFirst())
	}
	nc, err := nats.Connect(url, options...)
	if err != nil {
		return nil, fmt.Errorf("dial: %w: %w", ErrUnreachable, err)
	}
	return &Conn{nc: nc, route: route}, nil
}

// manners is how a connection behaves, whatever it is for.
func (d Dialing) manners(route Route) []nats.Option {
	changed := d.Changed
	if changed == nil {
		changed = func(bool) {}
	}
	return []nats.Option{
		nats.CustomInboxPrefix(route.Inbox()),
		nats.IgnoreAuthErrorAbort(), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
		nats.ReconnectBufSize(-1), nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectJitter(250*time.Millisecond, time.Second),
		nats.Timeout(5 * time.Second), nats.PingInterval(20 * time.Second), nats.MaxPingsOutstanding(2),
		// Where the bus is stands in the configuration and nowhere else.
		nats.IgnoreDiscoveredServers(),
		nats.ConnectHandler(func(*nats.Conn) { changed(true) }),
		nats.ReconnectHandler(func(*nats.Conn) { changed(true) }),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { changed(false) }),
		// The library would print these to standard error.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
}

// Route is the token this connection is known by.
func (c *Conn) Route() Route { return c.route }

// Connected reports whether the bus is there now.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// Close ends the connection at once.
func (c *Conn) Close() { c.nc.Close() }

// Request asks and waits for one answer, until ctx ends.
func (c *Conn) Request(ctx context.Context, subject string, body []byte) ([]byte, error) {
	reply, err := c.nc.RequestWithContext(ctx, subject, body)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w: %w", verb(subject), ErrUnreachable, err)
	}
	return reply.Data, nil
}

// Ask asks one of the hub's services, by the prefix of its subject, as this
// connection.
func (c *Conn) Ask(ctx context.Context, prefix string, body []byte) ([]byte, error) {
	return c.Request(ctx, prefix+string(c.route), body)
}

// Publish sends and does not wait.
func (c *Conn) Publish(subject string, body []byte) error {
	if err := c.nc.Publish(subject, body); err != nil {
		return fmt.Errorf("publish %s: %w: %w", verb(subject), ErrUnreachable, err)
	}
	return nil
}

// Subscribe calls hear for every message on a subject, one at a time, until
// the connection is closed.
func (c *Conn) Subscribe(subject string, hear func()) error {
	_, err := c.subscribe(subject, func([]byte) { hear() })
	return err
}

// subscribe is Subscribe until stop is called, and gives what came.
func (c *Conn) subscribe(subject string, hear func(body []byte)) (stop func(), err error) {
	s, err := c.nc.Subscribe(subject, func(m *nats.Msg) { hear(m.Data) })
	if err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	// Where the connection is gone, so is the subscription.
	return func() { _ = s.Unsubscribe() }, nil
}

// verb is the part of a subject that names no caller.
func verb(subject string) string {
	rest, _ := strings.CutPrefix(subject, subjectPrefix)
	name, _, _ := strings.Cut(rest, ".")
	return name
}
