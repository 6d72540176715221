// Package mapping says what becomes of each column of somebody else's table: to which
// field of a case it goes, how its values are said here, or why it is left out.
//
// Guarantee: a mapping is data, and whoever reads it knows what is lost. A column that it
// does not name is refused, a value that its table does not have is refused, and two that
// would become the same are refused, unless the mapping says that it loses. What is wrong
// is said by row and column, never by value. Reading takes memory for one row, however many
// there are. Limit: it holds a value against the field's type, not against the truth; and a
// column that is mapped to the wrong field is taken for what it is mapped to.
package mapping

import (
	"maps"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/htcds"
)

// MaxName is how long a mapping's name may be, and MaxKey the key of a row, in bytes.
const (
	MaxName = 40
	MaxKey  = 255
)

// Format is how a source is written.
type Format string

// Formats.
const (
	FormatCSV  Format = "csv"
	FormatJSON Format = "json" // a list of objects, or one object a line
)

// Formats lists them.
func Formats() []Format { return []Format{FormatCSV, FormatJSON} }

// Mapping is a mapping that was read, and is whole.
type Mapping struct {
	name      string
	format    Format
	encoding  Encoding
	separator rune // 0: as the heading shows
	standard  bool // columns named as the standard names its fields map to themselves
	lossy     string
	key       []string
	columns   map[string]column
	order     []string // of columns
	begins    []column // by what the name begins with; left out
}

// column is what becomes of one column.
type column struct {
	name     string
	at       position
	to       Target
	leftOut  string
	values   map[string]string
	blank    []string
	dates    string // layout; empty: as the field takes them
	split    string
	optional bool
}

// Name is what the mapping is called. Rows are told apart by their keys within it.
func (m Mapping) Name() string { return m.name }

// Format is how its source is written.
func (m Mapping) Format() Format { return m.format }

// Lossy is why the mapping loses something, as whoever wrote it says.
func (m Mapping) Lossy() string { return m.lossy }

// find is what becomes of a column; false where the mapping does not know it.
func (m Mapping) find(name string) (column, bool) {
	if c, ok := m.columns[name]; ok {
		return c, true
	}
	for _, c := range m.begins {
		if strings.HasPrefix(name, c.name) {
			return c, true
		}
	}
	if m.standard {
		if to, ok := standardTarget(name); ok {
			return column{name: name, to: to, optional: true}, true
		}
	}
	return column{}, false
}

// LossKind is how something is lost, one word each.
type LossKind string

// Kinds of losses.
const (
	LostColumn LossKind = "column" // all of a column
	LostMerged LossKind = "merged" // two values become one
	LostBlank  LossKind = "blank"  // a value is taken for none
)

// LossKinds lists them.
func LossKinds() []LossKind { return []LossKind{LostColumn, LostMerged, LostBlank} }

// Loss is something that the mapping does not take along.
type Loss struct {
	Kind   LossKind `json:"kind"`
	Column string   `json:"column"`
	Why    string   `json:"why"` // as the mapping says

	at position
}

// Losses is everything that the mapping loses, column by column. None: whoever has what it
// makes of a row, has the row, but for spaces around values.
func (m Mapping) Losses() (list []Loss) {
	for _, name := range m.order {
		list = append(list, m.columns[name].losses(m.lossy)...)
	}
	for _, c := range m.begins {
		list = append(list, Loss{LostColumn, c.name + "*", c.leftOut, c.at})
	}
	return list
}

func (c column) losses(why string) (list []Loss) {
	if c.leftOut != "" {
		return []Loss{{LostColumn, c.name, c.leftOut, c.at}}
	}
	var said []string
	for _, from := range slices.Sorted(maps.Keys(c.values)) {
		if slices.Contains(said, c.values[from]) {
			list = append(list, Loss{LostMerged, c.name, why, c.at})
			break
		}
		said = append(said, c.values[from])
	}
	if len(c.blank) > 0 {
		list = append(list, Loss{LostBlank, c.name, why, c.at})
	}
	return list
}

// Columns are the names that the mapping says something of, in its order.
func (m Mapping) Columns() []string { return slices.Clone(m.order) }

// uncovered are the words of the standard's field that a column is named for and its table
// does not have.
func (c column) uncovered() (words []string) {
	from, ok := standardTarget(c.name)
	if !ok || len(c.values) == 0 {
		return nil
	}
	field, err := htcds.Lookup(from.Role, from.Field)
	if err != nil {
		return nil
	}
	for _, pick := range field.Picks() {
		if _, ok := c.values[pick]; !ok {
			words = append(words, pick)
		}
	}
	return words
}
