package browsing

import (
	"encoding/json"
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// covered lists what can be pressed and cannot be seen: at the end of the page, and where one comes to it by
// keys. What lies beside the way out counts too: whoever aims at it may leave by mistake.
const covered = `(() => {
	const list = [];
	const seen = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0;
	const look = (e, when) => {
		// A field of several lines is come to at its first.
		const r = e.getClientRects()[0], x = r.x + r.width / 2, y = r.y + Math.min(r.height, e.tagName == 'TEXTAREA' ? 40 : 1e9) / 2;
		if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return false;
		const hit = document.elementFromPoint(x, y);
		if (hit && (hit === e || e.contains(hit) || hit.closest('label')?.control === e)) return true;
		list.push(when + ': ' + (e.innerText || e.name || e.id) + ' lies under ' + (hit ? hit.outerHTML.slice(0, 80) : 'nothing'));
		return true;
	};
	const all = [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary')].filter(seen);
	scrollTo(0, document.documentElement.scrollHeight);
	for (const e of all) look(e, 'at the end');
	for (const e of all) {
		if (e.disabled) continue;
		e.focus();
		if (!look(e, 'by keys')) list.push('by keys: ' + (e.innerText || e.name || e.id) + ' is not in the window');
	}
	document.activeElement.blur();
	const exit = document.getElementById('exit');
	if (exit && innerWidth < 600) {
		const r = exit.getBoundingClientRect(), y = r.y + r.height / 2;
		for (const x of [2, innerWidth / 2, innerWidth - 2]) {
			const hit = document.elementFromPoint(x, y);
			if (!exit.form.contains(hit)) list.push('beside the way out lies ' + (hit ? hit.outerHTML.slice(0, 80) : 'nothing'));
		}
	}
	scrollTo(0, 0);
	return JSON.stringify(list);
})()`

// uncovered holds the page that is open to that.
func (b *tab) uncovered(path string, how ways) {
	b.t.Helper()
	var list []string
	if err := json.Unmarshal([]byte(aside(b, covered)), &list); err != nil {
		b.t.Fatal(err)
	}
	for _, what := range list {
		b.t.Errorf("%s (%s): %s", path, how, what)
	}
}

// TestNothingLiesUnderTheWayOut: on the smallest phone, and on one that lies on its side.
// The crawler looks at every page so; these are those with the most to press.
func TestNothingLiesUnderTheWayOut(t *testing.T) {
	w := in(t)
	b := open(t, w.Console("ngo"))
	for _, how := range []ways{{language: "es", width: 320, script: true}, {language: "en", width: 640, zoom: 2, script: true}} {
		b.look(how)
		b.signIn(w.tokens[posada.RoleAgencyAdmin])
		for _, path := range []string{"/", "/people/new", "/people/programs", "/on-call/hours", "/me", "/status"} {
			b.visit(path)
			b.uncovered(path, how)
		}
	}
}
