package referrals

import (
	"context"
	"errors"
	"strconv"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Ask asks the source of a referral something about it. It goes under the grant that the
// referral came with: whoever has none asks nothing.
func (r *Referrals) Ask(ctx context.Context, by handoff.Asker, id posada.ReferralID, asks posada.Question, note question.Note) (v referral.View, err error) {
	a := question.Asking{Asks: asks, Note: note}
	if a.ID, err = posada.NewID[posada.QuestionID](r.c.Random); err != nil {
		return v, err
	}
	now := r.c.Now()
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := r.live(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if !r.asksOf(k) {
			return fault.New(fault.Conflict, fault.AskOver)
		}
		t, err := talkOf(tx, k)
		if err != nil {
			return err
		}
		if t, err = t.Ask(a, now); err != nil {
			return mayNotAsk(err)
		}
		asked, err := event.Question(r.c.Random, k.under(), a, now)
		if err != nil {
			return err
		}
		if k, err = withTalk(tx, k); err != nil {
			return err
		}
		if err := errors.Join(keepTalk(tx, k, t.Carried(a.ID, asked.ID())), r.c.Post.Enqueue(tx, k.Peer, asked, k.Talk)); err != nil {
			return err
		}
		if v, err = r.look(ctx, tx, by, k); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: audit.QuestionAsked, Referral: id, Event: asked.ID(), Peer: k.Peer})
	})
	return r.said(v, err)
}

// said is a referral as it is told after something was asked or answered: what else she
// looks at is asked for, and noted.
func (r *Referrals) said(v referral.View, err error) (referral.View, error) {
	if err != nil {
		return referral.View{}, err
	}
	v.Content.Records, v.Unheard, v.Confirm = nil, false, false
	r.c.Post.Wake()
	return v, nil
}

// asksOf reports whether something may be asked of a referral, and answered: it goes on,
// and it is not with a body to be feared, which got once what the person asked for, and
// gets no more by asking.
func (r *Referrals) asksOf(k kept) bool {
	members := r.c.Members.Get()
	return r.talks(k) && referral.GoesOn(k.Life.State()) && !members.Class(k.Peer).Distrusted() && !members.Class(r.c.Agency).Distrusted()
}

// mayNotAsk says why something may not be asked or answered, in words a person can act
// on.
func mayNotAsk(err error) error {
	most := func(n int) []string { return []string{"most", strconv.Itoa(n)} }
	for _, c := range []struct {
		is   error
		code fault.Code
		key  fault.Key
		args []string
	}{
		{question.ErrLong, fault.Invalid, fault.QuestionNote, most(question.MaxNote)},
		{question.ErrControl, fault.Invalid, fault.QuestionNote, most(question.MaxNote)},
		{question.ErrNothing, fault.Invalid, fault.AnswerNoNote, nil},
		{question.ErrAsked, fault.Conflict, fault.AskedAlready, nil},
		{question.ErrManyOpen, fault.Conflict, fault.AskedMany, most(question.MaxOpen)},
		{question.ErrEnough, fault.Conflict, fault.AskedEnough, most(question.MaxAsked)},
		{question.ErrNotAsked, fault.Conflict, fault.QuestionGone, nil},
		{question.ErrAnswered, fault.Conflict, fault.QuestionGone, nil},
	} {
		if errors.Is(err, c.is) {
			return fault.New(c.code, c.key, c.args...).Because(err)
		}
	}
	return err
}

// recheckQuestion lets a question go while the referral counts here.
func (r *Referrals) recheckQuestion(tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	k, err := table.Get(tx, string(e.Subject()))
	if vault.Gone(err) || err == nil && !r.talks(k) {
		return handoff.Stop, nil
	}
	return r.toMember(to), err
}

// takeQuestion takes in what whoever was sent a referral asks about it. Only they can:
// they show the grant that went with it. What was taken back meanwhile is taken in as
// nothing.
func (r *Referrals) takeQuestion(tx *vault.Tx, in handoff.Incoming) error {
	s := in.Statement
	k, err := about(tx, in, referral.Source)
	switch members := r.c.Members.Get(); {
	case err != nil:
		return err
	case !r.talks(k):
		return nil
	case s.Grant() != k.Grant || s.Obligations() != k.Obligations:
		return handoff.Refuse(refusedGrant, nil)
	case members.Standing(in.From) != posada.StandingActive || members.Class(in.From).Distrusted():
		return handoff.Refuse(refusedPolicy, nil)
	}
	var a question.Asking
	if err := s.Read(&a); err != nil {
		return handoff.Refuse(refusedQuestion, err)
	}
	t, err := talkOf(tx, k)
	if err != nil {
		return err
	}
	if t, err = t.Ask(a, s.Time()); err != nil {
		return handoff.Refuse(refusedQuestion, err)
	}
	if k, err = withTalk(tx, k); err != nil {
		return err
	}
	return errors.Join(keepTalk(tx, k, t), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.QuestionTaken, Referral: k.ID, Event: s.ID(), Peer: in.From,
	}))
}
