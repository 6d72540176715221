package post

import (
	"fmt"
	"strconv"
	"sync"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// epochKey is the private half of a day's recipient key. Its record is sealed
// under a key of its own, which can be erased: then nothing sealed to that day
// can be opened any more, from whatever copy.
type epochKey struct {
	Secret string      `json:"secret"`
	Key    vault.KeyID `json:"key"`
}

var epochTable = vault.Table[epochKey]{Name: "epochs", Version: 1}

func epochName(e posada.Epoch) string { return fmt.Sprint(uint32(e)) }

// MakeEpochs makes the recipient keys of count days from first on, and gives
// what there is to announce of them.
func MakeEpochs(v *vault.Vault, first posada.Epoch, count int) ([]roster.EpochRecipient, error) {
	identities := make([]seal.Identity, count)
	announced := make([]roster.EpochRecipient, count)
	for i := range count {
		identity, err := seal.GenerateIdentity()
		if err != nil {
			return nil, err
		}
		identities[i] = identity
		announced[i] = roster.EpochRecipient{Epoch: first + posada.Epoch(i), Recipient: identity.Recipient()}
	}
	return announced, v.Update(func(tx *vault.Tx) error {
		for i, identity := range identities {
			key, err := tx.NewKey()
			if err != nil {
				return err
			}
			if err := epochTable.Put(tx, epochName(announced[i].Epoch), key, epochKey{Secret: identity.Secret(), Key: key}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Epochs reads every epoch identity that was not destroyed.
func Epochs(v *vault.Vault) (map[posada.Epoch]seal.Identity, error) {
	found := map[posada.Epoch]seal.Identity{}
	return found, v.View(func(tx *vault.Tx) error {
		return epochTable.Each(tx, func(name string, record epochKey) error {
			n, err := strconv.ParseUint(name, 10, 32)
			if err != nil {
				return err
			}
			found[posada.Epoch(n)], err = seal.ParseIdentity(record.Secret)
			return err
		})
	})
}

// epochs finds epoch identities; parsed ones are kept.
type epochs struct {
	vault *vault.Vault
	mu    sync.Mutex
	known map[posada.Epoch]seal.Identity
}

func (s *epochs) identity(e posada.Epoch) (seal.Identity, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if identity, ok := s.known[e]; ok {
		return identity, true
	}
	var record epochKey
	err := s.vault.View(func(tx *vault.Tx) (err error) {
		record, err = epochTable.Get(tx, epochName(e))
		return err
	})
	if err != nil {
		return seal.Identity{}, false
	}
	identity, err := seal.ParseIdentity(record.Secret)
	if err != nil {
		return seal.Identity{}, false
	}
	if s.known == nil {
		s.known = map[posada.Epoch]seal.Identity{}
	}
	s.known[e] = identity
	return identity, true
}
