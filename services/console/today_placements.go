package console

import (
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ofPlacements is who looks for a place here. One line says how many, for a list is read
// elsewhere; whom a place is held for has one of their own.
func (p *todayPage) ofPlacements(v *visit) error {
	list, err := v.node.Placements(v.ctx(), false)
	if err != nil {
		return err
	}
	waits := want{To: "/placements", rank: rankAnswer}
	count := 0
	for _, r := range list {
		switch r.State {
		case posada.PlacementAsked:
			count++
			waits.at = soonestOf(waits.at, r.Until)
			if r.Profile.Priority == posada.PriorityTonight {
				waits.rank, waits.Grave = rankTonight, true
			}
			p.due = append(p.due, due{r.Until, dueAnswer})
		case posada.PlacementHeld:
			p.add(v, want{To: placementAt(r.ID), rank: rankTell, at: r.Lasts}, "console.today.place_held", "agency", r.From.Name, "place", r.Place, "until", v.near(r.Lasts))
		}
	}
	if count > 0 {
		key := i18n.Key("console.today.place_asked")
		if count == 1 {
			key = "console.today.place_asked_one"
		}
		p.add(v, waits, key, "count", count, "by", v.near(waits.at))
	}
	return nil
}
