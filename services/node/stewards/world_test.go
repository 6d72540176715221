package stewards

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/policy"
)

var night = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hub is the registry's own code over that store; away, it answers nobody.
type hub struct {
	*trust.Repository
	now     *time.Time
	mu      sync.Mutex // of what a unit that runs reads and notes
	away    bool
	busy    int      // questions that it asks to wait with
	refuses bool     // what it lost, it lost on purpose
	asked   []string // files, in their order
}

var _ Registry = (*hub)(nil)

func (h *hub) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if err := h.hears(name); err != nil {
		return nil, err
	}
	return h.Repository.Fetch(ctx, name, limit)
}

// hears notes what is asked, and says why it is not answered.
func (h *hub) hears(name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, name)
	if h.away {
		return broker.ErrUnreachable
	}
	if h.busy > 0 {
		h.busy--
		return mail.ErrBusy
	}
	return nil
}

// goes is whether it answers from now on.
func (h *hub) goes(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
}

func (h *hub) Publish(ctx context.Context, p ...trust.Proposal) error {
	return h.Repository.Publish(ctx, *h.now, p...)
}

func (h *hub) Restore(ctx context.Context, files map[string][]byte) error {
	if h.refuses {
		return mail.ErrRefused
	}
	return h.Repository.Restore(ctx, files, *h.now)
}

// world is a network of four agencies (1 is this node's, 4 the police) and three
// stewards, and the machine this node is on.
type world struct {
	*Stewards
	t       *testing.T
	now     time.Time     // what time it really is, and the hub knows
	off     time.Duration // how far the machine's clock is off
	up      time.Duration // how long the machine is up
	hub     *hub
	blobs   *invented.Blobs
	council *invented.Council
	snap    roster.Snapshot
	matrix  []byte
	anchor  trust.Anchor
	vault   *vault.Vault
	policy  *pdp.Current
	clock   *trust.Clock
	members *roster.Roster // what Changed told last
	changes int
	log     bytes.Buffer
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: night, blobs: invented.NewBlobs()}
	var all []*invented.Agency
	for n := byte(1); n <= 4; n++ {
		all = append(all, invented.New(t, n, night))
	}
	all[3].Member.Class = posada.ClassLawEnforcement
	w.snap = invented.Snapshot(t, all...)
	var err error
	w.matrix, err = fs.ReadFile(policy.Files, policy.MatrixFile)
	must(t, err)
	online := invented.Key(t, 90)
	var founding []trust.Proposal
	w.council, founding, err = invented.Found(rand.Reader, w.snap, w.matrix, trust.Charter{Online: online.Public()}, night)
	must(t, err)
	fits := func(version uint64, text []byte) error { _, err := pdp.MatrixVersion(text); return err }
	w.hub = &hub{Repository: trust.NewRepository(w.blobs, online, trust.Policy{Fits: fits, Wider: pdp.Wider}), now: &w.now}
	must(t, w.hub.Publish(t.Context(), founding...))
	w.anchor = trust.Anchor{Network: invented.Network, Root: trust.Pin(w.council.InForce[trust.RoleRoot].Document), Hub: "tls://hub.invented.example:4222"}

	secret, dir := vault.Key([32]byte{1}), t.TempDir()
	must(t, vault.Create(dir, secret, rand.Reader))
	w.vault, err = vault.Open(dir, secret, rand.Reader)
	must(t, err)
	t.Cleanup(func() { must(t, w.vault.Close()) })
	w.restart(0)
	return w
}

// restart starts the node's unit again after the machine was off for some time.
func (w *world) restart(off time.Duration) {
	w.t.Helper()
	w.now, w.up = w.now.Add(off), 0
	kept, err := ReadClock(w.vault)
	must(w.t, err)
	shipped, err := pdp.Shipped()
	must(w.t, err)
	ticks := func() time.Duration { return w.up }
	w.policy, w.clock = pdp.NewCurrent(shipped), trust.NewClock(func() time.Time { return w.now.Add(w.off) }, ticks, kept)
	w.Stewards, err = New(w.t.Context(), Config{
		Agency: invented.ID(1), Vault: w.vault, Anchor: w.anchor, Registry: w.hub, Clock: w.clock, Ticks: ticks, Policy: w.policy, Every: time.Hour,
		Log: obs.NewLog(&w.log), Changed: func(r *roster.Roster) { w.members, w.changes = r, w.changes+1 },
	})
	must(w.t, err)
}

// pass lets time go by, for everybody, and has the hub say what is newest.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.now, w.up = w.now.Add(d), w.up+d
	must(w.t, w.hub.Renew(w.t.Context(), w.now))
}

// decide publishes the next roster.
func (w *world) decide(change func(*roster.Snapshot)) {
	w.t.Helper()
	w.snap.Version++
	w.snap.Agencies = append([]roster.Agency{}, w.snap.Agencies...)
	change(&w.snap)
	p, err := w.council.Roster(w.snap, w.now)
	must(w.t, err)
	must(w.t, w.hub.Publish(w.t.Context(), p))
}

// joins is an agency for which the first two speak.
func joins(a roster.Agency) roster.Agency {
	a.Sponsors = [2]posada.AgencyID{invented.ID(1), invented.ID(2)}
	return a
}

// table publishes the next policy.
func (w *world) table(change func(cells map[string]any)) {
	w.t.Helper()
	var m map[string]any
	must(w.t, json.Unmarshal(w.matrix, &m))
	m["version"] = m["version"].(float64) + 1
	change(m["cells"].(map[string]any))
	var err error
	w.matrix, err = json.Marshal(m)
	must(w.t, err)
	p, err := w.council.Decide(trust.RolePolicy, w.matrix, w.now)
	must(w.t, err)
	must(w.t, w.hub.Publish(w.t.Context(), p))
}

func (w *world) brake(b trust.Brake) {
	w.t.Helper()
	p, err := w.council.Brake(0, b, w.now)
	must(w.t, err)
	must(w.t, w.hub.Publish(w.t.Context(), p))
}

func (w *world) refresh() {
	w.t.Helper()
	must(w.t, w.Refresh(w.t.Context()))
}

// runs says which roster and which policy run here.
func (w *world) runs(members, table uint64) {
	w.t.Helper()
	if got := w.Base().Version(); got != members || w.policy.Get().Version() != table {
		w.t.Errorf("roster %d and policy %d run; want %d and %d", got, w.policy.Get().Version(), members, table)
	}
}

func (w *world) age(want posada.Staleness) {
	w.t.Helper()
	if got := w.Staleness(); got != want {
		w.t.Errorf("knowledge is %s; want %s", got, want)
	}
}

// gives reports whether the table that counts now has anything but never in a cell.
func (w *world) gives(class posada.AgencyClass, purpose posada.Purpose, c posada.Category) bool {
	w.t.Helper()
	w.mu.Lock()
	text := w.Stewards.policy
	w.mu.Unlock()
	var m struct {
		Cells map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string `json:"cells"`
	}
	must(w.t, json.Unmarshal(text, &m))
	mode := m.Cells[class][purpose][c]
	return mode != "" && mode != "never"
}
