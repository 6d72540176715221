package trust

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Entry is one line of the registry's chain: that a version of a role was
// published, with which file, when. Its hash covers the entry before it, so
// whoever knows the last knows them all, and two nodes that know one head know
// one history.
type Entry struct {
	Index    uint64 `json:"index"` // from 1, without a gap
	Previous string `json:"previous"`
	Role     Role   `json:"role"`
	Version  uint64 `json:"version"`
	Digest   string `json:"digest"` // SHA-256 of the role's file, hexadecimal
	Time     int64  `json:"time"`   // Unix seconds, by the hub's clock
}

// Head is where a chain ends: how many entries, and the last one's hash; the
// zero head is the empty chain's.
type Head struct {
	Length uint64 `json:"length"`
	Hash   string `json:"hash"`
}

// Published is a version of a role and its file's digest.
type Published struct {
	Version uint64 `json:"version"`
	Digest  string `json:"digest"`
}

// ledger is how far a chain was followed, and what it last said of each role.
type ledger struct {
	Head Head               `json:"head"`
	Last map[Role]Published `json:"last"`
}

// perPage is how many entries a page of the chain has; all but the last page
// are full and do not change.
const perPage = 128

// ReadEntry reads an entry, strictly.
func ReadEntry(text []byte) (Entry, error) {
	var e Entry
	if err := jose.Unmarshal(text, &e); err != nil {
		return Entry{}, fmt.Errorf("chain entry: %w: %w", ErrChain, err)
	}
	if e.Index == 0 || e.Version == 0 || len(e.Digest) != 64 || !e.Role.chained() {
		return Entry{}, fmt.Errorf("chain entry: %w", ErrChain)
	}
	return e, nil
}

// chained: what stewards sign below the top stands in the chain.
func (r Role) chained() bool { return slices.Contains(shared(), r) || r.brake() }

// write writes an entry and the head of the chain it ends.
func (e Entry) write() ([]byte, Head, error) {
	text, err := jose.Marshal(e)
	if err != nil {
		return nil, Head{}, fmt.Errorf("chain entry: %w", err)
	}
	return text, Head{Length: e.Index, Hash: digest(append([]byte("posada/chain/v1\n"), text...))}, nil
}

// after puts an entry behind the ledger: it must continue the very chain that
// was followed, and a role's versions only rise.
func (l ledger) after(e Entry) (ledger, []byte, error) {
	if e.Index != l.Head.Length+1 || e.Previous != l.Head.Hash || e.Version <= l.Last[e.Role].Version {
		return ledger{}, nil, fmt.Errorf("chain entry %d: %w", e.Index, ErrChain)
	}
	text, head, err := e.write()
	if err != nil {
		return ledger{}, nil, err
	}
	next := ledger{Head: head, Last: maps.Clone(l.Last)}
	if next.Last == nil {
		next.Last = map[Role]Published{}
	}
	next.Last[e.Role] = Published{Version: e.Version, Digest: e.Digest}
	return next, text, nil
}

// holds reports whether the chain says that this is a role's version in force.
func (l ledger) holds(role Role, p Published) bool { return l.Last[role] == p }

// follow fetches the entries between the ledger's head and another, and checks
// each. The fetched pages may be longer than the head says: they are from a
// moment later. A head that lies before the ledger's, or beside it, is never
// arrived at.
func (l ledger) follow(to Head, fetch func(name string, limit int64) ([]byte, error)) (ledger, []Entry, error) {
	var entries []Entry
	for l.Head.Length < to.Length {
		page, err := fetch(pageName(l.Head.Length/perPage), maxPage)
		if err != nil {
			return ledger{}, nil, fmt.Errorf("chain: %w: %w", ErrChain, unreachable(err))
		}
		lines, err := readPage(page)
		if err != nil {
			return ledger{}, nil, err
		}
		first := l.Head.Length % perPage
		if uint64(len(lines)) <= first {
			return ledger{}, nil, fmt.Errorf("chain: page %d: %w", l.Head.Length/perPage, ErrChain)
		}
		for _, e := range lines[first:] {
			if l.Head.Length == to.Length {
				break
			}
			if l, _, err = l.after(e); err != nil {
				return ledger{}, nil, err
			}
			entries = append(entries, e)
		}
	}
	if l.Head != to {
		return ledger{}, nil, fmt.Errorf("chain of %d: another head: %w", to.Length, ErrChain)
	}
	return l, entries, nil
}

// readPage reads the entries of a page, each for itself.
func readPage(page []byte) ([]Entry, error) {
	lines := bytes.Split(bytes.TrimSuffix(page, []byte("\n")), []byte("\n"))
	if len(lines) > perPage {
		return nil, fmt.Errorf("chain: a page of %d: %w", len(lines), ErrChain)
	}
	entries := make([]Entry, len(lines))
	for i, line := range lines {
		var err error
		if entries[i], err = ReadEntry(line); err != nil {
			return nil, err
		}
	}
	return entries, nil
}
