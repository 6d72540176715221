package trust

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Client is the node's side: it believes the stewards, counted, and the hub
// for nothing but the order of what they signed. One call at a time.
type Client struct {
	store Store
	pin   string
	dir   string
}

// NewClient makes a client that keeps its state in store and believes the
// network whose first root has the SHA-256 pin (hexadecimal, from a join
// code). dir is where it may make directories for the time of a refresh, with
// public data in them; "" is the system's.
func NewClient(store Store, pin, dir string) *Client { return &Client{store, pin, dir} }

// Pin is what a join code says of a network: the SHA-256 of its first root
// with its signatures, hexadecimal.
func Pin(root []byte) string { return digest(root) }

// Last is what the last successful refresh saw; ErrAbsent before the first.
func (c *Client) Last(ctx context.Context) (View, error) {
	state, err := c.store.Load(ctx)
	if err != nil {
		return View{}, fmt.Errorf("load what was seen: %w", err)
	}
	s, err := remembered(state, c.pin)
	if err != nil {
		return View{}, err
	}
	if s == nil {
		return View{}, ErrAbsent
	}
	return s.View, nil
}

// InForce is what stewards signed last, by role, as it was last seen: what a
// proposal is based on.
func (c *Client) InForce(ctx context.Context) (map[Role]Proposal, error) {
	state, err := c.store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load what was seen: %w", err)
	}
	all := map[Role]Proposal{}
	for name, text := range state {
		file, document := strings.CutPrefix(name, "metadata/")
		role := Role(strings.TrimSuffix(file, ".json"))
		if document && role != RoleTimestamp && role != RoleSnapshot {
			all[role] = Proposal{Document: text, Target: state["targets/"+file]}
		}
	}
	return all, nil
}

// Refresh asks the hub what is in force at the trusted time now, verifies it
// all, and keeps it. After an error nothing has changed.
func (c *Client) Refresh(ctx context.Context, from Fetcher, now time.Time) (View, error) {
	state, err := c.store.Load(ctx)
	if err != nil {
		return View{}, fmt.Errorf("load what was seen: %w", err)
	}
	before, err := remembered(state, c.pin)
	if err != nil {
		return View{}, err
	}
	dir, err := os.MkdirTemp(c.dir, "trust")
	if err != nil {
		return View{}, fmt.Errorf("refresh: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := lay(dir, state); err != nil {
		return View{}, err
	}
	r := &refresh{src: &source{ctx: ctx, from: from, got: map[string][]byte{}}, dir: dir, now: now, old: state, kept: map[string][]byte{}}
	if before != nil {
		r.ledger, r.brakes, r.looked = before.Ledger, before.View.Brakes, before.View.SignedAt
	}
	view, err := r.run(c.pin)
	if err != nil {
		return View{}, err
	}
	next, err := collect(dir, r.roles)
	if err != nil {
		return View{}, err
	}
	for name, text := range r.kept {
		next[name] = text
	}
	if next[seenName], err = jose.Marshal(seen{Pin: c.pin, Ledger: r.ledger, View: view}); err != nil {
		return View{}, fmt.Errorf("keep what was seen: %w", err)
	}
	if err := c.store.Save(ctx, next); err != nil {
		return View{}, fmt.Errorf("keep what was seen: %w", err)
	}
	return view, nil
}

// tuf runs go-tuf's client over the state and the hub: roots, timestamp,
// snapshot and top-level targets. What it returns is verified as far as TUF
// goes.
func (r *refresh) tuf(pin string) (Charter, error) {
	root, err := r.firstRoot(pin)
	if err != nil {
		return Charter{}, err
	}
	cfg, err := config.New(base, root)
	if err != nil {
		return Charter{}, fmt.Errorf("refresh: %w", err)
	}
	cfg.RemoteMetadataURL, cfg.RemoteTargetsURL = base+"metadata", base+"targets"
	cfg.LocalMetadataDir, cfg.LocalTargetsDir = filepath.Join(r.dir, "metadata"), filepath.Join(r.dir, "targets")
	cfg.Fetcher = r.src
	cfg.MaxRootRotations = maxRoots
	cfg.RootMaxLength, cfg.TimestampMaxLength, cfg.SnapshotMaxLength, cfg.TargetsMaxLength = maxMetadata, MaxPulse, maxMetadata, maxMetadata
	err = guarded("refresh", func() error {
		if r.tool, err = updater.New(cfg); err != nil {
			return err
		}
		// go-tuf would read the wall clock.
		r.tool.UnsafeSetRefTime(r.now)
		return r.tool.Refresh()
	})
	if err != nil {
		return Charter{}, err
	}
	if err := r.onePulse(); err != nil {
		return Charter{}, err
	}
	// The roots that were passed through are verified by now; each must be one
	// we could have written, and of the same network.
	_, charter, err := readRoot(root)
	if err != nil {
		return Charter{}, err
	}
	for _, text := range r.src.roots {
		_, next, err := readRoot(text)
		if err != nil {
			return Charter{}, err
		}
		if err := charter.succeededBy(next); err != nil {
			return Charter{}, err
		}
		charter = next
	}
	return charter, nil
}

// onePulse: go-tuf goes on with the timestamp it has when a hub serves one of
// the same number, whatever that one says. A hub that numbers two alike (it was
// set back, or shows others another) is refused.
func (r *refresh) onePulse() error {
	kept, err := os.ReadFile(filepath.Join(r.dir, "metadata", RoleTimestamp.file()))
	if err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	if !bytes.Equal(kept, r.src.got[PulseName]) {
		return fmt.Errorf("timestamp: another of the same number: %w", ErrRollback)
	}
	return nil
}

// firstRoot is the root the state trusts, or the first one, known by its pin.
func (r *refresh) firstRoot(pin string) ([]byte, error) {
	if root, known := r.old["metadata/"+RoleRoot.file()]; known {
		return root, nil
	}
	root, err := r.src.get(metadataName(RoleRoot, 1), maxMetadata)
	if err != nil {
		return nil, fmt.Errorf("first root: %w", unreachable(err))
	}
	if digest(root) != pin {
		return nil, fmt.Errorf("first root: %w", ErrNetwork)
	}
	return root, nil
}

// snapshotMeta is what the verified snapshot lists.
func (r *refresh) snapshotMeta() map[string]*metadata.MetaFiles {
	return r.tool.GetTrustedMetadataSet().Snapshot.Signed.Meta
}
