package browsing

import (
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TestShellPictures takes pictures of what every page leads to, where a folder for them is named.
func TestShellPictures(t *testing.T) {
	if *screenshots == "" {
		return
	}
	w := in(t)
	for _, how := range []ways{
		{language: "en", width: 1280, script: true}, {language: "es", width: 1280, dark: true, script: true},
		{language: "es", width: 320, dark: true, script: true}, {language: "en", width: 320, script: true},
	} {
		b := open(t, w.Console("ngo"))
		b.look(how)
		b.picture(how, "/sign-in")
		b.picture(how, "/sign-in/first")
		b.signIn(w.tokens[posada.RoleAdvocate])
		for _, path := range []string{"/", "/status", "/account", "/confirm", "/leaving"} {
			b.picture(how, path)
		}
	}
}

// picture takes a picture of a whole page.
func (b *tab) picture(how ways, path string) {
	b.t.Helper()
	b.visit(path)
	name := strings.Trim(strings.ReplaceAll(path, "/", "-"), "-")
	if name == "" {
		name = "today"
	}
	b.keep(how, name)
}
