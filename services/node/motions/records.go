package motions

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// kept is a motion with every signature that came of it.
type kept struct {
	Text []byte          `json:"text"` // enrol.Motion.Write
	From posada.AgencyID `json:"from"` // whose steward sent it first
	Came time.Time       `json:"came"`

	id posada.MotionID
}

var table = vault.Table[kept]{Name: "motions", Version: 1} // by id

func everything(tx *vault.Tx) (all []kept, err error) {
	err = table.Each(tx, func(name string, k kept) error {
		k.id = posada.MotionID(name)
		all = append(all, k)
		return nil
	})
	return all, err
}
