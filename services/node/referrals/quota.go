package referrals

import (
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// mostNothing is how much an agency may say in a day that takes back what never was
// here, before the rest of it waits: each is remembered for months. A whole
// network's people do not take back as much of one agency's in a day.
const mostNothing = 1024

// nothings counts what an agency said today of what never was here.
type nothings struct {
	Day   posada.Epoch `json:"day"`
	Count int          `json:"count"`
}

var quota = vault.Table[nothings]{Name: "taken_back_of_nothing", Version: 1}

// refusedTooMany is said of what is over that (pkg/i18n, aside.*).
const refusedTooMany = "too_many_nothings"

// ofNothing counts one more of an agency's, and lets it wait where there were too
// many today.
func (r *Referrals) ofNothing(tx *vault.Tx, from posada.AgencyID) error {
	n, err := quota.Get(tx, string(from))
	if err != nil && !vault.Gone(err) {
		return err
	}
	if today := posada.EpochAt(r.c.Now()); n.Day != today {
		n = nothings{Day: today}
	}
	if n.Count++; n.Count > mostNothing {
		return handoff.Await(refusedTooMany, nil)
	}
	return quota.Put(tx, string(from), vault.KeyID{}, n)
}
