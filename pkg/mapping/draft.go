package mapping

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Draft is a mapping to be filled in: every column of a source, each without where it goes.
// It is refused until somebody has said so of all of them. What is named as the standard
// names its fields needs nothing said.
func Draft(name string, format Format, columns []string) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "posada_mapping: 1\nname: %s\nformat: %s\nstandard: htcds-2.0\nkey: [\"\"]\n", name, format)
	said := false
	for _, column := range columns {
		if _, known := standardTarget(column); known {
			continue
		}
		if !said {
			b.WriteString("columns:\n")
			said = true
		}
		quoted, err := yaml.Marshal(column)
		if err != nil {
			return nil, fmt.Errorf("write a mapping: %w", err)
		}
		text := strings.TrimSuffix(string(quoted), "\n")
		if strings.Contains(text, "\n") {
			text = strconv.Quote(column)
		}
		fmt.Fprintf(&b, "  %s: {to: \"\"}\n", text)
	}
	return []byte(b.String()), nil
}
