package withdrawals

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// tellThirds gives each agency to which something of a case may have been passed on its
// own secret, as her code would: whoever collected her consent shared nothing with it,
// and must reach it though whoever passed it on does not. It learns what a code tells:
// nothing, where it holds nothing. One agency may be told several, for as many codes as
// there were.
func (w *Withdrawals) tellThirds(tx *vault.Tx, back consent.TakenBack) ([]posada.AgencyID, error) {
	thirds, err := w.c.Consents.Thirds(tx, back)
	var told []posada.AgencyID
	for _, t := range thirds {
		e, err := event.Withdrawal(w.c.Random, event.Withdrawn{Secret: t.Secret}, w.c.Now())
		if err != nil {
			return nil, err
		}
		if err := w.c.Post.Enqueue(tx, t.Agency, e, vault.KeyID{}); err != nil {
			return nil, err
		}
		if !slices.Contains(told, t.Agency) {
			told = append(told, t.Agency)
		}
	}
	return told, err
}
