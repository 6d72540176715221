package trust_test

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/trust"
)

func TestANodeFollowsWhatStewardsPublish(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	v := w.refresh(n, w.registry)
	if v.Network != w.charter.Network || v.Practice || v.RosterEdition.Version != 1 || len(v.Roster.Agencies) != 3 || string(v.Policy) != string(policyText(1, "first")) {
		t.Fatalf("first view: %+v", v)
	}
	w.later(time.Hour)
	w.publish(w.roster(2, 4), w.propose(trust.RolePacks, []byte("words"), w.keys...))
	v = w.refresh(n, w.registry)
	if v.RosterEdition.Version != 2 || len(v.Roster.Agencies) != 4 || v.RosterEdition.All || string(v.Packs) != "words" || !v.PacksEdition.All || v.Chain.Length != 4 {
		t.Fatalf("second view: %+v", v)
	}
	last, err := n.Last(t.Context())
	if err != nil || last.Chain != v.Chain || !last.SignedAt.Equal(v.SignedAt) {
		t.Fatalf("kept: %v", err)
	}
}
