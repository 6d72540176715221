package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Idempotency knows, beyond the end of this process, what was asked with a key.
//
//  1. Begin returns nil, or what the request wrote into the account when it was carried out
//     before, and the status it was answered with: 0 where the process died before that.
//  2. End says how a request was answered; it follows on each Begin that returned nil.
//
// Between the two nothing else that a person asks changes anything.
type Idempotency interface {
	Begin(by posada.StaffID, key string, what []byte) (done *audit.Entry, status int, err error)
	End(by posada.StaffID, key string, status int) error
}

// lookedAt is where one looks at what a request became, where a look gives what its answer gave. Of
// every other that was done and whose answer is gone it is said that it was done, and no more: it
// may have held a secret that is shown once.
func lookedAt(route string, done *audit.Entry) string {
	subject, action, _ := strings.Cut(strings.TrimPrefix(route, "POST /v1/"), "/")
	for _, of := range readAnew() {
		if id := of.id(done); of.subject == subject && slices.Contains(of.actions, strings.TrimPrefix(action, "{id}/")) && id != "" {
			return "/v1/" + subject + "/" + url.PathEscape(id)
		}
	}
	return ""
}

// again is what of one subject is read anew: after which actions, by which id.
type again struct {
	subject string
	actions []string // "": what begins it
	id      func(*audit.Entry) string
}

func readAnew() []again {
	return []again{
		{"consents", []string{"", "answer", "renew", "opt-in", "end"}, func(e *audit.Entry) string { return string(e.Consent) }},
		{"referrals", []string{"", "marks", "assignments", "questions", "answers"}, func(e *audit.Entry) string { return string(e.Referral) }},
		{"needs", []string{"", "choose", "refuse", "end", "calls"}, func(e *audit.Entry) string { return string(e.Need) }},
		{"placements", []string{"offer", "decline", "arrive"}, func(e *audit.Entry) string { return string(e.Need) }},
	}
}

// forgets reports whether a key counts for a path no longer than this process lives. What is
// taken back may be taken back again, always; and whoever locks the node waits for nobody.
func forgets(path string) bool {
	for _, of := range []string{"/v1/withdrawals", "/v1/cases/erasures", "/v1/lock", "/v1/sessions", "/v1/account"} {
		if path == of || strings.HasPrefix(path, of+"/") {
			return true
		}
	}
	return false
}

// carryOut carries out a request with a key, of which what is all it asks, unless it was carried out before this process began.
func (a *answers) carryOut(at asking, out *answered, r *http.Request, what []byte) {
	if a.beyond == nil || forgets(r.URL.Path) {
		a.next.ServeHTTP(out, r)
		return
	}
	lane := a.lanes.of(at.by)
	lane.Lock()
	defer lane.Unlock()
	done, status, err := a.beyond.Begin(at.by, at.key, what)
	switch {
	case fault.From(err).Key == fault.KeyUsed:
		refuse(http.StatusUnprocessableEntity, fault.KeyUsed).ServeHTTP(out, r)
	case err != nil:
		a.failed(out, r, err)
	case done != nil:
		a.readAgain(out, r, done, status)
	default:
		// After a panic, too. What cannot be noted the account knows, which is asked when the
		// vault is opened next.
		defer func() { _ = a.beyond.End(at.by, at.key, out.status) }()
		a.next.ServeHTTP(out, r)
	}
}

// readAgain answers with what was done before as it is now, as far as whoever asks is shown it.
func (a *answers) readAgain(out *answered, r *http.Request, done *audit.Entry, status int) {
	_, route := a.mux.Handler(r)
	if path := lookedAt(route, done); path != "" {
		look := r.Clone(r.Context())
		look.Method, look.URL, look.Body, look.ContentLength = http.MethodGet, &url.URL{Path: path}, http.NoBody, 0
		found := answered{miss: miss{header: http.Header{}, status: http.StatusOK}}
		if scoped(a.mux, a.next).ServeHTTP(&found, look); found.status == http.StatusOK {
			if *out = found; status >= 200 && status < 300 {
				out.status = status
			}
			return
		}
	}
	refuse(http.StatusConflict, fault.KeyDone).ServeHTTP(out, r)
}

// lanes keep one person's requests with a key apart from everything else of theirs that may
// change something: so what the account says of a while is what one request did.
type lanes struct {
	mu sync.Mutex
	by map[posada.StaffID]*sync.RWMutex // of everybody who asked: as many as work here
}

func (l *lanes) of(who posada.StaffID) *sync.RWMutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane, here := l.by[who]
	if !here {
		if l.by == nil {
			l.by = map[posada.StaffID]*sync.RWMutex{}
		}
		lane = &sync.RWMutex{}
		l.by[who] = lane
	}
	return lane
}

// beside carries out a request without a key, beside others of the same person without one.
func (a *answers) beside(w http.ResponseWriter, r *http.Request, who posada.StaffID) {
	if who != "" && r.Method != http.MethodGet && r.Method != http.MethodHead && !forgets(r.URL.Path) {
		lane := a.lanes.of(who)
		lane.RLock()
		defer lane.RUnlock()
	}
	a.next.ServeHTTP(w, r)
}
