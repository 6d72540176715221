package places

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Offer offers a place for a need: it may be chosen for half an hour, and nothing is
// held. Zero beds are as many as the household certainly fits in.
func (p *Places) Offer(ctx context.Context, by handoff.Asker, id posada.NeedID, name string, beds int) (need.Received, error) {
	return p.answer(by, id, audit.OfferMade, func(tx *vault.Tx, a *asked, now time.Time) error {
		if a.State != posada.PlacementAsked && a.State != posada.PlacementDeclined {
			return stands(*a)
		}
		permit, err := p.permits(ctx, a.From, a.Profile)
		if err != nil {
			return err
		}
		if !permit.Covers(posada.SetOf(posada.CategoryNeeds)) {
			return nothing() // whoever asked may not any more
		}
		at, err := table.Get(tx, name)
		if vault.Gone(err) {
			return fault.New(fault.Invalid, fault.UnknownPlace)
		}
		if err != nil {
			return err
		}
		if beds == 0 {
			beds = max(1, a.Profile.Size.Beds())
		}
		if free := at.Beds.Free(now); beds < 0 || free < beds {
			return fault.New(fault.Conflict, fault.PlaceNotFree, "place", name, "free", strconv.Itoa(max(0, free)), "beds", strconv.Itoa(beds))
		}
		a.State, a.Place, a.Beds, a.Lasts = posada.PlacementOffered, name, beds, earlier(now.Add(need.OfferLasts), a.Until)
		return p.reply(tx, *a, need.Reply{Need: a.ID, Says: posada.ReplyOffer, Until: a.Lasts}, now)
	})
}

// Decline says no to a need, or takes back an offer that was not chosen yet. The reason
// goes to whoever asked.
func (p *Places) Decline(by handoff.Asker, id posada.NeedID, why posada.DeclineReason) (need.Received, error) {
	return p.answer(by, id, audit.NeedDeclined, func(tx *vault.Tx, a *asked, now time.Time) error {
		if a.State != posada.PlacementAsked && a.State != posada.PlacementOffered {
			return stands(*a)
		}
		a.State, a.Place, a.Beds, a.Lasts = posada.PlacementDeclined, "", 0, time.Time{}
		return p.reply(tx, *a, need.Reply{Need: a.ID, Says: posada.ReplyDeclined, Reason: why}, now)
	})
}

// Arrive notes that whoever a place is held for is here.
func (p *Places) Arrive(by handoff.Asker, id posada.NeedID) (need.Received, error) {
	return p.answer(by, id, audit.PersonArrived, func(tx *vault.Tx, a *asked, now time.Time) error {
		if a.State != posada.PlacementHeld && (a.State != posada.PlacementExpired || !a.Held) {
			return stands(*a)
		}
		at, err := table.Get(tx, a.Place)
		if err != nil {
			return err
		}
		// Who comes after the hold was over is here all the same; whoever counts next sees it.
		at.Beds, _ = at.Beds.Arrive(a.Name, now)
		a.State, a.Lasts = posada.PlacementArrived, time.Time{}
		return errors.Join(table.Put(tx, a.Place, vault.KeyID{}, at), p.reply(tx, *a, need.Reply{Need: a.ID, Says: posada.ReplyArrived}, now))
	})
}

// stands refuses what cannot be done with a need as it stands.
func stands(a asked) error {
	return fault.New(fault.Conflict, fault.PlacementStands, "placement", string(a.State))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// answer takes a step with a need that came.
func (p *Places) answer(by handoff.Asker, id posada.NeedID, act audit.Act, do func(*vault.Tx, *asked, time.Time) error) (r need.Received, err error) {
	err = p.c.Vault.Update(func(tx *vault.Tx) error {
		a, err := p.find(tx, by, id)
		if err != nil {
			return err
		}
		now := p.c.Now().UTC().Truncate(time.Second)
		if err := do(tx, &a, now); err != nil {
			return err
		}
		if err := keep(tx, a); err != nil {
			return err
		}
		if err := audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: act, Need: id, Peer: a.From}); err != nil {
			return err
		}
		r, err = p.received(tx, a)
		return err
	})
	if err != nil {
		return need.Received{}, err
	}
	p.c.Post.Wake()
	return r, nil
}
