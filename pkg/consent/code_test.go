package consent_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/words"
)

func languages() []words.Language { return []words.Language{words.English, words.Spanish} }

func drawCode(t *rapid.T) consent.Code {
	return consent.Code(rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "code"))
}

func said(t rapid.TB, c consent.Code, l words.Language) []string {
	text, err := c.Words(l)
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(text)
	if len(list) != 8 {
		t.Fatalf("%d words", len(list))
	}
	return list
}

func TestACodeIsReadAsItIsSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t)
		for _, l := range languages() {
			list := said(t, c, l)
			var numbered strings.Builder
			for i, w := range list {
				fmt.Fprintf(&numbered, "%d. %s\n", i+1, w)
			}
			for _, text := range []string{
				strings.Join(list, " "), strings.ToUpper(strings.Join(list, "-")), numbered.String(), "  " + strings.Join(list, ", ") + ".",
			} {
				if got, err := consent.ReadCode(text); err != nil || got != c {
					t.Errorf("%s: %q is read as another: %v", l, text, err)
				}
			}
		}
	})
}

// TestAMisheardWordIsCorrectedOrRefused changes a letter of one word: what is
// read is the code that was meant, or nothing. That a wrong word of the list
// passes the check by chance is counted.
func TestAMisheardWordIsCorrectedOrRefused(t *testing.T) {
	corrected, refused, passed := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t)
		l := rapid.SampledFrom(languages()).Draw(t, "language")
		list := said(t, c, l)
		i := rapid.IntRange(0, 7).Draw(t, "word")
		word := []rune(list[i])
		at := rapid.IntRange(0, len(word)-1).Draw(t, "letter")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			word[at] = rapid.RuneFrom([]rune("aeiouñxkz")).Draw(t, "heard")
		case 1:
			word = append(word[:at:at], word[at+1:]...)
		case 2:
			word = append(word[:at:at], append([]rune{'h'}, word[at:]...)...)
		}
		list[i] = string(word)
		got, err := consent.ReadCode(strings.Join(list, " "))
		switch {
		case err == nil && got == c:
			corrected++
		case errors.Is(err, consent.ErrCode):
			refused++
		default:
			passed++
		}
	})
	t.Logf("of %d, %d were corrected, %d refused, %d read as another's", corrected+refused+passed, corrected, refused, passed)
	if corrected < refused || passed > (corrected+refused)/20 {
		t.Errorf("%d corrected, %d refused, %d read as another's", corrected, refused, passed)
	}
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	c := consent.Code{1, 2, 3}
	right := said(t, c, words.English)
	wrong := 0
	for i := range right {
		for _, other := range []string{"zebra", "wren"} {
			changed := append([]string{}, right...)
			changed[i] = other
			if _, err := consent.ReadCode(strings.Join(changed, " ")); err == nil {
				wrong++
			}
		}
	}
	if wrong > 1 {
		t.Errorf("%d of 16 with another word are read", wrong)
	}
	for _, text := range []string{
		"", "zebra", strings.Repeat(strings.Join(right, " ")+" ", 9), strings.Repeat("z", 1<<16), strings.Join(right[:7], " "), strings.Join(append(right, right[0]), " "),
		strings.Repeat("qqqqqqqq ", 8), strings.Repeat("a ", 8), strings.Join(right, ""),
	} {
		if got, err := consent.ReadCode(text); !errors.Is(err, consent.ErrCode) || got != (consent.Code{}) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestACodeShowsNothingAndIsDrawnWhole(t *testing.T) {
	c, err := consent.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s", c, c, c, c)} {
		if strings.Contains(text, fmt.Sprint(c[0])+" ") || !strings.Contains(text, "(secret)") {
			t.Error(text)
		}
	}
	if _, err := consent.NewCode(bytes.NewReader(c[:9])); err == nil {
		t.Error("a code of nine bytes")
	}
}

func FuzzReadCode(f *testing.F) {
	f.Add("abandon abandon abandon abandon abandon abandon abandon about")
	f.Add(strings.Repeat("x", 4096))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := consent.ReadCode(text)
		if err != nil {
			return
		}
		again, err := c.Words(words.English)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := consent.ReadCode(again); err != nil || back != c {
			t.Errorf("%q: %v", text, err)
		}
	})
}

var update = flag.Bool("update", false, "write docs/vectors/withdrawal.json anew")

// vector is a withdrawal from the words to what each recipient is sent.
type vector struct {
	Code       string              `json:"code"` // hex
	English    string              `json:"english"`
	Spanish    string              `json:"spanish"`
	Network    posada.NetworkID    `json:"network"`
	Secret     string              `json:"secret"` // K, base64url
	Recipients []recipientOfVector `json:"recipients"`
}

type recipientOfVector struct {
	Agency     posada.AgencyID `json:"agency"`
	Secret     string          `json:"secret"`     // s_r, base64url
	Commitment consent.Digest  `json:"commitment"` // in a grant
}

// TestWithdrawalVectors holds docs/vectors/withdrawal.json against this code.
func TestWithdrawalVectors(t *testing.T) {
	var want []vector
	for n, raw := range []consent.Code{{}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {3, 14, 15, 92, 65, 35, 89, 79, 32, 38}} {
		network := posada.IDFrom[posada.NetworkID]([16]byte{byte(n + 1)})
		k := raw.Secret(network)
		v := vector{
			Code: hex.EncodeToString(raw[:]), English: strings.Join(said(t, raw, words.English), " "), Spanish: strings.Join(said(t, raw, words.Spanish), " "),
			Network: network, Secret: base64.RawURLEncoding.EncodeToString(k[:]),
		}
		for _, to := range []byte{2, 3} {
			s := k.WithdrawalSecret(agency(to))
			v.Recipients = append(v.Recipients, recipientOfVector{agency(to), base64.RawURLEncoding.EncodeToString(s[:]), k.WithdrawalCommitment(agency(to))})
		}
		want = append(want, v)
	}
	const path = "../../docs/vectors/withdrawal.json"
	if *update {
		text, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []vector
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the vectors say otherwise: %v", err)
	}
	for _, v := range got {
		for _, said := range []string{v.English, v.Spanish} {
			if c, err := consent.ReadCode(said); err != nil || hex.EncodeToString(c[:]) != v.Code {
				t.Errorf("%q: %v", said, err)
			}
		}
	}
}
