package browsing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TestScreenshots takes pictures of pages, where a folder for them is named.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		return
	}
	w := in(t)
	for _, how := range []ways{
		{language: "en", width: 1280, script: true}, {language: "es", width: 1280, dark: true, script: true},
		{language: "es", width: 320, script: true}, {language: "en", width: 320, dark: true, script: true},
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
	shot := run(b, chromedp.FullScreenshot(100))
	name := strings.Trim(strings.ReplaceAll(path, "/", "-"), "-")
	if name == "" {
		name = "today"
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+"."+how.String()+".png"), shot, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
