package roster_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/roster"
)

func TestAPinHasOneSpelling(t *testing.T) {
	want := roster.PinOf([]byte("an invented key"))
	if want != sha256.Sum256([]byte("an invented key")) {
		t.Error("it is not the SHA-256 of the key")
	}
	var got roster.Pin
	if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want || len(want.String()) != 43 {
		t.Errorf("%s, %v", got, err)
	}
	good := strings.Repeat("A", 42) + "E"
	if err := got.UnmarshalText([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "a character less": good[1:], "a character more": "A" + good, "padded": good + "=",
		"the other alphabet": "+" + good[1:], "bits that mean nothing": good[:42] + "F", "a line's end": good + "\n",
	} {
		p := want
		if err := p.UnmarshalText([]byte(text)); !errors.Is(err, roster.ErrPin) || p != want {
			t.Errorf("%s: %s, %v", name, p, err)
		}
	}
}

func TestPinsAreFewAndDistinct(t *testing.T) {
	pin := func(n byte) roster.Pin { return roster.PinOf([]byte{n}) }
	for name, c := range map[string]struct {
		pins []roster.Pin
		good bool
	}{
		"none":   {nil, true},
		"one":    {[]roster.Pin{pin(1)}, true},
		"four":   {[]roster.Pin{pin(1), pin(2), pin(3), pin(4)}, true},
		"five":   {[]roster.Pin{pin(1), pin(2), pin(3), pin(4), pin(5)}, false},
		"twice":  {[]roster.Pin{pin(1), pin(2), pin(1)}, false},
		"zeroes": {[]roster.Pin{pin(1), {}}, false},
	} {
		s := invented.Snapshot(t)
		s.Hub.Pins = c.pins
		r, err := roster.New(s)
		if c.good != (err == nil) || err != nil && !errors.Is(err, roster.ErrInconsistent) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for n := byte(1); n <= 5 && err == nil; n++ {
			if want := int(n) <= len(c.pins); pin(n).In(r.Hub().Pins) != want {
				t.Errorf("%s: pin %d in the list: want %v", name, n, want)
			}
		}
	}
}

func TestPinsAreReadAsTheyWereWritten(t *testing.T) {
	s := invented.Snapshot(t)
	s.Hub.Pins = []roster.Pin{roster.PinOf([]byte("old")), roster.PinOf([]byte("new"))}
	text, err := roster.Write(s)
	if err != nil || !strings.Contains(string(text), s.Hub.Pins[1].String()) {
		t.Fatalf("%s, %v", text, err)
	}
	if r, err := roster.Read(text); err != nil || len(r.Hub().Pins) != 2 || r.Hub().Pins[0] != s.Hub.Pins[0] {
		t.Errorf("%v", err)
	}
}
