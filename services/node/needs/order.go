package needs

import (
	"cmp"
	"context"
	"slices"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Order puts the needs of a case in the order in which the person wants them: those that
// are named first, as they are named, and then the others as they were. It is kept in the
// needs themselves, under the case's key, and nothing of it leaves.
// fault.NothingThere: one that is named is no need of this case, or was asked anew.
func (n *Needs) Order(ctx context.Context, by handoff.Asker, label string, first []posada.NeedID) (list []need.View, err error) {
	err = n.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := n.c.Cases.Work(ctx, tx, by, label)
		if err != nil {
			return err
		}
		all, err := inOrder(tx, of.Label)
		if err != nil {
			return err
		}
		if all, err = foremost(all, first); err != nil {
			return err
		}
		for i, k := range all {
			k.Turn = i + 1
			if err := table.Put(tx, string(k.ID), k.Key, k); err != nil {
				return err
			}
			v, err := n.view(tx, k, true)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return audit.Append(tx, audit.Entry{At: n.c.Now().UTC(), By: by.ID, Act: audit.NeedsOrdered, Case: of.ID})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// inOrder are the needs of a case in the person's order. Of one that was asked anew the
// other stands there.
func inOrder(tx *vault.Tx, label string) (list []kept, err error) {
	err = table.Each(tx, func(_ string, k kept) error {
		if k.Case == label && k.Anew == "" {
			list = append(list, k)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b kept) int {
		return cmp.Or(cmp.Compare(a.Turn, b.Turn), a.Posted.Compare(b.Posted), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// foremost are needs with some of them first.
func foremost(all []kept, first []posada.NeedID) ([]kept, error) {
	for _, id := range first {
		if !slices.ContainsFunc(all, func(k kept) bool { return k.ID == id }) {
			return nil, nothing()
		}
	}
	place := func(k kept) int {
		if i := slices.Index(first, k.ID); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(all, func(a, b kept) int { return cmp.Compare(place(a), place(b)) })
	return all, nil
}

// turn is where a new need of a case stands: where the one stood that it is asked instead
// of, or last.
func turn(tx *vault.Tx, label string, instead posada.NeedID) (int, error) {
	if instead != "" {
		k, err := find(tx, instead)
		return k.Turn, err
	}
	list, err := inOrder(tx, label)
	if err != nil || len(list) == 0 {
		return 1, err
	}
	return list[len(list)-1].Turn + 1, nil
}
