package browsing

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// atDesks is how many people are signed in at once, each at a browser of their own.
const atDesks = 50

// BenchmarkFirstByte has fifty people ask for a page all at once, again and again: how
// long until its first byte, beside a question to the node's API asked by as many in the
// same run (x-of-api), and what a session takes of the heap.
func BenchmarkFirstByte(b *testing.B) {
	w := in(b)
	d := serve(b, w, "ngo")
	before := heap()
	browsers := make([]*http.Client, atDesks)
	for i := range browsers {
		browsers[i] = d.browser()
		d.client = browsers[i]
		d.clock.pass(10 * time.Second) // nobody signs in faster than that for long
		d.signIn(w.advocate())
	}
	b.Logf("%.1f kB of heap a session", float64(heap()-before)/atDesks/1000)
	api := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atDesks}}
	for _, path := range []string{"/", "/cases", "/referrals", "/status"} {
		b.Run("page="+path, func(b *testing.B) {
			var pages, asked []time.Duration
			for b.Loop() {
				pages = append(pages, firstBytes(b, func(i int) (*http.Client, string, http.Header) {
					return browsers[i], d.server.URL + path, http.Header{"Sec-Fetch-Site": {"same-origin"}}
				})...)
				asked = append(asked, firstBytes(b, func(int) (*http.Client, string, http.Header) {
					return &api, w.API("ngo") + "/v1/status", http.Header{"Authorization": {"Bearer " + w.advocate()}}
				})...)
			}
			slices.Sort(pages)
			slices.Sort(asked)
			for _, part := range []int{50, 99} {
				at := func(list []time.Duration) float64 { return list[(len(list)-1)*part/100].Seconds() }
				b.ReportMetric(at(pages)*1000, fmt.Sprintf("p%d-ms", part))
				b.ReportMetric(at(pages)/at(asked), fmt.Sprintf("p%d-x-of-api", part))
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// firstBytes has everybody ask at once, and gives how long each waited.
func firstBytes(b *testing.B, ask func(i int) (*http.Client, string, http.Header)) []time.Duration {
	b.Helper()
	waited := make([]time.Duration, atDesks)
	var all sync.WaitGroup
	for i := range waited {
		client, at, header := ask(i)
		all.Go(func() {
			begun := time.Now()
			trace := &httptrace.ClientTrace{GotFirstResponseByte: func() { waited[i] = time.Since(begun) }}
			to, err := url.Parse(at)
			if err != nil {
				b.Error(err)
				return
			}
			r := (&http.Request{Method: http.MethodGet, URL: to, Header: header.Clone()}).WithContext(httptrace.WithClientTrace(b.Context(), trace))
			response, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			defer response.Body.Close()
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
				b.Errorf("%s: %s, %v", at, response.Status, err)
			}
		})
	}
	all.Wait()
	return waited
}

// heap is what is in use of it.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
