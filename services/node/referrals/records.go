package referrals

import (
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// shown is a preview that can be sent: what was shown, to the byte.
type shown struct {
	Draft       referral.Draft      `json:"draft"`
	Paper       bool                `json:"paper,omitempty"` // for an agency without a node
	Event       posada.EventID      `json:"event"`
	Data        []byte              `json:"data"`
	Grant       string              `json:"grant"`
	Obligations consent.Obligations `json:"obligations"`
	Until       time.Time           `json:"until"`
	By          posada.StaffID      `json:"by"`
	Consent     posada.ConsentID    `json:"consent,omitempty"` // it rests on
	Onward      []posada.AgencyID   `json:"onward,omitempty"`  // whom the grant names
	RetainDays  int                 `json:"retain_days"`       // the longest the policy lets it be kept
	Policy      string              `json:"policy"`            // digest of the rules that permitted it
}

// kept is a referral at one of its two ends.
type kept struct {
	ID   posada.ReferralID `json:"id"`
	Peer posada.AgencyID   `json:"peer"`
	Key  vault.KeyID       `json:"key"`
	Sent time.Time         `json:"sent"`
	referral.Copy

	Content     referral.Content    `json:"content,omitzero"`
	Obligations consent.Obligations `json:"obligations,omitzero"`
	Grant       string              `json:"grant,omitempty"`

	Case       string            `json:"case,omitempty"`        // source: the case's label
	Consent    posada.ConsentID  `json:"consent,omitempty"`     // source: the record it was sent under
	RetainDays int               `json:"retain_days,omitempty"` // source: the longest the policy let it be kept
	Onward     []posada.AgencyID `json:"onward,omitempty"`      // source: whom its grant names
	Event      posada.EventID    `json:"event,omitempty"`       // source: the disclosure
	Alias      posada.Alias      `json:"alias,omitempty"`       // target: what the source calls her
	Assigned   []posada.StaffID  `json:"assigned,omitempty"`    // target: whose work it is; at the source it is the case's
	Purpose    posada.Purpose    `json:"purpose,omitempty"`

	// Talk is the key of what was asked and answered of it; zero: nothing was. It is one of
	// its own at either end, for at the source what was sent is kept on with the case.
	Talk vault.KeyID `json:"talk,omitzero"`

	Of         posada.ReferralID `json:"of,omitempty"`        // source: what it was passed on of, that came in
	Given      consent.Grant     `json:"given,omitzero"`      // target: its grant, as it was read when it came
	NoMore     []posada.AgencyID `json:"no_more,omitempty"`   // target: who must not be passed any of it again
	Came       time.Time         `json:"came,omitzero"`       // target: when it came here
	Commitment consent.Digest    `json:"commitment,omitzero"` // target: of its grant, to withdrawal
	Until      time.Time         `json:"until,omitzero"`      // when it is gone: it is known until then that there was something
}

var (
	previews = vault.Table[shown]{Name: "previews", Version: 1}
	table    = vault.Table[kept]{Name: "referrals", Version: 2}
	// byEvent finds the referral of a disclosure.
	byEvent = vault.Table[posada.ReferralID]{Name: "disclosures", Version: 1}
)
