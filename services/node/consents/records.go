package consents

import (
	"errors"
	"fmt"
	"io"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// book is what a case's consents have in common, under the case's key.
type book struct {
	Label  string             `json:"label"` // of the case
	Secret consent.CaseSecret `json:"secret"`
	// Consents are its records: whoever looks for them reads no other case's.
	Consents []posada.ConsentID `json:"consents"`
}

var (
	books   = vault.Table[book]{Name: "consents_of_case", Version: 1}
	records = vault.Table[consent.Record]{Name: "consents", Version: 1}
)

// bookOf reads a case's book; that of one without any consent is empty, and its
// secret is not drawn yet.
func bookOf(tx *vault.Tx, of handoff.Case) (book, error) {
	b, err := books.Get(tx, string(of.ID))
	if errors.Is(err, vault.ErrNotFound) {
		return book{}, nil
	}
	return b, err
}

// add puts a record into a case's book. random draws the case's secret with the
// first.
func (b *book) add(tx *vault.Tx, of handoff.Case, r consent.Record, random io.Reader) error {
	if len(b.Consents) == 0 {
		if _, err := io.ReadFull(random, b.Secret[:]); err != nil {
			return fmt.Errorf("draw a case secret: %w", err)
		}
	}
	b.Label, b.Consents = of.Label, append(b.Consents, r.ID)
	return errors.Join(records.Put(tx, string(r.ID), of.Key, r), books.Put(tx, string(of.ID), of.Key, *b))
}

// records are a case's consents, in the order they were given.
func (b book) records(tx *vault.Tx) ([]consent.Record, error) {
	var list []consent.Record
	for _, id := range b.Consents {
		r, err := records.Get(tx, string(id))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
