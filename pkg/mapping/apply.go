package mapping

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Mapped is what a row becomes.
type Mapped struct {
	Row      int
	Key      string // what the row is known by; it may name somebody
	Content  referral.Content
	Values   []Value
	Formulas []string // columns whose value a spreadsheet would take for a command
}

// Value is one field of what a row becomes, and the column it is from.
type Value struct {
	Column string
	To     Target
	Value  string
}

// String hides what a row became from every log line and error.
func (Mapped) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Mapped) GoString() string { return "(redacted)" }

// String hides a value from every log line and error.
func (Value) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Value) GoString() string { return "(redacted)" }

// keyParts separates the columns of a key.
const keyParts = "\x1f"

// Apply makes of a row what the mapping says. Where anything is wrong with it nothing is
// made, and everything that is wrong is said.
func (m Mapping) Apply(row Row) (Mapped, []Problem) {
	out, wrong := Mapped{Row: row.Number}, row.wrong
	key, goes := map[string]string{}, map[Target]bool{}
	add := func(c Cell, err error) {
		wrong = append(wrong, problem(row.Number, c.Column, err))
	}
	for _, cell := range row.Cells {
		c, known := m.find(cell.Column)
		text := strings.TrimSpace(cell.Value)
		switch {
		case !known:
			add(cell, wrongly(WrongUnmapped))
			continue
		case text == "" || slices.Contains(c.blank, text):
			continue
		}
		if slices.Contains(m.key, cell.Column) {
			key[cell.Column] = text
		}
		if c.leftOut != "" {
			continue
		}
		if Formula(cell.Value) || Formula(text) {
			out.Formulas = append(out.Formulas, cell.Column)
		}
		value, err := c.say(text)
		if err == nil && goes[c.to] {
			err = wrongly(WrongTwice)
		}
		if err != nil {
			add(cell, err)
			continue
		}
		goes[c.to] = true
		out.Values = append(out.Values, Value{cell.Column, c.to, value})
	}
	out.Key = m.keyOf(key)
	if out.Key == "" && len(row.Cells) > 0 {
		wrong = append(wrong, Problem{Row: row.Number, Column: strings.Join(m.key, ", "), Wrong: WrongKey})
	}
	if len(wrong) == 0 && len(out.Values) == 0 {
		wrong = append(wrong, Problem{Row: row.Number, Wrong: WrongEmpty})
	}
	if len(wrong) > 0 {
		return Mapped{Row: row.Number}, wrong
	}
	out.Content = Contents(out.Values)
	return out, nil
}

// keyOf is what a row is known by; empty where one of its parts is, or it is too long.
func (m Mapping) keyOf(parts map[string]string) string {
	var list []string
	for _, name := range m.key {
		if parts[name] == "" {
			return ""
		}
		list = append(list, parts[name])
	}
	key := strings.Join(list, keyParts)
	if len(key) > MaxKey || strings.Count(key, keyParts) != len(m.key)-1 {
		return ""
	}
	return key
}

// wrongly is what is wrong as an error, within this package.
type wrongly Wrong

func (w wrongly) Error() string { return string(w) }

func problem(row int, column string, err error) Problem {
	p := Problem{Row: row, Column: column, Wrong: WrongValue}
	if w, ok := errors.AsType[wrongly](err); ok {
		p.Wrong = Wrong(w)
	}
	p.Want, _ = errors.AsType[*htcds.ValueError](err)
	return p
}

// say is a value as its field takes it.
func (c column) say(text string) (string, error) {
	if strings.ContainsRune(text, '\uFFFD') {
		return "", wrongly(WrongUnreadable)
	}
	words := []string{text}
	switch {
	case c.split != "":
		words = strings.Split(text, c.split)
	case c.values != nil && c.to.several():
		words = strings.Split(text, ";")
	}
	for i, word := range words {
		said, err := c.word(strings.TrimSpace(word))
		if err != nil {
			return "", err
		}
		words[i] = said
	}
	value := strings.Join(words, ";")
	return value, c.to.check(value)
}

func (c column) word(text string) (string, error) {
	if c.values != nil {
		said, ok := c.values[text]
		if !ok {
			return "", wrongly(WrongWord)
		}
		return said, nil
	}
	if c.dates != "" {
		day, err := time.Parse(c.dates, text)
		if err != nil {
			return "", wrongly(WrongDate)
		}
		return day.Format(time.DateOnly), nil
	}
	return text, nil
}

// roles are the standard's, in its order.
var roles = sync.OnceValue(htcds.Roles)

// Contents puts values where they go. Records stand in the order of the standard's roles.
func Contents(values []Value) (c referral.Content) {
	type at struct {
		role htcds.Role
		nth  int
	}
	records := map[at]map[string]string{}
	for _, v := range values {
		switch {
		case v.To.Role != "":
			where := at{v.To.Role, v.To.Nth}
			if records[where] == nil {
				records[where] = map[string]string{}
			}
			records[where][v.To.Field] = v.Value
		case v.To.Field == priority:
			c.Priority = posada.Priority(v.Value)
		default:
			for word := range strings.SplitSeq(v.Value, ";") {
				c.Services = c.Services.With(posada.ServiceType(word))
			}
		}
	}
	places := make([]at, 0, len(records))
	for where := range records {
		places = append(places, where)
	}
	slices.SortFunc(places, func(a, b at) int {
		return cmp.Or(slices.Index(roles(), a.role)-slices.Index(roles(), b.role), a.nth-b.nth)
	})
	for _, where := range places {
		c.Records = append(c.Records, referral.Record{Role: where.role, Fields: records[where]})
	}
	return c
}
