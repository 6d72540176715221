package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
)

// Fetcher brings a registry's files.
//
//  1. Fetch returns the whole file of a name (names.go), or an error that is
//     ErrAbsent if the registry says that it has none.
//  2. It reads no more than limit bytes and a rest that shows that there is
//     more; a longer file is an error that is ErrTooLarge.
//  3. Any other error means that the registry could not be asked.
type Fetcher interface {
	Fetch(ctx context.Context, name string, limit int64) ([]byte, error)
}

// Showing is a Fetcher whose timestamp was fetched a moment ago and is not asked for again:
// what follows is held against that one.
func Showing(from Fetcher, pulse []byte) Fetcher { return showing{from, pulse} }

type showing struct {
	Fetcher
	pulse []byte
}

func (s showing) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if name == PulseName {
		return s.pulse, nil
	}
	return s.Fetcher.Fetch(ctx, name, limit)
}

// source adapts a Fetcher to go-tuf's, and keeps what it brought: the roots in
// their order, and everything by its name.
type source struct {
	ctx   context.Context
	from  Fetcher
	roots [][]byte
	got   map[string][]byte
}

var _ fetcher.Fetcher = (*source)(nil)

// base is what go-tuf's addresses begin with; it wants one, and nothing is
// ever asked for there.
const base = "registry:/"

// DownloadFile fetches a file for go-tuf.
func (s *source) DownloadFile(address string, limit int64, _ time.Duration) ([]byte, error) {
	name := strings.TrimPrefix(address, base)
	text, err := s.get(name, min(limit, limitOf(name)))
	if errors.Is(err, ErrAbsent) {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: name}
	}
	if err == nil && strings.HasSuffix(name, "."+RoleRoot.file()) {
		s.roots = append(s.roots, text)
	}
	return text, err
}

// get fetches a file, and does not rely on the Fetcher to keep the limit.
func (s *source) get(name string, limit int64) ([]byte, error) {
	if limit <= 0 {
		return nil, fmt.Errorf("fetch: %w", ErrTooLarge)
	}
	text, err := s.from.Fetch(s.ctx, name, limit)
	switch {
	case errors.Is(err, ErrAbsent):
		return nil, ErrAbsent
	case errors.Is(err, ErrTooLarge) || err == nil && int64(len(text)) > limit:
		return nil, fmt.Errorf("fetch: %w", ErrTooLarge)
	case err != nil:
		return nil, fmt.Errorf("fetch: %w: %w", ErrUnreachable, err)
	}
	s.got[name] = text
	return text, nil
}

func limitOf(name string) int64 {
	switch {
	case name == PulseName:
		return MaxPulse
	case strings.HasPrefix(name, "targets/"):
		return maxTarget
	}
	return maxMetadata
}
