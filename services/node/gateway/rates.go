package gateway

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// rates hold each program to how often its token may be used. Whoever works here by hand is
// not counted: there is one of each of them.
//
// It is the cell rate algorithm (ITU-T I.371): for each token the moment at which all that it
// was used for would have been due, were it used evenly. A minute's requests may come at
// once. A moment that is past says nothing, so there are no more than tokens in use.
type rates struct {
	now func() time.Time

	mu  sync.Mutex
	due map[posada.TokenID]time.Time
}

// burst is whose requests may come at once.
const burst = time.Minute

// mostDue is how many moments are kept before those that are past are let go.
const mostDue = 256

// take counts a request, or says how long until one would be counted.
func (l *rates) take(id posada.TokenID, perMinute int) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	due := l.due[id]
	if due.Before(now) {
		due = now
	}
	due = due.Add(time.Minute / time.Duration(perMinute))
	if wait = due.Sub(now) - burst; wait > 0 {
		return wait
	}
	if l.due == nil || len(l.due) >= mostDue {
		l.forget(now)
	}
	l.due[id] = due
	return 0
}

func (l *rates) forget(now time.Time) {
	left := map[posada.TokenID]time.Time{}
	for id, due := range l.due {
		if due.After(now) {
			left[id] = due
		}
	}
	l.due = left
}

// handedInKey marks a request that was kept while the vault was closed: whoever handed it in
// was told that it would be carried out, and is not asked to come again.
type handedInKey struct{}

func handedIn(ctx context.Context) context.Context {
	return context.WithValue(ctx, handedInKey{}, true)
}

// limited answers a program that asks too often when to ask again; nothing of what it asked
// is read.
func (l *rates) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := principal(r.Context())
		if !by.isProgram() || r.Context().Value(handedInKey{}) != nil {
			next.ServeHTTP(w, r)
			return
		}
		wait := l.take(by.Token, max(by.Rate, 1))
		if wait == 0 {
			next.ServeHTTP(w, r)
			return
		}
		seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
		p := Problem(i18n.For(languageOf(r.Context())), fault.New(fault.Unavailable, fault.RateLimited, "seconds", seconds))
		p.Status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", seconds)
		writeProblem(w, p)
	})
}
