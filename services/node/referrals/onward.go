package referrals

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Passing is what somebody wants to pass on of a referral that came in.
type Passing = referral.Passing

// PassOn previews part of a referral that came in for an agency that its grant names:
// the categories asked, or all that she sees, and always what is needed. It is sent as
// every preview is, by its digest.
func (r *Referrals) PassOn(ctx context.Context, by handoff.Asker, in Passing) (p referral.Preview, err error) {
	if in.To == r.c.Agency {
		return p, fault.New(fault.Invalid, fault.ToOurselves)
	}
	id, err := posada.NewID[posada.EventID](r.c.Random)
	if err != nil {
		return p, err
	}
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := r.live(ctx, tx, by, in.Of)
		if err != nil {
			return err
		}
		d, err := r.passing(ctx, tx, by, k, in)
		if err != nil {
			return err
		}
		p, err = r.previewed(ctx, tx, by, d, id)
		return err
	})
	return p, err
}

// passing is the draft of what is passed on: nothing that she may not look at, and
// nothing that is not there.
func (r *Referrals) passing(ctx context.Context, tx *vault.Tx, by handoff.Asker, k kept, in Passing) (referral.Draft, error) {
	asked := in.Categories
	if asked.Empty() {
		asked = k.Content.Categories()
	}
	of, err := r.shared(tx, k, posada.WindowWithin)
	if err != nil {
		return referral.Draft{}, err
	}
	sight, err := r.c.Policy.Get().View(ctx, by.LooksAtReceived(k.Assigned, of, asked.With(posada.CategoryNeeds)))
	if err != nil {
		return referral.Draft{}, err
	}
	if unseen := in.Categories.Minus(sight.Categories()); !unseen.Empty() {
		return referral.Draft{}, fault.New(fault.Refused, fault.TakeOverUnseen, "categories", listed(unseen.List()))
	}
	content, _ := redact.Narrow(k.Content, sight.Categories())
	if !in.Services.Empty() {
		if more := in.Services.Minus(content.Services); !more.Empty() {
			return referral.Draft{}, fault.New(fault.Invalid, fault.PassOnServices, "services", listed(more.List()))
		}
		content.Services = in.Services
	}
	if content.Check() != nil {
		return referral.Draft{}, fault.New(fault.Invalid, fault.TakeOverNothing)
	}
	return referral.Draft{Of: k.ID, To: in.To, Content: content}, nil
}

// decideOnward asks the policy whether a draft may be passed on, under the grant that
// what it is of came with, as that stands in tx.
func (r *Referrals) decideOnward(ctx context.Context, tx *vault.Tx, d referral.Draft, staleness posada.Staleness) (kept, pdp.Permit, error) {
	k, err := table.Get(tx, string(d.Of))
	if vault.Gone(err) {
		k, err = kept{Copy: referral.Copy{Gone: true}}, nil // and nobody is named
	}
	if err != nil {
		return kept{}, pdp.Permit{}, err
	}
	members := r.c.Members.Get()
	permit, err := r.c.Policy.Get().Onward(ctx, pdp.Passing{
		Recipient: pdp.Recipient{Class: r.class(d.To), Standing: members.Standing(d.To), Naming: k.naming(d.To)},
		Self:      pdp.Party{Class: r.class(r.c.Agency), Standing: members.Standing(r.c.Agency)},
		Purpose:   d.Content.Purpose, Asked: d.Content.Categories(),
		Grant:   pdp.GrantFacts{Window: k.Given.Window(r.c.Now()), Purpose: k.Given.Purpose, Categories: k.Given.Categories},
		Holding: r.holding(k), Staleness: staleness,
	})
	return k, permit, err
}

// naming is what a grant says of an agency; one that was told to take nothing more of
// it is excluded.
func (k kept) naming(agency posada.AgencyID) posada.Naming {
	for _, id := range k.NoMore {
		if id == agency {
			return posada.Excluded
		}
	}
	if _, named := k.Given.Names(agency); named {
		return posada.Named
	}
	return posada.Unnamed
}

func (r *Referrals) holding(k kept) posada.Holding {
	switch back := k.Life.State(); {
	case k.Gone || !k.Life.Withdrawn().IsZero() || back == posada.StateRecalled || back == posada.StateEnteredInError:
		return posada.HoldingTakenBack
	case k.Side != referral.Target || r.over(k):
		return posada.HoldingOver
	}
	return posada.HoldingHeld
}

// onwardObligations is what a third must keep: never more than we must, and to pass on
// to nobody.
func (r *Referrals) onwardObligations(k kept, d referral.Draft, permit pdp.Permit) consent.Obligations {
	now := r.c.Now()
	until := now.Add(time.Duration(permit.RetainDays()) * 24 * time.Hour)
	if ours := time.Unix(k.Obligations.RetainUntil, 0); ours.Before(until) {
		until = ours
	}
	until = consent.Ends(until, now)
	if ends := consent.Ends(time.Unix(k.Given.Expires, 0), now); ends.Before(until) {
		until = ends
	}
	o := consent.Obligations{
		RetainUntil: until.Unix(), Onward: consent.OnwardNone, SingleUse: k.Obligations.SingleUse,
		Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}
	if d.Content.Categories().Has(posada.CategoryLocationCurrent) {
		o.Recheck = posada.StalenessLive
	}
	return o
}

// passedKeys are keys of what was passed on and is let go here, until nothing sealed
// under them waits to be taken back from the hub.
var passedKeys = vault.Table[passedKey]{Name: "passed_on_keys", Version: 1}

type passedKey struct {
	Of  posada.ReferralID `json:"of"`
	Key vault.KeyID       `json:"key"`
}

func keyName(k vault.KeyID) string { return hex.EncodeToString(k[:]) }

// passedOn is what was passed on of a referral and is not gone.
func passedOn(tx *vault.Tx, of posada.ReferralID) ([]kept, error) {
	return those(tx, func(k kept) bool { return k.Of == of && of != "" && !k.Gone })
}

// passedBack takes back what was passed on of a referral that was taken back: whoever
// has it is told to destroy it, and what is not sent yet is stopped. What runs out ends
// by itself, here and there, for it may be held no longer than what it came from.
func (r *Referrals) passedBack(tx *vault.Tx, of posada.ReferralID) error {
	list, err := passedOn(tx, of)
	err = errors.Join(err, previews.Each(tx, func(digest string, p shown) error {
		if p.Draft.Of != of {
			return nil
		}
		return previews.Delete(tx, digest)
	}))
	for _, k := range list {
		if err == nil {
			err = r.letGoOf(tx, "", k, true)
		}
	}
	return err
}

func (r *Referrals) letGoOf(tx *vault.Tx, by posada.StaffID, k kept, taken bool) (err error) {
	if taken {
		var do referral.Do
		if k.Copy, do, err = k.TakenBack(r.c.Now()); err == nil && do.Tell.State != "" {
			err = r.tell(tx, by, k, do.Tell)
		}
		if err != nil {
			return err
		}
	}
	k.Copy = k.Erased()
	r.c.Post.ReviewLater()
	return errors.Join(
		passedKeys.Put(tx, keyName(k.Key), vault.KeyID{}, passedKey{Of: k.Of, Key: k.Key}),
		table.Put(tx, string(k.ID), vault.KeyID{}, r.gone(k)),
	)
}

// WithdrawPassedOn takes back one referral that was passed on, by her word here;
// passed says whether it is one. Whoever sees it may.
func (r *Referrals) WithdrawPassedOn(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) (back []referral.View, passed bool, err error) {
	k, err := find(tx, id)
	if err != nil || k.Of == "" {
		return nil, false, err
	}
	if _, err := r.look(ctx, tx, by, k); err != nil {
		return nil, true, err
	}
	if k.Gone || !k.Life.Withdrawn().IsZero() {
		return nil, true, mayNot(referral.ErrNotFrom, k, referral.Mark{State: posada.StateWithdrawnBySurvivor})
	}
	if err := errors.Join(r.noMore(tx, k), r.letGoOf(tx, by.ID, k, true)); err != nil {
		return nil, true, err
	}
	gone, err := table.Get(tx, string(id))
	v := r.view(gone)
	v.Content = referral.Content{}
	return []referral.View{v}, true, err
}

// noMore sees to it that nothing more of what something is of is passed on to whoever
// had it.
func (r *Referrals) noMore(tx *vault.Tx, k kept) error {
	of, err := table.Get(tx, string(k.Of))
	if vault.Gone(err) || err == nil && of.Gone {
		return nil
	}
	of.NoMore = append(of.NoMore, k.Peer)
	return errors.Join(err, table.Put(tx, string(of.ID), of.Key, of))
}

// heardBack is that whoever was passed something on says that she took it back there.
// Its own copy is destroyed there; it gets nothing more of the same, and our own copy
// is another agency's to speak of.
func (r *Referrals) heardBack(tx *vault.Tx, k kept) error {
	return errors.Join(r.noMore(tx, k), r.letGoOf(tx, "", k, false))
}

// LetGo gives up the keys of what was passed on and let go, once nothing of it waits
// to be taken back from the hub.
func (r *Referrals) LetGo() error {
	return r.c.Vault.Update(func(tx *vault.Tx) error {
		return passedKeys.Each(tx, func(name string, p passedKey) error {
			waits, err := r.c.Post.Holds(tx, p.Key)
			if err != nil || waits {
				return err
			}
			return errors.Join(passedKeys.Delete(tx, name), tx.Erase(p.Key))
		})
	})
}

// unconfirmedHere is what came in, was taken back and is destroyed, which nobody was
// told yet.
func unconfirmedHere(tx *vault.Tx) (list []kept, err error) {
	gone, err := those(tx, func(k kept) bool { return k.ToConfirm() })
	for _, k := range gone {
		waits, wrong := waitsOnward(tx, k.ID)
		if err = errors.Join(err, wrong); !waits {
			list = append(list, k)
		}
	}
	return list, err
}

// waitsOnward reports whether something that was passed on of a referral still waits
// to be taken back: until then it is not destroyed here.
func waitsOnward(tx *vault.Tx, of posada.ReferralID) (waits bool, err error) {
	return waits, passedKeys.Each(tx, func(_ string, p passedKey) error {
		waits = waits || p.Of == of
		return nil
	})
}
