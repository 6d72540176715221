package referrals

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// agreed is what the person agreed to, as a test changes it.
type agreed struct {
	widest
	change func(*consent.Record)
}

func (a agreed) For(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, vault.KeyID, error) {
	r, key, err := a.widest.For(tx, label, to, purpose)
	if a.change != nil {
		a.change(&r)
	}
	return r, key, err
}

// folder is the one case there is.
type folder struct{ assigned []posada.StaffID }

func (f folder) Of(*vault.Tx, string) (handoff.Case, error) {
	return handoff.Case{Assigned: f.assigned}, nil
}

func (f folder) Work(context.Context, *vault.Tx, handoff.Asker, string) (handoff.Case, error) {
	return handoff.Case{Assigned: f.assigned}, nil
}

// askBench is a unit that sent a shelter one referral, which covers what is needed, how to
// reach the person and who is with them, and was asked three things, of which the last is
// not within that.
func askBench(t *testing.T, now *time.Time) (r *Referrals, o *outbox, k kept) {
	t.Helper()
	r, o = unit(t, now), &outbox{hub: posada.StalenessLive, heard: posada.StalenessLive}
	r.c.Post, r.c.Agency, r.c.Cases = o, invented.ID(1), folder{[]posada.StaffID{staff(1).ID}}
	shelter := invented.New(t, 2, *now)
	shelter.Member.Class = posada.ClassShelter
	r.c.Members = roster.NewCurrent(invented.Roster(t, invented.New(t, 1, *now), shelter))
	r.c.Consents = agreed{widest: widest{to: invented.ID(2), now: *now}}
	content := referral.Content{
		Purpose: posada.PurposeShelter, Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"psd_SafeContact": "Before noon", "psd_Household": "A child"}}},
	}
	k = kept{
		ID: posada.IDFrom[posada.ReferralID]([16]byte{7}), Peer: invented.ID(2), Copy: referral.Sent(*now), Sent: *now, Case: "heron-3",
		Purpose: content.Purpose, Content: content, Grant: "a.b.c", Event: posada.IDFrom[posada.EventID]([16]byte{6}),
		Obligations: consent.Obligations{RetainUntil: now.Add(48 * time.Hour).Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure},
	}
	if err := r.c.Vault.Update(func(tx *vault.Tx) (err error) {
		if k.Key, err = tx.NewKey(); err != nil {
			return err
		}
		if k, err = withTalk(tx, k); err != nil {
			return err
		}
		var talk question.Talk
		for i, word := range []posada.Question{posada.AskStillNeeded, posada.AskWhoComes, posada.AskDocuments} {
			if talk, err = talk.Ask(question.Asking{ID: qid(i), Asks: word, Note: "Invented"}, *now); err != nil {
				return err
			}
		}
		return keepTalk(tx, k, talk)
	}); err != nil {
		t.Fatal(err)
	}
	return r, o, k
}

func qid(n int) posada.QuestionID { return posada.IDFrom[posada.QuestionID]([16]byte{byte(n), 9}) }

// TestAnAnswerIsDecidedOnBeforeEachAttempt: it goes while the referral counts, its consent
// is the one of then, and policy permits what it tells.
func TestAnAnswerIsDecidedOnBeforeEachAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		consent func(*consent.Record)
		kept    func(*kept)
		hub     posada.Staleness
		want    handoff.Verdict
	}{
		"as it was": {want: handoff.Send},
		"taken back": {consent: func(r *consent.Record) {
			r.History = append(r.History, consent.StatusChange{Status: posada.ConsentWithdrawn})
		}},
		"agreed anew":            {consent: func(r *consent.Record) { r.ID = posada.IDFrom[posada.ConsentID]([16]byte{1}) }},
		"withheld from all":      {consent: func(r *consent.Record) { r.Excluded = posada.SetOf(posada.CategoryHousehold) }},
		"less is agreed to":      {consent: func(r *consent.Record) { r.Allowances[0].Categories = posada.SetOf(posada.CategoryNeeds) }},
		"the agency is excluded": {consent: func(r *consent.Record) { r.ExcludedAgencies = []posada.AgencyID{invented.ID(2)} }},
		"for one referral, this": {consent: func(r *consent.Record) {
			r.Allowances[0].SingleUse, r.Allowances[0].UsedBy = true, posada.IDFrom[posada.EventID]([16]byte{6})
		}, want: handoff.Send},
		"for one, another": {consent: func(r *consent.Record) {
			r.Allowances[0].SingleUse, r.Allowances[0].UsedBy = true, posada.IDFrom[posada.EventID]([16]byte{5})
		}},
		"held no longer":          {kept: func(k *kept) { k.Obligations.RetainUntil = k.Sent.Unix() }},
		"recalled":                {kept: func(k *kept) { k.Life.Source = append(k.Life.Source, referral.Mark{State: posada.StateRecalled, N: 4}) }},
		"the grant covers it not": {kept: func(k *kept) { k.Content.Records = nil }},
		"the hub is away":         {hub: posada.StalenessStale, want: handoff.Wait},
	} {
		now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
		r, o, k := askBench(t, &now)
		she := staff(1, posada.RoleAdvocate)
		if _, err := r.Answer(t.Context(), she, k.ID, question.Answering{ID: qid(1), Says: posada.AnswerChildren, Note: "Invented"}); err != nil {
			t.Fatal(err)
		}
		o.hub = c.hub
		if c.hub == "" {
			o.hub = posada.StalenessFresh
		}
		r.c.Consents = agreed{widest{to: invented.ID(2), now: now}, c.consent}
		var verdict handoff.Verdict
		if err := r.c.Vault.Update(func(tx *vault.Tx) (err error) {
			k, err := table.Get(tx, string(k.ID))
			if err != nil {
				return err
			}
			if c.kept != nil {
				c.kept(&k)
			}
			if err = table.Put(tx, string(k.ID), k.Key, k); err == nil {
				verdict, err = r.Recheck(t.Context(), tx, k.Peer, o.queued[len(o.queued)-1])
			}
			return err
		}); err != nil || verdict != c.want {
			t.Errorf("%s: %v, %v", name, verdict, err)
		}
	}
}

// TestAnAnswerOutsideTheGrantIsRefused: whatever she agrees to now, and though policy
// permits it; that nothing is said can be said.
func TestAnAnswerOutsideTheGrantIsRefused(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, o, k := askBench(t, &now)
	she := staff(1, posada.RoleAdvocate)
	if _, err := r.Answer(t.Context(), she, k.ID, question.Answering{ID: qid(2), Says: posada.AnswerYes}); fault.From(err).Key != fault.AnswerUncovered || len(o.queued) != 0 {
		t.Errorf("%v, %d queued", err, len(o.queued))
	}
	v, err := r.Answer(t.Context(), she, k.ID, question.Answering{ID: qid(2), Says: posada.AnswerNotSaid})
	if err != nil || len(o.queued) != 1 || v.Open != 2 || o.queued[0].Type() != event.TypeAnswer {
		t.Errorf("%v, %d queued, %d open", err, len(o.queued), v.Open)
	}
}

// TestWhoSeesAndAnswersAQuestion: those whose work it is, and of others who sees its
// category; whoever is not to know of the referral is told of no question.
func TestWhoSeesAndAnswersAQuestion(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	all := []posada.Question{posada.AskStillNeeded, posada.AskWhoComes, posada.AskDocuments}
	for name, c := range map[string]struct {
		by   handoff.Asker
		sees []posada.Question
		key  fault.Key // of the answer
	}{
		"whose work it is":       {staff(1, posada.RoleAdvocate), all, ""},
		"a coordinator":          {staff(2, posada.RoleCoordinator), all[:1], fault.NotYours},
		"a colleague":            {staff(2, posada.RoleAdvocate), nil, fault.NothingThere},
		"a volunteer":            {staff(2, posada.RoleVolunteerScreener), nil, fault.NothingThere},
		"an advocate of before":  {staff(1, posada.RoleAuditor), nil, fault.NothingThere},
		"somebody without roles": {staff(1), nil, fault.NothingThere},
	} {
		r, o, k := askBench(t, &now)
		v, err := r.Show(t.Context(), c.by, k.ID)
		var sees []posada.Question
		for _, q := range v.Questions {
			sees = append(sees, q.Asks)
		}
		if !slices.Equal(sees, c.sees) || (err == nil) != (c.sees != nil) || err == nil && (v.Open != len(sees) || v.More != (len(sees) < len(all))) {
			t.Errorf("%s: sees %v, %d open, more %v, %v", name, sees, v.Open, v.More, err)
		}
		list, err := r.List(t.Context(), c.by)
		if err != nil || (len(list) == 1) != (c.sees != nil) || len(list) == 1 && (list[0].Questions != nil || list[0].Open != len(c.sees)) {
			t.Errorf("%s: lists %d, %v", name, len(list), err)
		}
		here, there, err := r.Asked(t.Context(), c.by)
		if err != nil || here != len(c.sees) || there != 0 {
			t.Errorf("%s: %d are to be answered, %d awaited, %v", name, here, there, err)
		}
		_, err = r.Answer(t.Context(), c.by, k.ID, question.Answering{ID: qid(0), Says: posada.AnswerYes})
		if (err == nil) != (c.key == "") || err != nil && fault.From(err).Key != c.key || (len(o.queued) == 1) != (err == nil) {
			t.Errorf("%s answers: %v, %d queued", name, err, len(o.queued))
		}
	}
}

// TestNobodyToBeFearedAsks: not though the person gave it something, with counsel.
func TestNobodyToBeFearedAsks(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, _, k := askBench(t, &now)
	she := staff(1, posada.RoleAdvocate)
	if _, err := r.Answer(t.Context(), she, k.ID, question.Answering{ID: qid(0), Says: posada.AnswerYes}); err != nil { // there is room for one more
		t.Fatal(err)
	}
	asked, err := event.Question(r.c.Random, k.under(), question.Asking{ID: qid(5), Asks: posada.AskAnimal}, now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := asked.In(k.Peer, event.Place{Seq: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		class posada.AgencyClass
		want  error
	}{{posada.ClassLawEnforcement, handoff.ErrNotAdmitted}, {posada.ClassShelter, errTaken}, {posada.ClassLawEnforcement, handoff.ErrNotAdmitted}} {
		peer := invented.New(t, 2, now)
		peer.Member.Class = c.class
		r.c.Members = roster.NewCurrent(invented.Roster(t, invented.New(t, 1, now), peer))
		if err := r.c.Vault.Update(func(tx *vault.Tx) error {
			if err := r.Handle(t.Context(), tx, handoff.Incoming{From: k.Peer, Statement: s, Came: now}); err != nil {
				return err
			}
			return errTaken // and nothing is kept
		}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.class, err)
		}
	}
	if _, err := r.Answer(t.Context(), she, k.ID, question.Answering{ID: qid(1), Says: posada.AnswerAlone}); fault.From(err).Key != fault.AskOver {
		t.Errorf("%v", err)
	}
	if n, err := r.AskedSoon(); n != 0 || err != nil {
		t.Errorf("somebody is called for %d, %v", n, err)
	}
}

var errTaken = errors.New("it was taken in")

// TestWhatIsAskedForTonightIsToBeAnsweredSoon, while the referral goes on.
func TestWhatIsAskedForTonightIsToBeAnsweredSoon(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	r, _, k := askBench(t, &now)
	for _, c := range []struct {
		set  posada.ReferralState
		want int
	}{{"", 3}, {posada.StateRecalled, 0}} {
		if c.set != "" {
			if _, err := r.Set(t.Context(), staff(1, posada.RoleAdvocate), k.ID, referral.Mark{State: c.set}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := r.AskedSoon(); n != c.want || err != nil {
			t.Errorf("%q: %d, %v", c.set, n, err)
		}
	}
	if _, err := r.c.Vault.Sweep(); err != nil || !r.destroyed(t, k.Talk) || r.destroyed(t, k.Key) {
		t.Errorf("what was asked is there, or more was destroyed: %v", err)
	}
}
