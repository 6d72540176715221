package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"
)

// How long a watcher waits before it asks again: more and more until a need comes, and never
// so long that one for tonight waits for it.
const (
	leastPause = 100 * time.Millisecond
	mostPause  = 30 * time.Second
)

// PlacementsAsTheyCome goes through every need that waits for an answer here and fits, the
// ones that wait already first, and then each as it comes, until ctx ends, which is no error.
// A stream that breaks off, and a node that is away or locked, are waited for: it goes on
// behind the last one, and misses none. After the node was locked or restarted, those that
// still wait come again. Anything else a node answers is the error, and the end.
func (c *Client) PlacementsAsTheyCome(ctx context.Context) iter.Seq2[Placement, error] {
	return func(yield func(Placement, error) bool) {
		last, pause, stopped := "", leastPause, false
		for ctx.Err() == nil {
			err := c.watch(ctx, &last, func(p Placement) error {
				pause = leastPause
				if stopped = !yield(p, nil); stopped {
					return errStopped
				}
				return nil
			})
			if stopped || ctx.Err() != nil {
				return
			}
			if err != nil && !passes(err) {
				yield(Placement{}, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			pause = min(2*pause, mostPause)
		}
	}
}

var errStopped = errors.New("nobody listens any more")

// passes reports whether waiting changes an answer: the node is away, locked or busy.
func passes(err error) bool {
	p, is := errors.AsType[*Problem](err)
	return errors.Is(err, ErrUnreachable) || is && (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests)
}

// WatchPlacements calls each with every need that waits for an answer here and fits, the
// ones that wait already first, until ctx ends, each returns an error, or the node ends
// the stream, as it does when it is locked.
func (c *Client) WatchPlacements(ctx context.Context, each func(Placement) error) error {
	var last string
	return c.watch(ctx, &last, each)
}

// watch reads one stream, and keeps the id of the last event that each was called with.
func (c *Client) watch(ctx context.Context, last *string, each func(Placement) error) error {
	body, err := c.stream(ctx, "/v1/placements/watch", *last)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	err = events(body, func(id, data string) error {
		var p Placement
		if err := json.Unmarshal([]byte(data), &p); err != nil {
			return fmt.Errorf("%w: %w", ErrNotANode, err)
		}
		*last = id
		return each(p)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// events reads server-sent events (WHATWG HTML, 9.2) of one line of data each. One that broke
// off before its blank line is none.
func events(body io.Reader, each func(id, data string) error) error {
	var id, data string
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "id":
			id = value
		case name == "data":
			data = value
		case lines.Text() == "" && data != "":
			if err := each(id, data); err != nil {
				return err
			}
			data = ""
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil
}
