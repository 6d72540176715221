package console

import (
	"net/http"

	"github.com/posada-exchange/posada/pkg/client"
)

func todayPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/{$}", title: "console.today.title", do: today, menu: true, icon: "today"},
	}
}

// todayPage is what somebody sees first: what wants doing now.
type todayPage struct {
	Status client.Status
	Wants  []want
}

// want is something that wants doing.
type want struct {
	Text  string
	To    string // empty: there is no page for it
	Grave bool
}

func today(v *visit) (view, error) {
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	v.session.knows(status)
	list := wants(v, status)
	if (page{roles: careRoles()}).works(status.Roles) {
		came, err := referralWants(v)
		if err != nil {
			return view{}, err
		}
		list = append(came, list...)
	}
	return show("today", todayPage{Status: status, Wants: list}), nil
}

// wants is what wants doing, as far as the node's state says it.
func wants(v *visit, s client.Status) []want {
	var list []want
	count := func(n int, key, to string) {
		if n > 0 {
			list = append(list, want{Text: v.Text(keyOf(key), "count", n), To: to})
		}
	}
	count(s.Due, "console.today.due", "")
	count(s.Tell, "console.today.tell", "")
	count(s.Unconfirmed, "console.today.unconfirmed", "/waiting")
	if len(s.HandedIn.Refused) > 0 {
		list = append(list, want{Text: v.Text("console.today.refused"), To: "/status", Grave: true})
	}
	if s.NobodyOnCall {
		list = append(list, want{Text: v.Text("console.today.nobody_on_call"), Grave: true})
	}
	return list
}
