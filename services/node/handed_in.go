package node

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/letterbox"
)

// Keep seals work that is handed in while the vault is closed. No request is let
// in meanwhile, so that whatever is kept is carried out before the node is
// ready.
func (d *door) Keep(w gateway.Work) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside != nil || d.taken || !d.n.config.Asks() {
		return fault.New(fault.Unavailable, fault.NodeLocked)
	}
	err := d.box.Put(letterbox.Request(w))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, letterbox.ErrFull):
		return fault.New(fault.Unavailable, fault.LetterboxFull).Because(err)
	case errors.Is(err, letterbox.ErrNoKey):
		return fault.New(fault.Unavailable, fault.NodeLocked).Because(err)
	}
	return err
}

// deliver carries out what was handed in, and then lets requests in. A letterbox
// that cannot be read keeps nobody from working.
func (d *door) deliver(ctx context.Context, in *inside) {
	box, err := d.box.Open(in.vault)
	if errors.Is(err, letterbox.ErrOtherKey) {
		d.n.parts.Log.Alarm("another key lay in the letterbox: somebody changed this node's folder", obs.Reason(err, letterbox.ErrOtherKey))
		err = nil
	}
	in.box = box
	// What comes in while the first are carried out is taken too; then no more
	// is, or whoever goes on handing in would keep the node from being ready.
	for _, last := range []bool{false, true} {
		d.take(!last)
		if err == nil {
			err = box.Deliver(ctx, in.carryOut)
		}
	}
	if err != nil && ctx.Err() == nil {
		d.n.parts.Log.Alarm("what was handed in could not be carried out; it is kept", obs.Reason(err))
	}
	d.let(in)
	d.take(true)
	in.post.Speak(err == nil && in.carriedOut())
}

// carriedOut reports whether nothing waits in the letterbox to be tried again.
func (in *inside) carriedOut() bool {
	_, waiting, err := in.box.Refused(in.now())
	return err == nil && waiting == 0
}

// take says whether letters are taken.
func (d *door) take(letters bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken = !letters
}

func (in *inside) carryOut(ctx context.Context, r letterbox.Request) letterbox.Answer {
	status, p := gateway.CarryOut(ctx, in.handler, gateway.Work(r))
	if p == nil {
		return letterbox.Answer{Status: status}
	}
	return letterbox.Answer{Status: status, Code: p.Code, Key: p.Key}
}

// toldFor is how long staff are told what was refused.
const toldFor = 7 * 24 * time.Hour

// HandedIn is what became of work that was handed in while the node was locked.
func (in *inside) HandedIn() (client.HandedIn, error) {
	out := client.HandedIn{Refused: []client.Refused{}}
	if in.box == nil {
		return out, nil
	}
	list, waiting, err := in.box.Refused(in.n.parts.Clock().Add(-toldFor))
	if err != nil {
		return out, err
	}
	out.Waiting = waiting
	for _, o := range list {
		i := slices.IndexFunc(out.Refused, func(r client.Refused) bool { return r.Code == o.Code && r.Key == o.Key })
		if i < 0 {
			i = len(out.Refused)
			out.Refused = append(out.Refused, client.Refused{Code: o.Code, Key: o.Key})
		}
		r := &out.Refused[i]
		r.Count++
		if o.At.After(r.At) {
			r.At = o.At
		}
	}
	slices.SortFunc(out.Refused, func(a, b client.Refused) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Key, b.Key)) })
	return out, nil
}
