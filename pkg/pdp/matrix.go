package pdp

import (
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ReadTable reads a network policy, held against the schema and by pkg/matrix: what either
// does not understand does not run.
func ReadTable(text []byte) (t matrix.Table, err error) {
	if err := checkMatrix(text); err != nil {
		return t, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	if t, err = matrix.Read(text); err != nil {
		return t, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	return t, nil
}

// Compare is what changes where next follows old: complete.
func Compare(old, next []byte) (matrix.Difference, error) {
	before, errOld := ReadTable(old)
	after, errNext := ReadTable(next)
	return matrix.Compare(before, after), errors.Join(errOld, errNext)
}

// Wider reports whether next allows anything, or anything for longer, that old
// did not. It errs towards yes: what it cannot read is wider.
func Wider(old, next []byte) bool {
	d, err := Compare(old, next)
	return err != nil || d.Label() == matrix.Wider || d.Label() == matrix.Mixed
}

// Amend is a network policy under another number, in which some cells say something
// else. What it then says is held against nothing: whoever is asked to sign or to run it
// does that.
func Amend(text []byte, version uint64, cells matrix.Cells) ([]byte, error) {
	t, err := ReadTable(text)
	if err != nil {
		return nil, err
	}
	return t.With(version, cells).Write()
}

// Never is a network policy with some cells set to never, its version the same.
// A cell that is not in it is never already.
func Never(text []byte, cells ...matrix.Cell) ([]byte, error) {
	t, err := ReadTable(text)
	if err != nil {
		return nil, err
	}
	shut := matrix.Cells{}
	for _, c := range cells {
		if t.Cells.Mode(c) != posada.ModeNever {
			shut.Set(c, posada.ModeNever)
		}
	}
	if len(shut) == 0 {
		return text, nil
	}
	return t.With(t.Version, shut).Write()
}
