// Package motions carries what stewards are asked to sign, and what some of them signed, from
// one steward's node to the others'.
//
// Holds: motions, which are public to members once they are decided. May reach: post, through
// an interface. If compromised: a steward could be handed another motion than was proposed.
// Her own program shows her all of what she signs and computes what it comes to, and no key
// is here.
//
// A motion is believed for nothing: what it is held against is what this node knows to be in
// force, never what came with it. A signature that does not verify counts for nothing, and falls
// away where two copies are joined.
package motions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Post is what the unit asks of post.
type Post interface {
	Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error
	Wake()
}

// Config is what the unit needs.
type Config struct {
	Agency  posada.AgencyID
	Vault   *vault.Vault
	Members *roster.Current
	// InForce is what stewards signed last, by role; it is not asked within a transaction.
	// Stewards are whose keys sign now.
	InForce  func(ctx context.Context) (map[trust.Role]trust.Proposal, error)
	Stewards func() []trust.Steward
	Post     Post
	Now      func() time.Time
	Random   io.Reader
}

// Motions is the unit. It is safe for concurrent use.
type Motions struct {
	c Config

	mu    sync.Mutex // never held over a transaction
	force force
}

// force is what is in force, as this node knows it.
type force struct {
	enrol.InForce
	versions map[trust.Role]uint64
	stewards []posada.AgencyID
}

// maxOf is how many motions are kept that one agency began: the oldest goes.
const maxOf = 16

// refused is said of a motion that is nothing stewards of this network sign (pkg/i18n, aside.*).
const refused = "motion"

var errOver = errors.New("it was decided, or something else was in its place")

// New makes the unit.
func New(ctx context.Context, c Config) (*Motions, error) {
	m := &Motions{c: c}
	return m, m.Decided(ctx)
}

// Decided goes over to what stewards decided: what is decided is no motion any more.
func (m *Motions) Decided(ctx context.Context) error {
	now, err := m.look(ctx)
	if err != nil {
		return err
	}
	err = m.c.Vault.Update(func(tx *vault.Tx) error {
		all, err := everything(tx)
		if err != nil {
			return err
		}
		for _, k := range all {
			if _, err := now.read(k.Text); err == nil {
				continue
			}
			if err := table.Delete(tx, string(k.id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("motions: %w", err)
	}
	return nil
}

// look looks at what is in force.
func (m *Motions) look(ctx context.Context) (force, error) {
	all, err := m.c.InForce(ctx)
	if err != nil {
		return force{}, fmt.Errorf("motions: %w", err)
	}
	now := force{InForce: enrol.On(all), versions: map[trust.Role]uint64{}}
	for role, p := range all {
		if now.versions[role], err = trust.VersionOf(p.Document); err != nil {
			return force{}, fmt.Errorf("motions: %w", err)
		}
	}
	for _, s := range m.c.Stewards() {
		if !slices.Contains(now.stewards, s.Agency) {
			now.stewards = append(now.stewards, s.Agency)
		}
	}
	m.mu.Lock()
	m.force = now
	m.mu.Unlock()
	return now, nil
}

func (m *Motions) now() force {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.force
}

// read reads a motion as it stands beside what is in force: its root, roster and policy are
// this node's, whatever came with it.
func (f force) read(text []byte) (enrol.Motion, error) {
	came, err := enrol.ReadMotion(text)
	if err != nil {
		return came, err
	}
	read, err := came.Under(f.InForce)
	if err != nil {
		return read, err
	}
	for _, e := range read.Examined() {
		if e.Version > f.versions[e.Role] {
			return read, nil
		}
	}
	return read, errOver
}

// Send takes a motion in, or more signatures of one that is here, and sends it to every other
// agency that has a steward. It returns its name and to how many it goes.
// fault.MotionRefused: it is none, or not of this network. fault.MotionOver: it was decided.
// fault.MotionTooLong: it has to be handed over. fault.NoSteward: nobody here signs.
func (m *Motions) Send(ctx context.Context, by posada.StaffID, text []byte) (id posada.MotionID, agencies int, err error) {
	now, err := m.look(ctx)
	if err != nil {
		return "", 0, err
	}
	if !slices.Contains(now.stewards, m.c.Agency) {
		return "", 0, fault.New(fault.Conflict, fault.NoSteward)
	}
	motion, err := now.read(text)
	if errors.Is(err, errOver) {
		return "", 0, fault.New(fault.Conflict, fault.MotionOver)
	}
	if err != nil {
		return "", 0, fault.New(fault.Invalid, fault.MotionRefused).Because(err)
	}
	err = m.c.Vault.Update(func(tx *vault.Tx) error {
		whole, err := m.keep(tx, m.c.Agency, motion)
		if err != nil {
			return err
		}
		if agencies, err = m.sendTo(tx, now.stewards, whole); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{At: m.c.Now(), By: by, Act: audit.MotionSent})
	})
	if err != nil {
		return "", 0, err
	}
	m.c.Post.Wake()
	return motion.ID(), agencies, nil
}

// keep keeps a motion with every signature that came of it, and gives it as it is then.
func (m *Motions) keep(tx *vault.Tx, from posada.AgencyID, motion enrol.Motion) ([]byte, error) {
	record := kept{From: from, Came: m.c.Now().UTC()}
	before, err := table.Get(tx, string(motion.ID()))
	switch {
	case err == nil:
		record.From, record.Came = before.From, before.Came
		if read, err := m.now().read(before.Text); err == nil {
			if motion, err = motion.Merge(read); err != nil {
				return nil, err
			}
		}
	case !errors.Is(err, vault.ErrNotFound):
		return nil, err
	default:
		if err := makeRoom(tx, from); err != nil {
			return nil, err
		}
	}
	if record.Text, err = motion.Write(); err != nil {
		return nil, err
	}
	return record.Text, table.Put(tx, string(motion.ID()), vault.KeyID{}, record)
}

// makeRoom lets go of the oldest motion that an agency began, where it began as many as are kept.
func makeRoom(tx *vault.Tx, from posada.AgencyID) error {
	all, err := everything(tx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(k kept) bool { return k.From != from })
	if len(all) < maxOf {
		return nil
	}
	oldest := slices.MinFunc(all, func(a, b kept) int { return a.Came.Compare(b.Came) })
	return table.Delete(tx, string(oldest.id))
}

// open is a motion that is not decided yet.
type open struct {
	enrol.Motion
	from posada.AgencyID // whose steward sent it first
	came time.Time
}

// Motion is the file of one that is not decided yet, beside what is in force here.
// fault.UnknownMotion: there is none.
func (m *Motions) Motion(ctx context.Context, id posada.MotionID) ([]byte, error) {
	all, err := m.all(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(o open) bool { return o.ID() == id })
	if i < 0 {
		return nil, fault.New(fault.Withheld, fault.UnknownMotion)
	}
	return all[i].Write()
}

// Motions are those that are not decided yet, the newest first.
func (m *Motions) Motions(ctx context.Context) ([]client.Motion, error) {
	all, err := m.all(ctx)
	out := make([]client.Motion, 0, len(all))
	for _, o := range all {
		said := client.Motion{ID: o.ID(), From: o.from, Came: o.came, Signed: []posada.AgencyID{}, Lacks: o.Lacks()}
		for _, e := range o.Examined() {
			said.Proposes = append(said.Proposes, client.Proposes{Role: string(e.Role), Version: e.Version})
		}
		for _, s := range o.Signed() {
			said.Signed = append(said.Signed, s.Agency)
		}
		out = append(out, said)
	}
	return out, err
}

func (m *Motions) all(ctx context.Context) (list []open, err error) {
	now, err := m.look(ctx)
	if err != nil {
		return nil, err
	}
	var all []kept
	err = m.c.Vault.View(func(tx *vault.Tx) (err error) { all, err = everything(tx); return err })
	for _, k := range all {
		if motion, err := now.read(k.Text); err == nil {
			list = append(list, open{motion, k.From, k.Came})
		}
	}
	slices.SortFunc(list, func(a, b open) int { return cmp.Or(b.came.Compare(a.came), cmp.Compare(a.ID(), b.ID())) })
	return list, err
}
