package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// passPage asks what of a referral that came in is passed on, and to whom.
type passPage struct {
	At, Back   string
	From       string
	To         field
	Categories field
	Services   field
	Nobody     bool // its consent names nobody
}

func passForm(v *visit) (view, error) {
	r, err := v.node.Referral(v.ctx(), posada.ReferralID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	at := "/referrals/" + string(r.ID)
	var kept url.Values
	if v.problem == nil && v.draftOf("pass "+string(r.ID), &kept) {
		v.typed = kept
	}
	p := passPage{At: at + "/pass-on", Back: at, From: r.Peer.Name, Nobody: len(r.Onward) == 0}
	var to, kinds []option
	for _, a := range r.Onward {
		to = append(to, option{Value: string(a.ID), Label: a.Name, Hint: v.Term("class", string(a.Class))})
	}
	for _, c := range r.Carried {
		value := string(c.Category)
		if value == "" || c.Category == posada.CategoryNeeds || slices.ContainsFunc(kinds, func(o option) bool { return o.Value == value }) {
			continue
		}
		kinds = append(kinds, option{Value: value, Label: v.Term("category", value)})
	}
	p.To = v.one("to", "console.pass.to", to).needed()
	if len(to) == 1 {
		p.To = p.To.first(to[0].Value)
	}
	if v.problem != nil && v.typed.Get("to") == "" {
		p.To.Wrong = v.Text("console.mark.choose")
	}
	p.Categories = v.many("categories", "console.pass.categories", kinds).hint(v.Text("console.pass.categories_hint"))
	p.Services = v.many("services", "console.pass.services", terms(v, "service", r.Services)).hint(v.Text("console.pass.services_hint"))
	return show("pass_on", p), nil
}

// passTyped keeps what was chosen and shows what would leave.
func passTyped(v *visit) (view, error) {
	if v.value("to") == "" {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.refer.wrong"}
	}
	kept := url.Values{"to": v.form["to"], "categories": v.form["categories"], "services": v.form["services"]}
	if err := v.keepDraft("pass "+v.path("id"), kept); err != nil {
		return view{}, err
	}
	return goTo("/referrals/"+v.path("id")+"/pass-on/preview", ""), nil
}

func passPreview(v *visit) (view, error) {
	at := "/referrals/" + v.path("id") + "/pass-on"
	var kept url.Values
	if !v.draftOf("pass "+v.path("id"), &kept) {
		return goTo(at, ""), nil
	}
	// What is needed always goes; where nothing else was chosen it goes alone.
	in := client.NewPassing{To: kept.Get("to"), Categories: append([]string{string(posada.CategoryNeeds)}, kept["categories"]...), Services: kept["services"]}
	out, err := v.node.PassOn(v.ctx(), posada.ReferralID(v.path("id")), in)
	if err != nil {
		return view{}, err
	}
	p := previewPage{At: at, Back: at, Passing: true}
	p.fill(v, out)
	return show("preview", p).titled(v.Text("console.preview.of", "agency", out.To.Name)), nil
}

func passSend(v *visit) (view, error) {
	out, err := v.node.Send(v.ctx(), client.NewSend{Digest: v.value("digest")})
	if err != nil {
		return view{}, err
	}
	v.dropDraft("pass " + v.path("id"))
	return goTo("/referrals/"+string(out.ID), "console.refer.sent", "agency", out.Peer.Name), nil
}
