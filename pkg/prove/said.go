package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
)

// ErrRefuted says that a table gives what the guard refuses.
var ErrRefuted = errors.New("the table gives what the guard refuses")

// Differs names all that another table changes: the SHA-256 of the difference, and of the
// table it is held against.
func Differs(before, after []byte) (follows, difference string, err error) {
	old, err := matrix.Read(before)
	if err != nil {
		return "", "", err
	}
	next, err := matrix.Read(after)
	if err != nil {
		return "", "", err
	}
	text, err := jose.Marshal(matrix.Compare(old, next))
	return named(before), named(text), err
}

// Passes names the proof that the guard refuses nothing of a table. It is of these very
// rules: another release of them names another.
func Passes(ctx context.Context, rules *pdp.Engine, table []byte) (string, error) {
	engine, err := rules.With(ctx, table)
	if err != nil {
		return "", err
	}
	if _, refuted, err := Refuted(ctx, rules, table); err != nil || refuted {
		return "", errors.Join(err, ErrRefuted)
	}
	return named(fmt.Appendf(nil, "posada/proof/v1\n%s\n", engine.Digest())), nil
}

func named(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
