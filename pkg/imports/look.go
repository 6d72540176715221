// Package imports reads a source through a mapping: first to show what would become of it,
// and then to bring it to a node.
//
// Guarantee: what is brought is what was looked at, to the byte: a digest stands for mapping
// and source, and no byte that is another than it was is read as a row. It goes on behind the
// last row that the node has, and holds a batch of rows in memory, however many there are.
// Limit: what is wrong is counted to the end and listed only as far as anybody reads; what is
// changed under an import that is under way stops it there, and what was saved is saved.
package imports

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/mapping"
)

// MaxListed is how many problems are listed; the others are counted.
const MaxListed = 100

// Seen is what a look at a source showed. Nothing was saved.
type Seen struct {
	Digest   string // of the mapping and the source
	Rows     int
	Good     int // rows that would be brought
	Wrong    int // rows that would not
	Problems []mapping.Problem
	More     int // problems that are not listed
	Points   []Pointing
	Formulas []Counted
	Sample   []mapping.Mapped // the first that are right

	by     mapping.Mapping
	blocks blocks // of the source
}

// Whole reports whether it may be brought: no column is without a place. A row that is
// wrong otherwise is left where it is, and said.
func (s Seen) Whole() bool {
	return !slices.ContainsFunc(s.Problems, func(p mapping.Problem) bool { return p.Wrong == mapping.WrongUnmapped })
}

// Counted is a column, and in how many rows something was met in it.
type Counted struct {
	Column string `json:"column"`
	Rows   int    `json:"rows"`
}

// Pointing is in how many rows of a column the words seem to point at somebody.
type Pointing struct {
	Counted
	Kind freetext.Kind `json:"kind"`
}

// Look reads a source to its end. A table that is not the mapping's, and a source that is
// broken, are errors of pkg/mapping; of rows that are wrong it goes on.
func Look(rules []byte, m mapping.Mapping, source io.Reader, known freetext.Known, samples int) (Seen, error) {
	digest, blocks := newDigest(rules), &blocking{}
	source = io.TeeReader(source, io.MultiWriter(digest, blocks))
	rows, err := m.Open(source)
	if err != nil {
		return Seen{}, err
	}
	s := Seen{by: m}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Seen{}, err
		}
		s.Rows++
		mapped, wrong := m.Apply(row)
		if len(wrong) > 0 {
			s.refuse(wrong)
			continue
		}
		s.Good++
		if len(s.Sample) < samples {
			s.Sample = append(s.Sample, mapped)
		}
		s.warn(mapped, known)
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		return Seen{}, fmt.Errorf("read to the end: %w", err)
	}
	s.Digest, s.blocks = written(digest), blocks.end()
	return s, nil
}

// Digest is what stands for a mapping and a source.
func Digest(rules []byte, source io.Reader) (string, error) {
	digest := newDigest(rules)
	if _, err := io.Copy(digest, source); err != nil {
		return "", fmt.Errorf("read a source: %w", err)
	}
	return written(digest), nil
}

// newDigest is of a mapping, by its length so that none of it can pass for the source.
func newDigest(rules []byte) hash.Hash {
	h := sha256.New()
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(rules)))) // a hash takes everything
	_, _ = h.Write(rules)
	return h
}

func written(h hash.Hash) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)))
}

// refuse counts a row that is wrong. Columns without a place are always listed: each once
// is enough.
func (s *Seen) refuse(wrong []mapping.Problem) {
	s.Wrong++
	for _, p := range wrong {
		unmapped := p.Wrong == mapping.WrongUnmapped
		said := unmapped && slices.ContainsFunc(s.Problems, func(q mapping.Problem) bool { return q.Wrong == p.Wrong && q.Column == p.Column })
		if said || len(s.Problems) >= MaxListed && !(unmapped && s.Whole()) {
			s.More++
			continue
		}
		s.Problems = append(s.Problems, p)
	}
}

// warn counts what in a row's own words seems to point at somebody, where the field is not
// for that, and what a spreadsheet would take for a command.
func (s *Seen) warn(row mapping.Mapped, known freetext.Known) {
	for _, column := range row.Formulas {
		i := slices.IndexFunc(s.Formulas, func(c Counted) bool { return c.Column == column })
		if i < 0 {
			i, s.Formulas = len(s.Formulas), append(s.Formulas, Counted{Column: column})
		}
		s.Formulas[i].Rows++
	}
	for _, v := range row.Values {
		f, err := htcds.Lookup(v.To.Role, v.To.Field)
		if err != nil {
			continue // services and priority are words of lists
		}
		found, err := freetext.WarnIn(f, v.Value, known)
		if err != nil {
			continue // longer than any field is
		}
		var kinds []freetext.Kind
		for _, w := range found {
			if !slices.Contains(kinds, w.Kind) {
				kinds = append(kinds, w.Kind)
				s.point(v.Column, w.Kind)
			}
		}
	}
}

func (s *Seen) point(column string, kind freetext.Kind) {
	i := slices.IndexFunc(s.Points, func(p Pointing) bool { return p.Column == column && p.Kind == kind })
	if i < 0 {
		i, s.Points = len(s.Points), append(s.Points, Pointing{Counted{Column: column}, kind})
	}
	s.Points[i].Rows++
}
