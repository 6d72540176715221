package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestACodeIsSquareAndHasItsLightBorder, which phones need to find it.
func TestACodeIsSquareAndHasItsLightBorder(t *testing.T) {
	drawn, err := drawQR("posada1-an-invented-code")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	wide := utf8.RuneCountInString(lines[0])
	if wide < 21+2*quiet || len(lines) != (wide+1)/2 {
		t.Errorf("%d lines of %d", len(lines), wide)
	}
	for i, line := range lines {
		letters := []rune(line)
		if len(letters) != wide || i < len(lines)-1 && (letters[0] != '█' || letters[wide-1] != '█') {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if strings.Trim(lines[0], "█") != "" {
		t.Errorf("no border above: %q", lines[0])
	}
	if _, err := drawQR(strings.Repeat("x", 5000)); err == nil {
		t.Error("a code of five thousand letters was drawn")
	}
}
