package console

import (
	"net/http"
	"slices"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// chooseLanguage keeps the language that was chosen, in this browser.
func chooseLanguage(v *visit) (view, error) {
	if l := i18n.Language(v.value("to")); slices.Contains(i18n.Languages(), l) {
		http.SetCookie(v.w, bake(cookieLanguage, string(l), 365*24*lasts/12))
	}
	return goTo(local(v.value("back")), ""), nil
}

// leave ends what there is of somebody in this browser, and shows a page that says
// nothing. Nothing waits for the node.
func leave(v *visit) (view, error) {
	v.k.farewell(v, v.k.sessions.end(v.r))
	v.k.devices.forget(v.r)
	for _, name := range []string{cookieSession, cookieDevice} {
		http.SetCookie(v.w, crumble(name))
	}
	return goTo("/out", ""), nil
}

// out is the page that says nothing. Where the agency named another, it leads there: a
// form may not be answered with another site (form-action).
func out(v *visit) (view, error) {
	if v.k.c.Neutral != "" {
		v.w.Header().Set("Refresh", "0; url="+v.k.c.Neutral)
	}
	return show("out", nil), nil
}

// leaving says what leaving in a hurry hides, and what it does not.
func leaving(*visit) (view, error) { return show("leaving", nil), nil }

// lockedPage asks for the passphrase of a locked node.
type lockedPage struct{ Passphrase field }

// lockedForm asks for the passphrase.
func lockedForm(v *visit) (view, error) {
	return view{template: "locked", data: lockedPage{v.secret("passphrase", "console.locked.passphrase").needed()}}, nil
}

// unlock opens the node's vault. The passphrase is passed on and kept nowhere.
func unlock(v *visit) (view, error) {
	if !v.k.tries.may(v.r) {
		return view{}, trouble{http.StatusTooManyRequests, "console.too_often"}
	}
	if _, err := v.node.Unlock(v.ctx(), []byte(v.form.Get("passphrase"))); err != nil {
		return view{}, err
	}
	if _, typed := v.k.sessions.kept(v.r); typed {
		return goTo("/kept", "console.locked.opened"), nil
	}
	return goTo("/", "console.locked.opened"), nil
}
