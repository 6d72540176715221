package consent

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/words"
)

// Code is the survivor's withdrawal code w: 80 random bits, said as eight words.
// Whoever has it can end what was shared of her, and learns nothing by it.
type Code [10]byte

// codeWords is how many words a code is said in: 80 bits and a check of 8.
const codeWords = 8

// ErrCode says that a text is no withdrawal code: a word is in no list, or the
// words do not belong together.
var ErrCode = errors.New("not the eight words of a withdrawal code")

// String hides the code.
func (Code) String() string { return "(secret)" }

// GoString hides the code.
func (Code) GoString() string { return "(secret)" }

// NewCode draws a code.
func NewCode(random io.Reader) (c Code, err error) {
	if _, err := io.ReadFull(random, c[:]); err != nil {
		return Code{}, fmt.Errorf("draw a withdrawal code: %w", err)
	}
	return c, nil
}

// Words is the code as it is said. The check is over the words' places in the
// list, so it holds in either language.
func (c Code) Words(l words.Language) (string, error) {
	return words.Write(words.Split(append(c[:], c.check()), codeWords), l)
}

// check is 8 bits of the code by which a word that was misheard is noticed: 255
// of 256 times.
func (c Code) check() byte {
	sum := sha256.Sum256(append([]byte("posada/withdrawal/check/v1\n"), c[:]...))
	return sum[0]
}

// ReadCode reads a code as somebody wrote down what she heard, in either
// language: however it is spaced, numbered, cased and accented. A word that is
// in no list stands for those of the list that are like it, if only one of them
// makes a code. ErrCode.
func ReadCode(text string) (Code, error) {
	best := -1
	var found []Code
	for _, l := range []words.Language{words.English, words.Spanish} {
		guesses, far, err := words.Heard(text, l)
		if err != nil || len(guesses) != codeWords {
			continue
		}
		// Most words of one list are like none of the other; where they are, the
		// list they are nearer to was meant.
		codes := codesOf(guesses)
		if len(codes) > 0 && (best < 0 || far < best) {
			best, found = far, nil
		}
		if far == best {
			found = append(found, codes...)
		}
	}
	if len(found) != 1 {
		return Code{}, ErrCode
	}
	return found[0], nil
}

// maxGuesses bounds how many readings of what was heard are tried: with more
// than a few, a wrong one would pass the check by chance.
const maxGuesses = 64

// codesOf are the codes among all readings of what was heard.
func codesOf(guesses [][]words.Index) (found []Code) {
	readings := [][]words.Index{nil}
	for _, each := range guesses {
		if len(readings)*len(each) > maxGuesses {
			return nil
		}
		var longer [][]words.Index
		for _, r := range readings {
			for _, i := range each {
				longer = append(longer, append(r[:len(r):len(r)], i))
			}
		}
		readings = longer
	}
	for _, r := range readings {
		raw := words.Join(r)
		if c := Code(raw[:len(Code{})]); raw[len(Code{})] == c.check() {
			found = append(found, c)
		}
	}
	return found
}

// What Argon2id costs (RFC 9106, its second recommended setting): 3 passes over
// 64 MiB. A code is 80 bits; whoever tries them all pays this for each.
const (
	codeTime   = 3
	codeMemory = 64 << 10 // KiB
)

// Stretch makes K of a code's case in a network: Code.Secret, unless a test of something
// else has the work left out.
type Stretch func(Code, posada.NetworkID) CaseSecret

var _ Stretch = Code.Secret

// Secret is K of the code's case in a network.
func (c Code) Secret(network posada.NetworkID) CaseSecret {
	salt := sha256.Sum256([]byte(network))
	return CaseSecret(argon2.IDKey(c[:], salt[:], codeTime, codeMemory, 1, uint32(len(CaseSecret{}))))
}
