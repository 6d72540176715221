package broker

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// Line is a member's way to the hub: one connection after another, when its
// key turns over. It is safe for concurrent use.
type Line struct {
	dialing Dialing

	mu     sync.Mutex
	conn   *Conn
	listen func(Ring) // what the bell rings; nil until Listen
	bell   Bell       // zero: none
	hush   func()     // ends listening to it
}

// NewLine connects with the dialing's key.
func NewLine(d Dialing) (*Line, error) {
	l := &Line{dialing: d}
	conn, err := l.dial(d)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	return l, nil
}

// dial connects, and hangs another bell each time the connection was lost and
// is back: whoever saw the last one could know its bell.
func (l *Line) dial(d Dialing) (*Conn, error) {
	changed, again := d.Changed, false
	var conn *Conn
	made := make(chan struct{})
	d.Changed = func(connected bool) {
		<-made
		if connected && again {
			l.rehang(conn)
		}
		again = again || connected
		if changed != nil {
			changed(connected)
		}
	}
	conn, err := Dial(d)
	close(made)
	return conn, err
}

func (l *Line) now() *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// Connected reports whether the bus is there now.
func (l *Line) Connected() bool { return l.now().Connected() }

// Close ends the connection.
func (l *Line) Close() { l.now().Close() }

// Ask asks one of the hub's services, by the prefix of its subject, and waits
// for one answer, until ctx ends.
func (l *Line) Ask(ctx context.Context, prefix string, body []byte) ([]byte, error) {
	return l.now().Ask(ctx, prefix, body)
}

// Listen calls ring whenever the member's bell rings, and, as if mail may wait, when
// the hub is to be told of another bell. It may be called once.
func (l *Line) Listen(ring func(Ring)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listen = ring
	return l.hang()
}

// Bell is the bell to name to the hub, of the connection that is now; zero if
// there is none.
func (l *Line) Bell() Bell {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bell
}

// hang listens to a new bell and no more to the old one. The caller holds mu.
func (l *Line) hang() error {
	var next Bell
	listen := l.listen
	_, _ = rand.Read(next[:]) // it never fails
	hush, err := l.conn.subscribe(l.conn.Route().Bell(next), func(body []byte) { listen(ringOf(body)) })
	if err != nil {
		return err
	}
	if l.hush != nil {
		l.hush()
	}
	l.bell, l.hush = next, hush
	return nil
}

// rehang is hang, if the connection is the one that is now. Where it cannot be,
// the last bell serves.
func (l *Line) rehang(conn *Conn) {
	l.mu.Lock()
	ring := l.listen
	if l.conn != conn || ring == nil || l.hang() != nil {
		ring = func(Ring) {}
	}
	l.mu.Unlock()
	ring(RingMail)
}

// letOn is how long a connection with the next key may take to be let on.
const letOn = 5 * time.Second

// Rekey goes over to another key and its statement, once the hub has let it on:
// a connection that works is not given up for one that may not. What is under
// way on the old connection is answered there or fails, and is asked again. Only
// one call at a time.
func (l *Line) Rekey(ctx context.Context, seed []byte, statement string) error {
	l.mu.Lock()
	d, old := l.dialing, l.conn
	l.mu.Unlock()
	if statement == d.Statement {
		return nil
	}
	d.Seed, d.Statement = seed, statement
	conn, err := l.dial(d)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, letOn)
	defer cancel()
	for !conn.Connected() && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	if !conn.Connected() && old.Connected() {
		conn.Close()
		return ErrUnreachable
	}
	ring, err := l.goOver(conn, d)
	if err != nil {
		conn.Close()
		return err
	}
	old.Close()
	if ring != nil {
		ring(RingMail) // the hub does not know the new bell yet
	}
	return nil
}

// goOver has the line be another connection, with a bell of its own.
func (l *Line) goOver(conn *Conn, d Dialing) (ring func(Ring), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, before := l.conn, l.dialing
	l.conn, l.dialing = conn, d
	if l.listen != nil {
		if err := l.hang(); err != nil {
			l.conn, l.dialing = old, before
			return nil, err
		}
	}
	return l.listen, nil
}
