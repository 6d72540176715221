package referrals

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Why something is not admitted, as people are told it (pkg/i18n, aside.*).
const (
	refusedGrant       = "grant"
	refusedContent     = "referral_content"
	refusedObligations = "obligations"
	refusedPolicy      = "not_covered"
	refusedSubject     = "unknown_referral"
	refusedMark        = "mark"
	refusedTime        = "time"
	refusedUnheard     = "issuer_unheard"
	refusedQuestion    = "question"
	refusedAnswer      = "answer"
)

// How far the time a statement or a mark says of itself may be from now: ahead
// as far as clocks may differ, back as far as what waits may wait.
const (
	mostAhead = 10 * time.Minute
	mostBack  = consent.MaxLife + 30*24*time.Hour
)

func (r *Referrals) timely(at time.Time) bool {
	now := r.c.Now()
	return at.Before(now.Add(mostAhead)) && at.After(now.Add(-mostBack))
}

// Handle takes in a referral, a state the other side set, or what it asks or answers.
func (r *Referrals) Handle(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	if in.Statement.Type() != event.TypeMark && !r.timely(in.Statement.Time()) {
		return handoff.Refuse(refusedTime, nil)
	}
	switch in.Statement.Type() {
	case event.TypeReferral:
		return r.takeIn(ctx, tx, in)
	case event.TypeMark:
		return r.takeMark(tx, in)
	case event.TypeShredded:
		return r.takeShredded(tx, in)
	case event.TypeQuestion:
		return r.takeQuestion(tx, in)
	case event.TypeAnswer:
		return r.takeAnswer(ctx, tx, in)
	}
	return handoff.ErrNotAdmitted
}

// takeIn admits a referral under its grant and the policy, and stores it.
func (r *Referrals) takeIn(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	s, now := in.Statement, r.c.Now()
	switch before, err := table.Get(tx, string(s.Subject())); {
	case err == nil && before.Gone && before.Peer == in.From:
		return nil // taken back before it came: nothing of it is kept
	case !errors.Is(err, vault.ErrNotFound):
		return handoff.Refuse(refusedSubject, nil) // an id of somebody else's
	}
	grant, err := consent.ReadGrant(s.Grant(), in.From, r.c.Agency, now, r.c.Members.Get())
	if err != nil {
		return handoff.Refuse(refusedGrant, err)
	}
	if taken, err := r.tookBefore(tx, in, grant); taken || err != nil {
		return err
	}
	var content referral.Content
	if err := errors.Join(s.Read(&content), content.Check()); err != nil {
		return handoff.Refuse(refusedContent, err)
	}
	if s.Obligations() != grant.Obligations {
		return handoff.Refuse(refusedObligations, nil)
	}
	if err := r.admit(ctx, tx, in, content.Purpose, content.Categories(), grant); err != nil {
		return err
	}
	return r.store(tx, in, content, grant)
}

// admit asks the policy whether what came may be taken in. Where all it lacks is
// that its issuer was heard lately, that is awaited: what may have been
// taken back meanwhile is not read.
func (r *Referrals) admit(ctx context.Context, tx *vault.Tx, in handoff.Incoming, purpose posada.Purpose, carried posada.Set[posada.Category], grant consent.Grant) error {
	heard, err := r.c.Post.Vouches(tx, in.From, in.Came)
	if err != nil {
		return err
	}
	asks := pdp.Reception{
		Sender:  r.party(in.From),
		Self:    r.party(r.c.Agency),
		Purpose: purpose, Carried: carried,
		Grant:     pdp.GrantFacts{Window: grant.Window(r.c.Now()), Purpose: grant.Purpose, Categories: grant.Categories},
		Staleness: r.c.Post.Staleness(), Issuer: heard,
	}
	admission, err := r.c.Decide.Receive(ctx, asks)
	if err != nil || admission.Admits(carried) {
		return err
	}
	switch unheard, err := r.onlyUnheard(ctx, asks); {
	case err != nil:
		return err
	case unheard:
		return handoff.AwaitWord(refusedUnheard)
	}
	return handoff.Refuse(refusedPolicy, nil)
}

// store keeps what was admitted, under a key of its own.
func (r *Referrals) store(tx *vault.Tx, in handoff.Incoming, content referral.Content, grant consent.Grant) error {
	s := in.Statement
	key, err := tx.NewKey()
	if err != nil {
		return err
	}
	if err := r.index(tx, grant.Withdrawal, s.Subject()); err != nil {
		return err
	}
	if err := table.Put(tx, string(s.Subject()), key, kept{
		ID: s.Subject(), Peer: in.From, Key: key, Sent: s.Time(), Copy: referral.Received(s.Time()),
		Content: content, Obligations: grant.Obligations, Grant: s.Grant(), Alias: grant.Subject, Commitment: grant.Withdrawal, Purpose: content.Purpose, Given: grant, Came: in.Came,
	}); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.ReferralTaken, Referral: s.Subject(), Event: s.ID(), Peer: in.From,
		Shared: content.Categories(), Policy: r.c.Policy.Get().Digest(),
	})
}

// tookBefore takes in what comes under a commitment that was withdrawn: nothing of it
// is kept but that there was something, and its source is told.
func (r *Referrals) tookBefore(tx *vault.Tx, in handoff.Incoming, grant consent.Grant) (taken bool, err error) {
	at, err := burned.Get(tx, burnedName(grant.Withdrawal))
	if errors.Is(err, vault.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, do, err := referral.Took(in.Statement.Time(), at)
	if err != nil {
		return false, err
	}
	_, err = r.done(tx, "", kept{ID: in.Statement.Subject(), Peer: in.From, Sent: in.Statement.Time(), Copy: c}, do)
	return true, err
}

// index notes under which commitment a referral came.
func (r *Referrals) index(tx *vault.Tx, c consent.Digest, id posada.ReferralID) error {
	ids, err := byCommitment.Get(tx, burnedName(c))
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		return err
	}
	return byCommitment.Put(tx, burnedName(c), vault.KeyID{}, append(ids, id))
}

// unindex forgets that again.
func (r *Referrals) unindex(tx *vault.Tx, k kept) error {
	if k.Commitment == (consent.Digest{}) {
		return nil
	}
	ids, err := byCommitment.Get(tx, burnedName(k.Commitment))
	if errors.Is(err, vault.ErrNotFound) {
		return nil
	}
	ids = slices.DeleteFunc(ids, func(id posada.ReferralID) bool { return id == k.ID })
	if err == nil && len(ids) == 0 {
		return byCommitment.Delete(tx, burnedName(k.Commitment))
	}
	return errors.Join(err, byCommitment.Put(tx, burnedName(k.Commitment), vault.KeyID{}, ids))
}

// takeMark merges a state the other side set into our copy.
func (r *Referrals) takeMark(tx *vault.Tx, in handoff.Incoming) error {
	var m referral.Mark
	unread := in.Statement.Read(&m)
	record, err := table.Get(tx, string(in.Statement.Subject()))
	if vault.Gone(err) && unread == nil && m.State == posada.StateWithdrawnBySurvivor {
		// It was taken back before it came: it is known when it comes.
		record, err = kept{ID: in.Statement.Subject(), Peer: in.From, Sent: m.At, Copy: referral.Never()}, r.ofNothing(tx, in.From)
	}
	if vault.Gone(err) || err == nil && record.Peer != in.From {
		return handoff.Await(refusedSubject, err)
	}
	if err != nil {
		return err
	}
	if unread != nil {
		return handoff.Refuse(refusedMark, unread)
	}
	back := m.State == posada.StateWithdrawnBySurvivor
	switch now := r.c.Now().UTC().Truncate(time.Second); {
	case back && m.At.After(now):
		m.At = now // a clock that is wrong keeps nobody from taking it back
	case !back && (!r.timely(m.At) || !r.timely(in.Statement.Time())):
		return handoff.Refuse(refusedTime, nil)
	}
	var do referral.Do
	if record.Copy, do, err = record.Told(m); err != nil {
		return handoff.Refuse(refusedMark, err)
	}
	_, err = r.done(tx, "", record, do)
	return errors.Join(err, audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.StateSet, Referral: record.ID, Event: in.Statement.ID(), Peer: in.From, State: m.State,
	}))
}

// Recheck decides again before each attempt to send. A disclosure goes only if
// everything it carries is still permitted; a state may always be told to a
// member.
func (r *Referrals) Recheck(ctx context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	switch e.Type() {
	case event.TypeReferral:
	case event.TypeAnswer:
		return r.recheckAnswer(ctx, tx, e)
	case event.TypeQuestion:
		return r.recheckQuestion(tx, to, e)
	default:
		return r.toMember(to), nil
	}
	record, err := r.ofEvent(tx, e.ID())
	if vault.Gone(err) {
		return handoff.Stop, nil
	}
	if err != nil {
		return handoff.Stop, err
	}
	if !record.Lives() {
		return handoff.Stop, nil
	}
	d := referral.Draft{Case: record.Case, Of: record.Of, To: to, Content: record.Content}
	consented, _, permit, err := r.decide(ctx, tx, all(d), e.ID(), leaves)
	if err != nil {
		return handoff.Stop, err
	}
	asked := d.Content.Categories()
	switch {
	case consented.ID != record.Consent || !slices.Equal(consented.Onward(to, d.Content.Purpose), record.Onward):
		// She agreed anew, or to nobody beyond them: the grant that waits says
		// what was so before.
		return handoff.Stop, nil
	case !permit.Covers(asked) && onlyStale(permit, asked):
		return handoff.Wait, r.askSharer(tx, record)
	case !permit.Covers(asked) || permit.RetainDays() < record.RetainDays:
		return handoff.Stop, nil
	}
	return handoff.Send, nil
}

// about is the referral that a statement is about, where whoever sent it is its other end and
// we are on this side.
func about(tx *vault.Tx, in handoff.Incoming, side referral.Side) (kept, error) {
	k, err := table.Get(tx, string(in.Statement.Subject()))
	if vault.Gone(err) || err == nil && (k.Peer != in.From || k.Side != side) {
		return kept{}, handoff.Refuse(refusedSubject, err)
	}
	return k, err
}

// toMember lets go what may always be told to a member.
func (r *Referrals) toMember(to posada.AgencyID) handoff.Verdict {
	if r.c.Members.Get().Standing(to) == posada.StandingActive {
		return handoff.Send
	}
	return handoff.Wait
}

// onlyStale reports whether all that is missing is a fresh word, from the hub or from
// whoever shared what is passed on.
func onlyStale(permit pdp.Permit, asked posada.Set[posada.Category]) bool {
	for _, c := range asked.List() {
		for _, lack := range permit.Unmet(c) {
			if lack != "T22" && lack != "O.fresh" && lack != "O.issuer" {
				return false
			}
		}
	}
	return true
}

// Settled notes that a disclosure was receipted, or that it was stopped: the
// referral expires, unless it was taken back already. One that was stopped too
// late is both: what was read is said to have been read.
func (r *Referrals) Settled(tx *vault.Tx, to posada.AgencyID, e event.Event, how handoff.Ending) error {
	record, err := r.ofEvent(tx, e.ID())
	if vault.Gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if record.Event != e.ID() {
		return r.settleAnswer(tx, record, e.ID(), how)
	}
	act := audit.Delivered
	if how == handoff.Receipted {
		record.Copy = record.Arrived(r.c.Now())
	} else {
		act, record.Copy = audit.Stopped, record.Ended(r.c.Now())
	}
	if err := table.Put(tx, string(record.ID), record.Key, record); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: r.c.Now(), Act: act, Referral: record.ID, Event: e.ID(), Peer: to})
}

func (r *Referrals) ofEvent(tx *vault.Tx, id posada.EventID) (kept, error) {
	subject, err := byEvent.Get(tx, string(id))
	if err != nil {
		return kept{}, err
	}
	return table.Get(tx, string(subject))
}
