package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// trouble is a problem of the console's own: its sentences stand under key.what, .kept
// and .next.
type trouble struct {
	status int
	key    i18n.Key
}

func (t trouble) Error() string { return string(t.key) }

// errNothing is for what is not there and for what may not be seen: one page, byte for
// byte (guard rule G7).
var errNothing = errors.New("nothing there")

// failed makes a page of what went wrong.
func (k *Console) failed(v *visit, p page, err error) {
	if kept, ok := errors.AsType[*client.Kept](err); ok {
		k.write(v, p, view{template: "kept", data: kept, status: http.StatusAccepted})
		return
	}
	problem := v.wrong(err)
	switch {
	case problem.Status == http.StatusNotFound:
		k.nothing(v)
	case v.r.Method == http.MethodPost && p.again != nil && !p.open && absent(err):
		k.giveBack(v, p, err)
	case problem.Key == string(fault.NodeLocked):
		shown, _ := lockedForm(v)
		shown.status = http.StatusServiceUnavailable
		k.write(v, page{title: "console.locked.title", open: true}, shown)
	case problem.Code == string(fault.Unauthenticated) && !p.open:
		k.sessions.lock(v.r)
		v.session = nil
		k.askWho(v)
	case problem.Key == string(fault.ConfirmFirst):
		k.confirmFirst(v, p)
	case p.again != nil:
		v.problem, v.typed = problem, v.form
		shown, wrong := p.again(v)
		if wrong != nil {
			k.write(v, page{title: "console.problem"}, view{template: "problem", data: v.wrong(wrong), status: v.wrong(wrong).Status})
			return
		}
		if shown.status = problem.Status; shown.to != "" { // what was the form is no more
			shown = view{template: "problem", data: problem, status: problem.Status}
		}
		k.write(v, p, shown)
	default:
		k.write(v, page{title: "console.problem", open: p.open}, view{template: "problem", data: problem, status: problem.Status})
	}
}

// confirmFirst asks who is there before something that the node does only then. What was
// typed is kept, and shown again afterwards.
func (k *Console) confirmFirst(v *visit, p page) {
	back := local(v.r.URL.Path)
	if v.r.Method == http.MethodPost {
		back = "/"
		if p.again != nil {
			k.sessions.set(v.r, draft{local(v.r.URL.Path), v.form}.bare())
			back = "/kept"
		}
	}
	http.Redirect(v.w, v.r, "/confirm?back="+url.QueryEscape(back), http.StatusSeeOther)
}

// nothing is the one page for what is not there and what may not be seen. It says
// nothing of what was asked for.
func (k *Console) nothing(v *visit) {
	k.write(v, page{title: "console.nothing.title", open: v.session == nil}, view{template: "nothing", status: http.StatusNotFound})
}

// wrong is any error as something a person can act on, in the language of the visit.
func (v *visit) wrong(err error) *client.Problem {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return v.here(p)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return v.here(v.refused(f))
	}
	t, ours := errors.AsType[trouble](err)
	switch {
	case errors.Is(err, errNothing):
		return &client.Problem{Status: http.StatusNotFound, Code: string(fault.Withheld), Key: string(fault.NothingThere)}
	case errors.Is(err, client.ErrUnsure) && !v.page.open:
		t = trouble{http.StatusBadGateway, "console.unsure"}
	case errors.Is(err, client.ErrUnreachable):
		t = trouble{http.StatusBadGateway, "console.unreachable"}
	case errors.Is(err, client.ErrNotANode):
		t = trouble{http.StatusBadGateway, "console.not_a_node"}
	case !ours:
		t = trouble{http.StatusInternalServerError, "console.broken"}
	}
	return &client.Problem{
		Status: t.status, Code: string(fault.Internal), Key: string(t.key),
		Title: v.Text(t.key + ".what"), Kept: v.Text(t.key + ".kept"), Next: v.Text(t.key + ".next"),
	}
}

// refused is what the node would refuse, seen before it was asked, in its sentences.
func (v *visit) refused(f *fault.Error) *client.Problem {
	args := []any{"what", ""}
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	key := i18n.Key("fault." + string(f.Key))
	return &client.Problem{
		Status: http.StatusUnprocessableEntity, Code: string(f.Code), Key: string(f.Key), Args: f.Args,
		Title: v.Text(key+".what", args...), Kept: v.Text(key+".kept", args...), Next: v.Text(key+".next", args...),
	}
}

// here is what the node answered, with what to do next said for a page: the node speaks
// to whoever types commands.
func (v *visit) here(p *client.Problem) *client.Problem {
	told := *p
	key := i18n.Key("console.next." + p.Key)
	var args []any
	for name, value := range p.Args {
		args = append(args, name, value)
	}
	if text := v.Text(key, args...); text != string(key) {
		told.Next = text
	}
	return &told
}
