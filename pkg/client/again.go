package client

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
)

// How long a client that asks again waits: twice as long each time, and of that some part by
// chance, so that many who were cut off at once do not come back at once.
const (
	leastWait = 200 * time.Millisecond
	mostWait  = 20 * time.Second
	// longWait is the longest that is waited because the node said so. Who is told to come back
	// later than that has something better to do.
	longWait = 2 * time.Minute
)

// Retrying is the same client, which asks up to most times more where no answer came, or the
// node answered that it cannot now (408, 429, 503), until its question's context ends. It
// asks again only what cannot be done twice by it: a look, and a POST, which it gives a key of
// its own for each call, or that of Once. A PUT or DELETE it asks again only where the node did
// nothing: it said so, or nothing reached it. What is refused it asks once; and so what it asks without a token, a
// passphrase or a code among it.
//
// An error says the last that came; beside it ErrUnsure, where any of the attempts may have
// been carried out. Whoever asks again then, with a client of the same Once, is on the safe side.
func (c *Client) Retrying(most int) *Client {
	other := *c
	other.again = most
	return &other
}

// try asks until there is an answer that another attempt would not change.
func (c *Client) try(ctx context.Context, method string, once func(*Client) error) error {
	if c.again == 0 || c.token == "" {
		return once(c)
	}
	asks := c
	if c.key == "" && method == http.MethodPost {
		asks = c.Once(rand.Text())
	}
	unsure := false
	for n := 0; ; n++ {
		err := once(asks)
		unsure = unsure || errors.Is(err, ErrUnsure)
		wait, worth := asks.worth(method, err, n)
		if n == c.again || !worth || !sleep(ctx, wait) {
			return stillUnsure(unsure, err)
		}
	}
}

// stillUnsure says of the last of several attempts that an earlier one may have been carried
// out. An answer that a node gave to the same key says what became of all of them, unless it is that
// it cannot say now.
func stillUnsure(unsure bool, err error) error {
	p, answered := errors.AsType[*Problem](err)
	_, kept := errors.AsType[*Kept](err)
	if !unsure || err == nil || kept || errors.Is(err, ErrUnsure) || answered && !passing(p) {
		return err
	}
	return errors.Join(ErrUnsure, err)
}

// worth reports whether, and after what time, another attempt may change an answer and can do
// no harm.
func (c *Client) worth(method string, err error, n int) (time.Duration, bool) {
	wait := backOff(n)
	p, answered := errors.AsType[*Problem](err)
	switch {
	case answered && passing(p):
		return max(wait, p.RetryAfter), p.RetryAfter <= longWait
	case errors.Is(err, ErrUnsure) && method != http.MethodPost: // that has a key
		return wait, false
	}
	return wait, errors.Is(err, ErrUnreachable)
}

// passing reports whether a problem is one that passes: the node has too much to do, is locked or
// away, or what was asked with the same key is still under way. Nothing was done.
func passing(p *Problem) bool {
	switch p.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	}
	return p.Key == string(fault.KeyUnderWay)
}

// backOff is how long to wait after so many attempts: between a half and the whole of a time that
// doubles.
func backOff(n int) time.Duration {
	whole := min(leastWait<<min(n, 16), mostWait)
	return whole/2 + mathrand.N(whole/2)
}

// sleep waits, unless the context ends before that; then there is no use in waiting at all.
func sleep(ctx context.Context, wait time.Duration) bool {
	if end, ends := ctx.Deadline(); ends && time.Until(end) < wait {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

// retryAfter reads the header (RFC 9110, 10.2.3): seconds, or a moment by the clock of whoever
// answered.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(seconds, 1<<20))) * time.Second
	}
	at, err := http.ParseTime(text)
	now, none := http.ParseTime(h.Get("Date"))
	if err != nil || none != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
