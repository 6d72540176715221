package cases

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// papers are those that came in a case, by its label and under its key, the oldest
// first: whatever destroys the case destroys them.
var papers = vault.Table[[]handoff.Paper]{Name: "papers", Version: 1}

// papersOf is what came in a case.
func papersOf(tx *vault.Tx, label string) ([]handoff.Paper, error) {
	list, err := papers.Get(tx, label)
	if vault.Gone(err) {
		return nil, nil
	}
	return list, err
}

// Papered reports whether a paper came in a case.
func (c *Cases) Papered(tx *vault.Tx, label string) (bool, error) {
	list, err := papersOf(tx, label)
	return len(list) > 0, err
}

// Paper records that a paper came; of an order of a judge, what exactly it names.
// Nothing of the case is read, given or sent for it: what is given is given by a
// person, on paper, as counsel says. Who may are those whose work the case is and
// coordinators, who see that there is a case: whoever else has the paper in hand is
// told, as ever, that there is none.
func (c *Cases) Paper(ctx context.Context, by handoff.Asker, label string, p handoff.Paper) (l Listed, err error) {
	if err := c.complete(p); err != nil {
		return Listed{}, err
	}
	p.Came, p.By = c.c.Now().UTC(), by.ID
	note := audit.Entry{By: by.ID, Act: audit.PaperCame}
	if p.Order != nil {
		note.Act, note.Staff = audit.OrderCame, p.Order.Counsel
	}
	return c.papered(ctx, by, label, note, func(list []handoff.Paper) ([]handoff.Paper, error) { return append(list, p), nil })
}

// complete refuses what is no paper, or not all of an order.
func (c *Cases) complete(p handoff.Paper) error {
	if !posada.Known(p.Kind) || p.Kind.Judicial() != (p.Order != nil) {
		return fault.New(fault.Refused, fault.PaperCompelsNothing, "kind", string(p.Kind))
	}
	o := p.Order
	if o == nil {
		return nil
	}
	var lacks []string
	if o.Counsel == "" {
		lacks = append(lacks, "counsel")
	}
	if o.Names.Empty() {
		lacks = append(lacks, "names")
	}
	if o.Due == "" {
		lacks = append(lacks, "by")
	}
	if len(lacks) > 0 {
		return fault.New(fault.Invalid, fault.PaperIncomplete, "what", strings.Join(lacks, ", "))
	}
	if o.From != "" && o.Until != "" && o.Until < o.From {
		return fault.New(fault.Invalid, fault.PaperDates)
	}
	return nil
}

// Told records that the person was told of the orders that came, by whom and when.
// While one forbids it, it is not: unless counsel, with whom lifted spoke, says
// that it may be.
func (c *Cases) Told(ctx context.Context, by handoff.Asker, label string, lifted posada.StaffID) (Listed, error) {
	now := c.c.Now()
	return c.papered(ctx, by, label, audit.Entry{By: by.ID, Act: audit.PersonTold, Staff: lifted}, func(list []handoff.Paper) ([]handoff.Paper, error) {
		told, secret := 0, posada.Date("")
		for i, p := range list {
			switch {
			case !p.Untold():
				continue
			case p.Secret(c.today()) && lifted == "":
				secret = max(secret, p.Order.Secret)
				continue
			case p.Secret(c.today()):
				p.Order.Lifted = lifted
			}
			p.Order.Told, p.Order.ToldBy = now.UTC(), by.ID
			list[i] = p
			told++
		}
		switch {
		case told > 0:
			return list, nil
		case secret != "":
			return nil, fault.New(fault.Conflict, fault.NotToldYet, "until", string(secret))
		}
		return nil, fault.New(fault.Conflict, fault.NobodyToTell)
	})
}

// papered changes what came in a case that she is to know of.
func (c *Cases) papered(ctx context.Context, by handoff.Asker, label string, note audit.Entry, how func([]handoff.Paper) ([]handoff.Paper, error)) (l Listed, err error) {
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		f, err := c.seen(ctx, tx, by, label)
		if err != nil {
			return err
		}
		if !f.Erasing.IsZero() {
			return fault.New(fault.Conflict, fault.BeingErased, "case", label)
		}
		list, err := papersOf(tx, label)
		if err != nil {
			return err
		}
		if list, err = how(list); err != nil {
			return err
		}
		note.Case = f.ID
		if err := errors.Join(papers.Put(tx, label, f.Key, list), c.note(tx, note)); err != nil {
			return err
		}
		l, err = c.listed(tx, by, f)
		return err
	})
	return l, err
}

// today is the day it is at the agency.
func (c *Cases) today() posada.Date {
	zone := c.c.Zone
	if zone == nil {
		zone = time.UTC
	}
	return posada.DateOf(c.c.Now().In(zone))
}

// toTell counts the orders of which the person is to be told now.
func (c *Cases) toTell(list []handoff.Paper) (count int) {
	for _, p := range list {
		if p.Untold() && !p.Secret(c.today()) {
			count++
		}
	}
	return count
}
