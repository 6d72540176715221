package consents

import (
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// onward is whom a recipient may pass on to what it has for a purpose, each with its
// own commitment to the case's code.
func (b book) onward(r consent.Record, to posada.AgencyID, purpose posada.Purpose) []consent.OnwardTo {
	list := []consent.OnwardTo{}
	for _, id := range r.Onward(to, purpose) {
		list = append(list, consent.OnwardTo{Agency: id, Withdrawal: b.Secret.WithdrawalCommitment(id)})
	}
	return list
}
