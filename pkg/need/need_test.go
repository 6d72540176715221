package need_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

func subset[T any](t *rapid.T, name string, of []T, most int) []T {
	return slices.Collect(func(yield func(T) bool) {
		taken := 0
		for i, one := range of {
			if taken < most && rapid.Bool().Draw(t, fmt.Sprint(name, i)) {
				taken++
				if !yield(one) {
					return
				}
			}
		}
	})
}

// said draws a profile that says everything.
func said(t *rapid.T) need.Profile {
	p := need.Profile{
		Priority:     rapid.SampledFrom(posada.Members[posada.Priority]()).Draw(t, "priority"),
		Services:     posada.SetOf(rapid.SampledFrom(need.Placing().List()).Draw(t, "service")),
		Gender:       rapid.SampledFrom(posada.Members[posada.Gender]()).Draw(t, "gender"),
		Age:          rapid.SampledFrom(posada.Members[posada.AgeBand]()).Draw(t, "age"),
		Size:         rapid.SampledFrom(posada.Members[posada.HouseholdSize]()).Draw(t, "size"),
		Exploitation: rapid.SampledFrom(posada.Members[posada.ExploitationKind]()).Draw(t, "exploitation"),
		Languages:    subset(t, "language", []need.Language{"spa", "eng", "mam", "quc"}, 4),
		Interpreter:  rapid.Bool().Draw(t, "interpreter"),
		Access:       posada.SetOf(subset(t, "access", posada.Members[posada.AccessNeed](), 3)...),
		Pets:         rapid.Bool().Draw(t, "pets"),
		Region:       rapid.SampledFrom([]need.Region{"us", "us-tx", "us-nm", "mx", "mx-chh"}).Draw(t, "region"),
		Nights:       rapid.SampledFrom(posada.Members[posada.Nights]()).Draw(t, "nights"),
		Wishes:       subset(t, "wish", posada.Members[posada.Wish](), 4),
	}
	if p.Size != posada.HouseholdOne {
		p.With = posada.SetOf(subset(t, "with", posada.Members[posada.HouseholdKind](), 3)...)
	}
	return p
}

func rules(t *rapid.T) need.Rules {
	return need.Rules{
		Services:     posada.SetOf(subset(t, "services", need.Placing().List(), 4)...),
		Genders:      posada.SetOf(subset(t, "genders", posada.Members[posada.Gender](), 3)...),
		Ages:         posada.SetOf(subset(t, "ages", posada.Members[posada.AgeBand](), 7)...),
		With:         posada.SetOf(subset(t, "withs", posada.Members[posada.HouseholdKind](), 6)...),
		Exploitation: posada.SetOf(subset(t, "exploitations", posada.Members[posada.ExploitationKind](), 3)...),
		Languages:    subset(t, "languages", []need.Language{"spa", "eng", "mam", "quc"}, 4),
		Interpreters: rapid.Bool().Draw(t, "interpreters"),
		Access:       posada.SetOf(subset(t, "accesses", posada.Members[posada.AccessNeed](), 6)...),
		Pets:         rapid.Bool().Draw(t, "takes pets"),
		Regions:      subset(t, "regions", []need.Region{"us", "us-tx", "mx", "mx-chh"}, 4),
		Longest:      rapid.SampledFrom(posada.Members[posada.Nights]()).Draw(t, "longest"),
	}
}

// coarser leaves parts out at random.
func coarser(t *rapid.T, p need.Profile) need.Profile {
	for _, part := range subset(t, "part", need.Parts(), len(need.Parts())) {
		p = p.Without(part)
	}
	return p
}

func TestWhatIsDrawnMayBeSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := coarser(t, said(t)).Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSayingLessNeverLosesAPlace, and adds no reason against one.
func TestSayingLessNeverLosesAPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, p, free := rules(t), said(t), rapid.IntRange(0, 9).Draw(t, "free")
		less := coarser(t, p)
		if more, fit := r.Fit(p, free), r.Fit(less, free); !more.Not.Covers(fit.Not) {
			t.Fatalf("what was not said adds %v to %v", fit.Not.Minus(more.Not).List(), more.Not.List())
		}
	})
}

// TestWhatMayStillBeAReasonIsAsked: whatever the person turns out to need beyond what
// the profile says, the shelter was told to ask about it before it offers.
func TestWhatMayStillBeAReasonIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, p, free := rules(t), said(t), rapid.IntRange(0, 9).Draw(t, "free")
		fit := r.Fit(coarser(t, p), free)
		if late := r.Fit(p, free).Not.Minus(fit.Not).Minus(fit.Ask); !late.Empty() {
			t.Fatalf("%v turn up that nobody was told to ask about", late.List())
		}
	})
}

// fatherAndSon says everything that a rule may turn on.
func fatherAndSon() need.Profile {
	return need.Profile{
		Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency), Gender: posada.GenderMan, Age: posada.Age25to39,
		Size: posada.HouseholdTwo, With: posada.SetOf(posada.WithTeenageBoys), Exploitation: posada.ExploitationLabour,
		Languages: []need.Language{"mam"}, Access: posada.SetOf(posada.AccessStepFree), Pets: true, Region: "us-tx", Nights: posada.NightsTo7,
	}
}

// takes are the rules of a place that takes a profile and nobody else.
func takes(p need.Profile) need.Rules {
	return need.Rules{
		Services: p.Services, Genders: posada.SetOf(p.Gender), Ages: posada.SetOf(p.Age), With: p.With, Exploitation: posada.SetOf(p.Exploitation),
		Languages: p.Languages, Access: p.Access, Pets: p.Pets, Regions: []need.Region{"us"}, Longest: p.Nights,
	}
}

// TestEachRuleRefusesForItsReason: one place takes one profile, and each change of the
// one or the other is refused for that reason and no other.
func TestEachRuleRefusesForItsReason(t *testing.T) {
	p := fatherAndSon()
	if f := takes(p).Fit(p, 2); !f.Fits() || !f.Ask.Empty() {
		t.Fatalf("%v against, %v to ask", f.Not.List(), f.Ask.List())
	}
	for want, change := range map[posada.DeclineReason]func(*need.Rules){
		posada.DeclineOther:                   func(r *need.Rules) { r.Services = posada.SetOf(posada.ServiceHotelVoucher) },
		posada.DeclineEligibilityGender:       func(r *need.Rules) { r.Genders = posada.SetOf(posada.GenderWoman) },
		posada.DeclineEligibilityAge:          func(r *need.Rules) { r.Ages = posada.SetOf(posada.Age18to24) },
		posada.DeclineEligibilityExploitation: func(r *need.Rules) { r.Exploitation = posada.SetOf(posada.ExploitationSexual) },
		posada.DeclineEligibilityHousehold:    func(r *need.Rules) { r.With = posada.SetOf(posada.WithYoungChildren) },
		posada.DeclineLanguage:                func(r *need.Rules) { r.Languages = []need.Language{"spa"} },
		posada.DeclineAccessibility:           func(r *need.Rules) { r.Access = posada.SetOf(posada.AccessCalmRoom) },
		posada.DeclineDistance:                func(r *need.Rules) { r.Regions = []need.Region{"us-nm", "mx"} },
		posada.DeclineLackOfCapacity:          func(r *need.Rules) { r.Longest = posada.NightsOne },
	} {
		r := takes(p)
		change(&r)
		if f := r.Fit(p, 2); f.Not != posada.SetOf(want) {
			t.Errorf("%s: %v", want, f.Not.List())
		}
	}
	r := takes(p)
	r.Pets = false
	if f := r.Fit(p, 2); f.Not != posada.SetOf(posada.DeclineEligibilityHousehold) {
		t.Errorf("a pet: %v", f.Not.List())
	}
	if f := takes(p).Fit(p, 1); f.Not != posada.SetOf(posada.DeclineLackOfCapacity) {
		t.Errorf("one bed for two: %v", f.Not.List())
	}
	if f := takes(p).Fit(p.Without(need.PartSize), 0); f.Fits() {
		t.Error("no bed is offered to whoever does not say how many they are")
	}
}

// TestEachPartThatIsNotSaidIsAsked, where some answer to it would be refused.
func TestEachPartThatIsNotSaidIsAsked(t *testing.T) {
	for part, want := range map[need.Part]posada.DeclineReason{
		need.PartGender: posada.DeclineEligibilityGender, need.PartAge: posada.DeclineEligibilityAge, need.PartExploitation: posada.DeclineEligibilityExploitation,
		need.PartWith: posada.DeclineEligibilityHousehold, need.PartLanguages: posada.DeclineLanguage, need.PartAccess: posada.DeclineAccessibility,
		need.PartRegion: posada.DeclineDistance, need.PartNights: posada.DeclineLackOfCapacity, need.PartSize: posada.DeclineLackOfCapacity,
	} {
		p := fatherAndSon()
		if f := takes(p).Fit(p.Without(part), 2); !f.Fits() || f.Ask != posada.SetOf(want) {
			t.Errorf("%s: %v against, %v to ask", part, f.Not.List(), f.Ask.List())
		}
	}
	p := fatherAndSon()
	noPets := takes(p)
	noPets.Pets = false
	if f := noPets.Fit(p.Without(need.PartPets), 2); !f.Fits() || f.Ask != posada.SetOf(posada.DeclineEligibilityHousehold) {
		t.Errorf("a pet: %v against, %v to ask", f.Not.List(), f.Ask.List())
	}
	p.Size = posada.HouseholdFrom7
	if f := takes(p).Fit(p, 7); !f.Fits() || f.Ask != posada.SetOf(posada.DeclineLackOfCapacity) {
		t.Errorf("seven or more: %v against, %v to ask", f.Not.List(), f.Ask.List())
	}
	p = fatherAndSon()
	one, coarse := takes(p), p
	one.Regions, coarse.Region = []need.Region{"us-tx"}, "us"
	if f := one.Fit(coarse, 2); !f.Fits() {
		t.Errorf("a country, where a part of it is taken from: %v", f.Not.List())
	}
}

// TestWhatFewPeopleHaveIsCalledRare lists it all.
func TestWhatFewPeopleHaveIsCalledRare(t *testing.T) {
	for part, rare := range map[need.Part]need.Profile{
		need.PartPets: {Pets: true}, need.PartLanguages: {Languages: []need.Language{"spa", "mam"}}, need.PartSize: {Size: posada.HouseholdTo6},
		need.PartWith: {With: posada.SetOf(posada.WithPartner, posada.WithTeenageBoys, posada.WithOlderRelative)}, need.PartAge: {Age: posada.Age60plus},
		need.PartAccess: {Access: posada.SetOf(posada.AccessCalmRoom)}, need.PartGender: {Gender: posada.GenderNonBinary},
	} {
		if w := rare.Warn(); !slices.Equal(w.Rare, []need.Part{part}) || !slices.Equal(w.Leave, w.Rare) {
			t.Errorf("%s: %+v", part, w)
		}
	}
	for _, also := range []need.Profile{{Size: posada.HouseholdFrom7}, {Age: posada.Age0to11}} {
		if w := also.Warn(); len(w.Rare) != 1 {
			t.Errorf("%+v", w)
		}
	}
	everyday := need.Profile{Gender: posada.GenderMan, Age: posada.Age25to39, Languages: []need.Language{"spa", "eng"}, Size: posada.HouseholdOne, Region: "us-tx"}
	if w := everyday.Warn(); len(w.Leave) != 0 {
		t.Errorf("%+v", w)
	}
}

// TestWhatIsLeftOutAsProposedPointsAtNobody, and no more is proposed than was said.
func TestWhatIsLeftOutAsProposedPointsAtNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := coarser(t, said(t))
		w := p.Warn()
		if (w.Many == 0 && len(w.Rare) == 0) != (len(w.Leave) == 0) {
			t.Fatalf("%d rare, %d many, %d to leave out", len(w.Rare), w.Many, len(w.Leave))
		}
		for _, part := range w.Leave {
			if !slices.Contains(p.Says(), part) {
				t.Fatalf("%s was not said", part)
			}
			p = p.Without(part)
		}
		if left := p.Warn(); len(left.Leave) != 0 || len(p.Says()) > 5 {
			t.Fatalf("then %+v", left)
		}
	})
}

func TestEachPartCanBeLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := said(t)
		for _, part := range need.Parts() {
			if slices.Contains(p.Without(part).Says(), part) {
				t.Fatalf("%s is still said", part)
			}
			if others := len(p.Says()) - len(p.Without(part).Says()); others > 1 {
				t.Fatalf("leaving out %s leaves out %d", part, others)
			}
		}
	})
}

// TestAProfileHasNoRoomForAPerson: words of closed lists, languages and a region are
// the only texts, and nothing is a number or a time.
func TestAProfileHasNoRoomForAPerson(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Bool, reflect.Uint32: // uint32: a set of words
		case reflect.Slice:
			walk(of.Elem())
		case reflect.String:
			_, closed := reflect.PointerTo(of).MethodByName("UnmarshalText")
			if !closed && of != reflect.TypeFor[need.Language]() && of != reflect.TypeFor[need.Region]() {
				t.Errorf("%s holds any text", of)
			}
		default:
			t.Errorf("%s has room for somebody", of)
		}
	}
	for field := range reflect.TypeFor[need.Profile]().Fields() {
		walk(field.Type)
	}
	if text := fmt.Sprintf("%v %+v %#v", need.Profile{Region: "us-tx"}, need.Profile{Region: "us-tx"}, need.Profile{Region: "us-tx"}); strings.Contains(text, "tx") {
		t.Error("a profile prints what it says")
	}
}

// TestNoLetterAboutANeedHasRoomForAWord: beside the profile there are a need's id, times and
// words of closed lists, so nothing that somebody types in their own words can go along.
func TestNoLetterAboutANeedHasRoomForAWord(t *testing.T) {
	for _, letter := range []reflect.Type{reflect.TypeFor[need.Posting](), reflect.TypeFor[need.Reply](), reflect.TypeFor[need.About]()} {
		for field := range letter.Fields() {
			switch field.Type {
			case reflect.TypeFor[need.Profile](), reflect.TypeFor[time.Time](), reflect.TypeFor[posada.NeedID]():
				continue
			}
			if _, closed := reflect.PointerTo(field.Type).MethodByName("UnmarshalText"); !closed {
				t.Errorf("%s.%s holds any text", letter, field.Name)
			}
		}
	}
}

func TestWhatMayNotBeSaidIsNamedAndNotRepeated(t *testing.T) {
	good := need.Profile{Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency)}
	for name, c := range map[string]struct {
		change func(*need.Profile)
		want   error
	}{
		"no service":             {func(p *need.Profile) { p.Services = 0 }, need.ErrNoService},
		"a service of no place":  {func(p *need.Profile) { p.Services = p.Services.With(posada.ServiceFood) }, need.ErrNoService},
		"no priority":            {func(p *need.Profile) { p.Priority = "" }, need.ErrNoPriority},
		"another priority":       {func(p *need.Profile) { p.Priority = "XOCHITL" }, posada.ErrUnknownWord},
		"a gender":               {func(p *need.Profile) { p.Gender = "XOCHITL" }, posada.ErrUnknownWord},
		"an age":                 {func(p *need.Profile) { p.Age = "XOCHITL" }, posada.ErrUnknownWord},
		"a size":                 {func(p *need.Profile) { p.Size = "XOCHITL" }, posada.ErrUnknownWord},
		"an exploitation":        {func(p *need.Profile) { p.Exploitation = "XOCHITL" }, posada.ErrUnknownWord},
		"nights":                 {func(p *need.Profile) { p.Nights = "XOCHITL" }, posada.ErrUnknownWord},
		"a wish":                 {func(p *need.Profile) { p.Wishes = []posada.Wish{"XOCHITL"} }, posada.ErrUnknownWord},
		"somebody with nobody":   {func(p *need.Profile) { p.Size, p.With = posada.HouseholdOne, posada.SetOf(posada.WithPartner) }, need.ErrAlone},
		"a language in words":    {func(p *need.Profile) { p.Languages = []need.Language{"XOCHITL"} }, need.ErrLanguage},
		"a language in capitals": {func(p *need.Profile) { p.Languages = []need.Language{"SPA"} }, need.ErrLanguage},
		"a language twice":       {func(p *need.Profile) { p.Languages = []need.Language{"spa", "spa"} }, need.ErrTwice},
		"five languages":         {func(p *need.Profile) { p.Languages = []need.Language{"spa", "eng", "mam", "quc", "kek"} }, need.ErrTooMany},
		"a street":               {func(p *need.Profile) { p.Region = "XOCHITL" }, need.ErrRegion},
		"a place in a region":    {func(p *need.Profile) { p.Region = "us-txelpaso" }, need.ErrRegion},
		"half a region":          {func(p *need.Profile) { p.Region = "us-" }, need.ErrRegion},
		"a region with a mark":   {func(p *need.Profile) { p.Region = "us-t." }, need.ErrRegion},
	} {
		p := good
		c.change(&p)
		if err := p.Check(); !errors.Is(err, c.want) || strings.Contains(err.Error(), "XOCHITL") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
