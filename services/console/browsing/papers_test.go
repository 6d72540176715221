package browsing

import (
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// TestAPaperIsMetWithoutScript: of a subpoena only that it came is recorded; a judge's order
// is recorded with what it names, the person is told, and counsel is asked before the case
// is destroyed.
func TestAPaperIsMetWithoutScript(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	agreed, err := ngo.AddConsent(t.Context(), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	the := func() client.Case {
		t.Helper()
		list, err := ngo.Cases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(k client.Case) bool { return k.Label == agreed.Case })
		if i < 0 {
			return client.Case{}
		}
		return list[i]
	}
	b := open(t, w.Console("ngo"))
	how := ways{language: "en", width: 320, dark: true}
	b.look(how)
	b.visit("/door") // before anybody signs in
	b.keep(how, "door")
	b.follow(`a[href$="/search_warrant"]`)
	b.keep(how, "door-warrant")
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/consents/" + string(agreed.ID))
	b.follow(`.crumb a`)
	b.follow(`a[href$="/paper"]`)
	b.keep(how, "paper")
	b.tick(`[name=kind][value=subpoena]`)
	b.follow(`form[action$="/paper"] button`)
	if k := the(); len(k.Papers) != 1 || k.Papers[0].Order != nil {
		t.Fatalf("of a subpoena there is %+v", k.Papers)
	}
	b.follow(`a[href$="/paper"]`)
	b.follow(`a[href$="/order"]`)
	b.tick(`[name=kind][value=court_order]`, `[name=names][value=identity]`)
	b.put("by", "2026-12-31")
	b.keep(how, "order")
	b.follow(`form[action$="/order"] button`)
	b.keep(how, "ordered")
	b.follow(`a.main`)
	if k := the(); k.Tell != 1 || k.Papers[1].Order.By != "2026-12-31" {
		t.Fatalf("of an order there is %+v", k.Papers)
	}
	b.keep(how, "case-to-tell")
	b.follow(`a[href$="/told"]`)
	b.tick(`[name=told]`)
	b.keep(how, "told")
	b.follow(`form[action$="/told"] button`)
	if the().Tell != 0 {
		t.Error("the person was told, and the node does not know")
	}
	b.follow(`a[href$="/never"]`)
	b.put("agency", idOf(t, ngo, "Invented Shelter"))
	b.keep(how, "never")
	b.follow(`form[action$="/never"] button`)
	if k := the(); len(k.Exclude) != 1 || k.Exclude[0].Name != "Invented Shelter" {
		t.Errorf("excluded are %+v", k.Exclude)
	}
	b.follow(`a[href$="/destroy"]`)
	b.tick(`[name=really]`)
	read[any](b, `document.querySelector('[name=counsel]').required = false, null`)
	b.follow(`button.grave`)
	b.keep(how, "destroy-paper")
	if the().Label == "" {
		t.Error("a case in which a paper came was destroyed though nobody said that counsel was asked")
	}
}

// TestCarePictures takes pictures of the other pages, where a folder for them is named.
func TestCarePictures(t *testing.T) {
	if *screenshots == "" {
		return
	}
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	in := newConsent()
	in.Allow[0].Purpose = "survivor_report"
	police, err := ngo.AddConsent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := ngo.Referrals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours := slices.IndexFunc(sent, func(r client.Referral) bool { return r.Side == referral.Source && r.Case != "" })
	if ours < 0 {
		t.Fatal("nothing was sent")
	}
	for _, how := range []ways{{language: "en", width: 1280}, {language: "es", width: 320, dark: true}} {
		b := open(t, w.Console("ngo"))
		b.look(how)
		b.signIn(w.tokens[posada.RoleAdvocate])
		for name, path := range map[string]string{"cases": "/cases", "opt-in": "/consents/" + string(police.ID) + "/opt-in", "consent-police": "/consents/" + string(police.ID), "duty": "/duty", "door": "/door"} {
			b.visit(path)
			b.keep(how, "care-"+name)
		}
		b.visit("/consents/" + string(sent[ours].Consent))
		b.follow(`.crumb a`)
		b.keep(how, "care-case-sent")
		at := read[string](b, `location.pathname`)
		b.follow(`a[href$="/people"]`)
		b.keep(how, "care-people")
		b.visit(at)
		b.follow(`a[href$="/words"]`)
		b.keep(how, "care-words-before")
		b.follow(`button.main`)
		b.keep(how, "care-words")
		b.visit(at)
		b.follow(`form[action$="/shared"] button`)
		b.keep(how, "care-shared")
	}
}
