package browsing

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// atDesks is how many people are signed in at once, each at a browser of their own.
const atDesks = 50

// BenchmarkFirstByte has fifty people ask for a page all at once, again and again: how
// long until its first byte, beside a question to the node's API asked by as many in the
// same run (x-of-api). Each has a connection that stays open, as a browser has.
func BenchmarkFirstByte(b *testing.B) {
	w := in(b)
	d := serve(b, w, "ngo")
	browsers := make([]*http.Client, atDesks)
	for i := range browsers {
		browsers[i] = d.browser()
		browsers[i].Transport = d.server.Client().Transport.(*http.Transport).Clone()
		b.Cleanup(browsers[i].CloseIdleConnections)
		d.client = browsers[i]
		d.clock.pass(10 * time.Second) // nobody signs in faster than that for long
		d.signIn(w.advocate())
	}
	api := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atDesks}}
	b.Cleanup(api.CloseIdleConnections)
	for _, path := range []string{"/", "/cases", "/referrals", "/status"} {
		b.Run("page="+path, func(b *testing.B) {
			page := func(i int) (*http.Client, string, http.Header) {
				return browsers[i], d.server.URL + path, http.Header{"Sec-Fetch-Site": {"same-origin"}}
			}
			status := func(int) (*http.Client, string, http.Header) {
				return &api, w.API("ngo") + "/v1/status", http.Header{"Authorization": {"Bearer " + w.advocate()}}
			}
			_, weight := firstBytes(b, page) // what is opened once is open
			firstBytes(b, status)
			var pages, asked []time.Duration
			for b.Loop() {
				waited, _ := firstBytes(b, page)
				pages = append(pages, waited...)
				waited, _ = firstBytes(b, status)
				asked = append(asked, waited...)
			}
			b.ReportMetric(float64(weight), "B/page")
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

// firstBytes has everybody ask at once, and gives how long each waited, and how much the first
// of them was sent.
func firstBytes(b *testing.B, ask func(i int) (*http.Client, string, http.Header)) (waited []time.Duration, weight int64) {
	b.Helper()
	waited = make([]time.Duration, atDesks)
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
			read, err := io.Copy(io.Discard, response.Body)
			if err != nil || response.StatusCode != http.StatusOK {
				b.Errorf("%s: %s, %v", at, response.Status, err)
			}
			if i == 0 {
				weight = read
			}
		})
	}
	all.Wait()
	return waited, weight
}
