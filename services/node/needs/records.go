package needs

import (
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// shown is a preview that can be posted: what was read to the person.
type shown struct {
	Case    string            `json:"case,omitempty"`
	Profile need.Profile      `json:"profile"`
	Asks    []posada.AgencyID `json:"asks"`
	By      posada.StaffID    `json:"by"`
	Until   time.Time         `json:"until"`
	Instead posada.NeedID     `json:"instead,omitempty"`
}

// kept is a need that was posted.
type kept struct {
	ID      posada.NeedID  `json:"id"`
	Case    string         `json:"case"` // its label
	CaseID  posada.CaseID  `json:"case_id"`
	Key     vault.KeyID    `json:"key"` // the case's
	By      posada.StaffID `json:"by"`
	Posted  time.Time      `json:"posted"` // she said then that it may be asked
	Profile need.Profile   `json:"profile"`
	Note    string         `json:"note,omitempty"`
	Turn    int            `json:"turn,omitempty"` // where the person wants it among those of the case: the lowest first
	Life    need.Life      `json:"life"`
	// Letters are the questions, by whom they are for.
	Letters map[posada.AgencyID]posada.EventID `json:"letters"`
	Told    []posada.AgencyID                  `json:"told,omitempty"`   // that it is closed
	Missed  []posada.AgencyID                  `json:"missed,omitempty"` // they never had the question, and are told nothing
	Why     map[posada.AgencyID]string         `json:"why,omitempty"`    // she refused an offer
	Phoned  []posada.AgencyID                  `json:"phoned,omitempty"`
	Counted time.Time                          `json:"counted,omitzero"` // it is among the counts since
	As      posada.NeedState                   `json:"as,omitempty"`     // as which
	Anew    posada.NeedID                      `json:"anew,omitempty"`   // it was asked anew, as this one, which is counted
}

// remembered is how long a need that is over is known here.
const remembered = 90 * 24 * time.Hour

var (
	previews = vault.Table[shown]{Name: "need_previews", Version: 1}
	table    = vault.Table[kept]{Name: "needs", Version: 1}
	// letters finds the need of a question: of one that was stopped only its id is known.
	letters = vault.Table[posada.NeedID]{Name: "need_letters", Version: 1}
	counts  = vault.Table[need.Count]{Name: "need_counts", Version: 1}
)

// find is a need, whoever may see it.
func find(tx *vault.Tx, id posada.NeedID) (kept, error) {
	k, err := table.Get(tx, string(id))
	if vault.Gone(err) {
		return kept{}, nothing()
	}
	return k, err
}

// nothing is what is said of a need that is not there, and of one that somebody is
// not to know of.
func nothing() error { return fault.New(fault.Withheld, fault.NothingThere) }

// refused says in people's words why a step was not taken.
func refused(err error, agency posada.AgencyID) error {
	for _, known := range []struct {
		is  error
		key fault.Key
	}{
		{need.ErrOver, fault.NeedOver}, {need.ErrNotAsked, fault.NeedNotAsked}, {need.ErrNoOffer, fault.NeedNoOffer},
		{need.ErrChosen, fault.NeedChosen}, {need.ErrNotHeld, fault.NeedNotHeld},
	} {
		if errors.Is(err, known.is) {
			return fault.New(fault.Conflict, known.key, "agency", string(agency)).Because(err)
		}
	}
	return err
}
