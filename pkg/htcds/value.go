package htcds

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Sizes of texts in bytes. The standard gives none; these keep a referral
// within an envelope and a screen.
const (
	MaxText     = 255
	MaxLongText = 16 << 10
)

// Want is a kind of what a field takes, one word each.
type Want string

// Wants.
const (
	WantValue    Want = "value"    // an empty field is left out
	WantUTF8     Want = "utf8"     // text in UTF-8
	WantPlain    Want = "plain"    // text without characters that hide something
	WantBytes    Want = "bytes"    // no more than Most bytes
	WantDate     Want = "date"     // 2006-01-02
	WantNumber   Want = "number"   // decimal
	WantCheckbox Want = "checkbox" // true or false
	WantOneOf    Want = "one_of"   // a word of List
)

// Wants lists them.
func Wants() []Want {
	return []Want{WantValue, WantUTF8, WantPlain, WantBytes, WantDate, WantNumber, WantCheckbox, WantOneOf}
}

// ValueError says which field has a value that is not of its type, and what it
// takes; never the value. It is ErrBadValue.
type ValueError struct {
	Field string
	Want  Want
	List  []string // WantOneOf
	Most  int      // WantBytes
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Field, ErrBadValue, e.Want)
}

// Is makes every ValueError an ErrBadValue.
func (e *ValueError) Is(target error) bool { return target == ErrBadValue }

// Check holds a value against the field's type. Values are text, as in the
// standard's own exports: several picks are separated by semicolons, dates are
// 2006-01-02, numbers and degrees decimal, check boxes true or false. What is
// wrong is a *ValueError.
func (f Field) Check(value string) error {
	if wrong := f.wrong(value); wrong != nil {
		wrong.Field = f.Name
		return wrong
	}
	return nil
}

// wrong says what was wanted; nil when the value is right.
func (f Field) wrong(value string) *ValueError {
	switch {
	case value == "":
		return &ValueError{Want: WantValue}
	case !utf8.ValidString(value):
		return &ValueError{Want: WantUTF8}
	}
	switch f.kind {
	case "Date":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return &ValueError{Want: WantDate}
		}
	case "Number", "Geolocation":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return &ValueError{Want: WantNumber}
		}
	case "Checkbox":
		if value != "true" && value != "false" {
			return &ValueError{Want: WantCheckbox}
		}
	case "Picklist", "Picklist or Text":
		return f.notPicked(value)
	case "Multiselect Picklist":
		for pick := range strings.SplitSeq(value, ";") {
			if wrong := f.notPicked(pick); wrong != nil {
				return wrong
			}
		}
	case "Long Text":
		return notText(value, MaxLongText)
	}
	return notText(value, MaxText)
}

func (f Field) notPicked(value string) *ValueError {
	if len(f.values) > 0 && !slices.Contains(f.values, value) {
		return &ValueError{Want: WantOneOf, List: f.values}
	}
	return notText(value, MaxText)
}

// notText refuses what is too long, and characters that hide, reorder or move
// text on a screen: control and format characters, tabs, and separators that
// are no line break. A line break is text, and so are the joiners that some
// scripts are spelled with.
func notText(value string, limit int) *ValueError {
	if len(value) > limit {
		return &ValueError{Want: WantBytes, Most: limit}
	}
	if strings.ContainsFunc(value, hides) {
		return &ValueError{Want: WantPlain}
	}
	return nil
}

func hides(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsControl(r) && r != '\n' ||
		unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf, unicode.Bidi_Control) && r != nonJoiner && r != joiner
}

// Picks are the words the field takes; none: any text of its type.
func (f Field) Picks() []string { return slices.Clone(f.values) }

// Several reports whether it takes several words, with semicolons between them.
func (f Field) Several() bool { return f.kind == "Multiselect Picklist" && len(f.values) > 0 }

// Long reports whether it takes a text of several lines.
func (f Field) Long() bool { return f.kind == "Long Text" }

// OwnWords reports whether what stands in it is said in somebody's own words: a text of
// several lines, or one of posada's own lines that takes any words.
func (f Field) OwnWords() bool {
	return f.Long() || f.kind == "Text" && len(f.values) == 0 && strings.HasPrefix(f.Name, "psd_")
}

// Dated reports whether it takes a date.
func (f Field) Dated() bool { return f.kind == "Date" }
