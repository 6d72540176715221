package console

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// A form that could not be sent on, because the node was away or locked, is given back with
// what was typed in it. Most forms ask the node what there is to choose from: those are
// given back as what was typed, to be read and mended, with what was chosen beside it
// unseen, and one button that sends all of it again. Nothing but the page has it, and the
// draft that the browser's cookie opens.

// absent reports whether the node is not there, or locked.
func absent(err error) bool {
	p, said := errors.AsType[*client.Problem](err)
	return errors.Is(err, client.ErrUnreachable) || errors.Is(err, client.ErrNotANode) || said && p.Key == string(fault.NodeLocked)
}

// backPage is a form without what only the node knows.
type backPage struct {
	At     string
	Typed  []field
	Chosen []hidden
	Kept   bool // it is kept for the browser, too
	Locked *lockedPage
}

// soonBack is how long a form's own page may take to find that the node is there again.
const soonBack = 2 * time.Second

// giveBack gives a form back: as itself where it can be, else as what was typed.
func (k *Console) giveBack(v *visit, p page, failed error) {
	problem := v.wrong(failed)
	v.problem, v.typed = problem, v.form
	if problem.Key != string(fault.NodeLocked) {
		ctx, stop := context.WithTimeout(v.ctx(), soonBack)
		defer stop()
		r := v.r
		v.r = r.WithContext(ctx)
		shown, err := p.again(v)
		v.r = r
		if err == nil && shown.to == "" {
			shown.status = problem.Status
			k.write(v, p, shown)
			return
		}
	}
	form := draft{local(v.r.URL.Path), maps.Clone(v.form)}.bare()
	back := backPage{At: form.Path, Kept: !errors.Is(failed, client.ErrUnsure)}
	if back.Kept { // what may have been done is not offered later as what was not
		k.sessions.set(v.r, form)
	}
	for _, name := range slices.Sorted(maps.Keys(form.Form)) {
		values := form.Form[name]
		if label := v.labelOf(name); label != "" && len(values) == 1 && values[0] != "" {
			f := v.text(name, "").called(label)
			if f.Max = 4000; len(f.Value) > 60 || strings.Contains(f.Value, "\n") {
				f.Kind = "area"
			}
			back.Typed = append(back.Typed, f)
			continue
		}
		for _, value := range values {
			back.Chosen = append(back.Chosen, hidden{name, value})
		}
	}
	shown := view{template: "again", data: &back, status: problem.Status}
	if problem.Key == string(fault.NodeLocked) {
		shown.status = http.StatusServiceUnavailable
		back.Locked = &lockedPage{v.secret("passphrase", "console.locked.passphrase").needed()}
		v.problem = v.wrong(trouble{http.StatusServiceUnavailable, "console.again.locked"})
	}
	k.write(v, p, shown)
}

// labelOf is what a field is called into which people type words of their own; empty where
// something is chosen.
func (v *visit) labelOf(name string) string {
	if key := map[string]i18n.Key{
		"language_other": "console.talk.language_other", "counsel": "console.order.counsel", "name": "console.people.name",
	}[name]; key != "" {
		return v.Text(key)
	}
	for _, a := range askedFields() {
		if a.name() == name && !a.Several() && len(a.Picks()) == 0 && !a.Dated() {
			return v.placed(name)
		}
	}
	return ""
}
