package envelope_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/posada"
)

func header(t *rapid.T) envelope.Header {
	id := func(name string) [16]byte {
		return [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
	}
	return envelope.Header{
		Class:   rapid.SampledFrom(envelope.Classes()).Draw(t, "class"),
		Epoch:   posada.Epoch(rapid.Uint32().Draw(t, "epoch")),
		Mailbox: id("mailbox"),
		Message: id("message"),
		Expiry:  posada.Epoch(rapid.Uint32().Draw(t, "expiry")),
	}
}

func TestClassesAreThoseOfTheFormat(t *testing.T) {
	want := []int{8192, 32768, 131072, 524288}
	for i, c := range envelope.Classes() {
		if c.Size() != want[i] || c.BodySize() != want[i]-64 {
			t.Errorf("class %d: %d, body %d; want %d", c, c.Size(), c.BodySize(), want[i])
		}
	}
	for _, unknown := range []envelope.Class{4, 5, 255} {
		if unknown.Size() != 0 || unknown.BodySize() != 0 {
			t.Errorf("class %d has a size", unknown)
		}
	}
}

func TestParseAndBytesAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := header(t)
		body := bytes.Repeat([]byte{rapid.Byte().Draw(t, "fill")}, h.Class.BodySize())
		e, err := envelope.New(h, body)
		if err != nil {
			t.Fatal(err)
		}
		again, err := envelope.Parse(e.Bytes())
		if err != nil || again.Header() != h || !bytes.Equal(again.Body(), body) {
			t.Fatalf("%+v came back as %+v, %v", h, again.Header(), err)
		}
	})
}

func TestAHeaderHasOneSpelling(t *testing.T) {
	good := envelope.Header{Class: envelope.Class8K, Epoch: 20000, Expiry: 20007}
	e, err := envelope.New(good, make([]byte, good.Class.BodySize()))
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, to byte) []byte {
		wire := bytes.Clone(e.Bytes())
		wire[at] = to
		return wire
	}
	cases := map[string]struct {
		wire []byte
		want error
	}{
		"empty":           {nil, envelope.ErrSize},
		"a header's half": {e.Bytes()[:63], envelope.ErrSize},
		"header only":     {e.Bytes()[:64], envelope.ErrSize},
		"a byte short":    {e.Bytes()[:8191], envelope.ErrSize},
		"a byte long":     {append(bytes.Clone(e.Bytes()), 0), envelope.ErrSize},
		"other magic":     {change(0, 'p'), envelope.ErrMagic},
		"version 0":       {change(4, 0), envelope.ErrVersion},
		"version 2":       {change(4, 2), envelope.ErrVersion},
		"class 1":         {change(5, 1), envelope.ErrSize},
		"class 4":         {change(5, 4), envelope.ErrSize},
		"class 255":       {change(5, 255), envelope.ErrSize},
	}
	for at := 46; at < 64; at++ {
		cases["padding "+string(rune('A'+at-46))] = struct {
			wire []byte
			want error
		}{change(at, 1), envelope.ErrHeader}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := envelope.Parse(c.wire); !errors.Is(err, c.want) {
				t.Errorf("got %v; want %v", err, c.want)
			}
		})
	}
}

func TestABodyOfAnotherSizeIsRefused(t *testing.T) {
	for _, c := range envelope.Classes() {
		for _, size := range []int{0, c.BodySize() - 1, c.BodySize() + 1, c.Size()} {
			if _, err := envelope.New(envelope.Header{Class: c}, make([]byte, size)); !errors.Is(err, envelope.ErrSize) {
				t.Errorf("class %d took a body of %d bytes: %v", c, size, err)
			}
		}
	}
	if _, err := envelope.New(envelope.Header{Class: 4}, nil); !errors.Is(err, envelope.ErrSize) {
		t.Errorf("an unknown class with no body: %v", err)
	}
}

func TestSplitUndoesBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []envelope.Envelope
		for range rapid.IntRange(0, 5).Draw(t, "count") {
			h := header(t)
			e, err := envelope.New(h, bytes.Repeat([]byte{byte(h.Epoch)}, h.Class.BodySize()))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, e)
		}
		batch := envelope.Batch(want...)
		pieces := envelope.Split(batch, 5)
		if len(pieces) != len(want) {
			t.Fatalf("%d of %d came back", len(pieces), len(want))
		}
		for i, piece := range pieces {
			if !bytes.Equal(piece, want[i].Bytes()) {
				t.Fatalf("envelope %d changed", i)
			}
		}
		if len(batch) > 0 {
			// A cut batch ends in a piece that does not parse, or earlier.
			cut := envelope.Split(batch[:rapid.IntRange(1, len(batch)-1).Draw(t, "cut")], 5)
			whole := 0
			for _, piece := range cut {
				if _, err := envelope.Parse(piece); err == nil {
					whole++
				}
			}
			if whole >= len(want) {
				t.Fatal("a cut batch came back whole")
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	e, err := envelope.New(envelope.Header{Class: envelope.Class8K, Epoch: 1}, make([]byte, envelope.Class8K.BodySize()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.Bytes())
	f.Add(e.Bytes()[:64])
	f.Fuzz(func(t *testing.T, wire []byte) {
		e, err := envelope.Parse(wire)
		if err != nil {
			return
		}
		again, err := envelope.New(e.Header(), e.Body())
		if err != nil || !bytes.Equal(again.Bytes(), wire) {
			t.Fatalf("parsed bytes are not the only spelling: %v", err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	e, err := envelope.New(envelope.Header{Class: envelope.Class32K}, make([]byte, envelope.Class32K.BodySize()))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := envelope.Parse(e.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
