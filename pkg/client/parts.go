package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// partSize is how many rows of a list are asked for at once.
const partSize = 200

// part is what a node answers of a list that grows, and where the next one is.
type part[T any] struct {
	rows []T
	next string
}

// UnmarshalJSON reads the rows.
func (p *part[T]) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &p.rows) }

// readHeader reads where the next part is (RFC 8288): a place of the same node, or none.
func (p *part[T]) readHeader(h http.Header) {
	for _, link := range h.Values("Link") {
		at, how, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if strings.HasPrefix(at, "/v1/") && strings.Contains(how, `rel="next"`) {
			p.next = at
		}
	}
}

// parts goes through a list, one part behind the other, and asks for the next when the one
// before was gone through. Whatever is added meanwhile, each row that is there all the time
// comes once. An error is the end.
func parts[T any](ctx context.Context, c *Client, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		sep := "?"
		if strings.Contains(path, sep) {
			sep = "&"
		}
		for at := path + sep + "limit=" + strconv.Itoa(partSize); at != ""; {
			var p part[T]
			if err := c.do(ctx, http.MethodGet, at, nil, &p); err != nil {
				yield(none, err)
				return
			}
			for _, row := range p.rows {
				if !yield(row, nil) {
					return
				}
			}
			if p.next == at { // it would never end
				yield(none, fmt.Errorf("%w: a list goes round", ErrNotANode))
				return
			}
			at = p.next
		}
	}
}

// all collects a list.
func all[T any](rows iter.Seq2[T, error]) ([]T, error) {
	list := []T{}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, nil
}
