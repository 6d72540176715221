package mapping

import (
	"regexp"
	"strings"
	"sync"
)

// starts is what a cell begins with that a spreadsheet may take for a command: the signs of
// a formula, as wide as some keyboards write them too, and what a spreadsheet skips before
// one.
const starts = "=+-@\t\r\n＝＋－＠"

// harmless are the texts that begin so and are figures: a spreadsheet reads a number.
var harmless = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)
})

// Formula reports whether a spreadsheet may take a cell for a command.
func Formula(value string) bool {
	return value != "" && strings.ContainsRune(starts, first(value)) && !harmless().MatchString(value)
}

func first(value string) rune {
	for _, r := range value {
		return r
	}
	return 0
}

// Escape writes a value for a cell so that a spreadsheet shows it, whatever it is: what
// might be a command begins with an apostrophe. So does what begins with one already, or
// Unescape would take it away.
func Escape(value string) string {
	if Formula(value) || escaped(value) {
		return "'" + value
	}
	return value
}

// Unescape is what Escape was given. Other programs escape so too.
func Unescape(cell string) string {
	if escaped(cell) {
		return cell[1:]
	}
	return cell
}

// escaped reports whether an apostrophe at the beginning stands for what follows it: for a
// command, or for another one.
func escaped(cell string) bool {
	rest, quoted := strings.CutPrefix(cell, "'")
	return quoted && (Formula(rest) || strings.HasPrefix(rest, "'"))
}
