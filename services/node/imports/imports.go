// Package imports brings rows of another program of the agency's into cases of its own:
// each row once, whatever broke off in between.
//
// Holds: which imports there were and how far each came, and which row came into which
// case. May reach: cases and records, through interfaces; nothing outside the vault.
// If compromised: whom this agency brought in from elsewhere.
//
// A row is known by its key within the mapping that it was read by. What it became is said
// again to whoever brings it again, and nothing is done twice. Where it came into a case
// that was destroyed since, that there was one is all that is left of it here, and can only
// be asked with its key: it is not brought back, because the program it comes from was not
// told what she said to us.
package imports

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Cases is what imports asks of cases, in a transaction.
type Cases interface {
	Open(tx *vault.Tx, by handoff.Asker) (handoff.Case, error)
	Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
}

// Records is what imports asks of the agency's own records, in its transaction.
type Records interface {
	Import(tx *vault.Tx, by handoff.Asker, of handoff.Case, mapping string, content referral.Content) error
	Imported(tx *vault.Tx, of handoff.Case) (referral.Content, bool, error)
}

// Config is what imports needs.
type Config struct {
	Vault   *vault.Vault
	Cases   Cases
	Records Records
	Now     func() time.Time
	Random  io.Reader
}

// Imports is the unit.
type Imports struct{ c Config }

// New makes the unit. It has no side effects.
func New(c Config) *Imports { return &Imports{c} }

// Import is an import as it is kept: what it is of, and how far it came. It has nothing of
// any row.
type Import struct {
	ID      posada.ImportID `json:"id"`
	Mapping string          `json:"mapping"`
	Digest  string          `json:"digest,omitempty"` // of what is imported; none once it ended
	Rows    int             `json:"rows"`             // as whoever began it counted them
	By      posada.StaffID  `json:"by"`
	Began   time.Time       `json:"began"`
	Ended   time.Time       `json:"ended,omitzero"`
	// Through is the last row of the source that was dealt with: it goes on behind it.
	Through int                           `json:"through"`
	Became  map[handoff.ImportOutcome]int `json:"became,omitempty"`
	Refused int                           `json:"refused"` // rows that whoever brings them did not bring: something is wrong with them
}

var imports = vault.Table[Import]{Name: "imports", Version: 1}

// Begin begins an import, or gives the one that she began of the same and did not end.
func (i *Imports) Begin(by handoff.Asker, mapping, digest string, rows int) (out Import, err error) {
	err = i.c.Vault.Update(func(tx *vault.Tx) error {
		hers, err := of(tx, by, page.Asked{})
		if err != nil {
			return err
		}
		begun := func(x Import) bool { return x.Ended.IsZero() && x.Mapping == mapping && x.Digest == digest }
		if n := slices.IndexFunc(hers.Rows, begun); n >= 0 {
			out = hers.Rows[n]
			return nil
		}
		out = Import{Mapping: mapping, Digest: digest, Rows: rows, By: by.ID, Began: i.now()}
		if out.ID, err = posada.NewID[posada.ImportID](i.c.Random); err != nil {
			return err
		}
		return imports.Put(tx, string(out.ID), vault.KeyID{}, out)
	})
	return out, err
}

// Page is a part of every import she began, the newest first.
func (i *Imports) Page(by handoff.Asker, a page.Asked) (part page.Of[Import], err error) {
	err = i.c.Vault.View(func(tx *vault.Tx) error {
		part, err = of(tx, by, a)
		return err
	})
	return part, err
}

// End ends an import: all its rows were dealt with, or whoever began it gives it up. What
// it was of is forgotten.
func (i *Imports) End(by handoff.Asker, id posada.ImportID) (out Import, err error) {
	err = i.c.Vault.Update(func(tx *vault.Tx) error {
		if out, err = hers(tx, by, id); err != nil || !out.Ended.IsZero() {
			return err
		}
		out.Ended, out.Digest = i.now(), ""
		return imports.Put(tx, string(id), vault.KeyID{}, out)
	})
	return out, err
}

func (i *Imports) now() time.Time { return i.c.Now().UTC().Truncate(time.Second) }

// of is what somebody began, the newest first.
func of(tx *vault.Tx, by handoff.Asker, a page.Asked) (page.Of[Import], error) {
	all, err := imports.All(tx)
	if err != nil {
		return page.Of[Import]{}, err
	}
	began := func(x Import) page.Place { return page.Place{At: x.Began, ID: string(x.ID)} }
	return page.Take(all, began, a, func(x Import) (Import, bool, error) { return x, x.By == by.ID, nil })
}

// hers finds an import that she began. Others' are not there for her.
func hers(tx *vault.Tx, by handoff.Asker, id posada.ImportID) (Import, error) {
	x, err := imports.Get(tx, string(id))
	if vault.Gone(err) || err == nil && x.By != by.ID {
		return Import{}, fault.New(fault.Withheld, fault.NothingThere)
	}
	return x, err
}

// Row is a row as it was mapped.
type Row struct {
	Key     string
	Content referral.Content
}

// String hides a row from every log line and error.
func (Row) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Row) GoString() string { return "(redacted)" }

// Batch are rows of an import that follow each other in its source, and those between them
// that are wrong.
type Batch struct {
	After, Through int // it is what comes after a row of the source, up to another
	Refused        int
	Rows           []Row
}

// Done is what became of a row; the case is told to those whose work it is.
type Done struct {
	Outcome handoff.ImportOutcome
	Case    string
}

// Bring brings rows in, in one transaction: all of them, or none. A batch that was brought
// before, of which no answer came, changes nothing and counts nothing. fault.ImportBehind:
// rows before it were not dealt with.
func (i *Imports) Bring(ctx context.Context, by handoff.Asker, id posada.ImportID, b Batch) (out Import, done []Done, err error) {
	err = i.c.Vault.Update(func(tx *vault.Tx) error {
		done = nil
		if out, err = hers(tx, by, id); err != nil {
			return err
		}
		switch {
		case !out.Ended.IsZero():
			return fault.New(fault.Conflict, fault.ImportOver)
		case b.After > out.Through || b.After < out.Through && b.Through > out.Through:
			return fault.New(fault.Conflict, fault.ImportBehind)
		}
		again := b.Through <= out.Through && b.After < out.Through
		for _, row := range b.Rows {
			d, err := i.bring(ctx, tx, by, out.Mapping, row)
			if err != nil {
				return err
			}
			done = append(done, d)
		}
		if again {
			return nil
		}
		out.count(b, done)
		return imports.Put(tx, string(id), vault.KeyID{}, out)
	})
	if err != nil {
		return Import{}, nil, err
	}
	return out, done, nil
}

func (x *Import) count(b Batch, done []Done) {
	if x.Became == nil {
		x.Became = map[handoff.ImportOutcome]int{}
	}
	for _, d := range done {
		x.Became[d.Outcome]++
	}
	x.Through, x.Refused = b.Through, x.Refused+b.Refused
}

// came is into which case a row came: by the mapping and the row's key, under the case's.
type came struct {
	Case string `json:"case"` // its label
}

var rows = vault.Table[came]{Name: "import_rows", Version: 1}

// bring brings one row in, or says what became of it before.
func (i *Imports) bring(ctx context.Context, tx *vault.Tx, by handoff.Asker, mapping string, row Row) (Done, error) {
	name := mapping + "\x00" + row.Key
	before, err := rows.Get(tx, name)
	switch {
	case errors.Is(err, vault.ErrErased):
		return Done{Outcome: handoff.ImportErased}, nil
	case errors.Is(err, vault.ErrNotFound):
		return i.save(tx, by, mapping, name, row.Content)
	case err != nil:
		return Done{}, err
	}
	at, err := i.c.Cases.Work(ctx, tx, by, before.Case)
	switch {
	case err != nil && fault.From(err).Key == fault.BeingErased:
		return Done{Outcome: handoff.ImportErased}, nil
	case err != nil && handoff.NotHers(err):
		return Done{Outcome: handoff.ImportOthers}, nil
	case err != nil:
		return Done{}, err
	}
	is, kept, err := i.c.Records.Imported(tx, at)
	out := Done{handoff.ImportAlready, at.Label}
	if !kept || !reflect.DeepEqual(is, row.Content) {
		out.Outcome = handoff.ImportDiffers
	}
	return out, err
}

// save opens a case and puts into it what the row became.
func (i *Imports) save(tx *vault.Tx, by handoff.Asker, mapping, name string, content referral.Content) (Done, error) {
	opened, err := i.c.Cases.Open(tx, by)
	if err != nil {
		return Done{}, err
	}
	err = errors.Join(i.c.Records.Import(tx, by, opened, mapping, content), rows.Put(tx, name, opened.Key, came{opened.Label}))
	return Done{handoff.ImportSaved, opened.Label}, err
}
