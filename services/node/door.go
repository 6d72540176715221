package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/letterbox"
)

// door is the part of a node that always runs. It listens, opens the vault and
// closes it, and lets requests in while the vault is open.
//
// While it is locked there are no keys in this process but what vault.Close
// says it cannot overwrite, no unit runs, and the connection to the hub is
// closed: others' mail waits at the hub and in their outboxes. Whoever controls
// the machine while it is unlocked has everything; a lock takes nothing back.
type door struct {
	n      *Node
	box    *letterbox.Box
	front  http.Handler // answers while the vault is closed
	asked  chan *unlocking
	trying sync.Mutex // one attempt at a time
	tries  tries      // of whoever holds trying

	mu     sync.Mutex
	inside *inside // nil: locked
	taken  bool    // the last letters are; no more are for a moment
}

var (
	_ gateway.Door   = (*inside)(nil)
	_ gateway.Keeper = (*door)(nil)
)

// unlocking is somebody's passphrase, and where she waits.
type unlocking struct {
	passphrase []byte
	answer     chan error // takes one without waiting
}

func newDoor(n *Node) *door {
	d := &door{n: n, asked: make(chan *unlocking), box: letterbox.New(filepath.Join(n.config.Vault, "letters"), n.parts.Random, n.parts.Clock)}
	d.front = gateway.Front(d, n.parts.Log)
	return d
}

// listen answers the API. It is the first to stop, so that nothing is asked of
// a node that ends.
func (d *door) listen(ctx context.Context, ready func()) error {
	listener, err := net.Listen("tcp", d.n.config.Listen)
	if err != nil {
		return err
	}
	d.n.where.API = listener.Addr()
	ready()
	return obs.Serve(ctx, listener, d)
}

// ServeHTTP lets a request in, or answers that the node is locked.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := d.enter()
	if in == nil {
		d.front.ServeHTTP(w, r)
		return
	}
	leave := sync.OnceFunc(in.under.Done)
	defer leave()
	if r.Method+" "+r.URL.Path == gateway.UnlockRoute {
		d.front.ServeHTTP(w, r)
		return
	}
	ctx, cancel := context.WithCancelCause(context.WithValue(r.Context(), leaveKey{}, leave))
	defer cancel(nil)
	defer context.AfterFunc(in.over, func() { cancel(vault.ErrClosed) })()
	in.handler.ServeHTTP(w, r.WithContext(ctx))
}

// enter counts a request as one under way; nil where the node is locked.
func (d *door) enter() *inside {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside != nil {
		d.inside.under.Add(1)
	}
	return d.inside
}

// run opens the vault and closes it, until ctx ends. A node that asks for its
// passphrase begins locked, and is locked again whenever what is inside ends.
func (d *door) run(ctx context.Context, ready func()) error {
	c := d.n.config
	if !c.Asks() {
		secret, err := c.secret()
		if err != nil {
			return fmt.Errorf("node: %w", err)
		}
		v, err := vault.Open(c.Vault, secret, d.n.parts.Random)
		if err != nil {
			return fmt.Errorf("node: %w", err)
		}
		if err := d.live(ctx, v, ready); err != nil {
			return fmt.Errorf("node: %w", err)
		}
		return nil
	}
	if err := c.checkLocked(); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	d.unready()
	settle()
	d.n.parts.Log.Info("node is locked; posada unlock opens it")
	ready()
	for {
		select {
		case <-ctx.Done():
			return nil
		case u := <-d.asked:
			if err := d.open(ctx, u); err != nil {
				return fmt.Errorf("node: %w", err)
			}
		}
	}
}

// locked is what /readyz says.
const locked obs.Line = "locked"

// open tries a passphrase and, where it opens the vault, stays until the node
// is locked again. An error is one that the process must not outlive.
func (d *door) open(ctx context.Context, u *unlocking) error {
	v, err := vault.Open(d.n.config.Vault, vault.Passphrase(u.passphrase), d.n.parts.Random)
	clear(u.passphrase)
	if err != nil {
		u.answer <- err
		return nil
	}
	lives := false
	err = d.live(ctx, v, func() { lives = true; u.answer <- nil })
	forget()
	if ctx.Err() == nil {
		d.n.parts.Log.Info("node is locked; posada unlock opens it")
	}
	if !lives {
		u.answer <- errors.Join(errNotOpened, err)
		if !errors.Is(err, handoff.ErrCanary) {
			return nil
		}
	}
	return err
}

// errNotOpened says that the vault opened and the node did not start.
var errNotOpened = errors.New("the node could not do its work after it was unlocked")

// Unlock gives the passphrase to whoever opens the vault, and waits.
func (d *door) Unlock(ctx context.Context, passphrase []byte) error {
	if d.current() != nil {
		return nil
	}
	if !d.trying.TryLock() {
		return fault.New(fault.Unavailable, fault.UnlockBusy)
	}
	defer d.trying.Unlock()
	if err := d.tries.check(d.n.parts.Clock()); err != nil {
		return err
	}
	u := &unlocking{passphrase: append([]byte(nil), passphrase...), answer: make(chan error, 1)}
	select {
	case d.asked <- u:
	case <-ctx.Done():
		clear(u.passphrase)
		return fault.New(fault.Unavailable, fault.UnlockFailed).Because(ctx.Err())
	}
	// Whoever hangs up is waited for all the same: her guess counts.
	err := <-u.answer
	switch {
	case err == nil:
		d.tries = tries{}
		return nil
	case errors.Is(err, vault.ErrSecret):
		d.tries = d.tries.failed(d.n.parts.Clock())
		d.n.parts.Log.Alarm("a passphrase did not open the vault", obs.Count(d.tries.count))
		return fault.New(fault.Unauthenticated, fault.WrongPassphrase).Because(err)
	}
	d.n.parts.Log.Alarm("the node could not be unlocked", obs.Reason(err, vault.ErrInUse, vault.ErrDamaged, ErrOtherNetwork, context.Canceled))
	return fault.New(fault.Unavailable, fault.UnlockFailed).Because(err)
}

// tries counts passphrases that did not open the vault, one after another. Each
// costs Argon2id; from the third on the next has to wait, twice as long each
// time. The count lives in memory: starting the node again takes longer than
// the waits it saves for as long as they are short, and where they are long
// whoever can restart it can as well copy the files and guess elsewhere.
type tries struct {
	count int
	next  time.Time
}

const (
	freeTries = 2
	maxWait   = time.Minute
)

func (t tries) failed(now time.Time) tries {
	t.count++
	if t.count > freeTries {
		t.next = now.Add(min(maxWait, time.Second<<min(t.count-freeTries-1, 10)))
	}
	return t
}

func (t tries) check(now time.Time) error {
	wait := t.next.Sub(now)
	if wait <= 0 || wait > maxWait { // the clock was set back
		return nil
	}
	return fault.New(fault.Unavailable, fault.UnlockWait, "seconds", fmt.Sprint(int(wait/time.Second)+1))
}

// note writes what became of the vault into the account of it.
func note(v *vault.Vault, at time.Time, by posada.StaffID, act audit.Act) error {
	return v.Update(func(tx *vault.Tx) error { return audit.Append(tx, audit.Entry{At: at, By: by, Act: act}) })
}
