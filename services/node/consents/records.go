package consents

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// book is what a case's consents have in common, under the case's key.
type book struct {
	Label string `json:"label"` // of the case
	drawn
	// Spent are the secrets of codes that were used: what was granted before is
	// withdrawn by them, and nothing is granted under them any more.
	Spent []consent.Spent `json:"spent,omitempty"`
	// Withdrawn is when she took it back, by agency.
	Withdrawn consent.Withdrawals `json:"withdrawn,omitempty"`
	// Consents are its records: whoever looks for them reads no other case's.
	Consents []posada.ConsentID `json:"consents"`
}

// drawn is a withdrawal code and K, which is made from it.
type drawn struct {
	Code   consent.Code       `json:"code"`
	Secret consent.CaseSecret `json:"secret"`
}

// draw draws a code. It takes a tenth of a second: Argon2id.
func (c *Consents) draw() (drawn, error) {
	code, err := consent.NewCode(c.c.Random)
	if err != nil {
		return drawn{}, err
	}
	return drawn{code, c.c.Stretch(code, c.c.Members.Get().Network())}, nil
}

var (
	books = vault.Table[book]{Name: "consents_of_case", Version: 2}
	// bySecret finds the case of a code: by SHA-256 of the secret that is our own.
	bySecret = vault.Table[string]{Name: "case_of_code", Version: 1}
	records  = vault.Table[consent.Record]{Name: "consents", Version: 1}
)

// bookOf reads a case's book; that of one without any consent is empty.
func bookOf(tx *vault.Tx, of handoff.Case) (book, error) {
	b, err := books.Get(tx, string(of.ID))
	if errors.Is(err, vault.ErrNotFound) {
		return book{}, nil
	}
	return b, err
}

// add puts a record into a case's book.
func (b *book) add(tx *vault.Tx, of handoff.Case, r consent.Record) error {
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

// counting are a case's consents without what she took back of them.
func (b book) counting(tx *vault.Tx) ([]consent.Record, error) {
	all, err := b.records(tx)
	for i, r := range all {
		all[i] = b.Withdrawn.Left(r)
	}
	return all, err
}

// secrets are those of all codes of a case that something may have been granted under:
// the ones that were used, and the one in force.
func (b book) secrets() (list []consent.CaseSecret) {
	for _, s := range b.Spent {
		list = append(list, s.Secret)
	}
	if b.Secret != (consent.CaseSecret{}) {
		list = append(list, b.Secret)
	}
	return list
}
