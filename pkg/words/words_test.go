package words_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/words"
)

func key(t *testing.T, n byte) jose.PublicKey {
	t.Helper()
	k, err := jose.KeyFromSeed([32]byte{n})
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		indexes := rapid.SliceOfN(rapid.Map(rapid.Uint16Range(0, 2047), func(n uint16) words.Index { return words.Index(n) }), 1, 12).Draw(t, "indexes")
		for _, l := range []words.Language{words.English, words.Spanish} {
			text, err := words.Write(indexes, l)
			if err != nil {
				t.Fatal(err)
			}
			back, err := words.Read("  "+strings.ToUpper(strings.ReplaceAll(text, " ", "\n ")), l)
			if err != nil || !slices.Equal(back, indexes) {
				t.Fatalf("%s: %v, %v", l, back, err)
			}
		}
	})
}

func TestAccentsNeedNotBeTyped(t *testing.T) {
	without := strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "ü", "u")
	typed := map[string]words.Index{}
	accented := 0
	for i := range words.Index(2048) {
		text, err := words.Write([]words.Index{i}, words.Spanish)
		if err != nil {
			t.Fatal(err)
		}
		plain := without.Replace(text)
		if plain != text {
			accented++
		}
		if other, twice := typed[plain]; twice {
			t.Errorf("%d and %d are both typed %q", i, other, plain)
		}
		typed[plain] = i
		if back, err := words.Read(plain, words.Spanish); err != nil || len(back) != 1 || back[0] != i {
			t.Errorf("%q: %v, %v", plain, back, err)
		}
	}
	if accented < 100 {
		t.Errorf("%d words have an accent: this test sees nothing", accented)
	}
}

func TestAWordOutsideTheListIsRefused(t *testing.T) {
	for _, text := range []string{"posadax", "abandon abandonn", "ábaco"} {
		if _, err := words.Read(text, words.English); !errors.Is(err, words.ErrUnknown) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := words.Write([]words.Index{2048}, words.English); !errors.Is(err, words.ErrUnknown) {
		t.Error(err)
	}
	if _, err := words.Write(nil, "fr"); !errors.Is(err, words.ErrUnknown) {
		t.Error(err)
	}
}

// TestAFingerprintIsTheKeysAlone also holds the words of one key, so that a
// steward who wrote hers down can still compare them.
func TestAFingerprintIsTheKeysAlone(t *testing.T) {
	seen := map[string]bool{}
	for n := range byte(50) {
		f, err := words.Fingerprint(key(t, n))
		if err != nil || len(f) != 8 {
			t.Fatal(f, err)
		}
		text, err := words.Write(f, words.English)
		if err != nil || seen[text] {
			t.Errorf("%q again: %v", text, err)
		}
		seen[text] = true
		if n == 7 && text != golden {
			t.Errorf("key 7 is %q", text)
		}
	}
	if _, err := words.Fingerprint(jose.PublicKey{}); err == nil {
		t.Error("no key has a fingerprint")
	}
}

const golden = "warm fame race enjoy funny globe wise category"

// TestADigestHasWordsOfItsOwn, and holds those of one.
func TestADigestHasWordsOfItsOwn(t *testing.T) {
	a, b := words.FingerprintOf([32]byte{1}), words.FingerprintOf([32]byte{2})
	text, err := words.Write(a, words.English)
	if err != nil || len(a) != 8 || slices.Equal(a, b) || text != goldenDigest {
		t.Errorf("%q, %v", text, err)
	}
}

const goldenDigest = "head limb void fresh decorate emerge slender milk"
