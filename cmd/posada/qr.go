package main

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the light border around a code, in its own squares. The standard
// wants four; phones read two.
const quiet = 2

// drawQR draws a text as a QR code for a terminal with light letters on a dark
// ground: two squares a letter, one above the other.
func drawQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw a code: %w", err)
	}
	light := func(x, y int) bool { return x < 0 || y < 0 || x >= code.Size || y >= code.Size || !code.Black(x, y) }
	var drawn strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			switch above, below := light(x, y), light(x, y+1); {
			case above && below:
				drawn.WriteString("█")
			case above:
				drawn.WriteString("▀")
			case below:
				drawn.WriteString("▄")
			default:
				drawn.WriteString(" ")
			}
		}
		drawn.WriteString("\n")
	}
	return drawn.String(), nil
}

// qr writes a code below what it is of, where one was asked for.
func (p *page) qr(asked bool, text string) {
	if !asked {
		return
	}
	if drawn, err := drawQR(text); err == nil {
		p.line("")
		p.line(strings.TrimSuffix(drawn, "\n"))
	}
}
