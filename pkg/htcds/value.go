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

// Check holds a value against the field's type. Values are text, as in the
// standard's own exports: several picks are separated by semicolons, dates are
// 2006-01-02, numbers and degrees decimal, check boxes true or false. The
// error names the field and what is wanted, never the value.
func (f Field) Check(value string) error {
	if want := f.wrong(value); want != "" {
		return fmt.Errorf("%s: %w: %s", f.Name, ErrBadValue, want)
	}
	return nil
}

// wrong says what was wanted; empty when the value is right.
func (f Field) wrong(value string) string {
	switch {
	case value == "":
		return "leave an empty field out"
	case !utf8.ValidString(value):
		return "UTF-8 text"
	}
	switch f.kind {
	case "Date":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "a date, 2006-01-02"
		}
	case "Number", "Geolocation":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return "a decimal number"
		}
	case "Checkbox":
		if value != "true" && value != "false" {
			return "true or false"
		}
	case "Picklist", "Picklist or Text":
		return f.notPicked(value)
	case "Multiselect Picklist":
		for pick := range strings.SplitSeq(value, ";") {
			if want := f.notPicked(pick); want != "" {
				return want
			}
		}
	case "Long Text":
		return tooLong(value, MaxLongText)
	}
	return tooLong(value, MaxText)
}

func (f Field) notPicked(value string) string {
	if len(f.values) > 0 && !slices.Contains(f.values, value) {
		return "one of " + strings.Join(f.values, ", ")
	}
	return tooLong(value, MaxText)
}

// tooLong also refuses characters that hide, reorder or move text on a screen:
// control and format characters, tabs, and separators that are no line break. A
// line break is text, and so are the joiners that some scripts are spelled
// with.
func tooLong(value string, limit int) string {
	if len(value) > limit {
		return fmt.Sprintf("at most %d bytes", limit)
	}
	if strings.ContainsFunc(value, hides) {
		return "no control characters"
	}
	return ""
}

func hides(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsControl(r) && r != '\n' ||
		unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf, unicode.Bidi_Control) && r != nonJoiner && r != joiner
}
