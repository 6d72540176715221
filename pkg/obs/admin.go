package obs

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Gauge shows a number as it is when it is asked for, under posada_<name>.
func (a *Admin) Gauge(name, help string, read func() float64) {
	a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "posada", Name: name, Help: help}, read))
}

// Counters counts things that happened, by a word of a fixed set.
type Counters struct{ vec *prometheus.CounterVec }

// Add counts one more of outcome, which must be a constant.
func (c Counters) Add(outcome Line) {
	if c.vec != nil {
		c.vec.WithLabelValues(string(outcome)).Inc()
	}
}

// Admin is a process's own page for whoever runs it: /livez, /readyz and
// /metrics, on an address that only the machine itself reaches.
type Admin struct {
	registry *prometheus.Registry
	unready  atomic.Pointer[Line] // why it is not ready; nil: it is
}

// NewAdmin makes an admin page that is not ready.
func NewAdmin() *Admin {
	a := &Admin{registry: prometheus.NewRegistry()}
	a.Ready(false)
	return a
}

// Counters makes a family of counters, or finds the one of that name: what
// starts again in one process goes on counting.
func (a *Admin) Counters(name, help string) Counters {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "posada", Name: name, Help: help}, []string{"outcome"})
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](a.registry.Register(vec)); ok {
		if vec, ok = there.ExistingCollector.(*prometheus.CounterVec); !ok {
			return Counters{}
		}
	}
	return Counters{vec}
}

// Ready says whether the process can do its work.
func (a *Admin) Ready(ready bool) {
	if ready {
		a.unready.Store(nil)
		return
	}
	a.Unready("not ready")
}

// Unready says why the process cannot do its work now: a constant.
func (a *Admin) Unready(why Line) { a.unready.Store(&why) }

// Handler answers /livez, /readyz and /metrics.
func (a *Admin) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, a.unready.Load()) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ForThisMachine(r) {
			w.WriteHeader(http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// ForThisMachine reports whether a request names this machine as its host: by
// a loopback address or as localhost. A page in a browser, whose own name was
// made to point here (DNS rebinding), names itself.
func ForThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func answer(w http.ResponseWriter, unready *Line) {
	text := "ok\n"
	if unready != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		text = string(*unready) + "\n"
	}
	// A probe that hung up has its answer.
	_, _ = w.Write([]byte(text))
}

// Serve answers HTTP on a listener until ctx ends, then lets requests under
// way finish for a moment.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		// What the library would write of a panic may quote a request.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(l) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // a connection that never said anything
	}
	if served := <-stopped; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
