package needs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
	"github.com/posada-exchange/posada/pkg/vault"
)

// notSentAfter is when a need for tonight that the hub has not is said to be not sent:
// whoever waits for an answer must take up the telephone.
const notSentAfter = time.Minute

// List is every need of the cases that she is to know of, the newest first.
func (n *Needs) List(ctx context.Context, by handoff.Asker) (list []need.View, err error) {
	all, err := n.Page(ctx, by, page.Asked{})
	return all.Rows, err
}

// Page is a part of that list.
func (n *Needs) Page(ctx context.Context, by handoff.Asker, a page.Asked) (part page.Of[need.View], err error) {
	err = n.c.Vault.View(func(tx *vault.Tx) error {
		all, err := table.All(tx)
		if err != nil {
			return err
		}
		part, err = page.Take(all, kept.posted, a, func(k kept) (need.View, bool, error) {
			v, err := n.look(ctx, tx, by, k)
			if fault.From(err).Key == fault.NothingThere {
				return need.View{}, false, nil
			}
			return v, true, err
		})
		return err
	})
	return part, err
}

// posted is where a need stands in a list.
func (k kept) posted() page.Place { return page.Place{At: k.Posted, ID: string(k.ID)} }

// Waits counts what waits for her, of the needs of the cases that she is to know of. Of
// what is over nothing is looked at.
func (n *Needs) Waits(ctx context.Context, by handoff.Asker) (w need.Waits, err error) {
	return w, n.c.Vault.View(func(tx *vault.Tx) error {
		return table.Each(tx, func(_ string, k kept) error {
			if k.Life.At(n.c.Now()).State.Over() {
				return nil
			}
			v, err := n.look(ctx, tx, by, k)
			if fault.From(err).Key == fault.NothingThere {
				return nil
			}
			if v.Life.State == posada.NeedOffersOpen {
				w.Offers++
			}
			if v.NotSent {
				w.NotSent++
			}
			if v.Told {
				w.Silent++
			}
			return err
		})
	})
}

// Waiting counts the needs of which a step that follows on silence came due just now: who
// is on call is told once for each step.
func (n *Needs) Waiting() (count int, err error) {
	now := n.c.Now()
	err = n.c.Vault.View(func(tx *vault.Tx) error {
		return table.Each(tx, func(_ string, k kept) error {
			if n.silence(k, now).Fresh(now, silence.ToldWithin) {
				count++
			}
			return nil
		})
	})
	return count, err
}

// silence is how far it is with a need that nobody answers; with another it is nowhere.
func (n *Needs) silence(k kept, now time.Time) silence.Standing {
	if k.Life.At(now).State != posada.NeedPosted {
		return silence.Standing{}
	}
	return n.c.Policy.Get().Silence().At(k.Profile.Priority, k.Posted, now, k.Profile.Follows())
}

// Held is the need of a case for which an agency holds a place, or gave one; empty: none.
func (n *Needs) Held(tx *vault.Tx, label string, by posada.AgencyID) (id posada.NeedID, err error) {
	var newest time.Time
	return id, table.Each(tx, func(_ string, k kept) error {
		state := k.Life.At(n.c.Now()).State
		holds := k.Life.Chosen == by && !k.Life.Held.IsZero() && (state == posada.NeedOfferSelected || state == posada.NeedFilled)
		if k.Case == label && holds && k.Posted.After(newest) {
			id, newest = k.ID, k.Posted
		}
		return nil
	})
}

// Show is one need. fault.NothingThere: there is none, or she is not to know of it.
func (n *Needs) Show(ctx context.Context, by handoff.Asker, id posada.NeedID) (v need.View, err error) {
	err = n.c.Vault.View(func(tx *vault.Tx) error {
		k, err := find(tx, id)
		if err == nil {
			v, err = n.look(ctx, tx, by, k)
		}
		return err
	})
	return v, err
}

// look is a need as somebody sees it who is to know that there is this case.
func (n *Needs) look(ctx context.Context, tx *vault.Tx, by handoff.Asker, k kept) (need.View, error) {
	of, err := n.c.Cases.Seen(ctx, tx, by, k.Case)
	if handoff.NotHers(err) {
		return need.View{}, nothing()
	}
	if err != nil {
		return need.View{}, err
	}
	v, err := n.view(tx, k, by.Assignment(of.Assigned) == posada.AssignedToAsker)
	v.Told = v.Tells(by.Roles.Has(posada.RoleCoordinator))
	return v, err
}

// view is a need as it stands now.
func (n *Needs) view(tx *vault.Tx, k kept, hers bool) (need.View, error) {
	now := n.c.Now()
	v := need.View{
		ID: k.ID, Case: k.Case, Posted: k.Posted, Profile: k.Profile, Life: k.Life.At(now), Warning: k.Profile.Warn(), Phoned: k.Phoned, Hers: hers, Turn: k.Turn,
	}
	feared, err := n.c.Consents.Feared(tx, k.Case)
	if err != nil {
		return need.View{}, err
	}
	if hers {
		v.Note, v.Why = k.Note, k.Why
	}
	for _, to := range v.Life.Asked {
		id, letter := k.Letters[to]
		if !letter || slices.Contains(k.Told, to) {
			continue
		}
		there, err := n.c.Post.AtHub(tx, id)
		if err != nil {
			return need.View{}, err
		}
		if !there || slices.Contains(k.Missed, to) && !slices.Contains(feared, to) {
			v.Unsent = append(v.Unsent, to)
		}
	}
	v.NotSent = len(v.Unsent) > 0 && k.Profile.Priority == posada.PriorityTonight && now.Sub(k.Posted) >= notSentAfter && !v.Life.State.Over()
	v.Lines = v.Standing(now)
	v.Silence, v.Anew = n.silence(k, now), k.Anew
	v.Told = v.Tells(false)
	return v, nil
}

// Counts are how needs ended, by month and kind, the newest month first. They count
// needs of this agency alone, and nothing sends them.
func (n *Needs) Counts() (list []need.Count, err error) {
	err = n.c.Vault.View(func(tx *vault.Tx) error {
		return counts.Each(tx, func(_ string, c need.Count) error { list = append(list, c); return nil })
	})
	slices.SortFunc(list, func(a, b need.Count) int {
		return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(nameOf(a), nameOf(b)))
	})
	return list, err
}

func nameOf(c need.Count) string {
	return fmt.Sprintf("%s %s %s %v %s %s", c.Month, c.Service, c.Gender, c.Minor, c.Exploitation, c.Ended)
}

// recount counts a need that ended, or one that ended otherwise than it was counted.
func recount(tx *vault.Tx, k kept, now time.Time) error {
	at := now
	if k.As != "" {
		at = k.Counted
		if err := count(tx, need.CountOf(k.Profile, k.As, at), -1); err != nil {
			return err
		}
	}
	return count(tx, need.CountOf(k.Profile, k.Life.State, at), 1)
}

// count adds to how many needs of a kind ended so.
func count(tx *vault.Tx, c need.Count, more int) error {
	before, err := counts.Get(tx, nameOf(c))
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		return err
	}
	if c.Needs = before.Needs + more; c.Needs <= 0 {
		return counts.Delete(tx, nameOf(c))
	}
	return counts.Put(tx, nameOf(c), vault.KeyID{}, c)
}
