package jose_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/jose"
)

type claims struct {
	Aud string   `json:"aud"`
	Exp int64    `json:"exp"`
	Cat []string `json:"cat,omitempty"`
}

func TestUnmarshalReadsOneSpellingOnly(t *testing.T) {
	good := `{"aud":"b","cat":["x"],"exp":7}`
	var c claims
	if err := jose.Unmarshal([]byte(good), &c); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		text string
		want error
	}{
		"unknown member":         {`{"aud":"b","cat":["x"],"exp":7,"sub":"c"}`, jose.ErrUnknownMember},
		"member twice":           {`{"aud":"a","aud":"b","cat":["x"],"exp":7}`, jose.ErrDuplicateMember},
		"member twice, escaped":  {`{"aud":"a","\u0061ud":"b","cat":["x"],"exp":7}`, jose.ErrDuplicateMember},
		"member in other case":   {`{"AUD":"b","cat":["x"],"exp":7}`, jose.ErrUnknownMember},
		"white space":            {`{"aud": "b","cat":["x"],"exp":7}`, jose.ErrNotCanonical},
		"trailing newline":       {good + "\n", jose.ErrNotCanonical},
		"trailing value":         {good + "{}", jose.ErrSyntax},
		"order":                  {`{"exp":7,"aud":"b","cat":["x"]}`, jose.ErrNotCanonical},
		"escaped letter":         {`{"aud":"\u0062","cat":["x"],"exp":7}`, jose.ErrNotCanonical},
		"number spelt otherwise": {`{"aud":"b","cat":["x"],"exp":7.0}`, jose.ErrWrongShape},
		"number as text":         {`{"aud":"b","cat":["x"],"exp":"7"}`, jose.ErrWrongShape},
		"invalid utf-8":          {"{\"aud\":\"\xff\",\"cat\":[\"x\"],\"exp\":7}", jose.ErrSyntax},
		"lone surrogate":         {`{"aud":"\ud800","cat":["x"],"exp":7}`, jose.ErrSyntax},
		"cut":                    {good[:len(good)-1], jose.ErrSyntax},
		"empty":                  {``, jose.ErrSyntax},
		"array":                  {`[` + good + `]`, jose.ErrWrongShape},
		"null":                   {`null`, jose.ErrWrongShape},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got claims
			err := jose.Unmarshal([]byte(c.text), &got)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v; want %v", c.text, err, c.want)
			}
		})
	}
}

func TestErrorsOfReadingQuoteNothingThatWasRead(t *testing.T) {
	const secret = "Xochitl-7f3a"
	for _, text := range []string{
		`{"aud":` + secret + `}`, `{"` + secret + `":1}`, `{"exp":"` + secret + `"}`,
		`{"aud":"` + secret + `","aud":"` + secret + `"}`, `{"aud":"` + secret,
	} {
		var c claims
		err := jose.Unmarshal([]byte(text), &c)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestMarshalThenUnmarshalIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := claims{Aud: rapid.String().Draw(t, "aud"), Exp: rapid.Int64Range(-1<<53, 1<<53).Draw(t, "exp")}
		text, err := jose.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got claims
		if err := jose.Unmarshal(text, &got); err != nil || got.Aud != want.Aud || got.Exp != want.Exp {
			t.Fatalf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	})
}

func FuzzUnmarshalAcceptsOnlyWhatMarshalWrites(f *testing.F) {
	f.Add([]byte(`{"aud":"b","cat":["x"],"exp":7}`))
	f.Add([]byte(`{"aud":"\u2028é","exp":-1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c claims
		if err := jose.Unmarshal(text, &c); err != nil {
			return
		}
		again, err := jose.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var d claims
		if err := jose.Unmarshal(again, &d); err != nil || d.Aud != c.Aud || d.Exp != c.Exp {
			t.Fatalf("%q read, but written again as %q: %v", text, again, err)
		}
	})
}

func FuzzParseNeverPanicsAndVerifiesOnlyOurs(f *testing.F) {
	compact, err := jose.Sign(rfcKey(f), jose.TypeEvent, []byte(`{"a":1}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(compact)
	f.Add([]byte(rfc8037Compact))
	public := rfcKey(f).Public()
	f.Fuzz(func(t *testing.T, text []byte) {
		u, err := jose.Parse(text, jose.TypeEvent)
		if err != nil {
			return
		}
		if payload, err := u.Verify(public); err == nil && string(text) != string(compact) {
			t.Fatalf("another text verified: %q, payload %q", text, payload)
		}
	})
}

func BenchmarkSign4KB(b *testing.B) {
	key, payload := rfcKey(b), []byte(`"`+strings.Repeat("a", 4094)+`"`)
	for b.Loop() {
		if _, err := jose.Sign(key, jose.TypeEvent, payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify4KB(b *testing.B) {
	key := rfcKey(b)
	compact, err := jose.Sign(key, jose.TypeEvent, []byte(`"`+strings.Repeat("a", 4094)+`"`))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		u, err := jose.Parse(compact, jose.TypeEvent)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := u.Verify(key.Public()); err != nil {
			b.Fatal(err)
		}
	}
}
