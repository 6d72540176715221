package referrals

import (
	"context"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// moment is when something is decided. Work can always be prepared; whether the members
// are known as of today, and whoever shared what is passed on was heard, is asked when it
// leaves.
type moment int

const (
	prepared moment = iota
	leaves
)

// staleness is how lately the hub answered, as far as a moment asks.
func (r *Referrals) staleness(m moment) posada.Staleness {
	if m == prepared {
		return posada.StalenessLive
	}
	return r.c.Post.Staleness()
}

// heard is how lately an agency was, as far as a moment asks.
func (r *Referrals) heard(tx *vault.Tx, from posada.AgencyID, m moment) (posada.Staleness, error) {
	if m == prepared {
		return posada.StalenessLive, nil
	}
	return r.c.Post.Freshness(tx, from)
}

// source is what came in of which a referral is: of what was passed on, what that is
// part of; nothing where that is gone.
func source(tx *vault.Tx, k kept) (kept, error) {
	if k.Of == "" {
		return k, nil
	}
	of, err := table.Get(tx, string(k.Of))
	if vault.Gone(err) {
		return kept{}, nil
	}
	return of, err
}

// shared is what is known now of what another agency shared, which may be held in
// that window.
func (r *Referrals) shared(tx *vault.Tx, k kept, window posada.Window) (handoff.Shared, error) {
	of, err := source(tx, k)
	if err != nil {
		return handoff.Shared{}, err
	}
	heard, err := r.c.Post.Vouches(tx, of.Peer, of.Came)
	return handoff.Shared{Purpose: k.Purpose, Window: window, Issuer: heard}, err
}

// unheard reports whether somebody would be shown more, had the issuer been heard
// within the hour.
func (r *Referrals) unheard(ctx context.Context, asks pdp.Viewing, sees pdp.Sight) (bool, error) {
	if asks.Issuer == posada.StalenessLive {
		return false, nil
	}
	asks.Issuer = posada.StalenessLive
	would, err := r.c.Policy.Get().View(ctx, asks)
	return !sees.Categories().Covers(would.Categories()), err
}

// askIssuer asks the agency that shared what a referral carries whether it is there.
func (r *Referrals) askIssuer(tx *vault.Tx, k kept) error {
	of, err := source(tx, k)
	if err == nil && of.Peer != "" {
		r.c.Post.Ask(of.Peer)
	}
	return err
}

// askSharer asks the agency that shared what waits to be passed on. What waits of ours
// waits for the hub.
func (r *Referrals) askSharer(tx *vault.Tx, k kept) error {
	if k.Of == "" {
		return nil
	}
	return r.askIssuer(tx, k)
}

// onlyUnheard reports whether something would be taken in, had its issuer been heard
// just now.
func (r *Referrals) onlyUnheard(ctx context.Context, in pdp.Reception) (bool, error) {
	in.Issuer = posada.StalenessLive
	would, err := r.c.Policy.Get().Receive(ctx, in)
	return would.Admits(in.Carried), err
}
