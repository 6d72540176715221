package referrals

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
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

// PassOn previews part of a referral that came in for an agency that its grant names:
// the categories asked, or all that she sees, and always what is needed. It is sent as
// every preview is, by its digest.
func (r *Referrals) PassOn(ctx context.Context, by handoff.Asker, in referral.Passing) (p referral.Preview, err error) {
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
func (r *Referrals) passing(ctx context.Context, tx *vault.Tx, by handoff.Asker, k kept, in referral.Passing) (referral.Draft, error) {
	asked := in.Categories
	if asked.Empty() {
		asked = k.Content.Categories()
	}
	of, err := r.shared(tx, k, posada.WindowWithin)
	if err != nil {
		return referral.Draft{}, err
	}
	if err := r.confirmedFirst(ctx, by, by.Confirmed().LooksAtReceived(k.Assigned, of, asked)); err != nil {
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
	content.Need = "" // whoever it is passed on to holds no place for it
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

// decideOnward asks the policy whether something may be passed on, under the grant that
// what it is of came with, as that stands in tx.
func (r *Referrals) decideOnward(ctx context.Context, tx *vault.Tx, g giving, m moment) (kept, pdp.Permit, error) {
	k, err := table.Get(tx, string(g.Of))
	if vault.Gone(err) {
		k, err = kept{Copy: referral.Copy{Gone: true}}, nil // and nobody is named
	}
	if err != nil {
		return kept{}, pdp.Permit{}, err
	}
	naming, err := r.onwardNaming(tx, k, g.To)
	if err != nil {
		return kept{}, pdp.Permit{}, err
	}
	heard, err := r.heard(tx, k.Peer, m)
	if err != nil {
		return kept{}, pdp.Permit{}, err
	}
	members := r.c.Members.Get()
	permit, err := r.c.Decide.Onward(ctx, pdp.Passing{
		Recipient: pdp.Recipient{Class: members.Class(g.To), Standing: members.Standing(g.To), Naming: naming},
		Self:      r.party(r.c.Agency),
		Purpose:   g.Purpose, Asked: g.Asked,
		Grant:   pdp.GrantFacts{Window: k.Given.Window(r.c.Now()), Purpose: k.Given.Purpose, Categories: k.Given.Categories},
		Holding: r.holding(k), Staleness: r.staleness(m), Issuer: heard,
	})
	return k, permit, err
}

// naming is what a grant says of an agency; one that was told to take nothing more of
// it is excluded.
func (k kept) naming(agency posada.AgencyID) posada.Naming {
	if slices.Contains(k.NoMore, agency) {
		return posada.Excluded
	}
	if _, named := k.Given.Names(agency); named {
		return posada.Named
	}
	return posada.Unnamed
}

// onwardNaming is the same, and excluded where the person excluded the agency here, in
// a case into which something of theirs was taken over (G14).
func (r *Referrals) onwardNaming(tx *vault.Tx, k kept, agency posada.AgencyID) (posada.Naming, error) {
	if excluded, err := r.c.Excluded(tx, k.Peer, k.Alias, agency); err != nil || excluded {
		return posada.Excluded, err
	}
	return k.naming(agency), nil
}

func (r *Referrals) holding(k kept) posada.Holding {
	switch {
	case !k.Lives():
		return posada.HoldingTakenBack
	case k.Side != referral.Target || r.over(k):
		return posada.HoldingOver
	}
	return posada.HoldingHeld
}

// onwardObligations is what a third must keep: never more than we must.
func (r *Referrals) onwardObligations(k kept, d referral.Draft, permit pdp.Permit) consent.Obligations {
	o := r.limits(d.Content, permit.RetainDays(), time.Unix(k.Obligations.RetainUntil, 0), time.Unix(k.Given.Expires, 0))
	o.SingleUse = k.Obligations.SingleUse
	return o
}

// passedKeys are keys of what was passed on, or asked and answered, and is let go here,
// until nothing sealed under them waits to be taken back from the hub.
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
			_, err = r.letGoOf(tx, "", k, true)
		}
	}
	return err
}

// letGoOf lets go of what was passed on, and tells whoever has it where it is taken
// back. It gives what is left of it.
func (r *Referrals) letGoOf(tx *vault.Tx, by posada.StaffID, k kept, taken bool) (left kept, err error) {
	if taken {
		var do referral.Do
		if k.Copy, do, err = k.TakenBack(r.c.Now()); err == nil && do.Tell.State != "" {
			err = r.tell(tx, by, k, do.Tell)
		}
		if err != nil {
			return kept{}, err
		}
	}
	k.Copy = k.Erased()
	if k, err = r.endTalk(tx, k); err != nil {
		return kept{}, err
	}
	left = r.gone(k)
	r.c.Post.ReviewLater()
	return left, errors.Join(
		passedKeys.Put(tx, keyName(k.Key), vault.KeyID{}, passedKey{Of: k.Of, Key: k.Key}),
		table.Put(tx, string(k.ID), vault.KeyID{}, left),
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
	list, err := r.endThere(tx, by.ID, k, true)
	if err != nil {
		return nil, true, err
	}
	for _, gone := range list {
		back = append(back, r.view(gone))
	}
	return back, true, nil
}

// endThere sees to it that whoever was passed something on has nothing more of the
// person it is about: neither what else it was passed, of whatever the same agency
// shared of them, nor anything from now on. It is told, but of k itself where heard is
// not set: there it said so. It gives what is left of that.
func (r *Referrals) endThere(tx *vault.Tx, by posada.StaffID, k kept, heard bool) ([]kept, error) {
	of, err := table.Get(tx, string(k.Of))
	if vault.Gone(err) {
		of, err = kept{ID: k.Of}, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := ofHer(tx, of)
	if err != nil {
		return nil, err
	}
	there := []kept{k}
	for _, parent := range all {
		if !slices.Contains(parent.NoMore, k.Peer) {
			parent.NoMore = append(parent.NoMore, k.Peer)
			err = errors.Join(err, table.Put(tx, string(parent.ID), parent.Key, parent))
		}
		passed, wrong := passedOn(tx, parent.ID)
		err = errors.Join(err, wrong)
		for _, o := range passed {
			if o.Peer == k.Peer && o.ID != k.ID {
				there = append(there, o)
			}
		}
	}
	for i, o := range there {
		left, wrong := r.letGoOf(tx, by, o, heard || i > 0)
		there[i], err = left, errors.Join(err, wrong)
	}
	return there, err
}

// heardBack is that whoever was passed something on says that she took it back there.
// Its own copy is destroyed there, and our own is another agency's to speak of.
func (r *Referrals) heardBack(tx *vault.Tx, k kept) error {
	_, err := r.endThere(tx, "", k, false)
	return err
}

// LetGo gives up the keys of what was passed on or asked and is let go, once nothing of
// it waits to be taken back from the hub.
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

// waitsOnward reports whether something that was passed on of a referral, or asked of it,
// still waits to be taken back: until then it is not destroyed here.
func waitsOnward(tx *vault.Tx, of posada.ReferralID) (waits bool, err error) {
	return waits, passedKeys.Each(tx, func(_ string, p passedKey) error {
		waits = waits || p.Of == of
		return nil
	})
}
