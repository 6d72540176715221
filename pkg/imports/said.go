package imports

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/mapping"
)

// WrongSaid is what is wrong with a column of a row, in words: never its value.
func WrongSaid(p i18n.Printer, problem mapping.Problem) string {
	return p.Text(i18n.Key("import.wrong."+string(problem.Wrong)), "want", p.Wanted(problem.Want))
}

// BrokenSaid is what is wrong with a source, with its row; false where err is something else.
func BrokenSaid(p i18n.Printer, err error) (string, bool) {
	row := 1
	if b, ok := errors.AsType[*mapping.BrokenError](err); ok {
		row = b.Row
	}
	for _, k := range []struct {
		is  error
		say i18n.Key
	}{
		{mapping.ErrBroken, "import.broken.format"},
		{mapping.ErrLong, "import.broken.long"},
		{mapping.ErrNotUTF8, "import.broken.not_utf8"},
		{mapping.ErrUTF16, "import.broken.utf16"},
		{mapping.ErrOtherEncoding, "import.broken.other_encoding"},
		{mapping.ErrSeparator, "import.broken.separator"},
		{mapping.ErrNoHeading, "import.broken.no_heading"},
	} {
		if errors.Is(err, k.is) {
			return p.Text(k.say, "row", row), true
		}
	}
	return "", false
}
