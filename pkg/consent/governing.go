package consent

import (
	"github.com/posada-exchange/posada/pkg/posada"
)

// Governing is the record that speaks of a recipient and purpose among all of
// one case: the newest that names both, else the newest, with what the others
// exclude. An agency that any record excludes is excluded (G14), and a category
// that the same or a later one withholds is withheld: whoever says "not that any
// more" while speaking of somebody else has said it for everybody. Without
// records it is the zero record, which permits nothing.
func Governing(records []Record, to posada.AgencyID, purpose posada.Purpose) Record {
	var found Record
	named := false
	for _, r := range records {
		_, names := r.Allowance(to, purpose)
		if names && !named || names == named && r.Given.After(found.Given) {
			found, named = r, names
		}
	}
	found.ExcludedAgencies = nil
	for _, r := range records {
		found.ExcludedAgencies = append(found.ExcludedAgencies, r.ExcludedAgencies...)
		if !r.Given.Before(found.Given) {
			found.Excluded = found.Excluded.Or(r.Excluded)
		}
	}
	return found
}
