package console

import (
	"net/http"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func statusPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/status", title: "console.status.title", do: statusOf, menu: true, icon: "status"},
	}
}

// statusPage is how the node is.
type statusPage struct {
	Status  client.Status
	Members []client.Agency
	Stops   []string // why nothing is sent or opened now
}

func statusOf(v *visit) (view, error) {
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	v.session.knows(status)
	members, err := v.node.Agencies(v.ctx())
	if err != nil {
		return view{}, err
	}
	return show("status", statusPage{Status: status, Members: members, Stops: stops(v, status.Knows)}), nil
}

// stops says what keeps the node from sending and opening.
func stops(v *visit, k client.Knows) []string {
	var list []string
	say := func(is bool, key i18n.Key, args ...any) {
		if is {
			list = append(list, v.Text(key, args...))
		}
	}
	if k.SignedAt.IsZero() {
		return []string{v.Text("console.status.never_joined")}
	}
	say(!k.Member, "console.status.not_member")
	say(k.Clock != nil, "console.status.clock")
	if k.Frozen != nil {
		list = append(list, v.Text("console.status.frozen", "agency", k.Frozen.Name))
	}
	say(k.Clock == nil && k.Frozen == nil && k.Age == posada.StalenessStale, "console.status.stale", "signed", v.when(k.SignedAt))
	say(k.NotOurs, "console.status.not_ours")
	return list
}

// keyOf is a key that is put together.
func keyOf(text string) i18n.Key { return i18n.Key(text) }
