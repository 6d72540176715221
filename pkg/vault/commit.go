package vault

import (
	"errors"
	"fmt"
)

// maxGroup is how many transactions may share one commit.
const maxGroup = 256

// request is a transaction that waits for its turn.
type request struct {
	fn   func(*Tx) error
	done chan error
}

// Update runs fn in a transaction and returns when it is on the disk, or fn's
// error, in which case nothing changed. Transactions that wait together are
// committed together, one sync for all; so fn may be run more than once and
// must have no effect but through its Tx.
func (v *Vault) Update(fn func(*Tx) error) error {
	r := &request{fn: fn, done: make(chan error, 1)}
	select {
	case v.queue <- r:
	case <-v.closed:
		return ErrClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-v.done:
		// The last group may have been answered while we looked away.
		select {
		case err := <-r.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// commitInGroups takes what waits, commits it and answers, until the vault is
// closed and nothing waits.
func (v *Vault) commitInGroups() {
	defer close(v.done)
	for {
		select {
		case first := <-v.queue:
			v.commit(v.waiting(first))
		case <-v.closed:
			for len(v.queue) > 0 {
				v.commit(v.waiting(<-v.queue))
			}
			return
		}
	}
}

func (v *Vault) waiting(first *request) []*request {
	group := []*request{first}
	for len(group) < maxGroup {
		select {
		case r := <-v.queue:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction. Where one fails it alone is told,
// everything is rolled back, and the others run again without it.
func (v *Vault) commit(group []*request) {
	for len(group) > 0 {
		failed, err := v.try(group)
		if failed < 0 {
			for _, r := range group {
				r.done <- err
			}
			return
		}
		group[failed].done <- err
		group = append(group[:failed:failed], group[failed+1:]...)
	}
}

// try runs a group once: the index of the request that failed and its error,
// or -1 and the error of the commit.
func (v *Vault) try(group []*request) (failed int, err error) {
	b, err := v.db.Begin(true)
	if err != nil {
		return -1, fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{v: v, b: b}
	for i, r := range group {
		if err := protect(r.fn, tx); err != nil {
			return i, errors.Join(err, b.Rollback())
		}
	}
	// Keys first: a key without a record is harmless, a record without its
	// key is lost.
	if err := v.keys.add(tx.new); err != nil {
		return -1, errors.Join(err, b.Rollback())
	}
	if err := b.Commit(); err != nil {
		return -1, fmt.Errorf("commit: %w", err)
	}
	return -1, nil
}

// protect turns a panic in fn into an error of its own, so that one bad record
// does not take the others' commit with it. The panic's text may quote a
// record; it is dropped.
func protect(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrPanicked
		}
	}()
	return fn(tx)
}
