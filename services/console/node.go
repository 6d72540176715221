package console

import (
	"net/http"
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func nodePages() []page {
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/agencies", title: "console.agencies.title", do: agencies, menu: true, icon: "home"},
		{method: get, pattern: "/agencies/{id}", title: "console.agencies.one", do: oneAgency},
		{method: get, pattern: "/status", title: "console.node.title", do: nodeOf, menu: true, icon: "status"},
		{method: get, pattern: "/status/lock", title: "console.node.lock", do: lockForm},
		{method: post, pattern: "/status/lock", title: "console.node.lock", do: lockNode, again: lockForm},
		{method: get, pattern: "/network", title: "console.network.title", do: network},
		{method: get, pattern: "/network/members", title: "console.member.title", do: members},
		{method: get, pattern: "/network/clock", title: "console.network.clock", do: clockForm},
		{method: post, pattern: "/network/clock", title: "console.network.clock", do: confirmClock, again: clockForm},
	}
}

// nodePage is how the node is.
type nodePage struct {
	Status client.Status
	Stops  []string // why nothing is sent or opened now
	Well   bool     // nothing is to be done
	Aside  int
	Admin  bool // whoever looks says which programs are told
}

func nodeOf(v *visit) (view, error) {
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	v.session.knows(status)
	p := nodePage{Status: status, Stops: stops(v, status.Knows), Admin: slices.Contains(status.Roles, posada.RoleAgencyAdmin)}
	for _, q := range status.Quarantined {
		p.Aside += q.Count
	}
	p.Well = len(p.Stops) == 0 && status.Hub == "connected" && status.Audit.Whole && len(status.HandedIn.Refused) == 0 && status.WebhooksOff == 0
	return show("node", p), nil
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

func lockForm(*visit) (view, error) { return show("node_lock", nil), nil }

// lockNode closes the vault: the page that is gone to asks for the passphrase.
func lockNode(v *visit) (view, error) {
	if _, err := v.node.Lock(v.ctx()); err != nil {
		return view{}, err
	}
	return goTo("/status", ""), nil
}
