package broker

import (
	"context"
	"sync"
	"time"
)

// Line is a member's way to the hub: one connection after another, when its
// key turns over. It is safe for concurrent use.
type Line struct {
	dialing Dialing

	mu     sync.Mutex
	conn   *Conn
	listen func() // what the bell rings; nil until Listen
}

// NewLine connects with the dialing's key.
func NewLine(d Dialing) (*Line, error) {
	l := &Line{dialing: d}
	conn, err := Dial(d)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	return l, nil
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

// Listen calls ring whenever the member's bell rings. It may be called once.
func (l *Line) Listen(ring func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.conn.Subscribe(l.conn.Route().Bell(), ring); err != nil {
		return err
	}
	l.listen = ring
	return nil
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
	conn, err := Dial(d)
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
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listen != nil {
		if err := conn.Subscribe(conn.Route().Bell(), l.listen); err != nil {
			conn.Close()
			return err
		}
	}
	l.conn.Close()
	l.conn, l.dialing = conn, d
	return nil
}
