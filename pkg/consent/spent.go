package consent

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Spent is the secret of a code that was used, and when.
type Spent struct {
	Secret CaseSecret `json:"secret"`
	At     time.Time  `json:"at"`
}

// Meant is what a code that is said at a time takes back of a case whose used codes
// these are, by the secret that is the collecting agency's own: all that was agreed
// to until then; by one that was used before, what there was when it was.
func Meant(used []Spent, own posada.AgencyID, secret [32]byte, label string, said time.Time) TakenBack {
	back := TakenBack{Label: label, Said: said}
	for _, s := range used {
		if s.Secret.WithdrawalSecret(own) != secret {
			continue
		}
		back.Former = true
		if s.At.Before(said) {
			back.Said = s.At
		}
	}
	return back
}

// TakenBackBy is the record after she took back what she had agreed to until then;
// itself where it was given later, or is over.
func (r Record) TakenBackBy(back TakenBack, now time.Time) (after Record, changed bool) {
	if !back.Means(r.Given) {
		return r, false
	}
	after, err := r.End(posada.ConsentWithdrawn, now, back.By)
	if err != nil {
		return r, false
	}
	return after, true
}
