// Package withdrawals is how a survivor takes back what was shared of her: the
// three doors, and what each of them leads to.
//
// Holds: nothing; a code is in memory for as long as it takes to work with it.
// May reach: cases, consents, referrals, records and post, through interfaces.
// If compromised: it can end what is shared, of everybody here and, with codes it
// is given, elsewhere.
//
// At the agency that collected her consent her word ends it, and whoever was sent
// something is told to destroy it. At one that holds something of hers her word
// destroys that, and is passed on to whoever sent it. Anywhere, her code does: for
// each member it gives another secret, which only that member can know again, by a
// grant it holds. So whoever passes it on learns nothing of her, nor does whoever
// holds nothing of hers, and neither can tell a code that nobody has from one that
// counts.
package withdrawals

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Cases is what withdrawals asks of cases. fault.UnknownCase: there is none, or
// she is not to know of it; fault.NotAssigned: it is not her work. Papered reports
// whether a paper came in it.
type Cases interface {
	Papered(tx *vault.Tx, label string) (bool, error)
	Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
	Each(tx *vault.Tx, fn func(handoff.Case) error) error
	Erase(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
	Destroy(tx *vault.Tx, of handoff.Case) error
}

// Consents is what withdrawals asks of consents.
type Consents interface {
	Withdraw(tx *vault.Tx, back consent.TakenBack) error
	Thirds(tx *vault.Tx, back consent.TakenBack) ([]consent.Third, error)
	Withdrawable(tx *vault.Tx, secret [32]byte, said time.Time) (consent.TakenBack, error)
	Newest(tx *vault.Tx, label string) (time.Time, error)
	Erase(tx *vault.Tx, of handoff.Case) (count int, err error)
}

// Referrals is what withdrawals asks of referrals.
type Referrals interface {
	SourceOf(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) (label string, peer posada.AgencyID, err error)
	WithdrawSent(tx *vault.Tx, back consent.TakenBack) ([]referral.View, error)
	WithdrawReceived(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) ([]referral.View, error)
	WithdrawPassedOn(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) (back []referral.View, passed bool, err error)
	WithdrawCommitted(tx *vault.Tx, from posada.AgencyID, c consent.Digest) error
	EraseSent(tx *vault.Tx, of handoff.Case) (count int, err error)
	WaitsOf(tx *vault.Tx, label string) (bool, error)
}

// Records is what withdrawals asks of this agency's own records: how much one of a
// case holds, in which cases, of those that are somebody's work, there is one of the
// person whom an agency calls so, and to give one up.
type Records interface {
	Count(tx *vault.Tx, of handoff.Case) (int, error)
	Remain(ctx context.Context, tx *vault.Tx, by handoff.Asker, from posada.AgencyID, alias posada.Alias) ([]string, error)
	Erase(tx *vault.Tx, of handoff.Case) (count int, err error)
}

// Needs is what withdrawals asks of needs: to end what is asked for a case, of one agency or
// of all, and to let go of it.
type Needs interface {
	WithdrawOf(tx *vault.Tx, label string, from posada.AgencyID) error
	Erase(tx *vault.Tx, of handoff.Case) error
}

// Post is what withdrawals asks of post.
type Post interface {
	Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error
	Holds(tx *vault.Tx, key vault.KeyID) (bool, error)
	Review()
	ReviewLater()
}

// Config is what withdrawals needs.
type Config struct {
	Agency    posada.AgencyID
	Vault     *vault.Vault
	Members   *roster.Current
	Cases     Cases
	Consents  Consents
	Referrals Referrals
	Records   Records
	Needs     Needs
	Post      Post
	Now       func() time.Time
	Random    io.Reader
	Stretch   consent.Stretch
	// Destroy destroys the keys that were given up.
	Destroy func() error
}

// Withdrawals is the unit.
type Withdrawals struct{ c Config }

var _ handoff.Unit = (*Withdrawals)(nil)

// New makes the unit. It has no side effects.
func New(c Config) *Withdrawals { return &Withdrawals{c} }

// Taken is what was taken back.
type Taken struct {
	Back []referral.View // referrals
	Own  int             // what was taken over into this agency's own record and is destroyed
	// Kept is how much of that is not, for a paper came and counsel was not asked.
	Kept int
	// Remain are cases into which something of it was taken over, under a consent
	// that goes on.
	Remain []string
	// Thirds are agencies to which some of it may have been passed on: they were told.
	Thirds []posada.AgencyID
}

// OfCase is her word at the agency that collected her consent: it ends what she
// agreed to and takes back what was shared, from one agency or, where from is
// empty, from all. What was shared never waits. Where counsel is to be asked and a paper
// came in the case, this agency's own record of it does: to destroy what is asked for
// may be a crime, and whether it is, is for counsel to say.
func (w *Withdrawals) OfCase(ctx context.Context, by handoff.Asker, label string, from posada.AgencyID, askCounsel bool) (t Taken, err error) {
	err = w.done(func(tx *vault.Tx) error {
		of, err := w.c.Cases.Work(ctx, tx, by, label)
		if err != nil {
			return err
		}
		before, err := w.c.Records.Count(tx, of)
		if err != nil {
			return err
		}
		papered, err := w.c.Cases.Papered(tx, of.Label)
		if err != nil {
			return err
		}
		back := consent.TakenBack{Label: of.Label, From: from, By: by.ID}
		if askCounsel && papered && before > 0 {
			switch from {
			case w.c.Agency: // nothing else is taken back by it
				return fault.New(fault.Conflict, fault.OwnPaperCame, "case", of.Label)
			case "":
				back.Spares = w.c.Agency
			}
		}
		if t.Back, t.Thirds, err = w.heard(tx, back); err != nil {
			return err
		}
		left, err := w.c.Records.Count(tx, of)
		t.Own = before - left
		if back.Spares != "" {
			t.Kept = left
		}
		return err
	})
	return t, err
}

// heard is her word, said here and now: of all that is agreed to.
func (w *Withdrawals) heard(tx *vault.Tx, back consent.TakenBack) (views []referral.View, thirds []posada.AgencyID, err error) {
	if back.Said, err = w.c.Consents.Newest(tx, back.Label); err != nil {
		return nil, nil, err
	}
	if thirds, err = w.tellThirds(tx, back); err != nil {
		return nil, nil, err
	}
	views, err = w.collected(tx, back)
	return views, thirds, err
}

func (w *Withdrawals) collected(tx *vault.Tx, back consent.TakenBack) ([]referral.View, error) {
	if err := w.c.Consents.Withdraw(tx, back); err != nil {
		return nil, err
	}
	if !back.Former {
		if err := w.c.Needs.WithdrawOf(tx, back.Label, back.From); err != nil {
			return nil, err
		}
	}
	return w.c.Referrals.WithdrawSent(tx, back)
}

// OfReferral is her word about one referral. Where it came in, all that its source
// shared of her with us is destroyed, and the source is told; where we sent it, she
// takes back what that agency has. What was taken over of it into a record of our own
// is under a consent of its own, and stays.
func (w *Withdrawals) OfReferral(ctx context.Context, by handoff.Asker, id posada.ReferralID) (t Taken, err error) {
	err = w.done(func(tx *vault.Tx) error {
		if back, passed, err := w.c.Referrals.WithdrawPassedOn(ctx, tx, by, id); err != nil || passed {
			t.Back = back
			return err
		}
		label, peer, err := w.c.Referrals.SourceOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if label == "" {
			if t.Back, err = w.c.Referrals.WithdrawReceived(ctx, tx, by, id); err != nil || len(t.Back) == 0 {
				return err
			}
			// All of them are of one person, as their source calls her.
			t.Remain, err = w.c.Records.Remain(ctx, tx, by, peer, t.Back[0].Alias)
			return err
		}
		if _, err := w.c.Cases.Work(ctx, tx, by, label); err != nil {
			return err
		}
		t.Back, t.Thirds, err = w.heard(tx, consent.TakenBack{Label: label, From: peer, By: by.ID})
		return err
	})
	return t, err
}

// ByCode passes her code on: to each member its own secret, or to one alone. What
// is here goes at once. Whether there was anything, here or elsewhere, is told to
// nobody who has only the code. Bodies to be feared are sent nothing: whoever
// shared something with one takes that back itself.
func (w *Withdrawals) ByCode(by handoff.Asker, code consent.Code, from posada.AgencyID) error {
	members := w.c.Members.Get()
	if a, err := members.Agency(from); err == nil && a.Class.Distrusted() && from != w.c.Agency {
		return fault.New(fault.Invalid, fault.WithdrawFeared)
	}
	secret := w.c.Stretch(code, members.Network())
	return w.done(func(tx *vault.Tx) error {
		for _, a := range members.Agencies() {
			if from != "" && a.ID != from {
				continue
			}
			own := secret.WithdrawalSecret(a.ID)
			if a.ID == w.c.Agency {
				if err := w.ours(tx, "", own, w.c.Now()); err != nil {
					return err
				}
				continue
			}
			if a.Class.Distrusted() {
				continue
			}
			e, err := event.Withdrawal(w.c.Random, event.Withdrawn{Secret: own}, w.c.Now())
			if err != nil {
				return err
			}
			if err := w.c.Post.Enqueue(tx, a.ID, e, vault.KeyID{}); err != nil {
				return err
			}
		}
		return audit.Append(tx, audit.Entry{At: w.c.Now(), By: by.ID, Act: audit.CodePassedOn, Peer: from})
	})
}

// ours does what a secret that is our own asks for, if it is anybody's.
func (w *Withdrawals) ours(tx *vault.Tx, from posada.AgencyID, secret [32]byte, said time.Time) error {
	back, err := w.c.Consents.Withdrawable(tx, secret, said)
	if err != nil {
		return err
	}
	if back.Label != "" {
		if _, err := w.collected(tx, back); err != nil {
			return err
		}
		from = "" // it was somebody's
	}
	return w.c.Referrals.WithdrawCommitted(tx, from, sha256.Sum256(secret[:]))
}

// done runs a withdrawal and has its effect seen to.
func (w *Withdrawals) done(do func(tx *vault.Tx) error) error {
	if err := w.c.Vault.Update(do); err != nil {
		return err
	}
	w.c.Post.Review()
	if err := w.c.Destroy(); err != nil {
		// It is tried again by itself, and said to whoever shared it when it is so.
		return fault.New(fault.Unavailable, fault.NotDestroyed).Because(err)
	}
	return nil
}

// refusedWithdrawal is said of a withdrawal that cannot be read (pkg/i18n, aside.*).
const refusedWithdrawal = "withdrawal"

// Handle takes in a secret that somebody passed on.
func (w *Withdrawals) Handle(_ context.Context, tx *vault.Tx, in handoff.Incoming) error {
	var said event.Withdrawn
	if err := in.Statement.Read(&said); err != nil {
		return handoff.Refuse(refusedWithdrawal, err)
	}
	w.c.Post.ReviewLater()
	return w.ours(tx, in.From, said.Secret, consent.SaidElsewhere(in.Statement.Time(), w.c.Now().UTC()))
}

// Recheck: a withdrawal goes to every member, when it can be reached.
func (w *Withdrawals) Recheck(_ context.Context, _ *vault.Tx, to posada.AgencyID, _ event.Event) (handoff.Verdict, error) {
	switch w.c.Members.Get().Standing(to) {
	case posada.StandingActive, posada.StandingJoining:
		return handoff.Send, nil
	case posada.StandingSuspended:
		return handoff.Wait, nil
	}
	return handoff.Stop, nil // it can be reached no more
}

// Settled has nothing to note: whoever passes a code on learns nothing.
func (*Withdrawals) Settled(*vault.Tx, posada.AgencyID, event.Event, handoff.Ending) error {
	return nil
}
