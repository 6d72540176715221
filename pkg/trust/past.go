package trust

import (
	"context"
	"fmt"
)

// Chain is all that the registry published, the oldest first, as far as this client
// followed it. Every entry was verified. ErrAbsent before the first refresh.
func (c *Client) Chain(ctx context.Context) (all []Entry, err error) {
	files, err := c.Files(ctx)
	if err != nil {
		return nil, err
	}
	for n := uint64(0); ; n++ {
		page, known := files[pageName(n)]
		if !known {
			return all, nil
		}
		entries, err := readPage(page)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
}

// Past is the file that an entry of the chain speaks of, whether it is in force or was once.
// The registry is believed for nothing: the file has the digest that stands in the chain.
// ErrAbsent: the registry has it no more, as nobody gives a lost one back.
func Past(ctx context.Context, from Fetcher, e Entry) ([]byte, error) {
	s := &source{ctx: ctx, from: from, got: map[string][]byte{}}
	text, err := s.get(targetName(e.Role, e.Digest), e.Role.maxTarget())
	if err == nil && digest(text) != e.Digest {
		return nil, fmt.Errorf("%s %d: %w", e.Role, e.Version, ErrMix)
	}
	return text, err
}
