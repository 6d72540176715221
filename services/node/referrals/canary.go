package referrals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Canary sends an invented person's data to whoever may have none through the real
// send path, under as wide a consent as there can be, and expects to be
// refused. Whatever happens, nothing is kept: the transaction never commits.
func (r *Referrals) Canary(ctx context.Context) error {
	for _, to := range handoff.Forbidden(r.c.Members.Get()) {
		if err := r.sing(ctx, to); err != nil {
			return fmt.Errorf("%w: %w", handoff.ErrCanary, err)
		}
	}
	return nil
}

func (r *Referrals) sing(ctx context.Context, to posada.AgencyID) error {
	canary := New(r.c)
	canary.c.Consents = widest{to: to, now: r.c.Now()}
	canary.c.Decide = r.c.Policy // nobody would ask why
	draft := referral.Draft{To: to, Content: referral.Content{
		Purpose: posada.PurposeShelter, Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{
			"psd_PreferredName": "Nobody", "psd_CurrentLocation": "nowhere", "psd_ImmigrationStatus": "invented",
		}}},
	}}
	id, err := posada.NewID[posada.EventID](r.c.Random)
	if err != nil {
		return err
	}
	refused := errors.New("refused")
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		// Where somebody is now goes on to nobody, whatever other rules say.
		onward := draft
		onward.Content, _ = redact.Narrow(draft.Content, draft.Content.Categories().Minus(posada.SetOf(posada.CategoryLocationCurrent)))
		if onward.Of, err = r.lent(tx, to, draft.Content); err != nil {
			return err
		}
		for _, d := range []referral.Draft{draft, onward} {
			all, _, err := redact.Reduce(d.Content, d.Content.Categories())
			if err != nil {
				return err
			}
			_, _, err = canary.attempt(ctx, tx, shown{Draft: d, Event: id, Data: all.Data(), Grant: "canary"}, "")
			_, answered := canary.giveAnswer(ctx, tx, canary.had(d, id), answerable(), answers())
			if !errors.Is(err, ErrUncovered) || !errors.Is(answered, ErrUncovered) {
				return fmt.Errorf("it got as far as: %w", errors.Join(err, answered, errQueued))
			}
		}
		if err := canary.singOnPaper(ctx, tx, to, draft, id); !errors.Is(err, ErrUncovered) {
			return fmt.Errorf("it got as far as: %w", errors.Join(err, errPrinted))
		}
		return refused
	})
	if errors.Is(err, refused) {
		return nil
	}
	return err
}

// singOnPaper has a draft read out to somebody without a node who is of the class of whoever
// may have none.
func (r *Referrals) singOnPaper(ctx context.Context, tx *vault.Tx, to posada.AgencyID, d referral.Draft, id posada.EventID) error {
	// Where somebody is now goes on no paper, whatever other rules say.
	d.Content, _ = redact.Narrow(d.Content, d.Content.Categories().Minus(posada.SetOf(posada.CategoryLocationCurrent)))
	whole, _, err := redact.Reduce(d.Content, d.Content.Categories())
	if err != nil {
		return err
	}
	class := r.c.Members.Get().Class(to)
	phoned := New(r.c)
	phoned.c.Listed = func(posada.AgencyID) posada.AgencyClass { return class }
	d.To = posada.IDFrom[posada.AgencyID]([16]byte{})
	_, _, err = phoned.printed(ctx, tx, shown{Draft: d, Event: id, Data: whole.Data()}, "")
	return err
}

// had is a referral that whoever may have none had all the same, and asks about.
func (r *Referrals) had(d referral.Draft, by posada.EventID) kept {
	now := r.c.Now()
	return kept{
		ID: posada.IDFrom[posada.ReferralID]([16]byte{}), Peer: d.To, Copy: referral.Sent(now), Sent: now, Of: d.Of, Event: by, Content: d.Content, Purpose: d.Content.Purpose,
		Grant: "canary", Obligations: consent.Obligations{RetainUntil: now.Add(time.Hour).Unix()},
	}
}

func answerable() question.Asked {
	return question.Asked{Asking: question.Asking{ID: posada.IDFrom[posada.QuestionID]([16]byte{}), Asks: posada.AskStillNeeded}}
}

func answers() question.Answering {
	return question.Answering{ID: posada.IDFrom[posada.QuestionID]([16]byte{}), Says: posada.AnswerYes}
}

// lent is a referral that came in with a grant that lets all of it be passed on to one
// agency.
func (r *Referrals) lent(tx *vault.Tx, to posada.AgencyID, c referral.Content) (posada.ReferralID, error) {
	id, err := posada.NewID[posada.ReferralID](r.c.Random)
	if err != nil {
		return "", err
	}
	now := r.c.Now()
	until := now.Add(time.Hour).Unix()
	o := consent.Obligations{RetainUntil: until, Onward: consent.OnwardNamed, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure}
	return id, table.Put(tx, string(id), vault.KeyID{}, kept{
		ID: id, Peer: r.c.Agency, Copy: referral.Received(now), Sent: now, Purpose: c.Purpose, Content: c, Obligations: o,
		Given: consent.Grant{
			Network: r.c.Members.Get().Network(), Issuer: r.c.Agency, Audience: r.c.Agency,
			Subject: posada.IDFrom[posada.Alias]([16]byte{}), ID: posada.IDFrom[posada.GrantID]([16]byte{}),
			NotBefore: now.Unix(), Expires: until, Purpose: c.Purpose, Categories: posada.SetOf(posada.Members[posada.Category]()...),
			Onward: []consent.OnwardTo{{Agency: to}}, Obligations: o,
		},
	})
}

var (
	errQueued  = errors.New("the outbox")
	errPrinted = errors.New("paper")
)

// widest is a consent that gives everything to one agency for everything.
type widest struct {
	to  posada.AgencyID
	now time.Time
}

func (w widest) For(_ *vault.Tx, _ string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, vault.KeyID, error) {
	all := posada.SetOf(posada.Members[posada.Category]()...)
	return consent.Record{
		Allowances: []consent.Allowance{{To: to, Purpose: purpose, Categories: all}},
		Services:   posada.SetOf(posada.Members[posada.ServiceType]()...),
		Given:      w.now, NotBefore: w.now, Expires: w.now.Add(time.Hour),
		GivenBy: posada.GivenBySelf, AgeBand: posada.Age25to39, Assent: posada.AssentNotAsked, Conflict: posada.ConflictNone,
		CoSigned: posada.SetOf(posada.Members[posada.CoSigner]()...),
		Informed: posada.SetOf(posada.Members[posada.Informed]()...), Condition: posada.ServiceNotConditional,
		History: []consent.StatusChange{{Status: posada.ConsentGiven, At: w.now}},
	}, vault.KeyID{}, nil
}

func (widest) Grant(*vault.Tx, string, posada.AgencyID, posada.Purpose, posada.Set[posada.Category], consent.Obligations) (string, error) {
	return "canary", nil
}

func (widest) PassOn(consent.Grant, posada.AgencyID, posada.Set[posada.Category], consent.Obligations) (string, error) {
	return "canary", nil
}

func (widest) Ahead(context.Context, handoff.Asker, string) error { return nil }

func (w widest) Given(*vault.Tx, posada.ConsentID) (time.Time, error) { return w.now, nil }

func (widest) Withdraw(*vault.Tx, consent.TakenBack) error { return nil }

func (widest) Use(*vault.Tx, string, posada.AgencyID, posada.Purpose, posada.EventID) error {
	return nil
}
