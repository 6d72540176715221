package pdp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
)

// ourReading is who may receive what as shipped, read a second time: + asks for a
// second signature, ! for the ceremony. What is not here is never.
const ourReading = `
child_advocate case_management: household+ identity+ minor_details+ needs+ safe_contact+ safety_plan+ service_history+
child_advocate family_tracing: household+ identity+ minor_details+ needs+ safe_contact+
child_advocate legal: documents+ exploitation_narrative+ exploitation_type+ household+ identity+ immigration_status+ minor_details+ needs+ safe_contact+
health health: identity medical needs reproductive_health safe_contact safety_plan
health mental_health: identity mental_health needs safe_contact safety_plan
interpreter interpretation: needs safe_contact
legal_aid immigration_asylum: documents exploitation_narrative household identity immigration_status location_history needs official_perpetrator perpetrator safe_contact
legal_aid immigration_continued_presence: documents! exploitation_narrative! exploitation_type! identity! immigration_status! needs! safe_contact!
legal_aid immigration_t_visa: documents! employer! exploitation_narrative! exploitation_type! household! identity! immigration_status! location_history! needs! official_perpetrator! perpetrator! safe_contact!
legal_aid immigration_u_visa: documents! employer! exploitation_narrative! exploitation_type! household! identity! immigration_status! location_history! needs! official_perpetrator! perpetrator! safe_contact!
legal_aid legal: arrest_history documents employer exploitation_narrative exploitation_type household identity immigration_status location_history minor_details+ needs official_perpetrator perpetrator safe_contact service_history
legal_aid prosecution_support: employer! exploitation_narrative! exploitation_type! identity! needs! official_perpetrator! perpetrator! safe_contact!
legal_aid wage_recovery: employer exploitation_type identity needs safe_contact wage_evidence
material_aid material_aid: household needs safe_contact
mental_health mental_health: identity mental_health needs safe_contact safety_plan
ngo case_management: documents exploitation_type household identity minor_details+ needs outcome safe_contact safety_plan service_history
ngo education: needs safe_contact
ngo family_tracing: household identity needs safe_contact
ngo immediate_safety: identity location_current needs safe_contact safety_plan
ngo livelihood: needs safe_contact service_history
ngo material_aid: household needs safe_contact
shelter case_management: needs outcome safe_contact service_history
shelter immediate_safety: location_current needs safe_contact safety_plan
shelter shelter: exploitation_type household identity location_current minor_details+ needs safe_contact safety_plan
worker_center livelihood: needs safe_contact
worker_center wage_recovery: employer exploitation_type identity needs safe_contact wage_evidence
`

// table is a network policy's cells: class, purpose, category, what it says.
type table map[string]map[string]map[string]string

func readTable(t testing.TB, text []byte) table {
	t.Helper()
	var m struct{ Cells table }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m.Cells
}

// lines writes a table as ourReading is written.
func (c table) lines() string {
	marks := map[string]string{"consent": "", "consent_cosigned": "+", "ceremony": "!"}
	var out strings.Builder
	for _, class := range slices.Sorted(maps.Keys(c)) {
		for _, purpose := range slices.Sorted(maps.Keys(c[class])) {
			fmt.Fprintf(&out, "\n%s %s:", class, purpose)
			for _, category := range slices.Sorted(maps.Keys(c[class][purpose])) {
				if mark, ok := marks[c[class][purpose][category]]; ok {
					out.WriteString(" " + category + mark)
				}
			}
		}
	}
	return out.String() + "\n"
}

func TestWhoMayReceiveWhatIsAsWasDecided(t *testing.T) {
	if got := readTable(t, shipped(t)).lines(); got != ourReading {
		t.Errorf("who may receive what is%s", got)
	}
}

// TestEachCellChangedOnceIsNoticed changes each cell to every other thing it can
// say, adds each that is not there, takes away each purpose and each class, and
// holds that the reading above tells, and that what is wider is known to be.
func TestEachCellChangedOnceIsNoticed(t *testing.T) {
	modes := []string{"never", "ceremony", "consent_cosigned", "consent"}
	good := readTable(t, shipped(t))
	changed, equal := 0, 0
	for class, purposes := range good {
		for purpose, cells := range purposes {
			for category, mode := range cells {
				for rank, other := range modes {
					if other == mode {
						continue
					}
					next := edited(t, func(m map[string]any) { cell(m, class, purpose)[category] = other })
					changed++
					if readTable(t, next).lines() == ourReading {
						t.Errorf("%s %s %s says %s and nothing tells", class, purpose, category, other)
					}
					// A ceremony is no second signature: who did the one could not do with the other.
					wider := rank > slices.Index(modes, mode) || mode == "consent_cosigned" && other == "ceremony"
					if pdp.Wider(shipped(t), next) != wider {
						t.Errorf("%s %s %s says %s: wider %v", class, purpose, category, other, !wider)
					}
				}
				gone := edited(t, func(m map[string]any) { delete(cell(m, class, purpose), category) })
				if tells := readTable(t, gone).lines() != ourReading; tells == (mode == "never") {
					t.Errorf("%s %s %s is not there: it tells: %v", class, purpose, category, tells)
				} else if !tells {
					equal++ // what is not there is never
				}
				changed++
			}
			gone := edited(t, func(m map[string]any) { delete(m["cells"].(map[string]any)[class].(map[string]any), purpose) })
			if readTable(t, gone).lines() == ourReading {
				t.Errorf("%s %s is not there and nothing tells", class, purpose)
			}
			changed++
		}
	}
	added := addEach(t, good)
	t.Logf("%d changes of a cell and %d cells added: all noticed but %d that took away a never", changed, added, equal)
}

// addEach adds each cell that is not there, of each class and purpose that is.
func addEach(t *testing.T, good table) (added int) {
	t.Helper()
	for class, purposes := range good {
		for purpose, cells := range purposes {
			for _, category := range []string{"needs", "identity", "immigration_status", "location_current", "medical", "exploitation_narrative", "perpetrator"} {
				if cells[category] != "" {
					continue
				}
				next := edited(t, func(m map[string]any) { cell(m, class, purpose)[category] = "consent" })
				added++
				if readTable(t, next).lines() == ourReading || !pdp.Wider(shipped(t), next) {
					t.Errorf("%s %s %s was added and nothing tells", class, purpose, category)
				}
			}
		}
	}
	return added
}
