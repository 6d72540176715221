// Package idempotency keeps, beyond the end of a process, which requests were asked with an
// Idempotency-Key and whether each was carried out.
//
// Holds: for a day, hashes of keys and of requests that only who has the key can check, and
// what of the account each request wrote. No answer: what an answer said may have to be destroyed.
// May reach: the vault. If compromised: nothing that the account does not have.
//
// Guarantee: what was asked with a key and was carried out is known as that, wherever the
// process died on the way; what was not carried out is not taken for it.
//
// Why: whatever staff do writes an entry of theirs into the account in its own transaction.
// Before a request is carried out the length of the account is noted, and one person's requests
// with a key are carried out while nothing else of theirs changes anything, which whoever calls
// this sees to; so after a crash the account says whether it was done, and what it was.
package idempotency

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Bounds of what is kept.
const (
	Life = 24 * time.Hour
	Most = 10_000
)

// asked is one request with a key.
type asked struct {
	What    [sha256.Size]byte `json:"what"`
	At      time.Time         `json:"at"`
	By      posada.StaffID    `json:"by"`
	Entries uint64            `json:"entries"`         // of the account, before
	Done    *audit.Entry      `json:"done,omitempty"`  // what it wrote there; none: how it went was not written down
	Status  int               `json:"status,omitzero"` // that it was answered with
}

var table = vault.Table[asked]{Name: "idempotency", Version: 1}

// Keys are what was asked with a key. They are safe for concurrent use.
type Keys struct {
	vault *vault.Vault
	now   func() time.Time

	mu    sync.Mutex
	kept  map[string]asked // as the vault has them
	order []string         // the oldest first
}

// Open reads what was asked before, and finds out of each request that was under way when
// the process died whether it was carried out. It goes before anything else is done: after that
// the account would no longer tell.
func Open(v *vault.Vault, now func() time.Time) (*Keys, error) {
	k := &Keys{vault: v, now: now}
	err := v.Update(func(tx *vault.Tx) error {
		k.kept = map[string]asked{}
		if err := table.Each(tx, func(name string, a asked) error { k.kept[name] = a; return nil }); err != nil {
			return err
		}
		for name, a := range k.kept {
			if a.Done != nil {
				continue
			}
			settled, err := settle(tx, name, a, 0)
			if err != nil {
				return err
			}
			if k.kept[name] = settled; settled.Done == nil {
				delete(k.kept, name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("idempotency: %w", err)
	}
	k.order = slices.SortedFunc(maps.Keys(k.kept), func(a, b string) int {
		return cmp.Or(k.kept[a].At.Compare(k.kept[b].At), cmp.Compare(a, b))
	})
	return k, nil
}

// name is what a person's key is kept by. The key itself is kept nowhere.
func name(by posada.StaffID, key string) string {
	sum := sha256.Sum256([]byte(string(by) + "\n" + key))
	return hex.EncodeToString(sum[:])
}

// Begin notes that a person asks something with a key, or says that it was carried out before:
// what it wrote into the account, and the status it was answered with, 0 where the process died
// before that. The key was used for something else: fault.KeyUsed.
func (k *Keys) Begin(by posada.StaffID, key string, what []byte) (done *audit.Entry, status int, err error) {
	name := name(by, key)
	a := asked{What: sha256.Sum256(append([]byte(key+"\n"), what...)), At: k.now().UTC(), By: by}
	before, over := k.enter(name, a)
	if before.Done != nil {
		if before.What != a.What {
			return nil, 0, fault.New(fault.Invalid, fault.KeyUsed)
		}
		return before.Done, before.Status, nil
	}
	err = k.vault.Update(func(tx *vault.Tx) (err error) {
		for _, old := range over {
			if err := table.Delete(tx, old); err != nil {
				return err
			}
		}
		if a.Entries, err = audit.Entries(tx); err != nil {
			return err
		}
		return table.Put(tx, name, vault.KeyID{}, a)
	})
	if err != nil {
		a = asked{}
		err = fmt.Errorf("idempotency: %w", err)
	}
	k.set(name, a)
	return nil, 0, err
}

// enter gives what is kept by a name, or keeps the new one and says which others go: those of
// more than a day ago, and the oldest of too many.
func (k *Keys) enter(name string, a asked) (before asked, over []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, here := k.kept[name]
	if before.Done != nil && a.At.Before(before.At.Add(Life)) {
		return before, nil
	}
	if here {
		k.order = slices.DeleteFunc(k.order, func(n string) bool { return n == name })
	}
	k.order, k.kept[name] = append(k.order, name), a
	for len(k.order) > Most || !a.At.Before(k.kept[k.order[0]].At.Add(Life)) {
		over, k.order = append(over, k.order[0]), k.order[1:]
		delete(k.kept, over[len(over)-1])
	}
	return asked{}, over
}

// set keeps what is known now of what was asked; of what was not carried out, nothing.
func (k *Keys) set(name string, a asked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, here := k.kept[name]; !here {
		return
	}
	if k.kept[name] = a; a.By == "" {
		delete(k.kept, name)
		k.order = slices.DeleteFunc(k.order, func(n string) bool { return n == name })
	}
}

// End notes how a request was answered. What was refused may be asked again; so may what failed,
// unless it was carried out all the same.
func (k *Keys) End(by posada.StaffID, key string, status int) error {
	name := name(by, key)
	k.mu.Lock()
	a, here := k.kept[name]
	k.mu.Unlock()
	if !here {
		return nil
	}
	var settled asked
	err := k.vault.Update(func(tx *vault.Tx) (err error) {
		settled, err = settle(tx, name, a, status)
		return err
	})
	if err != nil {
		return fmt.Errorf("idempotency: %w", err)
	}
	k.set(name, settled)
	return nil
}

// settle writes down what the account says became of a request: the zero value where it was not
// carried out.
func settle(tx *vault.Tx, name string, a asked, status int) (asked, error) {
	did, acted, err := since(tx, a.By, a.Entries)
	if err != nil {
		return asked{}, err
	}
	if refused := status >= 400 && status < 500; refused || !acted {
		return asked{}, table.Delete(tx, name)
	}
	a.Done, a.Status = &did, status
	return a, table.Put(tx, name, vault.KeyID{}, a)
}

// since is what a person did since the account had so many entries: what each entry names, the
// last of it.
func since(tx *vault.Tx, by posada.StaffID, entries uint64) (did audit.Entry, acted bool, err error) {
	err = audit.Each(tx, entries+1, func(_ uint64, e audit.Entry) error {
		if e.By != by || looked(e.Act) {
			return nil
		}
		acted = true
		did.Act = e.Act
		did.Consent = cmp.Or(e.Consent, did.Consent)
		did.Referral = cmp.Or(e.Referral, did.Referral)
		did.Need = cmp.Or(e.Need, did.Need)
		return nil
	})
	return did, acted, err
}

// looked reports whether an act changed nothing: it may be asked again and again.
func looked(act audit.Act) bool {
	switch act {
	case audit.ReferralLookedAt, audit.OwnLookedAt, audit.ReferralPreview, audit.ReferralRefused, audit.CodeShown:
		return true
	}
	return false
}
