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

// issuer is the agency that shared what a referral carries: of what was passed on,
// the one it came from; none where that is gone.
func issuer(tx *vault.Tx, k kept) (posada.AgencyID, error) {
	if k.Of == "" {
		return k.Peer, nil
	}
	of, err := table.Get(tx, string(k.Of))
	if vault.Gone(err) {
		return "", nil
	}
	return of.Peer, err
}

// shared is what is known now of what another agency shared, which may be held in
// that window.
func (r *Referrals) shared(tx *vault.Tx, k kept, window posada.Window) (handoff.Shared, error) {
	from, err := issuer(tx, k)
	if err != nil {
		return handoff.Shared{}, err
	}
	heard, err := r.c.Post.Freshness(tx, from)
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
	from, err := issuer(tx, k)
	if err != nil || from == "" {
		return err
	}
	r.c.Post.Ask(from)
	return nil
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
