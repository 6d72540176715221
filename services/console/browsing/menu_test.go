package browsing

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TestTheMenuOnAPhoneIsOneLineUntilItIsAskedFor: with a script or without, it leaves the
// screen to the page, and pressing it shows every entry that there is.
func TestTheMenuOnAPhoneIsOneLineUntilItIsAskedFor(t *testing.T) {
	w := in(t)
	const shown = `[...document.querySelectorAll('.menu li')].filter(e => e.offsetHeight > 0 && e.className != 'open' && e.className != 'shut').length`
	for _, script := range []bool{true, false} {
		b := open(t, w.Console("ngo"))
		b.look(ways{language: "es", width: 320, script: script})
		b.signIn(w.tokens[posada.RoleAdvocate])
		b.visit("/cases")
		all := read[int](b, `document.querySelectorAll('.menu li').length - 2`)
		if n := read[int](b, shown); n != 1 || all < 5 {
			t.Errorf("%d of %d entries are there before it is asked for", n, all)
		}
		if top := read[float64](b, `document.querySelector('h1').getBoundingClientRect().top`); top > 320 {
			t.Errorf("the page's heading is %v px down", top)
		}
		b.click(`.menu .open a`)
		b.until(shown + ` == ` + read[string](b, `String(document.querySelectorAll('.menu li').length - 2)`))
		b.click(`.menu .shut a`)
		b.until(shown + ` == 1`)
	}
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "es", width: 1280, script: true})
	b.signIn(w.tokens[posada.RoleAdvocate])
	if n := read[int](b, shown); n < 5 || read[int](b, `document.querySelector('.menu .open').offsetHeight`) != 0 {
		t.Errorf("%d entries are there on a desk", n)
	}
}
