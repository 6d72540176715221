package town

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
)

// Options is how to run a town. The zero value is production's.
type Options struct {
	Policy fs.FS                      // policy.Files
	Clock  func(key string) time.Time // what time it is there; the hub's key is empty
	// Ticks is how much time has passed there; where only Clock is given, as much
	// as it says.
	Ticks func(key string) time.Duration
	Log   obs.Log
	Poll  time.Duration // the nodes'
	Skip  []string      // agencies whose node is not run
	// Apart is a hub that runs in other processes, where the town's own would.
	Apart bool
	// Bus may give another address to reach the hub at; Hub may stand between
	// an agency's post and the hub; Step is told of each step of its post.
	Bus  func(url string) string
	Hub  func(key string, h post.Hub) post.Hub
	Step func(key string, s post.Step)
}

// Town is a running town.
type Town struct {
	Laid
	hub   *hub.Hub // nil: it runs in other processes
	where hub.Where
	nodes map[string]*node.Node

	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	ended   []error
	failed  chan struct{}
}

// Start runs a laid town in this process, on ports of its own, and returns when
// all of it is ready.
func Start(ctx context.Context, l Laid, o Options) (*Town, error) {
	if o.Policy == nil {
		o.Policy = policy.Files
	}
	o = o.timed()
	engine, err := pdp.New(ctx, o.Policy)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	t := &Town{Laid: l, nodes: map[string]*node.Node{}, stop: stop, failed: make(chan struct{}, 1+len(l.Plan.Agencies))}
	if err := t.startHub(running, o, engine); err != nil {
		return nil, errors.Join(err, t.Stop())
	}
	var ready []<-chan struct{}
	for _, a := range l.Plan.Agencies {
		if skipped(o.Skip, a.Key) {
			continue
		}
		isReady, err := t.startNode(running, o, engine, a.Key)
		if err != nil {
			return nil, errors.Join(err, t.Stop())
		}
		ready = append(ready, isReady)
	}
	for _, r := range ready {
		select {
		case <-r:
		case <-t.failed:
			return nil, errors.Join(errors.New("the town did not start"), t.Stop())
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), t.Stop())
		}
	}
	return t, nil
}

// timed has clocks that agree, where nothing else is asked.
func (o Options) timed() Options {
	begun := time.Now()
	switch {
	case o.Clock == nil && o.Ticks == nil:
		o.Ticks = func(string) time.Duration { return time.Since(begun) }
	case o.Ticks == nil:
		o.Ticks = func(key string) time.Duration { return o.Clock(key).Sub(begun) }
	}
	if o.Clock == nil {
		o.Clock = func(string) time.Time { return time.Now() }
	}
	return o
}

func skipped(skip []string, key string) bool {
	for _, s := range skip {
		if s == key {
			return true
		}
	}
	return false
}

func (t *Town) startHub(ctx context.Context, o Options, engine *pdp.Engine) error {
	c, err := hub.ReadConfig(t.HubConfig(), nil)
	if err != nil {
		return err
	}
	if o.Apart {
		t.where.Bus = "tls://" + c.Listen
		t.where.Admin, err = net.ResolveTCPAddr("tcp", c.Admin)
		return err
	}
	parts, err := c.Load(ctx)
	if err != nil {
		return err
	}
	parts.Policy, parts.Log = engine, o.Log
	parts.Clock = func() time.Time { return o.Clock("") }
	c.Listen, c.Admin = "127.0.0.1:0", "127.0.0.1:0"
	t.hub = hub.New(c, parts)
	isReady := t.run("hub", func(ready func()) error { return t.hub.Run(ctx, ready) })
	select {
	case <-isReady:
		t.where = t.hub.Where()
		return nil
	case <-t.failed:
		return errors.New("the hub did not start")
	}
}

func (t *Town) startNode(ctx context.Context, o Options, engine *pdp.Engine, key string) (<-chan struct{}, error) {
	c, err := node.ReadConfig(t.NodeConfig(key), nil)
	if err != nil {
		return nil, err
	}
	parts, err := c.Load(ctx)
	if err != nil {
		return nil, err
	}
	parts.Policy, parts.Log, parts.Random = engine, o.Log, rand.Reader
	parts.Clock, parts.Ticks = func() time.Time { return o.Clock(key) }, func() time.Duration { return o.Ticks(key) }
	if o.Hub != nil {
		parts.Hub = func(h post.Hub) post.Hub { return o.Hub(key, h) }
	}
	if o.Step != nil {
		parts.Step = func(s post.Step) { o.Step(key, s) }
	}
	if o.Poll > 0 {
		c.Poll, c.Sync = o.Poll, 10*o.Poll
	}
	c.Listen, c.Admin, c.Hub = "127.0.0.1:0", "127.0.0.1:0", t.where.Bus
	if o.Bus != nil {
		c.Hub = o.Bus(c.Hub)
	}
	n := node.New(c, parts)
	t.nodes[key] = n
	return t.run(key, func(ready func()) error { return n.Run(ctx, ready) }), nil
}

// run runs one process's worth and remembers how it ended.
func (t *Town) run(name string, f func(ready func()) error) <-chan struct{} {
	isReady := make(chan struct{})
	t.running.Go(func() {
		err := f(func() { close(isReady) })
		if err != nil {
			t.mu.Lock()
			t.ended = append(t.ended, fmt.Errorf("%s: %w", name, err))
			t.mu.Unlock()
		}
		t.failed <- struct{}{}
	})
	return isReady
}

// Stop stops everything and gives what went wrong, if anything did.
func (t *Town) Stop() error {
	t.stop()
	t.running.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.ended...)
}

// Bus is where members connect.
func (t *Town) Bus() string { return t.where.Bus }

// HubAdmin is where the hub says how it is.
func (t *Town) HubAdmin() string { return "http://" + t.where.Admin.String() }

// API is where an agency's node answers.
func (t *Town) API(key string) string { return "http://" + t.nodes[key].Where().API.String() }

// Admin is where an agency's node says how it is.
func (t *Town) Admin(key string) string { return "http://" + t.nodes[key].Where().Admin.String() }

// Client asks an agency's node as the first member of its staff.
func (t *Town) Client(key, language string) (*client.Client, error) {
	token, err := t.Token(key)
	if err != nil {
		return nil, err
	}
	return client.New(t.API(key), token, language), nil
}
