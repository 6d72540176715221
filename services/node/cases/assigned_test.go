package cases

import (
	"reflect"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

func luz() handoff.Asker         { return asker(10, posada.RoleLegal) }
func coordinator() handoff.Asker { return asker(11, posada.RoleCoordinator) }
func volunteer() handoff.Asker   { return asker(12, posada.RoleVolunteerScreener) }

// works asks whether a case is somebody's work; the error's key where it is not.
func (b *bench) works(t testing.TB, by handoff.Asker, label string) (key fault.Key) {
	t.Helper()
	b.view(t, func(tx *vault.Tx) {
		if _, err := b.Work(t.Context(), tx, by, label); err != nil {
			key = fault.From(err).Key
		}
	})
	return key
}

func (b *bench) labels(t testing.TB, by handoff.Asker) (labels []string) {
	t.Helper()
	list, err := b.List(t.Context(), by)
	must(t, err)
	for _, l := range list {
		labels = append(labels, l.Label)
	}
	return labels
}

// A case is the work of whoever opened it and of nobody else: a colleague is told
// what she is told of a case that is not there, a coordinator that it is not hers.
func TestACaseIsTheWorkOfWhoeverOpenedIt(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	for name, c := range map[string]struct {
		by   handoff.Asker
		want fault.Key
		sees bool
	}{
		"she":              {worker(), "", true},
		"a colleague":      {luz(), fault.UnknownCase, false},
		"a coordinator":    {coordinator(), fault.NotAssigned, true},
		"a volunteer":      {volunteer(), fault.UnknownCase, false},
		"an auditor":       {asker(13, posada.RoleAuditor), fault.UnknownCase, false},
		"nobody":           {handoff.Asker{}, fault.UnknownCase, false},
		"her id, no role":  {asker(9), fault.UnknownCase, false},
		"her id, auditing": {asker(9, posada.RoleAuditor, posada.RoleAgencyAdmin), fault.UnknownCase, false},
	} {
		if got := b.works(t, c.by, of); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		if got := slices.Contains(b.labels(t, c.by), of); got != c.sees {
			t.Errorf("%s finds it among hers: %v", name, got)
		}
	}
}

// What is said of a case that is others' is said of one that is not there.
func TestACaseOfOthersIsAsOneThatIsNotThere(t *testing.T) {
	b := newBench(t)
	theirs := b.start(t).Label
	answers := func(label string) (told []*fault.Error) {
		_, err := b.Exclude(t.Context(), luz(), label, feared())
		told = append(told, fault.From(err))
		_, err = b.Assign(t.Context(), luz(), label, luz(), false)
		told = append(told, fault.From(err))
		b.view(t, func(tx *vault.Tx) {
			_, work := b.Work(t.Context(), tx, luz(), label)
			_, add := b.AddTo(t.Context(), tx, luz(), label)
			told = append(told, fault.From(work), fault.From(add))
		})
		return told
	}
	if there, not := answers(theirs), answers("wren-10"); !reflect.DeepEqual(there, not) {
		t.Errorf("%v, %v", there, not)
	}
	if n := len(b.acts(t)); n != 1 {
		t.Errorf("%d acts", n)
	}
}

func TestACaseIsGivenToAColleagueAndNoted(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	for name, step := range map[string]struct {
		by, to  handoff.Asker
		instead bool
		want    []posada.StaffID
	}{
		"too":                      {worker(), luz(), false, []posada.StaffID{ana(), luz().ID}},
		"to herself again":         {worker(), worker(), false, []posada.StaffID{ana()}},
		"instead":                  {worker(), luz(), true, []posada.StaffID{luz().ID}},
		"a coordinator, to one":    {coordinator(), luz(), false, []posada.StaffID{ana(), luz().ID}},
		"a coordinator, to her":    {coordinator(), coordinator(), false, []posada.StaffID{ana(), coordinator().ID}},
		"a coordinator, all of it": {coordinator(), luz(), true, []posada.StaffID{luz().ID}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			of := b.start(t)
			l, err := b.Assign(t.Context(), step.by, of.Label, step.to, step.instead)
			if err != nil || !slices.Equal(l.Assigned, step.want) {
				t.Fatalf("%v, %v", l.Assigned, err)
			}
			for _, who := range []handoff.Asker{worker(), luz(), coordinator()} {
				if got := b.works(t, who, of.Label) == ""; got != slices.Contains(step.want, who.ID) {
					t.Errorf("%s works on it: %v", who.ID, got)
				}
			}
			act := audit.CaseAssigned
			if step.instead {
				act = audit.CaseHandedOver
			}
			e := b.acts(t)[1]
			if e.Act != act || e.By != step.by.ID || e.Staff != step.to.ID || e.Case != of.ID {
				t.Errorf("%+v", e)
			}
		})
	}
	// Cases are no work of theirs, whoever gives them one.
	for _, to := range []handoff.Asker{volunteer(), asker(13, posada.RoleAuditor), {}} {
		if _, err := b.Assign(t.Context(), worker(), of, to, true); fault.From(err).Key != fault.CannotAssign {
			t.Errorf("%v", err)
		}
	}
	if b.works(t, worker(), of) != "" {
		t.Error("she lost it")
	}
}

// Whom a survivor fears is told to those who work for her, not to a coordinator
// who sees that there is a case.
func TestWhomACaseExcludesIsToldToThoseWhoseWorkItIs(t *testing.T) {
	b := newBench(t)
	of := b.start(t).Label
	_, err := b.Exclude(t.Context(), worker(), of, feared())
	must(t, err)
	for n, by := range map[int]handoff.Asker{1: worker(), 0: coordinator()} {
		list, err := b.List(t.Context(), by)
		if err != nil || len(list) != 1 || len(list[0].Excluded) != n {
			t.Errorf("%d: %+v, %v", n, list, err)
		}
	}
	if l, err := b.Assign(t.Context(), coordinator(), of, luz(), true); err != nil || len(l.Excluded) != 0 {
		t.Errorf("%+v, %v", l, err)
	}
}

// A volunteer begins a case and adds what she hears, until somebody takes it on.
// She reads none of it back.
func TestAVolunteerAddsAndDoesNotReadBack(t *testing.T) {
	b := newBench(t)
	begun, err := b.Start(volunteer())
	must(t, err)
	if len(begun.Assigned) != 0 || len(b.labels(t, volunteer())) != 0 || b.works(t, volunteer(), begun.Label) != fault.UnknownCase {
		t.Error("she reads it back")
	}
	l, err := b.Exclude(t.Context(), volunteer(), begun.Label, feared())
	if err != nil || len(l.Excluded) != 0 {
		t.Errorf("%+v, %v", l, err)
	}
	b.view(t, func(tx *vault.Tx) {
		if of, err := b.Of(tx, begun.Label); err != nil || !slices.Contains(of.Excluded, feared()) {
			t.Errorf("%+v, %v", of, err)
		}
	})
	// Another volunteer does not add to it.
	if _, err := b.Exclude(t.Context(), asker(14, posada.RoleVolunteerScreener), begun.Label, other()); fault.From(err).Key != fault.UnknownCase {
		t.Errorf("%v", err)
	}
	if !slices.Contains(b.labels(t, coordinator()), begun.Label) {
		t.Error("no coordinator finds it")
	}
	_, err = b.Assign(t.Context(), coordinator(), begun.Label, worker(), false)
	must(t, err)
	if _, err := b.Exclude(t.Context(), volunteer(), begun.Label, other()); fault.From(err).Key != fault.UnknownCase {
		t.Errorf("after it was taken on: %v", err)
	}
}
