package torture

import (
	"context"
	"net"
	"sync"
	"time"
)

// quality is how a line is.
type quality int

const (
	open    quality = iota
	cut             // what there is ends, what comes is turned away
	stalled         // everything is taken, and nothing goes on: half-open
	slow            // a little at a time, late
)

// line is the way from a node to the hub, through which faults go in.
type line struct {
	to     string
	listen net.Listener

	mu    sync.Mutex
	is    quality
	conns map[net.Conn]bool
}

func newLine(ctx context.Context, to string) (*line, error) {
	host, _, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	listen, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	l := &line{to: to, listen: listen, conns: map[net.Conn]bool{}}
	go l.accepts()
	return l, nil
}

func (l *line) address() string { return l.listen.Addr().String() }

func (l *line) close() {
	_ = l.listen.Close()
	l.set(cut)
}

// set makes the line so from now on.
func (l *line) set(is quality) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is = is
	if is == cut {
		for c := range l.conns {
			_ = c.Close()
		}
	}
}

func (l *line) now() quality {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.is
}

func (l *line) accepts() {
	for {
		near, err := l.listen.Accept()
		if err != nil {
			return
		}
		go l.joins(near)
	}
}

// joins carries both ways until one side ends.
func (l *line) joins(near net.Conn) {
	defer l.drop(near)
	if !l.keep(near) {
		return
	}
	far, err := (&net.Dialer{Timeout: 5 * time.Second}).Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer l.drop(far)
	if !l.keep(far) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.carries(near, far) })
	both.Go(func() { l.carries(far, near) })
	both.Wait()
}

// keep remembers a connection, unless the line is cut.
func (l *line) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return l.is != cut
}

func (l *line) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	_ = c.Close()
}

// carries takes from one and gives to the other, as well as the line is.
func (l *line) carries(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	piece := make([]byte, 4096)
	for {
		n, err := from.Read(piece)
		for l.now() == stalled {
			time.Sleep(10 * time.Millisecond)
		}
		if l.now() == slow {
			time.Sleep(100 * time.Millisecond)
		}
		if n > 0 {
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
