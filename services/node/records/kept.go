package records

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// own is what was taken over at one time, by its consent, under a key of its own:
// it ends with that consent, and the case may go on.
type own struct {
	Consent  posada.ConsentID  `json:"consent"`
	Case     posada.CaseID     `json:"case"`
	Label    string            `json:"label"` // of the case
	Key      vault.KeyID       `json:"key"`
	From     posada.AgencyID   `json:"from"`
	Alias    posada.Alias      `json:"alias,omitempty"` // what that agency calls her
	Referral posada.ReferralID `json:"referral"`
	Taken    time.Time         `json:"taken"`
	Until    time.Time         `json:"until"` // the end of its consent
	By       posada.StaffID    `json:"by"`
	Purpose  posada.Purpose    `json:"purpose"`
	Content  referral.Content  `json:"content"`
}

var table = vault.Table[own]{Name: "own_records", Version: 1}

// those are what was taken over of which which says so.
func those(tx *vault.Tx, which func(own) bool) (list []own, err error) {
	return list, table.Each(tx, func(_ string, k own) error {
		if which(k) {
			list = append(list, k)
		}
		return nil
	})
}
