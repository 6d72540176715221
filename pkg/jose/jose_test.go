package jose_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/jose"
)

// rfc8037 is the key pair of RFC 8037 appendix A.1.
const (
	rfc8037Seed       = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
	rfc8037Public     = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	rfc8037Thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	rfc8037Compact    = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

func rfcKey(t testing.TB) jose.PrivateKey {
	t.Helper()
	seed, err := base64.RawURLEncoding.DecodeString(rfc8037Seed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.KeyFromSeed([32]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeysAreThoseOfRFC8037(t *testing.T) {
	key := rfcKey(t)
	text, err := key.Public().MarshalText()
	if err != nil || string(text) != rfc8037Public {
		t.Errorf("public key = %s, %v; want %s", text, err, rfc8037Public)
	}
	if key.Public().ID() != rfc8037Thumbprint {
		t.Errorf("thumbprint = %s; want %s", key.Public().ID(), rfc8037Thumbprint)
	}
}

func TestASignatureOfRFC8037IsRefusedForItsHeaderAlone(t *testing.T) {
	if _, err := jose.Parse([]byte(rfc8037Compact), jose.TypeEvent); !errors.Is(err, jose.ErrHeader) {
		t.Errorf("appendix A.4 as it stands: %v; want ErrHeader: it names no type and no key", err)
	}
	// signRaw, which the tests below abuse, signs as the RFC does.
	if got := signRaw(t, `{"alg":"EdDSA"}`, "Example of Ed25519 signing"); got != rfc8037Compact {
		t.Errorf("signing appendix A.4 gives\n%s\nwant\n%s", got, rfc8037Compact)
	}
}

func TestWhatIsSignedIsWhatIsVerified(t *testing.T) {
	key := rfcKey(t)
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 1, 512).Draw(t, "payload")
		for _, typ := range []jose.Type{jose.TypeEvent, jose.TypeGrant, jose.TypeHubReceipt} {
			compact, err := jose.Sign(key, typ, payload)
			if err != nil {
				t.Fatal(err)
			}
			u, err := jose.Parse(compact, typ)
			if err != nil {
				t.Fatal(err)
			}
			got, err := u.Verify(key.Public())
			if err != nil || !bytes.Equal(got, payload) {
				t.Fatalf("verify = %q, %v; want %q", got, err, payload)
			}
		}
	})
}

func TestATextSignedForOneUseIsRefusedForAnother(t *testing.T) {
	types := []jose.Type{jose.TypeEvent, jose.TypeGrant, jose.TypeHubReceipt}
	for _, signed := range types {
		compact, err := jose.Sign(rfcKey(t), signed, []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, read := range types {
			_, err := jose.Parse(compact, read)
			if (err == nil) != (signed == read) {
				t.Errorf("signed as %s, read as %s: %v", signed, read, err)
			}
		}
	}
}

func TestEveryOtherHeaderIsRefused(t *testing.T) {
	kid := rfc8037Thumbprint
	good := fmt.Sprintf(`{"alg":"EdDSA","kid":"%s","typ":"posada-event+jws"}`, kid)
	headers := map[string]string{
		"alg none":              strings.Replace(good, "EdDSA", "none", 1),
		"alg Ed25519":           strings.Replace(good, "EdDSA", "Ed25519", 1),
		"alg HS256":             strings.Replace(good, "EdDSA", "HS256", 1),
		"alg lower case":        strings.Replace(good, "EdDSA", "eddsa", 1),
		"no alg":                fmt.Sprintf(`{"kid":"%s","typ":"posada-event+jws"}`, kid),
		"no typ":                fmt.Sprintf(`{"alg":"EdDSA","kid":"%s"}`, kid),
		"no kid":                `{"alg":"EdDSA","typ":"posada-event+jws"}`,
		"wrong typ":             strings.Replace(good, "posada-event+jws", "JWT", 1),
		"typ with suffix":       strings.Replace(good, "+jws", "+jwsx", 1),
		"crit":                  strings.Replace(good, `{`, `{"crit":["exp"],"exp":1,`, 1),
		"empty crit":            strings.Replace(good, `{`, `{"crit":[],`, 1),
		"b64 false":             strings.Replace(good, `{`, `{"b64":false,`, 1),
		"b64 false, critical":   strings.Replace(good, `{`, `{"b64":false,"crit":["b64"],`, 1),
		"jku":                   strings.Replace(good, `,"kid"`, `,"jku":"https://hostile.example/keys","kid"`, 1),
		"jwk":                   strings.Replace(good, `,"kid"`, `,"jwk":{"crv":"Ed25519","kty":"OKP","x":"`+rfc8037Public+`"},"kid"`, 1),
		"x5u":                   strings.Replace(good, `}`, `,"x5u":"https://hostile.example/c"}`, 1),
		"cty":                   strings.Replace(good, `,"kid"`, `,"cty":"JWT","kid"`, 1),
		"zip":                   strings.Replace(good, `}`, `,"zip":"DEF"}`, 1),
		"alg twice":             strings.Replace(good, `{`, `{"alg":"none",`, 1),
		"alg twice, same":       strings.Replace(good, `{`, `{"alg":"EdDSA",`, 1),
		"kid twice":             strings.Replace(good, `}`, `,"kid":"`+kid+`"}`, 1),
		"members in order":      fmt.Sprintf(`{"alg":"EdDSA","typ":"posada-event+jws","kid":"%s"}`, kid),
		"leading space":         " " + good,
		"space inside":          strings.Replace(good, ",", ", ", 1),
		"trailing newline":      good + "\n",
		"trailing object":       good + good,
		"escaped letter":        strings.Replace(good, "EdDSA", `\u0045dDSA`, 1),
		"member in capitals":    strings.Replace(good, `"alg"`, `"ALG"`, 1),
		"foreign kid":           strings.Replace(good, kid, strings.Repeat("A", 43), 1),
		"short kid":             strings.Replace(good, kid, kid[:42], 1),
		"kid with a quote":      strings.Replace(good, kid, kid[:41]+`","x":"`, 1),
		"kid not canonical":     strings.Replace(good, kid, kid[:42]+"l", 1),
		"not json":              "EdDSA",
		"empty object":          "{}",
		"array":                 "[" + good + "]",
		"null":                  "null",
		"trailing byte":         good + "\x00",
		"byte order mark":       "\ufeff" + good,
		"kid of another type":   strings.Replace(good, `"`+kid+`"`, `["`+kid+`"]`, 1),
		"typ of another type":   strings.Replace(good, `"posada-event+jws"`, `true`, 1),
		"alg of another type":   strings.Replace(good, `"EdDSA"`, `["EdDSA"]`, 1),
		"typ with media prefix": strings.Replace(good, "posada-event", "application/posada-event", 1),
	}
	if _, err := verify(signRaw(t, good, "{}")); err != nil {
		t.Fatalf("the one good header: %v", err)
	}
	for name, header := range headers {
		t.Run(name, func(t *testing.T) {
			_, err := verify(signRaw(t, header, "{}"))
			want := jose.ErrHeader
			if name == "foreign kid" {
				want = jose.ErrSignature
			}
			if !errors.Is(err, want) {
				t.Errorf("%s: %v; want %v", header, err, want)
			}
		})
	}
}

func TestEveryOtherCompactFormIsRefused(t *testing.T) {
	compact, err := jose.Sign(rfcKey(t), jose.TypeEvent, []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	good := string(compact)
	p := strings.Split(good, ".")
	cases := map[string]string{
		"empty":                  "",
		"two parts":              p[0] + "." + p[1],
		"four parts":             good + "." + p[2],
		"no signature":           p[0] + "." + p[1] + ".",
		"detached payload":       p[0] + ".." + p[2],
		"trailing byte":          good + "A",
		"trailing newline":       good + "\n",
		"leading space":          " " + good,
		"newline in payload":     p[0] + "." + p[1][:2] + "\n" + p[1][2:] + "." + p[2],
		"padding":                p[0] + "." + p[1] + "==." + p[2],
		"standard alphabet":      p[0] + "." + p[1] + "." + "+" + p[2][1:],
		"json serialisation":     `{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`,
		"signature cut":          good[:len(good)-1],
		"another payload":        p[0] + ".eyJhIjoyfQ." + p[2],
		"signature of zeros":     p[0] + "." + p[1] + "." + strings.Repeat("A", 86),
		"last character swapped": good[:len(good)-1] + "_",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := verify(text); err == nil {
				t.Errorf("%q was accepted", text)
			}
		})
	}
}

// TestNoByteOfASignedTextCanChange is malleability: any other byte at any
// place is refused.
func TestNoByteOfASignedTextCanChange(t *testing.T) {
	compact, err := jose.Sign(rfcKey(t), jose.TypeGrant, []byte(`{"a":1,"b":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := range compact {
		for _, b := range []byte("AQgw-_.=\n\x00 9") {
			if b == compact[i] {
				continue
			}
			changed := bytes.Clone(compact)
			changed[i] = b
			if u, err := jose.Parse(changed, jose.TypeGrant); err == nil {
				if _, err := u.Verify(rfcKey(t).Public()); err == nil {
					t.Fatalf("byte %d as %q was accepted", i, b)
				}
			}
		}
	}
}

func TestZeroKeysSignAndVerifyNothing(t *testing.T) {
	if _, err := jose.Sign(jose.PrivateKey{}, jose.TypeEvent, []byte("{}")); err == nil {
		t.Error("the zero private key signed")
	}
	compact, err := jose.Sign(rfcKey(t), jose.TypeEvent, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := jose.Parse(compact, jose.TypeEvent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Verify(jose.PublicKey{}); !errors.Is(err, jose.ErrSignature) {
		t.Errorf("the zero public key: %v", err)
	}
	if _, err := (jose.Unverified{}).Verify(rfcKey(t).Public()); err == nil {
		t.Error("the zero jws verified")
	}
}

func TestPrivateKeysPrintAsNothing(t *testing.T) {
	key := rfcKey(t)
	hexSeed := hex.EncodeToString(key.Seed())
	for _, text := range []string{fmt.Sprint(key), fmt.Sprintf("%+v", key), fmt.Sprintf("%#v", key), fmt.Sprintf("%v", &key)} {
		if text != "(private key)" || strings.Contains(text, hexSeed) {
			t.Errorf("a private key printed as %s", text)
		}
	}
}

func verify(compact string) ([]byte, error) {
	u, err := jose.Parse([]byte(compact), jose.TypeEvent)
	if err != nil {
		return nil, err
	}
	seed, _ := base64.RawURLEncoding.DecodeString(rfc8037Seed)
	key, _ := jose.KeyFromSeed([32]byte(seed))
	return u.Verify(key.Public())
}
