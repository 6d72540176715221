package imports

import (
	"context"
	"errors"
	"io"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Node is what is asked of a node.
type Node interface {
	ImportRows(ctx context.Context, id posada.ImportID, in client.NewImportRows) (client.ImportedRows, error)
	EndImport(ctx context.Context, id posada.ImportID) (client.Import, error)
}

var _ Node = (*client.Client)(nil)

// Kept is a row that was not saved, and why: it is here already, or it was wrong.
type Kept struct {
	Row     int    `json:"row"`
	Outcome string `json:"outcome"`
}

// Saved is what came of bringing a source.
type Saved struct {
	Import client.Import
	Kept   []Kept // rows that were brought and not saved, but for those that are here as they are
	More   int    // of those, how many are not listed
}

// maxBatch is how many bytes of values go at once. A node takes a request of a mebibyte, and
// a byte may take six in JSON.
const maxBatch = 128 << 10

// Save brings what was looked at to a node, from behind the last row it has, and ends the
// import. ErrChanged: the import is of something else, or the source is not as it was; of
// what differs nothing is brought. Whatever breaks off, what the node has it has, and Save of
// the same goes on. told hears after each batch which row it came to.
func Save(ctx context.Context, node Node, is client.Import, seen Seen, source io.Reader, told func(row int)) (Saved, error) {
	if is.Digest != seen.Digest {
		return Saved{Import: is}, ErrChanged
	}
	same := seen.blocks.same(source)
	rows, err := seen.by.Open(same)
	if err != nil {
		return Saved{Import: is}, same.why(err)
	}
	s := saving{node: node, out: Saved{Import: is}, told: told}
	s.begin(is.Through)
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s.out, same.why(err)
		}
		if row.Number <= is.Through {
			continue
		}
		if err := s.add(ctx, seen.by, row); err != nil {
			return s.out, err
		}
	}
	if err := s.bring(ctx); err != nil {
		return s.out, err
	}
	s.out.Import, err = node.EndImport(ctx, is.ID)
	return s.out, err
}

// saving is a batch on its way.
type saving struct {
	node  Node
	out   Saved
	told  func(row int)
	batch client.NewImportRows
	lines []int // of the batch's rows
	size  int
}

func (s *saving) begin(after int) {
	s.batch, s.lines, s.size = client.NewImportRows{After: after, Through: after, Rows: []client.NewImportRow{}}, nil, 0
}

func (s *saving) add(ctx context.Context, m mapping.Mapping, row mapping.Row) error {
	mapped, wrong := m.Apply(row)
	size := len(mapped.Key)
	for _, v := range mapped.Values {
		size += len(v.Value) + len(v.To.Field)
	}
	full := len(s.batch.Rows) == client.MaxImportRows || s.size+size > maxBatch || s.batch.Refused >= client.MaxImportRows
	if full {
		if err := s.bring(ctx); err != nil {
			return err
		}
	}
	s.batch.Through = row.Number
	if len(wrong) > 0 {
		s.batch.Refused++
		return nil
	}
	s.batch.Rows, s.lines, s.size = append(s.batch.Rows, asked(mapped)), append(s.lines, row.Number), s.size+size
	return nil
}

// bring brings what there is of a batch.
func (s *saving) bring(ctx context.Context) error {
	if s.batch.Through == s.batch.After {
		return nil
	}
	got, err := s.node.ImportRows(ctx, s.out.Import.ID, s.batch)
	if err != nil {
		return err
	}
	s.out.Import = got.Import
	for i, r := range got.Rows {
		switch {
		case i >= len(s.lines) || r.Outcome == "saved" || r.Outcome == "already":
		case len(s.out.Kept) < MaxListed:
			s.out.Kept = append(s.out.Kept, Kept{s.lines[i], r.Outcome})
		default:
			s.out.More++
		}
	}
	through := s.batch.Through
	s.begin(through)
	if s.told != nil {
		s.told(through)
	}
	return nil
}

// asked is a row as a node is asked to save it.
func asked(m mapping.Mapped) client.NewImportRow {
	row := client.NewImportRow{Key: m.Key, Priority: string(m.Content.Priority), Services: posada.Texts(m.Content.Services.List())}
	for _, r := range m.Content.Records {
		row.Records = append(row.Records, client.NewRecord{Role: string(r.Role), Fields: r.Fields})
	}
	return row
}
