package needs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// previewLife is how long a preview can be posted: long enough to read it to the
// person, short enough that it is still true.
const previewLife = time.Hour

// maxNote is the longest note in letters.
const maxNote = 280

// noted is a note as it is kept, or the fault that it is too long.
func noted(text string) (string, error) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > maxNote {
		return "", fault.New(fault.Invalid, fault.NoteTooLong, "most", strconv.Itoa(maxNote))
	}
	return text, nil
}

// Preview shows what would be said, and to whom. Nothing leaves. Where nobody can be asked
// it can be posted all the same: what is said on the telephone is of it, and its end counts.
func (n *Needs) Preview(ctx context.Context, by handoff.Asker, d need.Draft) (p need.Preview, err error) {
	if err := d.Profile.Check(); err != nil {
		return need.Preview{}, fault.New(fault.Invalid, fault.NeedWrong, "what", err.Error()).Because(err)
	}
	p = need.Preview{Draft: d, Until: n.c.Now().Add(previewLife).UTC().Truncate(time.Second), Warning: d.Profile.Warn()}
	err = n.c.Vault.Update(func(tx *vault.Tx) error {
		if d.Instead != "" {
			k, err := n.replaceable(ctx, tx, by, d.Instead)
			if err != nil {
				return err
			}
			p.Draft.Case, d.Case = k.Case, k.Case
		}
		of, feared, err := n.caseOf(ctx, tx, by, d.Case)
		if err != nil {
			return err
		}
		if p.Asks, p.Excluded, err = n.fanOut(ctx, d, feared); err != nil {
			return err
		}
		s := shown{Case: d.Case, Profile: d.Profile, Asks: p.Asks, By: by.ID, Until: p.Until, Instead: d.Instead}
		if p.Digest, err = handoff.Digest(s); err != nil {
			return err
		}
		return previews.Put(tx, p.Digest, of.Key, s)
	})
	return p, err
}

// replaceable is a need that is her work, and that can be asked anew in other words.
func (n *Needs) replaceable(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.NeedID) (kept, error) {
	k, _, err := n.work(ctx, tx, by, id)
	if err != nil {
		return k, err
	}
	k.Life, err = k.Life.Replace(n.c.Now().UTC())
	return k, refused(err, "")
}

// replace ends a need that is asked anew as another: who was asked is told that it is
// closed, and it is not counted, for the person is counted with the other.
func (n *Needs) replace(ctx context.Context, tx *vault.Tx, by handoff.Asker, id, anew posada.NeedID) error {
	if id == "" {
		return nil
	}
	k, err := n.replaceable(ctx, tx, by, id)
	if err != nil {
		return err
	}
	k.Anew = anew
	now := n.c.Now().UTC()
	return errors.Join(n.keep(tx, &k, now), audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: audit.NeedEnded, Case: k.CaseID, Need: k.ID}))
}

// caseOf is the case that a need belongs to and whom the person excluded in it. One
// that is to be opened has no key yet and excludes nobody.
func (n *Needs) caseOf(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, []posada.AgencyID, error) {
	if label == "" {
		if !by.WorksCases() {
			return handoff.Case{}, nil, fault.New(fault.Withheld, fault.NotYourRole)
		}
		return handoff.Case{}, nil, nil
	}
	of, err := n.c.Cases.Work(ctx, tx, by, label)
	if err != nil {
		return of, nil, err
	}
	feared, err := n.c.Consents.Feared(tx, label)
	return of, feared, err
}

// fanOut is every agency that may be asked, and those that might be had the person not
// excluded them. Choosing only those that are likely to have a place would tell the hub
// what the need is.
func (n *Needs) fanOut(ctx context.Context, d need.Draft, feared []posada.AgencyID) (asks, excluded []posada.AgencyID, err error) {
	now := n.c.Now()
	for _, a := range n.c.Members.Get().Agencies() {
		if a.ID == n.c.Agency || slices.Contains(d.Leave, a.ID) {
			continue
		}
		// Read to her, for the sake of the question: whether she lets it be asked is asked after.
		allowed := permission{named: []posada.AgencyID{a.ID}, from: now, until: now.Add(d.Profile.Priority.Answer())}
		permit, err := n.ask(ctx, a.ID, d.Profile, allowed)
		switch {
		case err != nil:
			return nil, nil, err
		case !permit.Covers(posada.SetOf(posada.CategoryNeeds)):
		case slices.Contains(feared, a.ID):
			excluded = append(excluded, a.ID)
		default:
			asks = append(asks, a.ID)
		}
	}
	return asks, excluded, nil
}

// Post asks the agencies that were read to her for a place, after she said that they
// may be asked. It is decided again on each: who may not be asked any more is not. note
// is for those who work on the case, and leaves in nothing.
func (n *Needs) Post(ctx context.Context, by handoff.Asker, digest, note string) (v need.View, err error) {
	if note, err = noted(note); err != nil {
		return need.View{}, err
	}
	err = n.c.Vault.Update(func(tx *vault.Tx) error {
		s, err := previews.Get(tx, digest)
		if vault.Gone(err) || err == nil && s.By != by.ID {
			return fault.New(fault.Conflict, fault.PreviewGone).Because(err)
		}
		if err != nil {
			return err
		}
		if n.c.Now().After(s.Until) {
			return fault.New(fault.Conflict, fault.PreviewOutdated)
		}
		k, err := n.begin(ctx, tx, by, s)
		if err != nil {
			return err
		}
		k.Note = note
		if k.Turn, err = turn(tx, k.Case, s.Instead); err != nil {
			return err
		}
		if err := n.replace(ctx, tx, by, s.Instead, k.ID); err != nil {
			return err
		}
		if err := previews.Delete(tx, digest); err != nil {
			return err
		}
		if err := table.Put(tx, string(k.ID), k.Key, k); err != nil {
			return err
		}
		v, err = n.view(tx, k, true)
		return err
	})
	if err != nil {
		return need.View{}, err
	}
	n.c.Post.Wake()
	return v, nil
}

// begin queues a question to each agency that may still be asked.
func (n *Needs) begin(ctx context.Context, tx *vault.Tx, by handoff.Asker, s shown) (kept, error) {
	of, feared, err := n.caseOf(ctx, tx, by, s.Case)
	if handoff.NotHers(err) {
		err = fault.New(fault.Conflict, fault.PreviewGone).Because(err)
	}
	if err == nil && s.Case == "" {
		of, err = n.c.Cases.Open(tx, by)
	}
	if err != nil {
		return kept{}, err
	}
	id, err := posada.NewID[posada.NeedID](n.c.Random)
	if err != nil {
		return kept{}, err
	}
	now := n.c.Now()
	k := kept{
		ID: id, Case: of.Label, CaseID: of.ID, Key: of.Key, By: by.ID, Posted: now.UTC().Truncate(time.Second), Profile: s.Profile,
		Life: need.Post(nil, s.Profile.Priority, now.UTC().Truncate(time.Second)), Letters: map[posada.AgencyID]posada.EventID{},
	}
	for _, to := range s.Asks {
		permit, err := n.ask(ctx, to, k.Profile, permission{named: s.Asks, feared: feared, from: k.Posted, until: k.Life.Until})
		if err != nil {
			return kept{}, err
		}
		if !permit.Covers(posada.SetOf(posada.CategoryNeeds)) {
			continue
		}
		e, err := event.Need(n.c.Random, need.Posting{Need: id, Until: k.Life.Until, Profile: k.Profile}, now)
		if err != nil {
			return kept{}, err
		}
		if err := n.c.Post.Enqueue(tx, to, e, k.Key); err != nil {
			return kept{}, err
		}
		if err := letters.Put(tx, string(e.ID()), vault.KeyID{}, id); err != nil {
			return kept{}, err
		}
		k.Life.Asked, k.Letters[to] = append(k.Life.Asked, to), e.ID()
	}
	if len(k.Life.Asked) == 0 && len(s.Asks) > 0 {
		return kept{}, fault.New(fault.Refused, fault.NobodyToAsk)
	}
	return k, audit.Append(tx, audit.Entry{
		At: now, By: by.ID, Act: audit.NeedPosted, Case: of.ID, Need: id, Shared: posada.SetOf(posada.CategoryNeeds), Policy: n.c.Policy.Get().Digest(),
	})
}
