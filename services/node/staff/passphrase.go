package staff

import (
	"cmp"
	"context"
	"crypto/subtle"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/posada-exchange/posada/pkg/fault"
)

// A passphrase is as long as NIST SP 800-63B wants one that stands beside a code at
// least, and more: 12 characters, of whatever kind. In bytes it has an upper limit, so
// that nobody has this machine stretch a book.
const (
	leastCharacters = 12
	mostBytes       = 1 << 10
)

// Argon2id with the second of the parameters that OWASP's cheat sheet on storing
// passwords gives: 19 MiB, 2 passes, 1 lane. It costs some 30 ms of one core: what is
// stretched lies inside the vault, so whoever could guess at it there has opened that
// already, and what slows guessing at the door is slow.go. At most two are stretched at
// once, so that sign-ins take 38 MiB and no more.
const (
	stretchTime   = 2
	stretchMemory = 19 << 10 // KiB
	stretchSize   = 32
	saltSize      = 16
	stretchAtOnce = 2
)

// stretched is a passphrase as it is kept.
type stretched struct {
	Salt []byte `json:"salt"`
	Key  []byte `json:"key"`
}

// stretch derives a passphrase's key. It waits for its turn as long as ctx lasts.
func (s *Staff) stretch(ctx context.Context, passphrase string, salt []byte) ([]byte, error) {
	select {
	case s.stretching <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, fault.SignInWait, "seconds", "1").Because(ctx.Err())
	}
	defer func() { <-s.stretching }()
	return argon2.IDKey([]byte(norm.NFKC.String(passphrase)), salt, stretchTime, s.memory, 1, stretchSize), nil
}

// keepPassphrase stretches a new passphrase.
func (s *Staff) keepPassphrase(ctx context.Context, passphrase string) (stretched, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(s.random, salt); err != nil {
		return stretched{}, fmt.Errorf("draw a salt: %w", err)
	}
	key, err := s.stretch(ctx, passphrase, salt)
	return stretched{salt, key}, err
}

// is reports whether a passphrase is the one that is kept. The work is the same
// whatever the answer; of a text longer than any passphrase nothing is stretched.
func (s *Staff) is(ctx context.Context, passphrase string, kept stretched) (bool, error) {
	if len(passphrase) > mostBytes {
		passphrase = ""
	}
	key, err := s.stretch(ctx, passphrase, kept.Salt)
	return subtle.ConstantTimeCompare(key, kept.Key) == 1, err
}

//go:embed common.txt
var commonWords string

// checkPassphrase says what is wrong with a new passphrase, without repeating any of it.
// Names are the person's and the agency's.
func checkPassphrase(text string, names ...string) error {
	text = norm.NFKC.String(text)
	switch {
	case utf8.RuneCountInString(text) < leastCharacters:
		return fault.New(fault.Invalid, fault.PassphraseShort, "least", strconv.Itoa(leastCharacters))
	case len(text) > mostBytes:
		return fault.New(fault.Invalid, fault.PassphraseLong, "most", strconv.Itoa(mostBytes))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return fault.New(fault.Invalid, fault.PassphraseControl)
	}
	common := strings.Fields(commonWords)
	if plain := bare(text); repeats(plain) || madeOf(plain, common) {
		return fault.New(fault.Invalid, fault.PassphraseCommon)
	}
	var own []string
	for _, name := range names {
		for _, word := range strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			own = append(own, bare(norm.NFKC.String(word)))
		}
	}
	if madeOf(bare(text), append(own, common...)) {
		return fault.New(fault.Invalid, fault.PassphraseNamed)
	}
	return nil
}

// bare is a text's letters and digits, in small letters; of a text that has none, all
// of it.
func bare(text string) string {
	plain := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, text)
	return cmp.Or(plain, text)
}

// repeats reports whether a text is a few characters again and again, or one after the
// other.
func repeats(plain string) bool {
	seen, runs := map[rune]bool{}, 0
	var last rune
	for _, c := range plain {
		if step := c - last; step == 1 || step == -1 || last == '9' && c == '0' {
			runs++
		}
		seen[c], last = true, c
	}
	return len(seen) < 4 || runs >= utf8.RuneCountInString(plain)-2
}

// madeOf reports whether a text is made of such words, digits and next to nothing else.
func madeOf(plain string, words []string) bool {
	longest := slices.Clone(words)
	slices.SortFunc(longest, func(a, b string) int { return len(b) - len(a) })
	left := plain
	for _, w := range longest {
		if w != "" {
			left = strings.ReplaceAll(left, w, " ")
		}
	}
	if left == plain {
		return false
	}
	letters := 0
	for _, c := range left {
		if unicode.IsLetter(c) {
			letters++
		}
	}
	return letters < 4
}
