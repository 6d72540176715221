package console

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// signedIn is how many sign in while what that takes of the heap is weighed.
const signedIn = 2000

// BenchmarkSession weighs what somebody who is signed in takes of the console's heap: their
// session, and the address that they signed in from. The node is one that knows everybody.
func BenchmarkSession(b *testing.B) {
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":%q,"name":"Invented Advocate","roles":["advocate"],"account":true}`, posada.IDFrom[posada.StaffID]([16]byte{1}))
	}))
	defer node.Close()
	form := url.Values{"token": {"an invented token"}}.Encode()
	var grown int64
	for b.Loop() {
		k, err := New(Config{Node: node.URL, Listen: "127.0.0.1:0", Now: time.Now, Random: rand.Reader})
		if err != nil {
			b.Fatal(err)
		}
		from := func(i int) {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/sign-in/first", strings.NewReader(form))
			r.RemoteAddr = fmt.Sprintf("127.0.%d.%d:4000", i/250, 1+i%250)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer := httptest.NewRecorder()
			if k.Handler().ServeHTTP(answer, r); answer.Code != http.StatusSeeOther {
				b.Fatalf("nobody was signed in: %d", answer.Code)
			}
		}
		from(0) // what is made once is there
		before := heap()
		for i := range signedIn {
			from(1 + i)
		}
		grown += heap() - before
		k.api.Close()
		runtime.KeepAlive(k)
	}
	b.ReportMetric(float64(grown)/float64(b.N)/signedIn, "heap-B/session")
	b.ReportMetric(0, "ns/op")
}

// heap is what is in use of it. Twice: what a pool lets go of goes with the second.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
