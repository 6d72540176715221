package mapping

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func (m *Mapping) readColumns(n *yaml.Node) error {
	return fields(n, func(name string, key, value *yaml.Node) error {
		if len(m.order)+len(m.begins) == maxColumns {
			return at(key).flaw(FlawLarge, name)
		}
		c := column{name: name, at: at(key)}
		if err := c.read(value); err != nil {
			return err
		}
		if beginning, star := strings.CutSuffix(name, "*"); star {
			if c.leftOut == "" {
				return at(value).flaw(FlawMissing, "left_out")
			}
			c.name = beginning
			m.begins = append(m.begins, c)
			return nil
		}
		m.columns[name], m.order = c, append(m.order, name)
		return nil
	})
}

func (c *column) read(n *yaml.Node) error {
	var values *yaml.Node
	err := fields(n, func(name string, key, value *yaml.Node) error {
		if name == "values" {
			values = value
			return nil
		}
		return c.readOne(name, key, value)
	})
	if err != nil {
		return err
	}
	switch goes := c.to != (Target{}); {
	case c.leftOut != "" && (goes || values != nil || c.dates != "" || c.split != ""):
		return at(n).flaw(FlawTaken, c.name)
	case c.leftOut == "" && !goes:
		return at(n).flaw(FlawMissing, "to")
	case c.split != "" && !c.to.several():
		return at(n).flaw(FlawSplit, c.name)
	case values == nil:
		return nil
	}
	return c.readValues(values)
}

func (c *column) readOne(name string, key, value *yaml.Node) (err error) {
	if name == "blank" {
		c.blank, err = texts(value)
		return err
	}
	text, err := scalar(value)
	if err != nil {
		return err
	}
	switch name {
	case "to":
		c.to, err = ParseTarget(text)
		if err != nil {
			return at(value).flaw(FlawTarget, text)
		}
	case "left_out":
		if c.leftOut = strings.TrimSpace(text); c.leftOut == "" {
			return at(value).flaw(FlawMissing, "left_out")
		}
	case "dates":
		if c.dates, err = layout(text); err != nil {
			return at(value).flaw(FlawDates, text)
		}
	case "split":
		if c.split = text; text == "" {
			return at(value).flaw(FlawMissing, "split")
		}
	case "optional":
		if text != "true" && text != "false" {
			return at(value).flaw(FlawUnknown, text)
		}
		c.optional = text == "true"
	default:
		return at(key).flaw(FlawUnknown, name)
	}
	return nil
}

// readValues reads a table of values. What a value becomes is what the field takes.
func (c *column) readValues(n *yaml.Node) error {
	c.values = map[string]string{}
	err := fields(n, func(from string, _, value *yaml.Node) error {
		to, err := scalar(value)
		if err != nil {
			return err
		}
		if err := c.to.check(to); err != nil {
			return at(value).flaw(FlawValue, from)
		}
		c.values[from] = to
		return nil
	})
	if err != nil {
		return err
	}
	if lacks := c.uncovered(); len(lacks) > 0 {
		return at(n).flaw(FlawPartial, strings.Join(lacks, ", "))
	}
	return nil
}

// layout is how a date is written, as the time package has it. Years have four figures: of
// two, nobody knows the century of a birthday.
func layout(text string) (string, error) {
	out := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "M", "1", "D", "2").Replace(text)
	day := time.Date(1994, time.February, 28, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(out, day.Format(out))
	if err != nil || !back.Equal(day) {
		return "", errors.New("not a date with day, month and year")
	}
	return out, nil
}

// whole refuses a mapping that is not injective and does not say so, and one whose parts
// contradict each other.
func (m *Mapping) whole(key position) error {
	goes := map[Target]string{}
	for _, name := range m.order {
		c := m.columns[name]
		if c.leftOut != "" {
			continue
		}
		if _, taken := goes[c.to]; taken {
			return c.at.flaw(FlawTaken, c.to.String())
		}
		goes[c.to] = name
	}
	if len(m.key) == 0 {
		return key.flaw(FlawMissing, "key")
	}
	for i, name := range m.key {
		if _, known := m.find(name); !known || slices.Contains(m.key[:i], name) {
			return key.flaw(FlawKey, name)
		}
	}
	for _, loss := range m.Losses() {
		if loss.Why == "" {
			return loss.at.flaw(FlawUndeclare, loss.Column)
		}
	}
	return nil
}

// collide are targets that two of the columns of one source would go to: by name, and as
// the standard names it.
func (m Mapping) collide(names []string) (twice []string) {
	goes := map[Target]bool{}
	for _, name := range names {
		c, ok := m.find(name)
		if !ok || c.leftOut != "" {
			continue
		}
		if goes[c.to] {
			twice = append(twice, name)
		}
		goes[c.to] = true
	}
	return twice
}
