package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

// patience is how long a process may take to be ready, on the slowest of machines.
const patience = 2 * time.Minute

// process is a program that is started again after it was killed.
type process struct {
	name  string
	make  func() *exec.Cmd
	ready func(context.Context) bool

	mu    sync.Mutex // one thing at a time is done to it
	cmd   *exec.Cmd  // nil: it does not run
	ended chan struct{}
	said  bytes.Buffer // on standard error, in all its lives; read after it ended
}

func newProcess(name string, makes func() *exec.Cmd, ready func(context.Context) bool) *process {
	return &process{name: name, make: makes, ready: ready}
}

// listens is a process that is ready when it takes connections.
func listens(address string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		return err == nil && c.Close() == nil
	}
}

// answers is a node that is ready when it says how it is.
func answers(ask *client.Client) func(context.Context) bool {
	return func(ctx context.Context) bool {
		ctx, stop := context.WithTimeout(ctx, 5*time.Second)
		defer stop()
		_, err := ask.Status(ctx)
		return err == nil
	}
}

// start runs it, where it does not, and returns when it is ready.
func (p *process) start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.startLocked(ctx)
}

func (p *process) startLocked(ctx context.Context) error {
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if p.cmd == nil {
			if err := p.run(); err != nil {
				return err
			}
		}
		if p.ready(ctx) {
			return nil
		}
		select {
		case <-p.ended:
			p.cmd = nil
			// Its address may be taken for a moment by whoever else draws one.
			if !strings.Contains(p.said.String(), "address already in use") || time.Since(begun) > patience {
				return fmt.Errorf("%s ended before it was ready: %s", p.name, tail(p.said.String()))
			}
			time.Sleep(time.Second)
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if time.Since(begun) > patience {
			return fmt.Errorf("%s is not ready after %s", p.name, patience)
		}
	}
}

func (p *process) run() error {
	cmd, ended := p.make(), make(chan struct{})
	p.said.Reset()
	cmd.Stderr = &p.said
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	p.cmd, p.ended = cmd, ended
	return nil
}

// killed is kill -9, something while it is dead, and a start, also where ctx ends meanwhile.
func (p *process) killed(ctx context.Context, meanwhile func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	if err := p.kill(); err != nil {
		return err
	}
	err := meanwhile()
	return errors.Join(err, p.startLocked(context.WithoutCancel(ctx)))
}

// kill ends it at once; one that had ended by itself did wrong.
func (p *process) kill() error {
	select {
	case <-p.ended:
		return fmt.Errorf("ended by itself: %s", tail(p.said.String()))
	default:
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.cmd = nil
	if strings.Contains(p.said.String(), "panic: ") || strings.Contains(p.said.String(), "WARNING: DATA RACE") {
		return fmt.Errorf("panicked: %s", tail(p.said.String()))
	}
	return nil
}

// paused stops it as it stands for a while, where the system can.
func (p *process) paused(meanwhile func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	if err := pause(p.cmd.Process); err != nil {
		return err
	}
	return errors.Join(meanwhile(), resume(p.cmd.Process))
}

// end is the last of it.
func (p *process) end() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	return p.kill()
}

// tail is the last of what somebody said.
func tail(text string) string {
	const most = 2000
	return text[max(0, len(text)-most):]
}
