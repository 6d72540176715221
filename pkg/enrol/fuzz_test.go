package enrol_test

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/enrol"
)

// FuzzNoFileIsReadAsMoreThanItSays: a file comes from somebody else. Whatever it
// holds, reading it ends; what is read and written again says the same; and
// nobody's signature is counted who did not sign.
func FuzzNoFileIsReadAsMoreThanItSays(f *testing.F) {
	m := found(f, 1)
	founding, err := m.Write()
	must(f, err)
	next, err := inForce(f).Admit(request(f, 4, network), "shelter", sponsors(), at())
	must(f, err)
	roster, err := next.Write()
	must(f, err)
	k := key(f, 1, 'i')
	claim, err := enrol.SignClaim(network, id(1), k)
	must(f, err)
	asks, err := request(f, 1, network).Sign(k)
	must(f, err)
	h, err := hub(f).Write()
	must(f, err)
	for _, seed := range [][]byte{founding, roster, claim, asks, h, []byte(`{"network":"nnnnnnnnnnnnnnnnnnnnnnnnna","practice":true}`), []byte(`{"proposals":[{"document":null}]}`)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := enrol.ReadMotion(text); err == nil {
			if m.Founds() && m.Lacks() == 0 {
				t.Error("enough signatures for a network that one steward signed")
			}
			again := copied(t, m)
			if again.Lacks() != m.Lacks() || len(again.Signed()) != len(m.Signed()) {
				t.Error("written again it says something else")
			}
			_, _, _ = m.Rosters()
			_, _ = m.Braked()
			_, _ = m.Anchor()
		}
		if r, err := enrol.ReadRequest(text); err == nil && r.Identity.ID() != k.Public().ID() {
			t.Error("a request of a key that signed none")
		}
		if c, err := enrol.ReadClaim(text); err == nil && c.Key.ID() != k.Public().ID() {
			t.Error("a claim of a key that signed none")
		}
		if h, err := enrol.ReadHub(text); err == nil && enrol.CheckAddress(h.Address) != nil {
			t.Error("a hub that is nowhere")
		}
		if d, err := enrol.ReadDraft(text); err == nil && d.Network == "" {
			t.Error("a draft of no network")
		}
	})
}
