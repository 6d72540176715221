package console

import (
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// waitingPages are what waits for another agency, and what was put aside.
func waitingPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/waiting", title: "console.waiting.title", do: waitingFor, menu: true, icon: "clock"},
	}
}

// waitingPage is what is not as it should be, and who does what about it.
type waitingPage struct {
	Call    []waitingRow // did not confirm within three days
	Told    []waitingRow // were told, and have the time
	Out     []waitingRow // not yet at the other agency
	Aside   []client.Quarantined
	Missing int
	Works   bool // whoever asks sees referrals
	Count   int  // how many did not confirm, for whoever does not
}

// waitingRow is one referral that waits.
type waitingRow struct {
	To, Agency, Why string
	Since           time.Time
}

func waitingFor(v *visit) (view, error) {
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	v.session.knows(status)
	p := waitingPage{Aside: status.Quarantined, Missing: status.Missing, Count: status.Unconfirmed, Works: page{roles: careRoles()}.works(status.Roles)}
	if !p.Works {
		return show("waiting", p), nil
	}
	list, err := v.node.Referrals(v.ctx())
	if err != nil {
		return view{}, err
	}
	for _, r := range list {
		if r.Side != referral.Source {
			continue
		}
		row := waitingRow{To: "/referrals/" + string(r.ID), Agency: r.Peer.Name, Since: r.Sent}
		for _, m := range r.Marks {
			if m.State == posada.StateWithdrawnBySurvivor {
				row.Since = m.At
			}
		}
		switch {
		case r.Unconfirmed:
			p.Call = append(p.Call, row)
		case r.State == posada.StateWithdrawnBySurvivor && r.Shredded == nil && !r.Paper && !r.Delivered.IsZero():
			p.Told = append(p.Told, row)
		case r.State == posada.StateSent && r.Delivered.IsZero() && !r.Paper:
			row.Why = v.whyWaiting(status, r)
			p.Out = append(p.Out, row)
		}
	}
	return show("waiting", p), nil
}
