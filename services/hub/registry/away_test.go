package registry

import (
	"context"
	"crypto/rand"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// everybody lets on whoever comes, as a service of the hub.
type everybody struct{}

func (everybody) Admit(embedded.Proof) (embedded.Admission, bool) {
	return embedded.Admission{Account: embedded.Hub, Publish: []string{">"}, Subscribe: []string{">"}}, true
}

// storeConn is a connection to a bus of its own.
func storeConn(t *testing.T) *broker.Conn {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), StoreDir: t.TempDir(), Gate: everybody{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	seed, _, err := broker.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Dial(seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// ending is a context that ends when it was waited for so many times: each question to
// the bus waits for it.
type ending struct {
	context.Context
	waits atomic.Int64
}

func (e *ending) Done() <-chan struct{} {
	if e.waits.Add(-1) >= 0 {
		return e.Context.Done()
	}
	over := make(chan struct{})
	close(over)
	return over
}

func (e *ending) Err() error {
	if e.waits.Load() >= 0 {
		return e.Context.Err()
	}
	return context.Canceled
}

func (e *ending) Deadline() (time.Time, bool) { return time.Now().Add(time.Minute), true }

// TestTheBusMayGoAwayWhileTheStreamIsOpenedAgain: whenever it does, whoever asks is
// answered from what was open before.
func TestTheBusMayGoAwayWhileTheStreamIsOpenedAgain(t *testing.T) {
	online, asker := invented.Key(t, 1), invented.New(t, 2, time.Now())
	snapshot := invented.Snapshot(t, asker)
	_, founding, err := invented.Found(rand.Reader, snapshot, []byte(`{"version": 1}`), trust.Charter{Online: online.Public()}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	members, err := roster.New(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	fits := trust.Policy{Fits: func(uint64, []byte) error { return nil }}
	r := New(Config{Store: storeConn(t), Members: roster.NewCurrent(members), Online: online, Founding: founding, Policy: fits, Now: time.Now})
	if err := r.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	question, err := mail.WriteQuestion(mail.Question{Fetch: trust.PulseName})
	if err != nil {
		t.Fatal(err)
	}
	for waits := range int64(8) {
		away := &ending{Context: t.Context()}
		away.waits.Store(waits)
		if err := r.Restore(away); err == nil {
			t.Fatalf("after %d waits it was open already", waits)
		}
		if _, err := r.sync(t.Context(), broker.RouteOf(string(asker.Member.ID)), question); err != nil {
			t.Errorf("the bus went away after %d waits: %v", waits, err)
		}
	}
	if err := r.Restore(t.Context()); err != nil {
		t.Error(err)
	}
}
