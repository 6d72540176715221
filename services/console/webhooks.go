package console

import (
	"net/http"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func webhookPages() []page {
	admin := []posada.StaffRole{posada.RoleAgencyAdmin}
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/webhooks", title: "console.webhooks.title", do: webhookList, roles: admin},
		{method: get, pattern: "/webhooks/new", title: "console.webhooks.new", do: newWebhook, roles: admin},
		{method: post, pattern: "/webhooks/new", title: "console.webhooks.key_title", do: addWebhook, again: newWebhook, roles: admin},
		{method: get, pattern: "/webhooks/{id}", title: "console.webhooks.one", do: oneWebhook, roles: admin},
		{method: post, pattern: "/webhooks/{id}/test", title: "console.webhooks.one", do: testWebhook, again: oneWebhook, roles: admin},
		{method: post, pattern: "/webhooks/{id}/on", title: "console.webhooks.one", do: enableWebhook, again: oneWebhook, roles: admin},
		{method: post, pattern: "/webhooks/{id}/off", title: "console.webhooks.one", do: disableWebhook, again: oneWebhook, roles: admin},
		{method: get, pattern: "/webhooks/{id}/rotate", title: "console.webhooks.rotate", do: rotateWebhookForm, roles: admin},
		{method: post, pattern: "/webhooks/{id}/rotate", title: "console.webhooks.key_title", do: rotateWebhook, again: rotateWebhookForm, roles: admin},
		{method: get, pattern: "/webhooks/{id}/remove", title: "console.webhooks.remove", do: removeWebhookForm, roles: admin},
		{method: post, pattern: "/webhooks/{id}/remove", title: "console.webhooks.remove", do: removeWebhook, again: removeWebhookForm, roles: admin},
	}
}

func webhookList(v *visit) (view, error) {
	list, err := v.node.Webhooks(v.ctx())
	return show("webhooks", list), err
}

// newWebhookPage asks where something is told, and of what.
type newWebhookPage struct{ URL, For, Types, Scheme field }

func newWebhook(v *visit) (view, error) {
	staff, err := v.node.Staff(v.ctx())
	if err != nil {
		return view{}, err
	}
	var names []option
	for _, m := range staff {
		if m.Disabled.IsZero() {
			names = append(names, option{Value: m.Name, Label: m.Name})
		}
	}
	p := newWebhookPage{
		URL:    v.text("url", "console.webhooks.url").hint(v.Text("console.webhooks.url_hint")).needed(),
		For:    v.choice("for", "console.webhooks.for", names).hint(v.Text("console.webhooks.for_hint")).needed(),
		Types:  v.many("types", "console.webhooks.types", terms(v, "webhook", posada.Members[posada.WebhookType]())).hint(v.Text("console.webhooks.types_hint")),
		Scheme: v.one("scheme", "console.webhooks.scheme", terms(v, "scheme", posada.Members[posada.WebhookScheme]())).first(string(posada.WebhookV1)),
	}
	p.URL.Max = 512
	p.URL = v.blame(p.URL, fault.WebhookURL)
	p.For = v.blame(p.For, fault.UnknownColleague)
	return show("webhook_new", p), nil
}

// webhookKeyPage shows what an endpoint checks by; a secret, this once.
type webhookKeyPage struct {
	client.AddedWebhook
	Secret bool
}

// shownKey shows a key on the answer itself: it is in no address, and kept nowhere here.
func shownKey(out client.AddedWebhook, err error) (view, error) {
	return show("webhook_key", webhookKeyPage{out, out.Webhook.Public == ""}), err
}

func addWebhook(v *visit) (view, error) {
	return shownKey(v.node.AddWebhook(v.ctx(), client.NewWebhook{URL: v.value("url"), For: v.value("for"), Types: v.values("types"), Scheme: v.value("scheme")}))
}

func (v *visit) webhook() posada.WebhookID { return posada.WebhookID(v.path("id")) }

// webhookPage is one endpoint and what became of attempts to tell it.
type webhookPage struct {
	client.Webhook
	At  string // its address here
	Log []client.WebhookAttempt
}

func oneWebhook(v *visit) (view, error) {
	w, err := v.node.Webhook(v.ctx(), v.webhook())
	if err != nil {
		return view{}, err
	}
	log, err := v.node.WebhookLog(v.ctx(), w.ID)
	return show("webhook", webhookPage{w, at(w), log}), err
}

func at(w client.Webhook) string { return "/webhooks/" + string(w.ID) }

func testWebhook(v *visit) (view, error) {
	a, err := v.node.TestWebhook(v.ctx(), v.webhook())
	if err != nil {
		return view{}, err
	}
	return goTo("/webhooks/"+v.path("id"), "console.webhooks.tested", "outcome", v.Term("webhook_outcome", string(a.Outcome))), nil
}

func enableWebhook(v *visit) (view, error) {
	w, err := v.node.EnableWebhook(v.ctx(), v.webhook())
	return goTo(at(w), "console.webhooks.enabled"), err
}

func disableWebhook(v *visit) (view, error) {
	w, err := v.node.DisableWebhook(v.ctx(), v.webhook())
	return goTo(at(w), "console.webhooks.disabled"), err
}

// askWebhook asks once more before something of an endpoint ends.
func (v *visit) askWebhook(part string) (view, error) {
	w, err := v.node.Webhook(v.ctx(), v.webhook())
	if err != nil {
		return view{}, err
	}
	return show("ask", askPage{Name: w.URL, Action: at(w) + "/" + part, Back: at(w), Key: "console.webhooks.ask." + part}), nil
}

func rotateWebhookForm(v *visit) (view, error) { return v.askWebhook("rotate") }

func rotateWebhook(v *visit) (view, error) {
	return shownKey(v.node.RotateWebhook(v.ctx(), v.webhook()))
}

func removeWebhookForm(v *visit) (view, error) { return v.askWebhook("remove") }

func removeWebhook(v *visit) (view, error) {
	_, err := v.node.RemoveWebhook(v.ctx(), v.webhook())
	return goTo("/webhooks", "console.webhooks.removed"), err
}
