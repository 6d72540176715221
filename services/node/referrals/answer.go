package referrals

import (
	"context"
	"errors"
	"slices"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Answer answers what was asked of a referral that was sent. It is a disclosure of one
// category under the grant of the referral, and decided on as one.
func (r *Referrals) Answer(ctx context.Context, by handoff.Asker, id posada.ReferralID, a question.Answering) (v referral.View, err error) {
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, q, err := r.toAnswer(ctx, tx, by, id, a.ID)
		if err != nil {
			return err
		}
		if !slices.Contains(question.Answers(q.Asks), a.Says) {
			return fault.New(fault.Invalid, fault.AnswerUnknown, "answers", listed(question.Answers(q.Asks)))
		}
		t, err := talkOf(tx, k)
		if err != nil {
			return err
		}
		if t, err = t.Answer(a, r.c.Now()); err != nil {
			return mayNotAsk(err)
		}
		said, err := r.giveAnswer(ctx, tx, k, q, a)
		if err != nil {
			return err
		}
		if err := errors.Join(keepTalk(tx, k, t.Carried(a.ID, said)), byEvent.Put(tx, string(said), k.Talk, k.ID)); err != nil {
			return err
		}
		if v, err = r.look(ctx, tx, by, k); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{
			At: r.c.Now(), By: by.ID, Act: audit.QuestionAnswered, Referral: id, Event: said, Peer: k.Peer,
			Shared: posada.SetOf(question.Tells(q.Asks, a.Says)), Policy: r.c.Policy.Get().Digest(),
		})
	})
	return r.said(v, err)
}

// toAnswer is a referral that was sent and goes on, is her work, and one of the questions
// about it that she sees and that waits.
func (r *Referrals) toAnswer(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID, of posada.QuestionID) (kept, question.Asked, error) {
	none := func(err error) (kept, question.Asked, error) { return kept{}, question.Asked{}, err }
	k, err := find(tx, id)
	if err != nil {
		return none(err)
	}
	v, err := r.look(ctx, tx, by, k)
	switch {
	case err != nil:
		return none(err)
	case by.Assignment(v.Assigned) != posada.AssignedToAsker:
		return none(fault.New(fault.Conflict, fault.NotYours))
	case k.Side != referral.Source || !r.asksOf(k):
		return none(fault.New(fault.Conflict, fault.AskOver))
	}
	i := slices.IndexFunc(v.Questions, func(q referral.Question) bool { return q.ID == of })
	if i < 0 || !v.Questions[i].Open() {
		return none(fault.New(fault.Conflict, fault.QuestionGone))
	}
	return k, v.Questions[i].Asked, nil
}

// giveAnswer is the path by which an answer leaves: decide on what it tells, and queue it.
func (r *Referrals) giveAnswer(ctx context.Context, tx *vault.Tx, k kept, q question.Asked, a question.Answering) (posada.EventID, error) {
	id, err := posada.NewID[posada.EventID](r.c.Random)
	if err != nil {
		return "", err
	}
	tells := question.Tells(q.Asks, a.Says)
	allow, _, err := r.mayAnswer(ctx, tx, k, tells, prepared)
	if err != nil {
		return "", err
	}
	allowed, err := question.Allow(q, a, allow)
	if errors.Is(err, question.ErrUncovered) {
		return "", fault.New(fault.Refused, fault.AnswerUncovered, "categories", string(tells)).Because(ErrUncovered)
	}
	if err != nil {
		return "", err
	}
	said, err := event.Answer(id, k.under(), allowed, r.c.Now())
	if err != nil {
		return "", err
	}
	return id, r.c.Post.Enqueue(tx, k.Peer, said, k.Talk)
}

// mayAnswer is what of one category may be told about a referral to whoever it was sent
// to; waits says that all it lacks is a fresh word. It is what the grant covers, while what
// she agreed to then is what she agrees to now. A consent to one referral is not used up
// for that referral.
func (r *Referrals) mayAnswer(ctx context.Context, tx *vault.Tx, k kept, tells posada.Category, m moment) (allow posada.Set[posada.Category], waits bool, err error) {
	if k.Side != referral.Source || !r.talks(k) || !k.Content.Categories().Has(tells) {
		return 0, false, nil
	}
	asked := posada.SetOf(tells)
	consented, _, permit, err := r.decide(ctx, tx, giving{
		Case: k.Case, Of: k.Of, To: k.Peer, Purpose: k.Purpose, Services: k.Content.Services, Asked: asked,
	}, k.Event, m)
	switch {
	case err != nil:
		return 0, false, err
	case consented.ID != k.Consent || permit.RetainDays() < k.RetainDays:
		return 0, false, nil
	}
	return permit.Categories(), onlyStale(permit, asked), nil
}

// recheckAnswer decides again before each attempt to send an answer.
func (r *Referrals) recheckAnswer(ctx context.Context, tx *vault.Tx, e event.Event) (handoff.Verdict, error) {
	k, err := r.ofEvent(tx, e.ID())
	if vault.Gone(err) {
		return handoff.Stop, nil
	}
	if err != nil {
		return handoff.Stop, err
	}
	t, err := talkOf(tx, k)
	if err != nil {
		return handoff.Stop, err
	}
	q, err := t.Of(e.ID())
	if err != nil {
		return handoff.Stop, nil
	}
	tells := question.Tells(q.Asks, q.Says)
	switch allow, waits, err := r.mayAnswer(ctx, tx, k, tells, leaves); {
	case err != nil:
		return handoff.Stop, err
	case allow.Has(tells):
		return handoff.Send, nil
	case waits:
		return handoff.Wait, r.askSharer(tx, k)
	}
	return handoff.Stop, nil
}

// settleAnswer notes that an answer was stopped on its way, or was read after all.
func (r *Referrals) settleAnswer(tx *vault.Tx, k kept, id posada.EventID, how handoff.Ending) error {
	if k.Talk == (vault.KeyID{}) {
		return nil // it ended with the referral
	}
	t, err := talkOf(tx, k)
	if err != nil {
		return err
	}
	act := audit.Delivered
	if how == handoff.Ended {
		act = audit.Stopped
	}
	return errors.Join(keepTalk(tx, k, t.Ended(id, how == handoff.Ended)), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: act, Referral: k.ID, Event: id, Peer: k.Peer,
	}))
}

// takeAnswer takes in what was answered, under the grant the referral came with, and as
// the policy lets us receive what it tells. What was taken back meanwhile is taken in as
// nothing.
func (r *Referrals) takeAnswer(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	s := in.Statement
	k, err := about(tx, in, referral.Target)
	switch {
	case err != nil:
		return err
	case !r.talks(k):
		return nil
	case s.Grant() != k.Grant || s.Obligations() != k.Obligations:
		return handoff.Refuse(refusedGrant, nil)
	}
	var a question.Answering
	if err := s.Read(&a); err != nil {
		return handoff.Refuse(refusedAnswer, err)
	}
	t, err := talkOf(tx, k)
	if err != nil {
		return err
	}
	q, err := t.Find(a.ID)
	if err == nil {
		t, err = t.Answer(a, s.Time())
	}
	if err != nil {
		return handoff.Refuse(refusedAnswer, err)
	}
	tells := posada.SetOf(question.Tells(q.Asks, a.Says))
	if err := r.admit(ctx, tx, in, k.Purpose, tells, k.Given); err != nil {
		return err
	}
	return errors.Join(keepTalk(tx, k, t), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.AnswerTaken, Referral: k.ID, Event: s.ID(), Peer: in.From, Shared: tells, Policy: r.c.Policy.Get().Digest(),
	}))
}
