package seal_test

import (
	"bytes"
	"testing"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
)

// TestNoBitOfAnEnvelopeCanChange flips one bit of every byte.
func TestNoBitOfAnEnvelopeCanChange(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	wire := sealed(t, n).Bytes()
	r := n.b.receiver(n.roster(t), now)
	r.Identities = func(posada.Epoch) (seal.Identity, bool) { return n.b.identity[posada.EpochAt(now)], true }
	for i := range wire {
		changed := bytes.Clone(wire)
		changed[i] ^= 1 << (i % 8)
		if e, err := envelope.Parse(changed); err == nil {
			if _, err := seal.Open(e, r); err == nil {
				t.Fatalf("byte %d changed and the envelope opened", i)
			}
		}
	}
}

// FuzzOpenAcceptsNothingButWhatWasSealed mutates a good envelope: bytes are
// XORed at an offset, a part is cut out, another appended.
func FuzzOpenAcceptsNothingButWhatWasSealed(f *testing.F) {
	n := newNetwork(f)
	good := sealed(f, n).Bytes()
	r := n.b.receiver(n.roster(f), now)
	f.Add(uint16(0), []byte{1}, uint16(0), uint16(0), []byte(nil))
	f.Add(uint16(5), []byte{1}, uint16(0), uint16(0), []byte(nil))
	f.Add(uint16(64), []byte("age"), uint16(8000), uint16(100), make([]byte, 100))
	f.Add(uint16(0), []byte(nil), uint16(8191), uint16(1), []byte{7})
	f.Fuzz(func(t *testing.T, at uint16, xor []byte, from, cut uint16, tail []byte) {
		wire := bytes.Clone(good)
		for i, b := range xor {
			if j := int(at) + i; j < len(wire) {
				wire[j] ^= b
			}
		}
		start := min(int(from), len(wire))
		end := min(start+int(cut), len(wire))
		wire = append(append(wire[:start:start], wire[end:]...), tail...)
		if bytes.Equal(wire, good) {
			return
		}
		if e, err := envelope.Parse(wire); err == nil {
			if _, err := seal.Open(e, r); err == nil {
				t.Fatal("a changed envelope opened")
			}
		}
	})
}
