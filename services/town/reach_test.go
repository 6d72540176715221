package town_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
)

var members = flag.Int("members", 6, "members of a network whose table changes")

// TestATableReachesEveryMember: one cell changes, the stewards sign, one member brings it, and
// every node runs exactly that table, to the byte, and no other decides anywhere.
func TestATableReachesEveryMember(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Practice = true // nothing waits a day
	for i := len(p.Agencies); i < *members; i++ {
		p.Agencies = append(p.Agencies, town.Agency{
			Key: fmt.Sprintf("shelter%d", i), Name: fmt.Sprintf("Invented Shelter %d", i), Class: posada.ClassShelter,
			Staff: []town.Person{{Name: "Invented Coordinator", Roles: []posada.StaffRole{posada.RoleCoordinator}}},
		})
	}
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	look := slowly * time.Duration(max(1, len(p.Agencies)/5)) // so many more ask the one registry
	w, err := town.Start(t.Context(), laid, town.Options{Poll: look})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Stop() })
	before, err := matrix.Read(w.Council.InForce[trust.RolePolicy].Target)
	if err != nil {
		t.Fatal(err)
	}
	cell := matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryNeeds}
	text := sure(before.With(before.Version+1, matrix.Cells{cell.Class: {cell.Purpose: {cell.Category: posada.ModeConsent}}}).Write())
	proposal := sure(w.Council.Decide(trust.RolePolicy, text, time.Now()))
	waits := []string{}
	for _, a := range p.Agencies {
		if a.Key != "police" { // whose node is never run
			waits = append(waits, a.Key)
		}
	}
	publish(t, w, "ngo", proposal)
	all, brought := len(waits), time.Now()
	var first, last time.Duration
	eventually(t, "every node running it", func() bool {
		waits = slices.DeleteFunc(waits, func(key string) bool {
			in, err := ask(t, w, key).Network(t.Context())
			is := err == nil && in.Policy == before.Version+1 && string(in.InForce[string(trust.RolePolicy)].Target) == string(text)
			if is && first == 0 {
				first = time.Since(brought)
			}
			return is
		})
		last = time.Since(brought)
		return len(waits) == 0
	})
	t.Logf("%d nodes that look every %s: the first ran it after %s, the last after %s", all, look, first.Round(time.Millisecond), last.Round(time.Millisecond))
}
