package keys

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// When keys turn over.
const (
	day = 24 * time.Hour
	// ahead is how long before its first use a key is announced.
	ahead = 14
	// overlap is how long a signing key and the one before it both count, so
	// that clocks may differ.
	overlap = day
	// connectEvery is how often the key to connect with is another.
	connectEvery = 20 * day
	// slack is how long before it was made a key counts that is needed at once:
	// our clock may have been ahead.
	slack = time.Hour
	// signedLast is how long after its end a signing key's signatures may still
	// arrive: a grant lasts 90 days, and waits for its recipient as long. An
	// envelope's own signature counts for nine (pkg/seal's SignedBack), so
	// whoever steals an old key can date nothing back further.
	signedLast = 91 * day
	// longest is how many days after its own an epoch key is kept for a mailbox
	// that was never seen empty.
	longest = 8
)

// Turn makes the keys that are due at now and announces them, and says whether
// there is a new announcement. now must be trusted: keys are made for it, and
// private halves whose time is over are destroyed.
func (k *Keys) Turn(now time.Time) (changed bool, err error) {
	now = now.UTC().Truncate(time.Second)
	k.changing.Lock()
	defer k.changing.Unlock()
	s := k.now()
	t := turn{now: now, own: s.own, old: s.announced.Keys(), identity: s.identity, random: k.random, mine: s.signing}
	if t.held, err = k.held(); err != nil {
		return false, err
	}
	if err := t.plan(); err != nil || !t.changed {
		return false, err
	}
	next, err := t.announce(s.announced)
	if err != nil {
		return false, err
	}
	me := s.own
	me.Announced = string(next.Compact())
	err = k.vault.Update(func(tx *vault.Tx) error {
		if err := t.keep(tx); err != nil {
			return err
		}
		return ownTable.Put(tx, ownName, vault.KeyID{}, me)
	})
	if err != nil {
		return false, fmt.Errorf("turn keys over: %w", err)
	}
	return true, k.reload()
}

// turn is one turning over: what is announced next, and the private keys that
// begin and end with it.
type turn struct {
	now      time.Time
	own      own
	old      roster.Keys
	identity jose.PrivateKey
	random   io.Reader
	// mine and held are the private halves there are: what was announced and is
	// not among them is of no use to anybody.
	mine map[jose.KeyID]jose.PrivateKey
	held map[posada.Epoch]string // recipient

	signing []roster.SigningKey
	epochs  []roster.EpochRecipient
	changed bool
	born    []newborn
}

type newborn struct {
	table vault.Table[secret]
	name  string
	seed  []byte
}

// held lists the recipients of the epoch keys whose private halves are here.
func (k *Keys) held() (map[posada.Epoch]string, error) {
	held := map[posada.Epoch]string{}
	return held, k.vault.View(func(tx *vault.Tx) error {
		return epochTable.Each(tx, func(name string, kept secret) error {
			e, err := readEpoch(name)
			if err != nil {
				return err
			}
			identity, err := seal.ParseIdentity(string(kept.Seed))
			held[e] = identity.Recipient()
			return err
		})
	})
}

func (t *turn) plan() error {
	if err := t.planSigning(); err != nil {
		return err
	}
	if err := t.planEpochs(); err != nil {
		return err
	}
	// Nothing else may be due; still, what was announced must go on counting.
	// And what somebody announced over it is passed.
	if time.Unix(t.old.Expires, 0).Sub(t.now) < ahead*day || t.own.Passed >= t.old.Sequence {
		t.changed = true
	}
	return nil
}

func (t *turn) planSigning() error {
	var ends time.Time
	for _, s := range t.old.Signing {
		if s.From.Sub(t.now) > ahead*day+overlap {
			t.changed = true // made while our clock was ahead
			continue
		}
		if t.now.Sub(s.Until) < signedLast {
			t.signing = append(t.signing, s)
		}
		if _, held := t.mine[s.Key.ID()]; held && s.Until.After(ends) && !s.Revoked {
			ends = s.Until
		}
	}
	from := ends.Add(-overlap)
	if !from.After(t.now) {
		from = t.now.Add(-slack) // there is none, or we were away
	}
	if from.Sub(t.now) > ahead*day {
		return nil
	}
	key, err := jose.GenerateKey(t.random)
	if err != nil {
		return err
	}
	t.changed = true
	t.signing = append(t.signing, roster.SigningKey{Key: key.Public(), From: from, Until: from.Add(roster.SigningLife)})
	t.born = append(t.born, newborn{signingTable, string(key.Public().ID()), key.Seed()})
	return nil
}

// planEpochs has a recipient key for yesterday (clocks differ), today and each
// day ahead. One that was announced never changes.
func (t *turn) planEpochs() error {
	today := posada.EpochAt(t.now)
	first := max(today, 1) - 1
	have := map[posada.Epoch]bool{}
	for _, e := range t.old.Epochs {
		if e.Epoch >= first && e.Epoch <= today+ahead && t.held[e.Epoch] == e.Recipient {
			t.epochs, have[e.Epoch] = append(t.epochs, e), true
		}
	}
	for e := first; e <= today+ahead; e++ {
		if have[e] {
			continue
		}
		if recipient, ok := t.held[e]; ok { // announced before, and left out while our clock was wrong
			t.changed = true
			t.epochs = append(t.epochs, roster.EpochRecipient{Epoch: e, Recipient: recipient})
			continue
		}
		identity, err := seal.GenerateIdentity()
		if err != nil {
			return err
		}
		t.changed = true
		t.epochs = append(t.epochs, roster.EpochRecipient{Epoch: e, Recipient: identity.Recipient()})
		t.born = append(t.born, newborn{epochTable, epochName(e), []byte(identity.Secret())})
	}
	slices.SortFunc(t.epochs, func(a, b roster.EpochRecipient) int { return int(a.Epoch) - int(b.Epoch) })
	return nil
}

func (t *turn) announce(before roster.Announcement) (roster.Announcement, error) {
	k := roster.Keys{
		Network: t.own.Network, Issuer: t.own.Agency, Sequence: t.number(),
		IssuedAt: t.now.Unix(), Expires: t.now.Add(roster.KeysLife).Unix(),
		Signing: t.signing, Epochs: t.epochs,
	}
	if t.old.Sequence > 0 {
		k.Previous = before.Digest()
	}
	return roster.Announce(k, t.identity)
}

// number is the next announcement's: one more than the last, or so far behind
// what was passed that it need not say what came before it, which is not here.
func (t *turn) number() uint64 {
	if t.own.Passed >= t.old.Sequence && t.old.Sequence > 0 {
		return t.own.Passed + 2
	}
	return t.old.Sequence + 1
}

// keep writes the private keys that are new, and destroys those that nothing
// may be signed or opened with any more. Epoch keys have a rule of their own
// (Destroy).
func (t *turn) keep(tx *vault.Tx) error {
	for _, b := range t.born {
		if err := put(tx, b.table, b.name, b.seed); err != nil {
			return err
		}
	}
	for _, s := range t.old.Signing {
		if !t.now.Before(s.Until) || s.Revoked || s.From.Sub(t.now) > ahead*day+overlap {
			if err := destroy(tx, signingTable, string(s.Key.ID())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Destroy erases the private keys of the epochs that are over: from the end of
// the next epoch on, once the mailbox was seen empty since; at the latest eight
// days after. What was sealed to them and is not opened by then is sealed anew
// by its sender, who has no receipt. now must be trusted.
func (k *Keys) Destroy(now time.Time) (destroyed int, err error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	today := posada.EpochAt(now)
	drained := k.now().own.Drained
	if drained > today {
		drained = 0 // noted while our clock was ahead
	}
	var over []posada.Epoch
	err = k.vault.Update(func(tx *vault.Tx) error {
		over = nil
		if err := epochTable.Each(tx, func(name string, _ secret) error {
			e, err := readEpoch(name)
			if err == nil && (today >= e+2 && drained >= e+2 || today > e+longest) {
				over = append(over, e)
			}
			return err
		}); err != nil {
			return err
		}
		for _, e := range over {
			if err := destroy(tx, epochTable, epochName(e)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(over) == 0 {
		return 0, err
	}
	k.mu.Lock()
	k.forget()
	k.mu.Unlock()
	// The keys are gone from the disk when this returns, not at the next sweep.
	_, err = k.vault.Sweep()
	return len(over), err
}
