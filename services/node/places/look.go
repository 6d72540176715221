package places

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Most of what a shelter describes here.
const (
	maxPlaces = 64
	maxName   = 40
	maxBeds   = 10000
)

// List is every need that came, is open and fits a place here, or that a place here was
// offered for: what waits first, by when it must be answered. With all, every other too.
// Where no place is described yet, every open one is.
func (p *Places) List(by handoff.Asker, all bool) (list []need.Received, err error) {
	part, err := p.Page(by, all, page.Asked{})
	slices.SortFunc(part.Rows, func(a, b need.Received) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID))
	})
	return part.Rows, err
}

// Page is a part of them, of which the newest come first: whose turn it is changes while
// somebody goes from part to part.
func (p *Places) Page(by handoff.Asker, all bool, a page.Asked) (part page.Of[need.Received], err error) {
	if !by.AnswersNeeds() {
		return part, fault.New(fault.Withheld, fault.NotYourRole)
	}
	err = p.c.Vault.View(func(tx *vault.Tx) error {
		described, err := p.described(tx)
		if err != nil {
			return err
		}
		came, err := needs.All(tx)
		if err != nil {
			return err
		}
		part, err = page.Take(came, asked.came, a, func(a asked) (need.Received, bool, error) {
			r := fitting(a.at(p.c.Now()), described, p.c.Now())
			return r, all || concerns(r, len(described) == 0), nil
		})
		return err
	})
	return part, err
}

// came is where a need stands in a list.
func (a asked) came() page.Place { return page.Place{At: a.Came, ID: string(a.Name)} }

// concerns reports whether somebody here is to see a need: one that was closed or declined
// before anybody offered for it says only that somebody looked for a place.
func concerns(r need.Received, undescribed bool) bool {
	if r.State == posada.PlacementAsked {
		return len(r.Fits) > 0 || undescribed
	}
	return r.Place != "" || r.State == posada.PlacementDeclined && len(r.Fits) > 0
}

// Waiting counts what waits for an answer here before the day is over and could have one.
func (p *Places) Waiting() (count int, err error) {
	return count, p.c.Vault.View(func(tx *vault.Tx) error {
		described, err := p.described(tx)
		if err != nil {
			return err
		}
		return needs.Each(tx, func(_ string, a asked) error {
			r := fitting(a.at(p.c.Now()), described, p.c.Now())
			if r.State == posada.PlacementAsked && r.Profile.Priority.Soon() && concerns(r, len(described) == 0) {
				count++
			}
			return nil
		})
	})
}

// turn is what somebody looks at first: what waits for an answer, then what is promised,
// then the rest.
func turn(r need.Received) int {
	switch r.State {
	case posada.PlacementAsked:
		return 0
	case posada.PlacementHeld:
		return 1
	case posada.PlacementOffered:
		return 2
	}
	return 3
}

// Show is one need that came. fault.NothingThere: there is none.
func (p *Places) Show(by handoff.Asker, id posada.NeedID) (r need.Received, err error) {
	err = p.c.Vault.View(func(tx *vault.Tx) error {
		a, err := p.find(tx, by, id)
		if err == nil {
			r, err = p.received(tx, a)
		}
		return err
	})
	return r, err
}

// Known is what people here call a need that an agency asked, and whether a place here was
// offered for it. fault.NothingThere: there is none, or she is not to know of it.
func (p *Places) Known(by handoff.Asker, from posada.AgencyID, id posada.NeedID) (name posada.NeedID, offered bool, err error) {
	if !by.AnswersNeeds() {
		return "", false, nothing()
	}
	err = p.c.Vault.View(func(tx *vault.Tx) error {
		a, err := of(tx, from, id)
		if vault.Gone(err) {
			return nothing()
		}
		name, offered = a.Name, a.Place != ""
		return err
	})
	return name, offered, err
}

// called is a place and what it is called.
type called struct {
	name string
	place
}

func (p *Places) described(tx *vault.Tx) (list []called, err error) {
	err = table.Each(tx, func(name string, at place) error { list = append(list, called{name, at}); return nil })
	slices.SortFunc(list, func(a, b called) int { return cmp.Compare(a.name, b.name) })
	return list, err
}

func (p *Places) received(tx *vault.Tx, a asked) (need.Received, error) {
	described, err := p.described(tx)
	return fitting(a, described, p.c.Now()), err
}

// fitting is a need with the places that it fits now.
func fitting(a asked, described []called, now time.Time) need.Received {
	r := need.Received{
		ID: a.Name, From: a.From, Came: a.Came, Until: a.Until, Profile: a.Profile, State: a.State, Place: a.Place, Beds: a.Beds, Lasts: a.Lasts,
	}
	if a.State != posada.PlacementAsked && a.State != posada.PlacementDeclined {
		return r
	}
	for _, at := range described {
		free := at.Beds.Free(now)
		if fit := at.Rules.Fit(a.Profile, free); fit.Fits() {
			r.Fits = append(r.Fits, need.Fitting{Place: at.name, Free: free, Ask: fit.Ask})
		}
	}
	return r
}

// Places are the places described here, by name.
func (p *Places) Places(by handoff.Asker) (list []need.Place, err error) {
	if !by.AnswersNeeds() && !by.KeepsPlaces() {
		return nil, fault.New(fault.Withheld, fault.NotYourRole)
	}
	err = p.c.Vault.View(func(tx *vault.Tx) error {
		described, err := p.described(tx)
		for _, at := range described {
			list = append(list, p.shown(at.name, at.place))
		}
		return err
	})
	return list, err
}

func (p *Places) shown(name string, at place) need.Place {
	now := p.c.Now()
	shown := need.Place{Name: name, Rules: at.Rules, Free: at.Beds.Free(now), Counted: at.Counted}
	shown.Held = at.Beds.Total - shown.Free
	return shown
}

// Describe says whom a place takes. A new one has no beds until they are counted.
func (p *Places) Describe(by handoff.Asker, name string, rules need.Rules) (need.Place, error) {
	if !by.KeepsPlaces() {
		return need.Place{}, fault.New(fault.Withheld, fault.NotYourRole)
	}
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return need.Place{}, fault.New(fault.Invalid, fault.PlaceName, "most", strconv.Itoa(maxName))
	}
	if err := rules.Check(); err != nil {
		return need.Place{}, fault.New(fault.Invalid, fault.NeedWrong, "what", err.Error()).Because(err)
	}
	return p.change(by, name, audit.PlaceDescribed, func(tx *vault.Tx, at *place, _ time.Time) error {
		at.Rules = rules
		described, err := p.described(tx)
		if err == nil && at.By == "" && len(described) >= maxPlaces {
			err = fault.New(fault.Invalid, fault.PlacesMany, "most", strconv.Itoa(maxPlaces))
		}
		return err
	})
}

// Count says how many beds of a place are free: nobody is in them, and nobody is
// promised them.
func (p *Places) Count(by handoff.Asker, name string, free int) (need.Place, error) {
	if !by.AnswersNeeds() && !by.KeepsPlaces() {
		return need.Place{}, fault.New(fault.Withheld, fault.NotYourRole)
	}
	if free < 0 || free > maxBeds {
		return need.Place{}, fault.New(fault.Invalid, fault.BedsWrong, "most", strconv.Itoa(maxBeds))
	}
	return p.change(by, name, audit.BedsCounted, func(_ *vault.Tx, at *place, now time.Time) error {
		if at.By == "" {
			return fault.New(fault.Invalid, fault.UnknownPlace)
		}
		at.Beds, at.Counted = at.Beds.Count(free, now), now
		return nil
	})
}

// Remove forgets a place. What it was offered for is gone when it is chosen, so one that
// holds a bed for somebody stays.
func (p *Places) Remove(by handoff.Asker, name string) error {
	if !by.KeepsPlaces() {
		return fault.New(fault.Withheld, fault.NotYourRole)
	}
	return p.c.Vault.Update(func(tx *vault.Tx) error {
		at, err := table.Get(tx, name)
		if vault.Gone(err) {
			return fault.New(fault.Invalid, fault.UnknownPlace)
		}
		if err != nil {
			return err
		}
		if at.Beds.Free(p.c.Now()) < at.Beds.Total {
			return fault.New(fault.Conflict, fault.PlaceHolds, "place", name)
		}
		return errors.Join(table.Delete(tx, name), audit.Append(tx, audit.Entry{At: p.c.Now(), By: by.ID, Act: audit.PlaceRemoved}))
	})
}

// change changes a place, or makes it where it has no author yet.
func (p *Places) change(by handoff.Asker, name string, act audit.Act, do func(*vault.Tx, *place, time.Time) error) (shown need.Place, err error) {
	err = p.c.Vault.Update(func(tx *vault.Tx) error {
		at, err := table.Get(tx, name)
		if err != nil && !vault.Gone(err) {
			return err
		}
		now := p.c.Now().UTC().Truncate(time.Second)
		if err := do(tx, &at, now); err != nil {
			return err
		}
		at.By = by.ID
		shown = p.shown(name, at)
		return errors.Join(table.Put(tx, name, vault.KeyID{}, at), audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: act}))
	})
	return shown, err
}
