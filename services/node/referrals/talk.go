package referrals

import (
	"cmp"
	"errors"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// talks are what was asked and answered of each referral, at either end under a key of
// its own, which is given up when the referral does not count any more.
var talks = vault.Table[question.Talk]{Name: "questions", Version: 1}

// talks reports whether there may be questions about a referral, and answers: it counts,
// and what was shared may still be held.
func (r *Referrals) talks(k kept) bool {
	return k.Lives() && r.c.Now().Unix() < k.Obligations.RetainUntil
}

// under is what questions about a referral and their answers go under.
func (k kept) under() event.Under {
	return event.Under{Referral: k.ID, Grant: k.Grant, Obligations: k.Obligations}
}

// talkOf is what was asked of a referral.
func talkOf(tx *vault.Tx, k kept) (question.Talk, error) {
	if k.Talk == (vault.KeyID{}) {
		return nil, nil
	}
	return talks.Get(tx, string(k.ID))
}

// withTalk is a referral that has a key for what is asked of it.
func withTalk(tx *vault.Tx, k kept) (kept, error) {
	if k.Talk != (vault.KeyID{}) {
		return k, nil
	}
	key, err := tx.NewKey()
	if err != nil {
		return kept{}, err
	}
	k.Talk = key
	return k, table.Put(tx, string(k.ID), k.Key, k)
}

func keepTalk(tx *vault.Tx, k kept, t question.Talk) error {
	return talks.Put(tx, string(k.ID), k.Talk, t)
}

// endTalk lets go of all that was asked and answered of a referral that does not count any
// more, and of what of it was held. Its key is destroyed as soon as nothing of it waits
// here to be taken back. Whoever calls keeps what is left of the referral.
func (r *Referrals) endTalk(tx *vault.Tx, k kept) (kept, error) {
	err := r.c.Post.Discard(tx, func(from posada.AgencyID, s event.Statement) bool {
		return from == k.Peer && s.Subject() == k.ID && (s.Type() == event.TypeQuestion || s.Type() == event.TypeAnswer)
	})
	if err != nil || k.Talk == (vault.KeyID{}) {
		return k, err
	}
	t, err := talkOf(tx, k)
	if err != nil {
		return kept{}, err
	}
	for _, a := range t {
		if k.Side == referral.Source && a.Event != "" {
			err = errors.Join(err, byEvent.Delete(tx, string(a.Event)))
		}
	}
	waits, wrong := r.c.Post.Holds(tx, k.Talk)
	if err = errors.Join(err, wrong, talks.Delete(tx, string(k.ID))); err != nil {
		return kept{}, err
	}
	r.c.Post.ReviewLater()
	key := k.Talk
	k.Talk = vault.KeyID{}
	if !waits {
		return k, tx.Erase(key)
	}
	return k, passedKeys.Put(tx, keyName(key), vault.KeyID{}, passedKey{Of: cmp.Or(k.Of, k.ID), Key: key})
}

// WaitsOf reports whether something that was answered of a case, or asked of it, waits to
// be taken back: until then not all of the case is destroyed.
func (r *Referrals) WaitsOf(tx *vault.Tx, label string) (waits bool, err error) {
	list, err := those(tx, func(k kept) bool { return k.Side == referral.Source && k.Case == label })
	for _, k := range list {
		if err == nil && !waits {
			waits, err = waitsOnward(tx, k.ID)
		}
	}
	return waits, err
}
