package book

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// open is what was opened last.
type open struct {
	Version uint64   `json:"version"`
	Mark    [32]byte `json:"mark"` // of the key it was opened with
	Text    []byte   `json:"text"` // directory.Write
}

// given is what was given to an agency.
type given struct {
	Mark     [32]byte       `json:"mark"`
	Identity jose.KeyID     `json:"identity"` // who had it then: one that lost its node lost the key
	Event    posada.EventID `json:"event"`
}

var (
	openTable  = vault.Table[open]{Name: "directory", Version: 1}
	keyTable   = vault.Table[directory.Key]{Name: "directory_keys", Version: 1} // the last that each agency sent
	heldTable  = vault.Table[directory.Keys]{Name: "directory_held", Version: 1}
	givenTable = vault.Table[given]{Name: "directory_given", Version: 1} // by agency
)

const only = "this" // the one name in a table of one record

// optional takes a record that is not there for its zero value.
func optional[R any](record R, err error) (R, error) {
	if errors.Is(err, vault.ErrNotFound) {
		var none R
		return none, nil
	}
	return record, err
}

// remember shows what was opened last. Without it a node works on, by the file.
func (b *Book) remember(tx *vault.Tx) error {
	last, err := optional(openTable.Get(tx, only))
	if err != nil || last.Version == 0 {
		return err
	}
	book, err := directory.Read(last.Text)
	if err != nil {
		b.unread(last.Version, err)
		return nil
	}
	b.show(book)
	return nil
}

// key finds the key with a mark among those that came, and those this agency gives.
func (b *Book) key(tx *vault.Tx, mark [32]byte) (key directory.Key, has bool, err error) {
	look := func(k directory.Key) {
		if k.Mark() == mark {
			key, has = k, true
		}
	}
	held, err := optional(heldTable.Get(tx, only))
	if err != nil {
		return key, false, err
	}
	look(held.Members)
	look(held.Others)
	err = keyTable.Each(tx, func(_ string, k directory.Key) error { look(k); return nil })
	return key, has, err
}
