package consents

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// anew is what is said by whoever agrees to what was asked: no lines.
func anew() consent.Record {
	r := agreed()
	r.Allowances, r.Excluded, r.Services, r.TextVersion = nil, 0, 0, "2"
	return r
}

// put asks, and lets a minute pass.
func (b *bench) put(t testing.TB, label string, said posada.ConsentStatus, r consent.Record) consent.Filed {
	t.Helper()
	kept, err := b.Ask(t.Context(), worker(), label, said, r)
	must(t, err)
	b.now = b.now.Add(time.Minute)
	return kept
}

// governs is the status of what governs legal aid in a case.
func (b *bench) governs(t testing.TB, label string) (s posada.ConsentStatus) {
	t.Helper()
	b.view(t, func(tx *vault.Tx) {
		r, _, err := b.For(tx, label, legal(), posada.PurposeLegal)
		must(t, err)
		s = r.Status()
	})
	return s
}

// kept is a record as it lies in the vault.
func (b *bench) kept(t testing.TB, id posada.ConsentID) (text []byte) {
	t.Helper()
	b.view(t, func(tx *vault.Tx) {
		r, err := records.Get(tx, string(id))
		must(t, err)
		text, err = json.Marshal(r)
		must(t, err)
	})
	return text
}

// Of somebody who was asked and did not say yes nothing is kept but what was asked,
// and who heard the answer.
func TestOfAQuestionOnlyWhatWasAskedIsKept(t *testing.T) {
	b := newBench(t)
	at := b.now
	for _, said := range consent.Questions() {
		f := b.put(t, "", said, agreed())
		want := consent.Record{
			ID: f.Record.ID, Case: f.Record.Case, Allowances: agreed().Allowances, Excluded: agreed().Excluded, Services: agreed().Services,
			Given: at, History: []consent.StatusChange{{Status: said, At: at, By: ana()}},
		}
		text, err := json.Marshal(want)
		must(t, err)
		if got := b.kept(t, f.Record.ID); !bytes.Equal(got, text) {
			t.Errorf("%s: kept\n%s\nnot\n%s", said, got, text)
		}
		if f.Status != said || f.Due {
			t.Errorf("%s: it is %s, due %v", said, f.Status, f.Due)
		}
		at = b.now
	}
	for _, said := range []posada.ConsentStatus{posada.ConsentGiven, posada.ConsentRenewed, posada.ConsentExpired, posada.ConsentWithdrawn, posada.ConsentUnknown, ""} {
		if _, err := b.Ask(t.Context(), worker(), "", said, agreed()); fault.From(err).Key != fault.ConsentAnswer {
			t.Errorf("%q: %v", said, err)
		}
	}
	nobody := agreed()
	nobody.Allowances = nil
	if _, err := b.Ask(t.Context(), worker(), "", posada.ConsentRefused, nobody); fault.From(err).Key != fault.ConsentContradictsItself {
		t.Errorf("nobody is named: %v", err)
	}
}

// TestWhatIsSaidLastCounts: no and not now beat an earlier yes and have what waits
// decided again, though the clock went back; to ask does not.
func TestWhatIsSaidLastCounts(t *testing.T) {
	for _, passes := range []time.Duration{time.Hour, 0, -time.Hour} {
		b := newBench(t)
		changed := 0
		b.c.Changed = func() { changed++ }
		first := b.add(t, "", agreed())
		if b.put(t, "", posada.ConsentRefused, agreed()); changed != 2 {
			t.Errorf("a yes and a no, and it is decided again %d times", changed)
		}
		question := b.put(t, first.Label, posada.ConsentRequested, agreed())
		if s := b.governs(t, first.Label); s != posada.ConsentGiven {
			t.Errorf("asked, and what governs is %s", s)
		}
		b.now = b.now.Add(passes)
		for i, said := range []posada.ConsentStatus{posada.ConsentDeferred, posada.ConsentRequested, posada.ConsentRefused} {
			changed = 0
			f, err := b.Answer(t.Context(), worker(), question.Record.ID, said)
			if err != nil || f.Status != said || len(f.Record.History) != i+2 || changed != 1 {
				t.Fatalf("%s: %s after %d steps, %v; decided again %d times", said, f.Status, len(f.Record.History), err, changed)
			}
			if s := b.governs(t, first.Label); s != said {
				t.Errorf("%s, and what governs is %s", said, s)
			}
			shown, err := b.Show(t.Context(), worker(), first.Record.ID)
			if err != nil || len(shown.NoMore) != 1 {
				t.Errorf("%s: of the first %d lines are no more, %v", said, len(shown.NoMore), err)
			}
			b.add(t, "", agreed()) // another case's changes nothing
			if said == posada.ConsentDeferred {
				b.now = b.now.Add(passes)
			}
		}
		b.reopen(t)
		if s := b.governs(t, first.Label); s != posada.ConsentRefused {
			t.Errorf("after a restart %s governs", s)
		}
		for _, said := range posada.Members[posada.ConsentStatus]() {
			if _, err := b.Answer(t.Context(), worker(), question.Record.ID, said); err == nil {
				t.Errorf("after no, %s", said)
			}
		}
		if _, err := b.Agree(t.Context(), worker(), question.Record.ID, "", 0, anew()); fault.From(err).Key != fault.ConsentOver {
			t.Errorf("after no, yes: %v", err)
		}
		b.add(t, first.Label, agreed())
		if s := b.governs(t, first.Label); s != posada.ConsentGiven {
			t.Errorf("a new one after no: %s governs", s)
		}
	}
}

// TestAYesToAQuestionIsAConsentLikeAny: given now, for its own time, with all that a
// consent needs; what is not whole, or more than was asked, changes nothing.
func TestAYesToAQuestionIsAConsentLikeAny(t *testing.T) {
	b := newBench(t)
	question := b.put(t, "", posada.ConsentDeferred, agreed())
	b.now = b.now.Add(48 * time.Hour)
	other := b.add(t, question.Label, agreed())
	before, entries := b.kept(t, question.Record.ID), b.entries(t)
	for name, c := range map[string]struct {
		label  string
		life   time.Duration
		change func(*consent.Record)
		want   fault.Key
	}{
		"no form":          {"", 0, func(r *consent.Record) { r.Form = consent.Digest{} }, fault.ConsentContradictsItself},
		"no text":          {"", 0, func(r *consent.Record) { r.TextVersion = "" }, fault.ConsentContradictsItself},
		"91 days":          {"", consent.MaxLife + 24*time.Hour, func(*consent.Record) {}, fault.ConsentContradictsItself},
		"before it is":     {"", 0, func(r *consent.Record) { r.NotBefore = b.now.Add(-time.Hour) }, fault.ConsentContradictsItself},
		"bars what it has": {"", 0, func(r *consent.Record) { r.Excluded = posada.SetOf(posada.CategoryNeeds) }, fault.ConsentContradictsItself},
		"more":             {"", 0, func(r *consent.Record) { r.Allowances = both().Allowances }, fault.ConsentWider},
		"another case":     {"wren-10", 0, func(*consent.Record) {}, fault.ConsentOtherCase},
	} {
		said := anew()
		c.change(&said)
		if _, err := b.Agree(t.Context(), worker(), question.Record.ID, c.label, c.life, said); fault.From(err).Key != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(b.kept(t, question.Record.ID), before) || b.entries(t) != entries {
		t.Error("something was changed")
	}
	said := anew()
	said.ID, said.Case, said.History = posada.ConsentID(agency(50)), posada.CaseID(agency(51)), agreed().History
	said.OptIn = consent.OptInRecord{AskedAt: b.now.Add(-48 * time.Hour), Counsel: true, By: ana()}
	got, err := b.Agree(t.Context(), worker(), question.Record.ID, question.Label, 0, said)
	if err != nil || got.Status != posada.ConsentGiven || !got.Record.Given.After(other.Record.Given) || !got.Record.Expires.Equal(b.now.Add(consent.DefaultLife)) {
		t.Fatalf("%s, given %v, until %v, %v", got.Status, got.Record.Given, got.Record.Expires, err)
	}
	if r := got.Record; r.TextVersion != "2" || len(r.History) != 2 || r.Case != question.Record.Case || r.OptIn != (consent.OptInRecord{}) || r.Excluded != agreed().Excluded {
		t.Error("it is not what was asked and what was said")
	}
	if _, err := b.Answer(t.Context(), worker(), question.Record.ID, posada.ConsentRefused); fault.From(err).Key != fault.ConsentWasGiven {
		t.Errorf("no, after yes: %v", err)
	}
	if _, err := b.Agree(t.Context(), worker(), question.Record.ID, "", 0, said); fault.From(err).Key != fault.ConsentWasGiven {
		t.Errorf("yes, after yes: %v", err)
	}
}

// TestToTakeAllBackEndsWhatWasAsked: a case whose questions are open, put off or
// refused can be taken back and destroyed like any; the refusal stays one.
func TestToTakeAllBackEndsWhatWasAsked(t *testing.T) {
	b := newBench(t)
	open := b.put(t, "", posada.ConsentRequested, both())
	late, refused := b.put(t, open.Label, posada.ConsentDeferred, both()), b.put(t, open.Label, posada.ConsentRefused, both())
	if _, err := b.Code(t.Context(), worker(), open.Label); fault.From(err).Key != fault.NoConsentYet {
		t.Errorf("words, though nothing was agreed to: %v", err)
	}
	b.withdraw(t, open.Label, legal())
	for _, id := range []posada.ConsentID{open.Record.ID, late.Record.ID, refused.Record.ID} {
		if f, err := b.Show(t.Context(), worker(), id); err != nil || !slices.Equal(f.Withdrawn, []posada.AgencyID{legal()}) {
			t.Errorf("%d are taken back from, %v", len(f.Withdrawn), err)
		}
	}
	b.withdraw(t, open.Label, "")
	for id, want := range map[posada.ConsentID]posada.ConsentStatus{open.Record.ID: posada.ConsentWithdrawn, late.Record.ID: posada.ConsentWithdrawn, refused.Record.ID: posada.ConsentRefused} {
		f, err := b.Show(t.Context(), worker(), id)
		if err != nil || f.Status != want || f.Due {
			t.Errorf("it is %s, not %s, %v", f.Status, want, err)
		}
		if _, err := b.End(t.Context(), worker(), id, posada.ConsentWithdrawn); fault.From(err).Key != fault.ConsentOver {
			t.Errorf("%s, ended again: %v", want, err)
		}
		if _, err := b.OptIn(t.Context(), worker(), id); fault.From(err).Key != fault.ConsentOver {
			t.Errorf("%s, opted into: %v", want, err)
		}
	}
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := b.c.Cases.Of(tx, open.Label)
		must(t, err)
		if n, err := b.Erase(tx, of); err != nil || n != 3 {
			t.Errorf("%d destroyed, %v", n, err)
		}
		return nil
	}))
	if list, err := b.List(t.Context(), worker()); err != nil || len(list) != 0 {
		t.Errorf("%d are left, %v", len(list), err)
	}
}

// TestAskedBeforeItWasTakenBackAndAgreedToAfterwardsCounts: her yes is newer.
func TestAskedBeforeItWasTakenBackAndAgreedToAfterwardsCounts(t *testing.T) {
	b := newBench(t)
	question := b.put(t, "", posada.ConsentRequested, both())
	b.withdraw(t, question.Label, legal())
	_, err := b.Agree(t.Context(), worker(), question.Record.ID, "", 0, anew())
	must(t, err)
	if named, _ := b.may(t, question.Label, legal()); !named {
		t.Error("what she said afterwards does not count")
	}
}

// TestARenewalLeavesTheOldRecordAsItWas, byte for byte; it is not due any more, and
// the new one governs, with what was told and signed now.
func TestARenewalLeavesTheOldRecordAsItWas(t *testing.T) {
	for _, after := range []time.Duration{consent.DefaultLife - consent.Reminder, consent.DefaultLife + time.Hour} {
		b := newBench(t)
		first := b.add(t, "", agreed())
		must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
			return b.Use(tx, first.Label, legal(), posada.PurposeLegal, posada.EventID(agency(70)))
		}))
		b.now = b.now.Add(after)
		before, changed := b.kept(t, first.Record.ID), 0
		b.c.Changed = func() { changed++ }
		got, err := b.Renew(t.Context(), worker(), first.Record.ID, first.Label, consent.MaxLife, anew())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.kept(t, first.Record.ID), before) {
			t.Error("the old one is another")
		}
		r := got.Record
		if got.Status != posada.ConsentRenewed || r.ID == first.Record.ID || r.Renews != first.Record.ID || r.Case != first.Record.Case || r.TextVersion != "2" || r.Allowances[0].UsedBy != "" || !r.Expires.Equal(b.now.Add(consent.MaxLife)) {
			t.Errorf("it is %s, until %v", got.Status, r.Expires)
		}
		if b.governs(t, first.Label) != posada.ConsentRenewed || changed != 1 {
			t.Errorf("the new one does not govern, or what waits is decided again %d times", changed)
		}
		if f, err := b.Show(t.Context(), worker(), first.Record.ID); err != nil || f.Due {
			t.Errorf("the old one is due, %v", err)
		}
		if _, err := b.Renew(t.Context(), worker(), first.Record.ID, "", consent.MaxLife+time.Hour, anew()); fault.From(err).Key != fault.ConsentContradictsItself {
			t.Errorf("for more than 90 days: %v", err)
		}
		b.view(t, func(tx *vault.Tx) {
			var acts []audit.Act
			must(t, audit.Each(tx, 1, func(_ uint64, e audit.Entry) error { acts = append(acts, e.Act); return nil }))
			if want := []audit.Act{audit.CaseOpened, audit.ConsentRecorded, audit.ConsentRecorded}; !slices.Equal(acts, want) {
				t.Errorf("the account tells %v", acts)
			}
		})
	}
}

// TestARenewalCountsThoughTheClockWentBack: it is what was said last.
func TestARenewalCountsThoughTheClockWentBack(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", agreed())
	b.now = b.now.Add(-time.Hour)
	got, err := b.Renew(t.Context(), worker(), first.Record.ID, "", 0, anew())
	if err != nil || !got.Record.Given.After(first.Record.Given) || b.governs(t, first.Label) != posada.ConsentRenewed {
		t.Errorf("given %v after %v, %s governs, %v", got.Record.Given, first.Record.Given, b.governs(t, first.Label), err)
	}
}

// TestWhatIsOverOrWasNeverGivenIsNotRenewed, nor what was taken back or refused since
// of what still is.
func TestWhatIsOverOrWasNeverGivenIsNotRenewed(t *testing.T) {
	b := newBench(t)
	for _, how := range consent.Endings() {
		f := b.add(t, "", both())
		_, err := b.End(t.Context(), worker(), f.Record.ID, how)
		must(t, err)
		if _, err := b.Renew(t.Context(), worker(), f.Record.ID, "", 0, anew()); fault.From(err).Key != fault.ConsentOver {
			t.Errorf("%s: %v", how, err)
		}
	}
	for said, want := range map[posada.ConsentStatus]fault.Key{
		posada.ConsentRequested: fault.ConsentNotGiven, posada.ConsentDeferred: fault.ConsentNotGiven, posada.ConsentRefused: fault.ConsentOver,
	} {
		f := b.put(t, "", said, both())
		if _, err := b.Renew(t.Context(), worker(), f.Record.ID, "", 0, anew()); fault.From(err).Key != want {
			t.Errorf("%s: %v", said, err)
		}
	}
	taken, no := b.add(t, "", both()), b.add(t, "", both())
	b.withdraw(t, taken.Label, legal())
	b.put(t, no.Label, posada.ConsentRefused, agreed()) // to legal aid alone
	for name, f := range map[string]consent.Filed{"taken back from one": taken, "refused to one": no} {
		got, err := b.Renew(t.Context(), worker(), f.Record.ID, "", 0, anew())
		if err != nil || len(got.Record.Allowances) != 1 || got.Record.Allowances[0].To != shelter() {
			t.Errorf("%s: %d lines, %v", name, len(got.Record.Allowances), err)
		}
	}
	if _, err := b.Renew(t.Context(), worker(), taken.Record.ID, no.Label, 0, anew()); fault.From(err).Key != fault.ConsentOtherCase {
		t.Errorf("into another case: %v", err)
	}
}

// TestWhoseWorkItIsNotAnswersAndRenewsNothing, and is told nothing.
func TestWhoseWorkItIsNotAnswersAndRenewsNothing(t *testing.T) {
	b := newBench(t)
	question := b.put(t, "", posada.ConsentRequested, agreed())
	first := b.add(t, question.Label, agreed())
	entries := b.entries(t)
	for name, by := range map[string]handoff.Asker{
		"an advocate elsewhere": {ID: posada.IDFrom[posada.StaffID]([16]byte{8}), Roles: posada.SetOf(posada.RoleAdvocate)},
		"an auditor":            {ID: posada.IDFrom[posada.StaffID]([16]byte{7}), Roles: posada.SetOf(posada.RoleAuditor)},
	} {
		_, answered := b.Answer(t.Context(), by, question.Record.ID, posada.ConsentRefused)
		_, agreedTo := b.Agree(t.Context(), by, question.Record.ID, "", 0, anew())
		_, renewed := b.Renew(t.Context(), by, first.Record.ID, "", 0, anew())
		_, absent := b.Renew(t.Context(), by, posada.ConsentID(agency(50)), "", 0, anew())
		for what, err := range map[string]error{"answers": answered, "agrees": agreedTo, "renews": renewed, "renews none": absent} {
			if fault.From(err).Key != fault.NothingThere || fault.From(err).Code != fault.Withheld {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
	if b.entries(t) != entries {
		t.Error("something was done")
	}
}
