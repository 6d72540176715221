package webhooks

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// night is a unit on a real vault, with people and things as a test says.
type night struct {
	*Webhooks
	t     *testing.T
	vault *vault.Vault

	mu      sync.Mutex // the unit asks while a test changes
	now     time.Time
	hidden  map[posada.ReferralID]bool
	cases   map[posada.ReferralID]string
	fitting []posada.NeedID
	gone    map[posada.StaffID]bool
}

var _ Seen = (*night)(nil)

const her = posada.StaffID("aaaaaaaaaaaaaaaaaaaaaaaaaa")

func newNight(t *testing.T) *night {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "vault")
	if err := vault.Create(folder, vault.Key([32]byte{1}), rand.Reader); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(folder, vault.Key([32]byte{1}), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	n := &night{
		t: t, vault: v, now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC),
		hidden: map[posada.ReferralID]bool{}, cases: map[posada.ReferralID]string{}, gone: map[posada.StaffID]bool{},
	}
	n.restart()
	return n
}

// restart makes the unit anew, on what is kept.
func (n *night) restart() {
	n.Webhooks = New(Config{Vault: n.vault, Seen: n, Who: n.who, Loopback: true, Now: n.clock, Random: rand.Reader})
}

func (n *night) who(id posada.StaffID) (handoff.Asker, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone[id] {
		return handoff.Asker{}, nothing()
	}
	return handoff.Asker{ID: id, Roles: handoff.CareRoles()}, nil
}

func (n *night) clock() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

func (n *night) pass(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(d)
}

func (n *night) Referral(_ context.Context, _ handoff.Asker, id posada.ReferralID) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hidden[id] {
		return "", nothing()
	}
	return n.cases[id], nil
}

func (n *night) Need(_ context.Context, _ handoff.Asker, id posada.NeedID) (string, error) {
	return "of " + string(id), nil
}

func (n *night) Placement(_ handoff.Asker, _ posada.AgencyID, id posada.NeedID) (posada.NeedID, bool, error) {
	return id, false, nil
}

func (n *night) Placed(handoff.Asker, posada.NeedID) error { return nil }

func (n *night) Fitting(handoff.Asker) ([]posada.NeedID, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.fitting), nil
}

// came writes to the agency's account what came of a referral, as its unit would.
func (n *night) came(e audit.Entry) {
	n.t.Helper()
	e.At = n.clock()
	if err := n.vault.Update(func(tx *vault.Tx) error { return audit.Append(tx, e) }); err != nil {
		n.t.Fatal(err)
	}
}

func referralID(i int) posada.ReferralID {
	return posada.IDFrom[posada.ReferralID]([16]byte{byte(i), 1})
}
func needID(i int) posada.NeedID { return posada.IDFrom[posada.NeedID]([16]byte{byte(i), 2}) }

// turn looks once, and returns when everybody who was to be told was tried.
func (n *night) turn(ctx context.Context) {
	n.t.Helper()
	var telling sync.WaitGroup
	err := n.look(ctx, &telling)
	telling.Wait()
	if err != nil && ctx.Err() == nil {
		n.t.Fatal(err)
	}
}

func (n *night) add(url string, types ...posada.WebhookType) client.AddedWebhook {
	n.t.Helper()
	out, err := n.Add(her, client.Webhook{URL: url, For: her, Types: types, Scheme: posada.WebhookV1})
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

func (n *night) one(id posada.WebhookID) client.Webhook {
	n.t.Helper()
	out, _, err := n.Show(id)
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

// consumer is a program that is told, and answers as a test says.
type consumer struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
	heads  []http.Header
	answer func(w http.ResponseWriter, r *http.Request)
}

// killed breaks the connection off, as a process that ends does.
func killed(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func newConsumer(t *testing.T) *consumer {
	c := &consumer{answer: status(http.StatusNoContent)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.bodies, c.heads = append(c.bodies, body), append(c.heads, r.Header.Clone())
		answer := c.answer
		c.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *consumer) answers(how func(http.ResponseWriter, *http.Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = how
}

// had is what it was told so far.
func (c *consumer) had() ([][]byte, []http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.bodies), slices.Clone(c.heads)
}

// verify checks a message as it came.
func verify(h http.Header, body []byte, key string, now time.Time) error {
	return webhook.Message{ID: h.Get(webhook.HeaderID), Timestamp: h.Get(webhook.HeaderTimestamp), Signature: h.Get(webhook.HeaderSignature), Body: body}.Verify(key, now)
}

func label(i int) string { return fmt.Sprintf("case %d", i) }
