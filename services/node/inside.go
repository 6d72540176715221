package node

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/letterbox"
	"github.com/posada-exchange/posada/services/node/post"
)

// inside is a node whose vault is open: its units, from unlock to lock.
//
// The order in which it ends: no request is let in; those under way have a
// moment to finish, then their contexts end; the units stop, the last started
// first; the connection to the hub is closed; the vault is. So no unit runs on
// a closed vault, and nothing of it waits for the hub.
type inside struct {
	n       *Node
	vault   *vault.Vault
	handler http.Handler
	under   sync.WaitGroup // requests
	lock    context.CancelFunc
	closed  chan struct{} // the vault is
	box     *letterbox.Opened
	post    *post.Post
	now     func() time.Time // to date what is noted

	over context.Context // ends when requests under way must
	end  context.CancelFunc

	shutting sync.Once

	mu   sync.Mutex
	seen time.Time // when staff last showed who they are
}

// leaveKey finds the function by which a request stops being one under way.
type leaveKey struct{}

// grace is how long requests under way may go on when the node is locked.
const grace = 3 * time.Second

// live runs the units on an open vault until ctx ends or the node is locked,
// and closes the vault. ready is called when they all work.
func (d *door) live(ctx context.Context, v *vault.Vault, ready func()) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	in := &inside{n: d.n, vault: v, lock: stop, closed: make(chan struct{}), seen: d.n.parts.Clock()}
	in.over, in.end = context.WithCancel(context.WithoutCancel(ctx))
	defer close(in.closed)
	defer func() { err = errors.Join(err, v.Close()) }()
	defer in.end()
	u, err := d.n.units(ctx, v)
	if u != nil && u.line != nil {
		defer u.line.Close()
	}
	if err != nil {
		return err
	}
	in.now, in.handler, in.post = u.clock.About, u.gateway.Handler(in), u.post
	u.post.Hush() // until what was handed in is carried out
	return run.Run(ctx, func() {
		d.n.parts.Log.Info("node is ready", obs.Version(u.stewards.Base().Version()))
		ready()
	},
		run.Unit{Name: "stewards", Run: u.stewards.Run},
		run.Unit{Name: "decisions", Run: u.decisions.Run},
		run.Unit{Name: "canary", Run: func(ctx context.Context, ready func()) error { return d.n.runCanary(ctx, u, ready) }},
		run.Unit{Name: "sweep", Run: func(ctx context.Context, ready func()) error {
			return d.n.runSweep(ctx, u.erase, ready, func() error { return u.stewards.Trusted(u.sweep) }, func() error { return u.destroy(v) }, u.back.Erase)
		}},
		run.Unit{Name: "members", Run: u.members.Run},
		run.Unit{Name: "post", Run: u.post.Run},
		run.Unit{Name: "nudges", Run: u.nudges.Run},
		run.Unit{Name: "webhooks", Run: u.webhooks.Run},
		run.Unit{Name: "auto-lock", Run: in.watch},
		run.Unit{Name: "gateway", Run: func(ctx context.Context, ready func()) error { return d.admit(ctx, in, ready) }},
	)
}

// admit lets requests in until ctx ends, and returns when none is under way any
// more, or when those that are have been told to end.
func (d *door) admit(ctx context.Context, in *inside, ready func()) error {
	if d.n.config.Asks() {
		if err := note(in.vault, in.now(), "", audit.Unlocked); err != nil {
			return err
		}
	}
	if d.n.config.Asks() || d.box.Used() {
		d.deliver(ctx, in)
	} else {
		d.let(in)
		in.post.Speak(true)
	}
	d.n.admin.Ready(true)
	ready()
	<-ctx.Done()
	d.unready()
	in.post.Hush() // from now on letters may be handed in
	d.let(nil)
	finished := make(chan struct{})
	go func() { in.under.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-time.After(grace):
		in.end()
	}
	return nil
}

func (d *door) unready() {
	if d.n.config.Asks() {
		d.n.admin.Unready(locked)
		return
	}
	d.n.admin.Ready(false)
}

func (d *door) let(in *inside) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside = in
}

func (d *door) current() *inside {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inside
}

// Seen notes that staff asked now.
func (in *inside) Seen() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.seen = in.n.parts.Clock()
}

// idle is for how long staff have not asked. A machine that slept counts only
// by its calendar, one whose calendar was set back only by its ticking: the
// longer of both is meant.
func (in *inside) idle() time.Duration {
	now := in.n.parts.Clock()
	in.mu.Lock()
	defer in.mu.Unlock()
	return max(now.Sub(in.seen), now.Round(0).Sub(in.seen.Round(0)))
}

// lookEvery is how often it is asked whether staff have gone.
const lookEvery = time.Second

// watch locks the node when staff have not asked for long.
func (in *inside) watch(ctx context.Context, ready func()) error {
	ready()
	after := in.n.config.AutoLock
	if !in.n.config.Asks() || after == 0 {
		<-ctx.Done()
		return nil
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		if in.idle() >= after {
			in.shut("")
		}
	}
}

// Lock closes the vault and returns when it is closed.
func (in *inside) Lock(ctx context.Context, by posada.StaffID) error {
	if !in.n.config.Asks() {
		return fault.New(fault.Conflict, fault.NeverLocked)
	}
	if leave, ok := ctx.Value(leaveKey{}).(func()); ok {
		leave()
	}
	in.shut(by)
	<-in.closed
	return nil
}

// shut begins to lock. That it could not be written down keeps nobody from
// locking.
func (in *inside) shut(by posada.StaffID) {
	in.shutting.Do(func() {
		if err := note(in.vault, in.now(), by, audit.Locked); err != nil {
			in.n.parts.Log.Alarm("that the node was locked could not be noted", obs.Reason(err, vault.ErrClosed))
		}
		in.lock()
	})
}
