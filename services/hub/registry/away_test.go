package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
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
	cut := 0
	for after := 20 * time.Microsecond; ; after += after / 32 {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		err := r.Restore(ctx)
		cancel()
		if _, unanswered := r.sync(t.Context(), broker.RouteOf(string(asker.Member.ID)), question); unanswered != nil {
			t.Fatalf("the bus went away after %s (%v): %v", after, err, unanswered)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, broker.ErrUnreachable) {
			t.Fatal(err)
		}
		cut++
	}
	if cut < 20 {
		t.Errorf("it was cut %d times", cut)
	}
}
