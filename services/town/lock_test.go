package town_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/services/town"
)

const passphrase = "an invented passphrase with ñ"

// layLocked is a town whose legal aid is unlocked by a person.
func layLocked(t testing.TB) town.Laid {
	t.Helper()
	p := plan()
	p.Agencies[1].Passphrase = passphrase
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

// unlock unlocks a node. On a busy machine that takes longer than somebody waits for an answer. If
// it had begun it goes on; if the node was still locking itself it is asked once more.
func unlock(t testing.TB, c *client.Client) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		_, err := c.Unlock(t.Context(), []byte(passphrase))
		if err == nil {
			return
		}
		if !errors.Is(err, client.ErrUnsure) && faultOf(err) != "unlock_busy" || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func lock(t testing.TB, c *client.Client) {
	t.Helper()
	if out, err := c.Lock(t.Context()); err != nil || !out.Locked {
		t.Fatal(out, err)
	}
}

// faultOf is which fault an error of the API is.
func faultOf(err error) string {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return p.Key
	}
	return fmt.Sprint(err)
}

// health is what a node's page says, and how.
func health(t testing.TB, w *town.Town, agency, page string) string {
	t.Helper()
	response, err := http.Get(w.Admin(agency) + page)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text := make([]byte, 64)
	n, _ := response.Body.Read(text)
	return fmt.Sprint(response.StatusCode, " ", strings.TrimSpace(string(text[:n])))
}

// TestALockedNodeIsLiveAndNotReadyAndMailWaits is T25: what was sent while the
// node was locked is there when it is unlocked.
func TestALockedNodeIsLiveAndNotReadyAndMailWaits(t *testing.T) {
	t.Parallel()
	w := start(t, layLocked(t), town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	closed := func(when string) {
		t.Helper()
		if got := health(t, w, "legal", "/livez"); got != "200 ok" {
			t.Errorf("%s livez: %s", when, got)
		}
		if got := health(t, w, "legal", "/readyz"); got != "503 locked" {
			t.Errorf("%s readyz: %s", when, got)
		}
		if _, err := legal.Status(t.Context()); faultOf(err) != "node_locked" {
			t.Errorf("%s it answers: %v", when, err)
		}
	}
	closed("at the start")
	unlock(t, legal)
	eventually(t, "it is ready when it is unlocked", func() bool { return health(t, w, "legal", "/readyz") == "200 ok" })
	unlock(t, legal) // again is nothing
	sent := send(t, ngo, agree(t, ngo).Case)
	arrived := func(id string) func() bool {
		return func() bool {
			list, err := legal.Referrals(t.Context())
			for _, r := range list {
				if string(r.ID) == id {
					return true
				}
			}
			return err != nil
		}
	}
	eventually(t, "the first arrived", arrived(string(sent.ID)))
	lock(t, legal)
	closed("locked")
	sent = send(t, ngo, agree(t, ngo).Case)
	eventually(t, "the hub holds it", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub == 1 })
	unlock(t, legal)
	eventually(t, "the second arrived", arrived(string(sent.ID)))
	status, err := legal.Status(t.Context())
	if err != nil || !status.Audit.Whole {
		t.Errorf("%+v, %v", status.Audit, err)
	}
	if _, err := ngo.Lock(t.Context()); faultOf(err) != "never_locked" {
		t.Errorf("a node with a key file: %v", err)
	}
}

// TestALockedNodeSaysOneThing: to everybody, of everything, in the same bytes.
func TestALockedNodeSaysOneThing(t *testing.T) {
	t.Parallel()
	w := start(t, layLocked(t), town.Options{Skip: []string{"ngo", "shelter", "police"}})
	token, err := w.Token("legal")
	if err != nil {
		t.Fatal(err)
	}
	unlock(t, ask(t, w, "legal"))
	consent := agreeHere(t, ask(t, w, "legal"))
	lock(t, ask(t, w, "legal"))
	want := ""
	for _, path := range []string{
		"/v1/status", "/v1/consents", "/v1/consents/" + string(consent.ID), "/v1/consents/none", "/v1/referrals", "/v1/agencies",
		"/v1/openapi.json", "/openapi", "/", "/v1/nothing", "/v1/lock",
	} {
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			for _, change := range []func(*http.Request){as(token), as("another"), func(*http.Request) {}} {
				got := call(t, method, w.API("legal")+path, "", change)
				if want == "" {
					want = got.body
				}
				if got.status != http.StatusServiceUnavailable || got.body != want || got.header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
				}
			}
		}
	}
	if !strings.Contains(want, "posada unlock") || strings.Contains(want, consent.Case) {
		t.Error(want)
	}
	spanish := call(t, http.MethodGet, w.API("legal")+"/v1/status", "", func(r *http.Request) { r.Header.Set("Accept-Language", "es") })
	if !strings.Contains(spanish.body, "bloqueado") {
		t.Error(spanish.body)
	}
	far := call(t, http.MethodPost, w.API("legal")+"/v1/unlock", passphrase, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Origin", "https://page.example")
	})
	plain := call(t, http.MethodPost, w.API("legal")+"/v1/unlock", passphrase, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	if far.status != http.StatusForbidden || plain.status != http.StatusUnsupportedMediaType {
		t.Errorf("a page unlocks: %d, %d", far.status, plain.status)
	}
}

// agreeHere is a consent of the legal aid's own.
func agreeHere(t testing.TB, c *client.Client) client.Consent {
	t.Helper()
	in := newConsent()
	in.Allow[0].To, in.Allow[0].Purpose = "Invented NGO", "case_management"
	out, err := c.AddConsent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// watch is a clock that is moved by hand.
type watch struct{ ahead atomic.Int64 }

func (h *watch) now(string) time.Time     { return time.Now().Add(time.Duration(h.ahead.Load())) }
func (h *watch) forward(by time.Duration) { h.ahead.Add(int64(by)) }

func TestAWrongPassphraseIsToldAndSlowsDown(t *testing.T) {
	begun, ahead := time.Now(), atomic.Int64{} // a clock that stands where it is put: how fast the machine is says nothing
	forward := func(by time.Duration) { ahead.Add(int64(by)) }
	var logs lockedBuffer
	w := start(t, layLocked(t), town.Options{
		Skip: []string{"ngo", "shelter", "police"}, Log: obs.NewLog(&logs),
		Clock: func(string) time.Time { return begun.Add(time.Duration(ahead.Load())) },
	})
	legal := ask(t, w, "legal")
	try := func(text string) string { _, err := legal.Unlock(t.Context(), []byte(text)); return faultOf(err) }
	for _, text := range []string{"", strings.Repeat("x", 1025)} {
		if got := try(text); got != "bad_passphrase" {
			t.Errorf("%d bytes: %s", len(text), got)
		}
	}
	for i := range 3 {
		if got := try("XOCHITL-WRONG"); got != "wrong_passphrase" {
			t.Fatalf("%d: %s", i, got)
		}
	}
	for wait := time.Second; wait <= time.Minute; wait *= 2 {
		forward(wait - time.Millisecond)
		if got := try(passphrase); got != "unlock_wait" {
			t.Fatalf("before %v: %s", wait, got)
		}
		forward(time.Millisecond)
		if got := try("XOCHITL-WRONG"); got != "wrong_passphrase" {
			t.Fatalf("after %v: %s", wait, got)
		}
	}
	forward(time.Minute)
	unlock(t, legal)
	if text := string(logs.bytes()); strings.Contains(text, "XOCHITL") || strings.Contains(text, passphrase) || !strings.Contains(text, "did not open") {
		t.Error(text)
	}
}

// TestAGuessOfWhoHangsUpCounts: else the next would not have to wait.
func TestAGuessOfWhoHangsUpCounts(t *testing.T) {
	t.Parallel()
	var logs lockedBuffer
	w := start(t, layLocked(t), town.Options{Skip: []string{"ngo", "shelter", "police"}, Log: obs.NewLog(&logs)})
	for i := range 3 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.API("legal"), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "POST /v1/unlock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nguess")
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is counted", func() bool { return strings.Count(string(logs.bytes()), "did not open") == i+1 })
	}
	if !strings.Contains(string(logs.bytes()), `"count":3`) {
		t.Error(string(logs.bytes()))
	}
}

// TestTheNodeLocksItselfWhenStaffHaveGone: and mail that comes in is no staff.
func TestTheNodeLocksItselfWhenStaffHaveGone(t *testing.T) {
	t.Parallel()
	var clock watch
	w := start(t, layLocked(t), town.Options{Skip: []string{"shelter", "police"}, Clock: clock.now, Poll: 50 * time.Millisecond})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	unlock(t, legal)
	for range 3 {
		clock.forward(6 * time.Minute)
		if _, err := legal.Status(t.Context()); err != nil {
			t.Fatalf("it locked though staff were there: %v", err)
		}
	}
	clock.forward(6 * time.Minute)
	stranger := client.New(w.API("legal"), "no token of anybody", "en")
	if _, err := stranger.Status(t.Context()); faultOf(err) != "unknown_token" {
		t.Fatal(err)
	}
	sent := send(t, ngo, agree(t, ngo).Case)
	eventually(t, "it arrived", func() bool { r, err := ngo.Referral(t.Context(), sent.ID); return err == nil && !r.Delivered.IsZero() })
	clock.forward(5 * time.Minute)
	eventually(t, "it locks", func() bool { return health(t, w, "legal", "/readyz") == "503 locked" })
	if _, err := legal.Status(t.Context()); faultOf(err) != "node_locked" {
		t.Error(err)
	}
}

// TestLockingDoesNotWaitForTheHub: connections that are up and say nothing, and
// ones that are taken and never greeted.
func TestLockingDoesNotWaitForTheHub(t *testing.T) {
	t.Parallel()
	n := newLine(t, passing(func([]byte) {}))
	w := start(t, layLocked(t), town.Options{Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond, Bus: n.before})
	legal := ask(t, w, "legal")
	unlock(t, legal)
	eventually(t, "it connects", func() bool { s, err := legal.Status(t.Context()); return err == nil && s.Hub == "connected" })
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	n.let(func(net.Conn, string) { <-hang })
	for range 2 {
		lock(t, legal) // the client gives up after 30 s
		unlock(t, legal)
		n.cut()
	}
	lock(t, legal)
}

// TestRequestsUnderWayEndCleanlyWhenTheNodeIsLocked: each is done and said to
// be, or kept and done at the next unlock, or neither. None is done twice.
func TestRequestsUnderWayEndCleanlyWhenTheNodeIsLocked(t *testing.T) {
	t.Parallel()
	w := start(t, layLocked(t), town.Options{Skip: []string{"ngo", "shelter", "police"}})
	legal := ask(t, w, "legal")
	unlock(t, legal)
	var done, kept atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			in := newConsent()
			in.Allow[0].To, in.Allow[0].Purpose = "Invented NGO", "case_management"
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, err := legal.AddConsent(t.Context(), in)
				_, waits := errors.AsType[*client.Kept](err)
				switch found := faultOf(err); {
				case waits:
					kept.Add(1)
				case found == "<nil>":
					done.Add(1)
					continue
				case found == "node_locked", found == "letterbox_full":
				default:
					t.Errorf("neither done nor locked: %v", err)
				}
				// Without a pause each unlock has a full letterbox to carry out.
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	end := sync.OnceFunc(func() { close(stop); all.Wait() })
	defer end()
	for range 3 {
		before, letters := done.Load(), kept.Load()
		eventually(t, "work", func() bool { return done.Load() > before })
		lock(t, legal)
		eventually(t, "a letter", func() bool { return kept.Load() > letters })
		unlock(t, legal)
	}
	end()
	list, err := legal.Consents(t.Context())
	if err != nil || int64(len(list)) != done.Load()+kept.Load() || kept.Load() == 0 {
		t.Errorf("%d are there, %d were said to be done and %d to be kept, %v", len(list), done.Load(), kept.Load(), err)
	}
}

// TestManyLocksLeaveNothingRunning: neither goroutines nor connections.
func TestManyLocksLeaveNothingRunning(t *testing.T) {
	w := start(t, layLocked(t), town.Options{Skip: []string{"ngo", "shelter", "police"}})
	legal := ask(t, w, "legal")
	unlock(t, legal)
	lock(t, legal)
	http.DefaultClient.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	for range *locks {
		unlock(t, legal)
		lock(t, legal)
	}
	http.DefaultClient.CloseIdleConnections()
	kept := []goleak.Option{before,
		// The client's and the server's ends of one kept connection.
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("net/http.(*conn).serve")}
	var left error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); { // what is ending may take long to end
		if left = goleak.Find(kept...); left == nil {
			return
		}
	}
	t.Error(left)
}
