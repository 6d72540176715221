package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/posada"
)

// carries are the tables that are being brought to the node, so that nobody's browser has to
// wait for it. Each ends with its table, with the session of whoever brings it, or with this
// program; what the node has by then it has, and the same table goes on behind it.
type carries struct {
	ctx  context.Context
	quit context.CancelFunc
	wait sync.WaitGroup

	mu  sync.Mutex
	all map[posada.ImportID]*carry
}

// carry is one of them. It has nothing of any row.
type carry struct {
	quit context.CancelFunc

	mu    sync.Mutex
	going bool
	saved imports.Saved
	err   error // why it stopped
}

func newCarries() *carries {
	c := &carries{all: map[posada.ImportID]*carry{}}
	c.ctx, c.quit = context.WithCancel(context.Background())
	return c
}

// stop ends all of them, and gives back when they have.
func (c *carries) stop() {
	c.quit()
	c.wait.Wait()
}

// find is what carries an import here, and whether it still does.
func (c *carries) find(id posada.ImportID) (one *carry, going, here bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, here = c.all[id]
	return one, here && one.goes(), here
}

// drop ends one, and forgets it.
func (c *carries) drop(id posada.ImportID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.all[id]; one != nil {
		one.quit()
		delete(c.all, id)
	}
}

// begin carries an import, unless that is under way.
func (c *carries) begin(id posada.ImportID, save func(ctx context.Context) (imports.Saved, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.all[id]; one != nil && one.goes() || c.ctx.Err() != nil {
		return
	}
	ctx, quit := context.WithCancel(c.ctx)
	one := &carry{quit: quit, going: true}
	c.all[id] = one
	c.wait.Go(func() {
		defer quit()
		saved, err := save(ctx)
		one.mu.Lock()
		defer one.mu.Unlock()
		one.going, one.saved, one.err = false, saved, err
	})
}

func (c *carry) goes() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.going
}

// came is what came of one that ended.
func (c *carry) came() (imports.Saved, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saved, c.err
}

// bringTable begins to bring the table that was looked at. What is saved is what the digest
// on the page stands for, and nothing else.
func bringTable(v *visit) (view, error) {
	t, m, seen, err := v.looked(0)
	if errors.Is(err, errNothing) {
		return goTo("/imports", "console.imports.gone"), nil
	}
	switch {
	case err != nil:
		return view{}, err
	case seen.Digest == "" || !seen.Whole():
		return view{}, trouble{http.StatusUnprocessableEntity, "console.imports.not_whole"}
	case seen.Digest != v.value("digest"):
		return view{}, trouble{http.StatusConflict, "console.imports.other"}
	}
	is, err := v.node.BeginImport(v.ctx(), client.NewImport{Mapping: m.Name(), Digest: seen.Digest, Rows: seen.Rows})
	if err != nil {
		return view{}, err
	}
	node, k, session := v.node, v.k, v.session
	k.carries.begin(is.ID, func(ctx context.Context) (imports.Saved, error) {
		ctx, quit := context.WithCancel(ctx)
		defer quit()
		return imports.Save(ctx, node, is, seen, bytes.NewReader(t.Source), func(int) {
			if !k.sessions.goes(session) {
				quit()
			}
		})
	})
	v.dropDraft(sheetName)
	return goTo("/imports/"+string(is.ID), ""), nil
}

// stopped is why an import that was under way is not any more.
func (v *visit) stopped(err error) *client.Problem {
	if errors.Is(err, context.Canceled) {
		err = trouble{http.StatusConflict, "console.imports.stopped"}
	}
	return v.wrong(err)
}
