package browsing

import (
	"fmt"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// goes goes where a link leads.
func (b *tab) goes(css string) {
	b.t.Helper()
	if b.attribute(css, "href") == "" {
		b.t.Fatalf("there is no link %s on %s: %s", css, b.path(), b.text("main"))
	}
	b.visit(b.attribute(css, "href"))
}

// text is what somebody reads.
func (b *tab) text(css string) string {
	b.t.Helper()
	return read[string](b, fmt.Sprintf(`document.querySelector(%q).innerText`, css))
}

// value is what stands in a field.
func (b *tab) value(name string) string {
	b.t.Helper()
	return read[string](b, fmt.Sprintf(`document.querySelector('main [name=%q]').value`, name))
}

func (b *tab) attribute(css, name string) string {
	b.t.Helper()
	return read[string](b, fmt.Sprintf(`document.querySelector(%q)?.getAttribute(%q) ?? ""`, css, name))
}

func (b *tab) path() string { return read[string](b, `location.pathname`) }

// handleOf is a case as it stands in a URL. Something that was sent of it leads there; of
// one of which nothing was, something is sent for that.
func (w *world) handleOf(b *tab, label string) string {
	b.t.Helper()
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	p, err := ngo.Preview(b.t.Context(), newPreview(label))
	if err != nil {
		b.t.Fatal(err)
	}
	sent, err := ngo.Send(b.t.Context(), client.NewSend{Digest: p.Digest})
	if err != nil {
		b.t.Fatal(err)
	}
	b.visit("/referrals/" + string(sent.ID))
	return strings.Split(b.attribute(`a[href^="/cases/"]`, "href"), "/")[2]
}
