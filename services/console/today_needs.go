package console

import (
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ofNeeds is what wants doing for those whom a place is looked for.
func (p *todayPage) ofNeeds(v *visit) error {
	list, err := v.node.Needs(v.ctx())
	if err != nil {
		return err
	}
	for _, n := range list {
		told := n.Silence != nil && n.Silence.Told
		if n.State.Over() || !n.Hers && !told {
			continue
		}
		w := want{To: needAt(n.ID), rank: rankTonight, Grave: n.Profile.Priority == posada.PriorityTonight}
		var offers int
		var holds *client.NeedLine
		for i, l := range n.Asked {
			switch l.State {
			case posada.AskedHolds:
				holds = &n.Asked[i]
			case posada.AskedOffers:
				offers++
				w.at = soonestOf(w.at, l.Until)
			}
		}
		switch {
		case n.NotSent:
			w.rank, w.Grave = rankNow, true
			p.add(v, w, "console.today.need_not_sent", "case", n.Case)
		case holds != nil:
			w.at, w.Grave = holds.Until, false
			p.add(v, w, "console.today.need_held", "case", n.Case, "agency", holds.Agency.Name, "until", v.near(holds.Until))
		case offers > 0 && n.State == posada.NeedOffersOpen:
			p.add(v, w, "console.today.need_offers", "case", n.Case, "count", offers, "until", v.near(w.at))
		case told:
			w.at = n.Until
			p.add(v, w, "console.today.need_silent", "case", n.Case, "until", v.near(n.Until), "step", v.Term("silence", string(n.Silence.Step)))
		default:
			w.rank, w.at, w.Grave = rankReply, n.Until, false
			p.add(v, w, "console.today.need_waits", "case", n.Case, "until", v.near(n.Until))
		}
	}
	return nil
}

// soonestOf is the earlier of two moments; the first may be none yet.
func soonestOf(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return earliest(a, b)
}
