package freetext_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/freetext"
)

// found are the kinds that are found in a text.
func found(t interface {
	Helper()
	Fatal(...any)
}, text string) (kinds []freetext.Kind) {
	t.Helper()
	finds, err := freetext.In(text, known())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range finds {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

// sound holds finds against what each promises: they stand in the text, in its order,
// none in another, and each of letters as they were written.
func sound(t interface{ Errorf(string, ...any) }, text string, finds []freetext.Find) {
	end := 0
	for _, f := range finds {
		if f.Start < end || f.End <= f.Start || f.End > len(text) || !slices.Contains(freetext.Kinds(), f.Kind) || !slices.Contains(freetext.Reasons(), f.Why) {
			t.Errorf("%+v stands in no order, or nowhere", f)
			return
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[f.Start:f.End]) {
			t.Errorf("%+v cuts a letter", f)
		}
		end = f.End
	}
}

func FuzzFindsAreSound(f *testing.F) {
	for _, file := range []string{"en.txt", "es.txt"} {
		for _, line := range corpus(&testing.T{}, file) {
			f.Add(line.text)
		}
	}
	f.Add("Jose\u0301 ٩١٥٥٥٥٠١٤٢ \u200b９１５-555-0142 \xff\xfe @")
	f.Fuzz(func(t *testing.T, text string) {
		finds, err := freetext.In(text, known())
		if err != nil && !(errors.Is(err, freetext.ErrLong) && len(text) > freetext.MaxText) {
			t.Fatal(err)
		}
		sound(t, text, finds)
		again, _ := freetext.In(text, known())
		if !slices.Equal(finds, again) {
			t.Error("the same text has other finds")
		}
		freetext.Shelters(text, text+" "+text)
	})
}

// TestFindsAreSoundOfWhateverIsMixed mixes what is found and what is not, with letters that
// are set apart, hidden or of another script between.
func TestFindsAreSoundOfWhateverIsMixed(t *testing.T) {
	pieces := []string{
		"María", " de la ", "Cruz", "915-555-0142", "@", ".", ",", " ", "\n", "\u200b", "\u0301", "ñ", "学", "٤", "９", "calle", "Calle ", "#", "12", "/", "1990", "born ", "A123456789", "CURP ", "$",
		"Refugio", "Mesquite", "se llama ", "his brother, ", "'s", "\xff", "http://", "x.example", "31.7619", "(", ")", "+", "-",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "pieces"), "")
		finds, err := freetext.In(text, known())
		if err != nil {
			t.Fatal(err)
		}
		sound(t, text, finds)
	})
}

// TestHowItIsWrittenHidesNothing: accents set apart, figures of other scripts, characters
// nobody sees and typographers' signs change nothing.
func TestHowItIsWrittenHidesNothing(t *testing.T) {
	for text, kind := range map[string]freetext.Kind{
		"ask for Jose\u0301 Herna\u0301ndez":      freetext.Person,
		"９１５－５５５－０１４２":                            freetext.Phone,
		"٩١٥-٥٥٥-٠١٤٢":                            freetext.Phone,
		"915\u00a0555\u00a00142":                  freetext.Phone,
		"915\u2011555\u20110142":                  freetext.Phone,
		"915-5\u200b55-01\u200d42":                freetext.Phone,
		"her husband\u2019s name is O\u2019Brady": freetext.Person,
		"MARTÍNEZ":                      freetext.Person,
		"maribel.q\uff20correo.example": freetext.Email,
		"31°45′42″N 106°29′06″W":        freetext.Coordinates,
		"RRRR850101MCHLRS00":            freetext.Document,
		"REFUGIO MÉSQUITE":              freetext.Shelter,
	} {
		if kinds := found(t, text); !slices.Contains(kinds, kind) {
			t.Errorf("%q: %v; want %s", text, kinds, kind)
		}
	}
}

// TestTheLastFigureOfACURPIsChecked: with the right one it is a CURP, with each of the
// nine others one that was mistyped; both are found.
func TestTheLastFigureOfACURPIsChecked(t *testing.T) {
	right := 0
	for last := '0'; last <= '9'; last++ {
		finds, err := freetext.In("CURP FUXL910722MTCNXR0"+string(last), freetext.Known{})
		if err != nil || len(finds) != 1 || finds[0].Kind != freetext.Document {
			t.Fatalf("%c: %v, %v", last, finds, err)
		}
		switch finds[0].Why {
		case freetext.CURP:
			right++
		case freetext.CURPMistyped:
		default:
			t.Errorf("%c: %s", last, finds[0].Why)
		}
	}
	if right != 1 {
		t.Errorf("%d of ten are right", right)
	}
	// The example of the instructions by which they are given.
	if finds, err := freetext.In("HEGG560427MVZRRL04", freetext.Known{}); err != nil || len(finds) != 1 || finds[0].Why != freetext.CURP {
		t.Errorf("%v, %v", finds, err)
	}
}

// TestShelters: by their whole name in any letters, by what is their own with a capital, and
// by nothing that every shelter is called.
func TestShelters(t *testing.T) {
	k := freetext.Known{Shelters: freetext.Shelters("Casa Girasol", "Refugio Esperanza", "The House", "Los", "", "Shelter of the Nine Rivers")}
	for text, want := range map[string]bool{
		"casa girasol": true, "from Girasol, at night": true, "un girasol en la mesa": false, "Refugio Esperanza": true, "con Esperanza de salir": false,
		"the house is full": true, "a casa": false, "los": false, "Nine Rivers": true, "nine rivers": false, "Girasoles": false,
	} {
		finds, err := freetext.In(text, k)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(finds, func(f freetext.Find) bool { return f.Kind == freetext.Shelter }); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestATextThatIsLongerIsNotSearched(t *testing.T) {
	text := strings.Repeat("915-555-0142 ", 1+freetext.MaxText/13)
	if _, err := freetext.In(text, known()); !errors.Is(err, freetext.ErrLong) {
		t.Errorf("%d bytes: %v", len(text), err)
	}
	text = text[:freetext.MaxText]
	if finds, err := freetext.In(text, known()); err != nil || len(finds) != freetext.MaxText/13 {
		t.Errorf("%d finds, %v", len(finds), err)
	}
}

// hostile are texts that would cost most: of what begins a find and never ends it, of finds
// that overlap, of words that announce names.
func hostile() map[string]string {
	return map[string]string{
		"letters": "a", "figures": "1", "groups": "12 ", "at": "a@", "points": "a.", "calle": "calle de ", "street": "12 Aa ", "names": "Maria ", "de": "de la ", "brother": "brother, ",
		"shelter": "harbor of the ", "dates": "1 may ", "born": "born ", "passport": "passport a", "accents": "é\u0301", "spelled": "one ", "lines": "\n", "capitals": "Xyz ", "mixed": "Calle 12 915-555-0142 María @a.b ",
	}
}

func BenchmarkIn(b *testing.B) {
	for name, piece := range hostile() {
		for _, size := range []int{1 << 10, 1 << 13, freetext.MaxText} {
			text := strings.Repeat(piece, size/len(piece))
			b.Run(name+"/"+[]string{"1k", "8k", "64k"}[min(2, size>>13)], func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if _, err := freetext.In(text, known()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
