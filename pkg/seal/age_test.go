package seal

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"filippo.io/age"

	agetest "c2sp.org/CCTV/age"

	"github.com/posada-exchange/posada/pkg/envelope"
)

// vector is one of the Community Cryptography Test Vectors for age.
type vector struct {
	expect, payload, identity string
	body                      []byte
}

func readVector(t *testing.T, file string) vector {
	t.Helper()
	data, err := fs.ReadFile(agetest.Vectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	compressed := false
	r := bufio.NewReader(bytes.NewReader(data))
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !found {
			break
		}
		switch key {
		case "expect":
			v.expect = value
		case "payload":
			v.payload = value
		case "identity":
			v.identity = value
		case "compressed":
			compressed = true
		}
	}
	var rest io.Reader = r
	if compressed {
		if rest, err = zlib.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	if v.body, err = io.ReadAll(rest); err != nil {
		t.Fatal(err)
	}
	return v
}

// severalStanzas are vectors that age opens and this format refuses by name:
// their header has more than one stanza, so somebody else could read too.
var severalStanzas = map[string]bool{
	"hybrid_grease": true, "hybrid_multiple_recipients": true, "hybrid_and_x25519": true,
}

// TestAgeVectors holds the age stage against every vector of CCTV: a file
// sealed to exactly one hybrid recipient opens to its known payload; every
// other file is refused with one of the stage's two errors.
func TestAgeVectors(t *testing.T) {
	stranger, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(agetest.Vectors, "*")
	if err != nil || len(files) < 140 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	opened, refused := 0, 0
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			v := readVector(t, file)
			key := stranger
			if k, err := age.ParseHybridIdentity(v.identity); err == nil {
				key = k
			}
			plain, err := openVector(v, key)
			if v.expect == "success" && strings.HasPrefix(file, "hybrid") && !severalStanzas[file] {
				sum := sha256.Sum256(plain)
				if err != nil || hex.EncodeToString(sum[:]) != v.payload {
					t.Fatalf("%v, payload %x; want %s", err, sum, v.payload)
				}
				opened++
				return
			}
			if !errors.Is(err, ErrStanza) && !errors.Is(err, ErrSealed) {
				t.Fatalf("want a named refusal, got %v", err)
			}
			if severalStanzas[file] && !errors.Is(err, ErrStanza) {
				t.Fatalf("want ErrStanza, got %v", err)
			}
			refused++
		})
	}
	if opened == 0 || opened+refused != len(files) {
		t.Errorf("of %d vectors %d opened and %d were refused", len(files), opened, refused)
	}
	t.Logf("%d vectors: %d opened, %d refused", len(files), opened, refused)
}

// openVector asks unseal for the plaintext length the vector has: the format
// knows it from the class.
func openVector(v vector, key *age.HybridIdentity) ([]byte, error) {
	size := 0
	if r, err := age.Decrypt(bytes.NewReader(v.body), key); err == nil {
		n, _ := io.Copy(io.Discard, r)
		size = int(n)
	}
	return unseal(v.body, key, size)
}

func TestAPlaintextOfAnotherLengthIsRefused(t *testing.T) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]error{999: ErrSealed, 1000: nil, 1001: ErrSealed} {
		if _, err := unseal(out.Bytes(), key, size); !errors.Is(err, want) {
			t.Errorf("size %d: %v; want %v", size, err, want)
		}
	}
}

// TestEachClassIsFilledExactly ties our arithmetic to the library's format.
func TestEachClassIsFilledExactly(t *testing.T) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range envelope.Classes() {
		body, err := encrypt(key.Recipient(), make([]byte, plainSize(c)), c.BodySize())
		if err != nil || len(body) != c.BodySize() {
			t.Errorf("class %d: %d bytes, %v", c, len(body), err)
		}
	}
}

func TestPaddingIsZerosOfTheRightLength(t *testing.T) {
	good := frame([]byte("signed"), 64)
	if text, err := unframe(good); err != nil || string(text) != "signed" {
		t.Fatalf("%q, %v", text, err)
	}
	for name, change := range map[string]func([]byte){
		"length zero":          func(b []byte) { b[3] = 0 },
		"length beyond":        func(b []byte) { b[3] = 61 },
		"length huge":          func(b []byte) { b[0] = 0xff },
		"first padding byte":   func(b []byte) { b[10] = 1 },
		"last padding byte":    func(b []byte) { b[63] = 1 },
		"length shows padding": func(b []byte) { b[3] = 5 },
	} {
		b := bytes.Clone(good)
		change(b)
		if _, err := unframe(b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnframe(f *testing.F) {
	f.Add(frame([]byte("signed"), 64))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) < frameHeader {
			return // plainSize never gives so little
		}
		text, err := unframe(plain)
		if err == nil && !bytes.Equal(frame(text, len(plain)), plain) {
			t.Fatal("two frames hold one text")
		}
	})
}
