package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// networkPage is what stewards decided, and how far it is in force here.
type networkPage struct {
	Network  client.Network
	Status   client.Status
	Stewards []string
	Others   int // stewards of agencies that are no members
	Brakes   []brake
}

// brake is what one steward stopped alone, with names.
type brake struct {
	Steward string
	Suspend []string
	Until   time.Time
}

// called are the names of agencies, by id; of one that is no member there is none.
func (v *visit) called() (func(posada.AgencyID) string, error) {
	list, err := v.node.Agencies(v.ctx())
	return func(id posada.AgencyID) string {
		if i := slices.IndexFunc(list, func(a client.Agency) bool { return a.ID == id }); i >= 0 {
			return list[i].Name
		}
		return ""
	}, err
}

func network(v *visit) (view, error) {
	n, err := v.node.Network(v.ctx())
	if err != nil {
		return view{}, err
	}
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	name, err := v.called()
	if err != nil {
		return view{}, err
	}
	p := networkPage{Network: n, Status: status}
	for _, id := range n.Stewards {
		if called := name(id); called != "" {
			p.Stewards = append(p.Stewards, called)
		} else {
			p.Others++
		}
	}
	slices.Sort(p.Stewards)
	nobody := v.Text("console.network.not_member")
	for _, b := range n.Brakes {
		shown := brake{Steward: cmp.Or(name(b.Steward), nobody), Until: b.Until}
		for _, id := range b.Suspend {
			shown.Suspend = append(shown.Suspend, cmp.Or(name(id), nobody))
		}
		p.Brakes = append(p.Brakes, shown)
	}
	return show("network", p), nil
}

// clockForm asks whether this machine's clock is right, where anybody doubts it.
func clockForm(v *visit) (view, error) {
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	return show("network_clock", status.Knows.Clock), nil
}

func confirmClock(v *visit) (view, error) {
	confirmed, err := v.node.ConfirmClock(v.ctx())
	switch {
	case err != nil:
		return view{}, err
	case confirmed.Taken:
		return goTo("/status", "console.network.clock_taken"), nil
	}
	return goTo("/network/clock", "console.network.clock_first"), nil
}
