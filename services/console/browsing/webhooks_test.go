package browsing

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAProgramIsToldByWayOfThePages: an address is refused and said at its field, one is taken,
// what it checks by is shown once, it is tried, turned off and on, its key turned over, and it is
// removed; the node has it so each time.
func TestAProgramIsToldByWayOfThePages(t *testing.T) {
	t.Parallel()
	w, admin := in(t), open(t, in(t).Console("ngo"))
	admin.look(ways{language: "en", width: 1280, script: true})
	admin.signIn(w.tokens[posada.RoleAgencyAdmin])
	node, url := w.as(posada.RoleAgencyAdmin), "https://127.0.0.1/by-hand"
	kept := func() (one client.Webhook) {
		list, err := node.Webhooks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(list, func(w client.Webhook) bool { return w.URL == url }); i >= 0 {
			one = list[i]
		}
		return one
	}
	admin.visit("/webhooks/new")
	admin.do(chromedp.SetValue(chromedp.CSS(`#url`), "http://hooks.example.org/"), chromedp.SetValue(chromedp.CSS(`#for`), "Invented advocate"))
	admin.send(`main form button.main`, `.wrong`)
	admin.do(chromedp.SetValue(chromedp.CSS(`#url`), url))
	admin.click(`input[value=need_fits]`)
	admin.send(`main form button.main`, `#key`)
	admin.scrutinize()
	first := read[string](admin, `document.querySelector('#key').value`)
	if one := kept(); !strings.HasPrefix(first, "whsec_") || !slices.Equal(one.Types, []posada.WebhookType{posada.WebhookNeedFits}) || one.ForName != "Invented advocate" {
		t.Errorf("%+v", one)
	}
	at := "/webhooks/" + string(kept().ID)
	admin.visit(at)
	admin.shows("What became of attempts to tell it")
	if strings.Contains(read[string](admin, `document.documentElement.outerHTML`), first) {
		t.Error("the secret is shown again")
	}
	admin.send(`form[action$="/test"] button`, `.said`)
	admin.shows("one that nothing is sent to")
	admin.scrutinize()
	admin.send(`form[action$="/off"] button`, `.said`)
	if kept().Off != posada.WebhookOffByPerson {
		t.Error("it is not off")
	}
	admin.send(`form[action$="/on"] button`, `.said`)
	if kept().Off != "" {
		t.Error("it is off")
	}
	admin.visit(at + "/rotate")
	admin.send(`main form button.grave`, `#key`)
	if again := read[string](admin, `document.querySelector('#key').value`); again == first || kept().Overlap.IsZero() {
		t.Error("the key is the one of before")
	}
	admin.visit(at + "/remove")
	admin.send(`main form button.grave`, `.said`)
	if kept().ID != "" {
		t.Error("it is still there")
	}
}
