package directory_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
)

func sealed(t testing.TB, b directory.Book) ([]byte, directory.Sealed, directory.Keys) {
	t.Helper()
	text, keys, err := b.Seal(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := directory.ReadSealed(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, s, keys
}

// TestEachClassOpensItsOwnSheet, with its own key, and with no other: nor is the other sheet
// opened with the key that opens it.
func TestEachClassOpensItsOwnSheet(t *testing.T) {
	_, s, keys := sealed(t, book())
	for _, class := range append(posada.Members[posada.AgencyClass](), "", "unheard_of") {
		got, err := s.Open(network, class, keys.For(class))
		want := 2
		if class.Distrusted() {
			want = 0
		}
		if err != nil || len(got.Entries) != want || got.Version != 3 {
			t.Errorf("%s: %d entries of version %d, %v", class, len(got.Entries), got.Version, err)
		}
		other := keys.Members
		if keys.For(class) == other {
			other = keys.Others
		}
		for _, wrong := range []directory.Key{other, {}} {
			if _, err := s.Open(network, class, wrong); !errors.Is(err, directory.ErrKey) {
				t.Errorf("%s opens with another's key: %v", class, err)
			}
		}
	}
	if got, err := s.Read(keys); err != nil || len(got.Entries) != 2 {
		t.Errorf("whoever has both keys reads %d entries, %v", len(got.Entries), err)
	}
}

// TestNothingOfABookShowsWhenItIsSealed: no name and no number, and two books of one size are
// sealed to one length.
func TestNothingOfABookShowsWhenItIsSealed(t *testing.T) {
	text, _, _ := sealed(t, book())
	for _, shown := range []string{"Mesquite", "Luna", "network", string(network)} {
		if bytes.Contains(text, []byte(shown)) {
			t.Errorf("%q is in it", shown)
		}
	}
	nobody, _, _ := sealed(t, directory.Book{Network: network, Version: 9})
	if len(nobody) != len(text) {
		t.Errorf("%d bytes of nobody, %d of two", len(nobody), len(text))
	}
	again, _, keys := sealed(t, book())
	if bytes.Equal(again, text) || keys.Members == keys.Others {
		t.Error("keys were not drawn")
	}
}

// TestWhatIsSealedIsOpenedAsItWas, or not at all.
func TestWhatIsSealedIsOpenedAsItWas(t *testing.T) {
	text, s, keys := sealed(t, book())
	for _, at := range []int{0, 4, 5, 6, 9, 20, 60, 100, len(text)/2 + 100, len(text) - 1} {
		changed := bytes.Clone(text)
		changed[at] ^= 1
		got, err := directory.ReadSealed(changed)
		if err == nil {
			_, err = got.Read(keys)
		}
		if err == nil {
			t.Errorf("byte %d was changed, and it is read", at)
		}
	}
	// Nor is one sheet beside what is said of another's key.
	beside := bytes.Clone(text)
	beside[60] ^= 1
	if got, err := directory.ReadSealed(beside); err != nil {
		t.Error(err)
	} else if _, err := got.Open(network, posada.ClassNGO, keys.Members); !errors.Is(err, directory.ErrSealed) {
		t.Errorf("the other key's mark was changed: %v", err)
	}
	each := (len(text) - 80) / 2
	swapped := append(append(bytes.Clone(text[:80]), text[80+each:]...), text[80:80+each]...)
	if got, err := directory.ReadSealed(swapped); err != nil {
		t.Error(err)
	} else if _, err := got.Open(network, posada.ClassNGO, keys.Members); !errors.Is(err, directory.ErrSealed) {
		t.Errorf("the sheets were swapped: %v", err)
	}
	for what, wrong := range map[string][]byte{"nothing": nil, "shorter": text[:len(text)-1], "longer": append(bytes.Clone(text), 0), "a header alone": text[:80]} {
		if _, err := directory.ReadSealed(wrong); !errors.Is(err, directory.ErrSealed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.Open("mmmmmmmmmmmmmmmmmmmmmmmmma", posada.ClassNGO, keys.Members); err == nil {
		t.Error("it is opened in another network")
	}
}

// TestTheNextVersionHasOtherKeys: whoever has those of one opens nothing of another.
func TestTheNextVersionHasOtherKeys(t *testing.T) {
	_, _, before := sealed(t, book())
	_, next, keys := sealed(t, book().With())
	for _, class := range posada.Members[posada.AgencyClass]() {
		if _, err := next.Open(network, class, before.For(class)); !errors.Is(err, directory.ErrKey) {
			t.Errorf("%s opens the next version with the key of the one before: %v", class, err)
		}
	}
	if _, err := next.Read(before); !errors.Is(err, directory.ErrKey) {
		t.Errorf("%v", err)
	}
	if _, err := next.Read(keys); err != nil {
		t.Error(err)
	}
}

// TestWhoeverSignsSeesThatOthersAreGivenNobody: a proposal whose second sheet lists somebody
// is not read.
func TestWhoeverSignsSeesThatOthersAreGivenNobody(t *testing.T) {
	text, _, keys := sealed(t, book())
	forged, theirs := directory.SealAsIs(t, text, book(), keys)
	s, err := directory.ReadSealed(forged)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(theirs); !errors.Is(err, directory.ErrNotSame) {
		t.Errorf("it is read: %v", err)
	}
}

func TestABookThatIsTooLargeToBeCarriedIsNotSealed(t *testing.T) {
	b := directory.Book{Network: network, Version: 1}
	for i := range 1000 {
		e := mesquite()
		e.ID, e.Member, e.Services[0].ID = id(i), "", id(1000+i)
		name := fmt.Sprintf("Invented %c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)
		e.Name = directory.Name{EN: name, ES: name + "o"}
		b.Entries = append(b.Entries, e)
	}
	if _, _, err := b.Seal(rand.Reader); !errors.Is(err, directory.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

func TestKeysHaveOneSpellingAndPrintAsNothing(t *testing.T) {
	_, _, keys := sealed(t, book())
	text, err := directory.WriteKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := directory.ReadKeys(text); err != nil || got != keys {
		t.Errorf("%v, %v", got, err)
	}
	for what, wrong := range map[string]string{
		"nothing":         "",
		"a field more":    strings.Replace(string(text), "{", `{"x":1,`, 1),
		"a key cut short": strings.Replace(string(text), `"members": "`, `"members": "A`, 1),
		"one key twice":   `{"network":"` + string(network) + `","version":1,"members":"` + strings.Repeat("A", 43) + `","others":"` + strings.Repeat("A", 43) + `"}`,
	} {
		if _, err := directory.ReadKeys([]byte(wrong)); !errors.Is(err, directory.ErrKeys) {
			t.Errorf("%s: %v", what, err)
		}
	}
	raw, _ := keys.Members.MarshalText()
	if said := fmt.Sprintf("%v %#v %s", keys, keys, keys.Members); strings.Contains(said, string(raw)) || !strings.Contains(said, "redacted") {
		t.Error("a key is printed")
	}
}
