package gateway

import (
	"bytes"
	"crypto/sha256"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// onceHeader is draft-ietf-httpapi-idempotency-key-header: who asks again with the same key is
// answered as before, and nothing is done twice.
const onceHeader = "Idempotency-Key"

const (
	maxKey     = 255 // bytes of a key
	maxAnswers = 256 // answers that are kept
)

// answers are the last that were given to who asked with a key. They are in memory and
// nowhere else: an answer may hold what is to be destroyed, and a disk keeps what was
// written. That something was done outlives them (Idempotency); what it became is then read
// anew, as whoever asks is shown it now.
type answers struct {
	next   http.Handler // carries requests out
	mux    *http.ServeMux
	beyond Idempotency // nil: nothing outlives this process
	failed func(http.ResponseWriter, *http.Request, error)
	lanes  lanes

	mu    sync.Mutex
	kept  map[asking]*kept
	order []asking // the oldest first
}

// asking is who asked with which key.
type asking struct {
	by  posada.StaffID
	key string
}

// kept is what was asked, and the answer once there is one.
type kept struct {
	what [sha256.Size]byte
	is   progress
	out  answered
}

type progress int

const (
	underWay  progress = iota
	given              // the answer is here
	forgotten          // it was given, and might hold what was destroyed since
)

// once has each request with a key of its own carried out once. What was refused changed
// nothing, and may be asked again.
func (a *answers) once() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := asking{principal(r.Context()).ID, r.Header.Get(onceHeader)}
		if r.Method != http.MethodPost || at.key == "" || at.by == "" {
			a.beside(w, r, at.by)
			return
		}
		if len(at.key) > maxKey {
			refuse(http.StatusUnprocessableEntity, fault.KeyTooLong).ServeHTTP(w, r)
			return
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			refuse(http.StatusBadRequest, fault.BodyBrokenOff).ServeHTTP(w, r)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		what := append([]byte(r.URL.Path+"\n"), text...)
		if before := a.begin(at, sha256.Sum256(what)); before != nil {
			before.ServeHTTP(w, r)
			return
		}
		out := answered{miss: miss{header: http.Header{}, status: http.StatusInternalServerError}}
		defer func() { a.end(at, &out) }() // of a panic, too: it is none that was done
		a.carryOut(at, &out, r, what)
		if strings.HasPrefix(r.URL.Path, "/v1/withdrawals") || strings.HasPrefix(r.URL.Path, "/v1/cases/erasures") {
			a.forget()
		}
		out.ServeHTTP(w, r)
	})
}

// begin notes what is asked, or says how whoever asked before is answered.
func (a *answers) begin(at asking, what [sha256.Size]byte) http.Handler {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, asked := a.kept[at]
	switch {
	case !asked:
		if a.kept == nil {
			a.kept = map[asking]*kept{}
		}
		a.kept[at], a.order = &kept{what: what}, append(a.order, at)
		a.trim()
		return nil
	case before.what != what:
		return refuse(http.StatusUnprocessableEntity, fault.KeyUsed)
	case before.is == underWay:
		return refuse(http.StatusConflict, fault.KeyUnderWay)
	case before.is == forgotten:
		return refuse(http.StatusConflict, fault.KeyDone)
	}
	out := before.out
	return &out
}

// end keeps the answer to what was done, and nothing of what was not.
func (a *answers) end(at asking, out *answered) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, here := a.kept[at]
	if !here {
		return
	}
	if out.status >= http.StatusMultipleChoices {
		delete(a.kept, at)
		return
	}
	k.is, k.out = given, *out
}

// trim lets the oldest go that are not under way.
func (a *answers) trim() {
	left := a.order[:0]
	for i, at := range a.order {
		k, here := a.kept[at]
		switch {
		case !here:
		case len(a.order)-i > maxAnswers && k.is != underWay:
			delete(a.kept, at)
		default:
			left = append(left, at)
		}
	}
	a.order = left
}

// forget lets every answer go, and keeps that it was given.
func (a *answers) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.kept {
		if k.is == given {
			k.is, k.out = forgotten, answered{}
		}
	}
}

// ServeHTTP gives the answer.
func (a *answered) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	// A caller that hung up asks again.
	_, _ = w.Write(a.text.Bytes())
}
