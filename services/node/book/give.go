package book

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Give has this node give the keys of the directory in force: to each member the one of its
// class, now and to whoever is admitted later, until there is a newer version. It opens the
// directory here, too. Given again, it goes to everybody again. It returns how many agencies
// it goes to. fault.DirectoryKeys: they are of another version, or of none.
func (b *Book) Give(by posada.StaffID, keys directory.Keys) (count int, err error) {
	sealed := b.signed()
	if sealed == nil || keys.Network != b.c.Network {
		return 0, fault.New(fault.Conflict, fault.DirectoryKeys)
	}
	if _, err := sealed.Read(keys); err != nil {
		return 0, fault.New(fault.Conflict, fault.DirectoryKeys).Because(err)
	}
	err = b.c.Vault.Update(func(tx *vault.Tx) error {
		if err := heldTable.Put(tx, only, vault.KeyID{}, keys); err != nil {
			return err
		}
		var before []string
		if err := givenTable.Each(tx, func(name string, _ given) error { before = append(before, name); return nil }); err != nil {
			return err
		}
		for _, name := range before {
			if err := givenTable.Delete(tx, name); err != nil {
				return err
			}
		}
		if err := errors.Join(b.open(tx), b.give(tx)); err != nil {
			return err
		}
		count = 0
		if err := givenTable.Each(tx, func(string, given) error { count++; return nil }); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{At: b.c.Now(), By: by, Act: audit.DirectoryGiven})
	})
	if err != nil {
		return 0, err
	}
	b.c.Post.Wake()
	return count, nil
}

// give queues the key for each member that was not sent it.
func (b *Book) give(tx *vault.Tx) error {
	held, err := b.held(tx)
	if err != nil || held.Version == 0 {
		return err
	}
	for _, a := range b.c.Members.Get().Agencies() {
		if a.ID == b.c.Agency || a.Standing != posada.StandingActive {
			continue
		}
		if err := b.giveTo(tx, a, held.For(a.Class)); err != nil {
			return err
		}
	}
	return nil
}

// held are the keys that are given now; none where this agency gives none, or those of an
// older version.
func (b *Book) held(tx *vault.Tx) (directory.Keys, error) {
	held, err := optional(heldTable.Get(tx, only))
	if sealed := b.signed(); err != nil || sealed == nil || sealed.Version != held.Version {
		return directory.Keys{}, err
	}
	return held, nil
}

func (b *Book) giveTo(tx *vault.Tx, a roster.Agency, key directory.Key) error {
	before, err := optional(givenTable.Get(tx, string(a.ID)))
	if err != nil || before.Mark == key.Mark() && before.Identity == a.Identity.ID() {
		return err
	}
	e, err := event.Directory(b.c.Random, key, b.c.Now())
	if err != nil {
		return err
	}
	if err := b.c.Post.Enqueue(tx, a.ID, e, vault.KeyID{}); err != nil {
		return err
	}
	return givenTable.Put(tx, string(a.ID), vault.KeyID{}, given{Mark: key.Mark(), Identity: a.Identity.ID(), Event: e.ID()})
}

// Recheck decides again on a key that is to be sent: it must still be the one that its
// recipient is to have.
func (b *Book) Recheck(_ context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	held, err := b.held(tx)
	opens, is := e.Opens()
	members := b.c.Members.Get()
	if err != nil || !is || held.Version == 0 || opens.Key != held.For(members.Class(to)) {
		return handoff.Stop, err
	}
	switch members.Standing(to) {
	case posada.StandingActive:
		return handoff.Send, nil
	case posada.StandingSuspended:
		return handoff.Wait, nil
	}
	return handoff.Stop, nil
}

// Settled notes that an agency was not sent the key after all, so that it is when it may be.
func (b *Book) Settled(tx *vault.Tx, to posada.AgencyID, e event.Event, how handoff.Ending) error {
	before, err := optional(givenTable.Get(tx, string(to)))
	if err != nil || how != handoff.Ended || before.Event != e.ID() {
		return err
	}
	return givenTable.Delete(tx, string(to))
}
