package town

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/stewards"
)

// Options is how to run a town. The zero value is production's.
type Options struct {
	Policy fs.FS                      // nil: the shipped rules
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
	// an agency's post and the hub, and Registry between its node and the hub's
	// registry; Step is told of each step of its post.
	Bus      func(url string) string
	Hub      func(key string, h post.Hub) post.Hub
	Registry func(key string, r stewards.Registry) stewards.Registry
	Step     func(key string, s post.Step)
}

// Town is a running town.
type Town struct {
	Laid
	hub     *hub.Hub // nil: it runs in other processes
	where   hub.Where
	options Options
	engine  *pdp.Engine
	made    *prepared

	over    context.Context // ends when the town does
	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	nodes   map[string]running
	ended   []error
}

// running is a node that runs.
type running struct {
	*node.Node
	stop context.CancelFunc
	*process
}

// process is one process's worth.
type process struct{ ready, ended chan struct{} }

// Start runs a laid town in this process, on ports of its own, and returns when
// all of it is ready.
func Start(ctx context.Context, l Laid, o Options) (*Town, error) {
	o = o.timed()
	engine, err := Rules(ctx, o.Policy)
	if err != nil {
		return nil, err
	}
	t := &Town{Laid: l, options: o, engine: engine, made: &prepared{rules: engine, of: map[string]*pdp.Engine{}}, nodes: map[string]running{}}
	t.over, t.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := t.startHub(t.over, o, engine); err != nil {
		return nil, errors.Join(err, t.Stop())
	}
	var started []*process
	for _, a := range l.Plan.Agencies {
		if skipped(o.Skip, a.Key) {
			continue
		}
		p, err := t.startNode(a.Key)
		if err != nil {
			return nil, errors.Join(err, t.Stop())
		}
		started = append(started, p)
	}
	for _, p := range started {
		if err := p.wait(ctx); err != nil {
			return nil, errors.Join(err, t.Stop())
		}
	}
	return t, nil
}

// Rules compiles a town's rules; the shipped ones once for all towns of a process.
func Rules(ctx context.Context, files fs.FS) (*pdp.Engine, error) {
	if files == nil {
		return pdp.Shipped()
	}
	return pdp.New(ctx, files)
}

// wait returns when it is ready.
func (p *process) wait(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return errors.New("a process of the town ended before it was ready")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Restart ends an agency's node and runs it anew, on the same store and other ports.
// It returns when the node is ready.
func (t *Town) Restart(ctx context.Context, key string) error {
	before := t.node(key)
	before.stop()
	<-before.ended
	http.DefaultClient.CloseIdleConnections() // one to the node that ended would fail whoever asks next
	p, err := t.startNode(key)
	if err != nil {
		return err
	}
	return p.wait(ctx)
}

func (t *Town) node(key string) running {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.nodes[key]
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
	p := t.run("hub", func(ready func()) error { return t.hub.Run(ctx, ready) })
	if err := p.wait(ctx); err != nil {
		return err
	}
	t.where = t.hub.Where()
	return nil
}

func (t *Town) startNode(key string) (*process, error) {
	o := t.options
	c, err := node.ReadConfig(t.NodeConfig(key), nil)
	if err != nil {
		return nil, err
	}
	parts, err := c.Load(t.over)
	if err != nil {
		return nil, err
	}
	parts.Policy, parts.Log, parts.Random, parts.Stretch = t.engine, o.Log, rand.Reader, t.Plan.Stretch
	parts.Prepare = t.made.prepare
	parts.Clock, parts.Ticks = func() time.Time { return o.Clock(key) }, func() time.Duration { return o.Ticks(key) }
	if o.Hub != nil {
		parts.Hub = func(h post.Hub) post.Hub { return o.Hub(key, h) }
	}
	if o.Registry != nil {
		parts.Registry = func(r stewards.Registry) stewards.Registry { return o.Registry(key, r) }
	}
	if o.Step != nil {
		parts.Step = func(s post.Step) { o.Step(key, s) }
	}
	if o.Poll > 0 {
		c.Poll, c.Sync = o.Poll, 10*o.Poll
	}
	c.Listen, c.Admin, c.Hub = "127.0.0.1:0", "127.0.0.1:0", t.where.Bus
	if c.Console != "" {
		c.Console = "127.0.0.1:0"
	}
	if o.Bus != nil {
		c.Hub = o.Bus(c.Hub)
	}
	n := node.New(c, parts)
	ctx, stop := context.WithCancel(t.over)
	p := t.run(key, func(ready func()) error { return n.Run(ctx, ready) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nodes[key] = running{n, stop, p}
	return p, nil
}

// run runs one process's worth and remembers how it ended.
func (t *Town) run(name string, f func(ready func()) error) *process {
	p := &process{make(chan struct{}), make(chan struct{})}
	t.running.Go(func() {
		defer close(p.ended)
		err := f(func() { close(p.ready) })
		if err != nil {
			t.mu.Lock()
			t.ended = append(t.ended, fmt.Errorf("%s: %w", name, err))
			t.mu.Unlock()
		}
	})
	return p
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
func (t *Town) API(key string) string { return "http://" + t.node(key).Where().API.String() }

// Console is where an agency's people open their pages; empty where there are none.
func (t *Town) Console(key string) string {
	if n := t.node(key); n.Node != nil {
		return n.Where().Console
	}
	return ""
}

// Admin is where an agency's node says how it is.
func (t *Town) Admin(key string) string { return "http://" + t.node(key).Where().Admin.String() }

// Client asks an agency's node as the first member of its staff.
func (t *Town) Client(key, language string) (*client.Client, error) {
	token, err := t.Token(key)
	if err != nil {
		return nil, err
	}
	return client.New(t.API(key), token, language), nil
}
