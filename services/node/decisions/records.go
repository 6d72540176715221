package decisions

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/decision"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// keepDays is how long a decision is kept, by days.
const keepDays = 90

// record is what is kept of decisions that were alike on one day.
type record struct {
	Day       string                                 `json:"day"`
	Version   uint64                                 `json:"version"` // of the network's policy
	Policy    string                                 `json:"policy"`  // digest of what decided
	Facts     json.RawMessage                        `json:"facts"`
	Permitted posada.Set[posada.Category]            `json:"permitted"`
	Unmet     map[posada.Category][]posada.Condition `json:"unmet,omitempty"`
}

// page is a day of which decisions are kept: the key they are sealed under, which is
// destroyed when the day is over for long enough, and how many there are by entry.
type page struct {
	Key   vault.KeyID    `json:"key"`
	Kinds map[string]int `json:"kinds"`
}

var (
	records = vault.Table[record]{Name: "decisions", Version: 1}
	pages   = vault.Table[page]{Name: "decision_days", Version: 1}
)

// write writes what was decided since the last time.
func (d *Decisions) write() error {
	d.one.Lock()
	defer d.one.Unlock()
	d.mu.Lock()
	lines := d.new
	d.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	var added []line
	err := d.c.Vault.Update(func(tx *vault.Tx) error {
		added = nil
		open := map[string]page{}
		for _, l := range lines {
			is, err := l.write(tx, open)
			if err != nil {
				return err
			}
			if is {
				added = append(added, l)
			}
		}
		for day, p := range open {
			if err := pages.Put(tx, day, vault.KeyID{}, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.new = d.new[len(lines):]
	d.mu.Unlock()
	d.beside(added)
	return nil
}

// pageOf is the page of a day, which is begun where there is none.
func pageOf(tx *vault.Tx, day string, open map[string]page) (p page, err error) {
	if p, is := open[day]; is {
		return p, nil
	}
	p, err = pages.Get(tx, day)
	if errors.Is(err, vault.ErrNotFound) {
		p.Kinds = map[string]int{}
		p.Key, err = tx.NewKey()
	}
	open[day] = p
	return p, err
}

// write writes one, where it is not there already and its day is not full.
func (l line) write(tx *vault.Tx, open map[string]page) (added bool, err error) {
	if _, err := records.Get(tx, string(l.id)); !errors.Is(err, vault.ErrNotFound) {
		return false, err
	}
	entry := l.asks.facts.Entry()
	p, err := pageOf(tx, l.day, open)
	if err != nil || p.Kinds[entry] >= mostKinds {
		return false, err
	}
	p.Kinds[entry]++
	facts, err := l.asks.facts.Text()
	if err != nil {
		return false, err
	}
	r := record{Day: l.day, Version: l.version, Policy: l.asks.policy, Facts: facts, Permitted: l.permit.Categories(), Unmet: map[posada.Category][]posada.Condition{}}
	for _, c := range l.asks.facts.Asked().Minus(r.Permitted).List() {
		r.Unmet[c] = l.permit.Unmet(c)
	}
	return true, records.Put(tx, string(l.id), p.Key, r)
}

// Sweep lets go of what was kept for long enough: its key is given up first.
func (d *Decisions) Sweep() error {
	first := d.c.Now().UTC().Add(-keepDays * 24 * time.Hour).Format(time.DateOnly)
	var over []string
	if err := d.c.Vault.View(func(tx *vault.Tx) error {
		return pages.Each(tx, func(day string, _ page) error {
			if day < first {
				over = append(over, day)
			}
			return nil
		})
	}); err != nil || len(over) == 0 {
		return err
	}
	return d.c.Vault.Update(func(tx *vault.Tx) error { return letGo(tx, first, over) })
}

func letGo(tx *vault.Tx, first string, over []string) error {
	err := records.Each(tx, func(id string, r record) error {
		if r.Day >= first {
			return nil
		}
		return records.Delete(tx, id)
	})
	for _, day := range over {
		p, wrong := pages.Get(tx, day)
		if err = errors.Join(err, wrong); err == nil {
			err = errors.Join(tx.Erase(p.Key), pages.Delete(tx, day))
		}
	}
	return err
}

// as is a record as it is told of.
func (r record) as(id posada.DecisionID) (decision.Kept, error) {
	facts, err := pdp.ReadFacts(r.Facts)
	if err != nil {
		return decision.Kept{}, errors.Join(err, vault.ErrDamaged)
	}
	return decision.Kept{ID: id, Day: r.Day, Version: r.Version, Policy: r.Policy, Facts: facts, Permitted: r.Permitted, Unmet: r.Unmet}, nil
}
