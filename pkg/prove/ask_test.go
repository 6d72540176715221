package prove_test

import (
	"encoding/json"
	"io/fs"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/policy"
)

// TestARuleOfAskingChangedIsADisagreement changes one thing in each rule by which a
// need goes anywhere.
func TestARuleOfAskingChangedIsADisagreement(t *testing.T) {
	const ask = "ask/ask.rego"
	for name, m := range sampled.Rows(map[string]struct{ from, to string }{
		"the feared are asked":           {`input.recipient.class in vocabulary.trusted_classes`, `input.recipient.class in vocabulary.receiving_classes`},
		"the coalition is asked":         {`input.recipient.class in vocabulary.receiving_classes`, `input.recipient.class in vocabulary.trusted_classes`},
		"the suspended are asked":        {`input.recipient.standing in {"active", "joining"}`, `input.recipient.standing in {"active", "joining", "suspended"}`},
		"who joined today is not asked":  {`input.recipient.standing in {"active", "joining"}`, `input.recipient.standing == "active"`},
		"who joined today asks":          {`input.asker.standing == "active"`, `input.asker.standing in {"active", "joining"}`},
		"who is not on the list":         {`input.recipient.naming == "named"`, `input.recipient.naming in {"named", "unnamed"}`},
		"whom she excluded":              {`input.recipient.naming == "named"`, `input.recipient.naming in {"named", "excluded"}`},
		"the suspended ask":              {`input.asker.standing == "active"`, `input.asker.standing in {"active", "suspended"}`},
		"the feared ask":                 {`(vocabulary.trusted_classes & vocabulary.receiving_classes)`, `vocabulary.receiving_classes`},
		"the coalition asks":             {`(vocabulary.trusted_classes & vocabulary.receiving_classes)`, `vocabulary.trusted_classes`},
		"a permission renewed":           {`input.permission.status == "given"`, `input.permission.status in {"given", "renewed"}`},
		"a permission taken back":        {`input.permission.status == "given"`, `input.permission.status in {"given", "withdrawn"}`},
		"after its time":                 {`input.permission.window == "within"`, `input.permission.window in {"within", "after"}`},
		"nothing is asked for":           {"	some _ in input.services\n", ""},
		"one place is enough":            {`every service in input.services { service in vocabulary.placing_services }`, "some service in input.services\n\tservice in vocabulary.placing_services"},
		"one more service":               {`service in vocabulary.placing_services`, `service in (vocabulary.placing_services | {"food"})`},
		"on what is no longer known":     {`input.staleness in {"live", "fresh"}`, `input.staleness in {"live", "fresh", "stale"}`},
		"names go too":                   {`category == "needs"`, `category in {"needs", "identity"}`},
		"by a ceremony":                  {`.shelter[category] == "consent"`, `.shelter[category] in {"consent", "consent_cosigned"}`},
		"a table of another purpose":     {`.immediate_safety[category]`, `.case_management[category]`},
		"a table of none":                {`.shelter[category]`, `.livelihood[category]`},
		"a condition left out":           {`"A.named", `, ``},
		"a category's condition is not":  {`category_conditions := {"A.needs", "A.network"}`, `category_conditions := {"A.network"}`},
		"an explanation that tells less": {`(met | met_for(category))`, `(met | {"A.named"} | met_for(category))`},
	}, few(4)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disagrees(t, ask, m.from, m.to)
		})
	}
}

// openHanded is a network that lets every class that the schema lets be trusted receive
// everything that may leave, for every purpose, by consent alone: what is refused
// there, the rules refuse.
func openHanded(t *testing.T) *pdp.Engine {
	t.Helper()
	text, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	var table map[string]any
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	cells := map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string{}
	for _, class := range posada.Members[posada.AgencyClass]() {
		if class.Distrusted() || class == posada.ClassCoalition {
			continue
		}
		cells[class] = map[posada.Purpose]map[posada.Category]string{}
		for _, purpose := range posada.Members[posada.Purpose]() {
			cells[class][purpose] = map[posada.Category]string{}
			for _, category := range posada.Members[posada.Category]()[:22] {
				cells[class][purpose][category] = "consent"
			}
		}
	}
	table["cells"] = cells
	if text, err = json.Marshal(table); err != nil {
		t.Fatal(err)
	}
	base, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := base.With(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// TestNothingButNeedsGoesAndTheFearedAreAtNeitherEnd asks, for every class at either
// end, for a place and for food, with everything, in a network that would let all of
// it go.
func TestNothingButNeedsGoesAndTheFearedAreAtNeitherEnd(t *testing.T) {
	engine := openHanded(t)
	all := posada.SetOf(posada.Members[posada.Category]()...)
	mayBe := func(c posada.AgencyClass) bool {
		return posada.Known(c) && !c.Distrusted() && c != posada.ClassCoalition
	}
	classes := append(posada.Members[posada.AgencyClass](), "unheard_of", "")
	asked, went := 0, 0
	for _, to := range classes {
		for _, from := range classes {
			for _, service := range []posada.ServiceType{posada.ServiceHotelVoucher, posada.ServiceFood} {
				a := prove.PermittedAsking()
				a.Recipient.Class, a.Asker.Class, a.Asked, a.Services = to, from, all, posada.SetOf(service)
				permit, err := engine.Ask(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				want := posada.Set[posada.Category](0)
				if mayBe(to) && mayBe(from) && service == posada.ServiceHotelVoucher {
					want = posada.SetOf(posada.CategoryNeeds)
					went++
				}
				if permit.Categories() != want {
					t.Fatalf("%s asks %s for %s with %v", from, to, service, permit.Categories().List())
				}
				asked++
			}
		}
	}
	t.Logf("%d needs, of which %d may go, each with every category", asked, went)
}

// TestLessPermissionNeverAsksMore is G15: of each fact of her permission, of the list
// and of both agencies every value, those that grant more first; a step down of any one
// of them permits nothing that was not.
func TestLessPermissionNeverAsksMore(t *testing.T) {
	engine := openHanded(t)
	facts := [6][]string{
		from(posada.ConsentGiven, posada.Members[posada.ConsentStatus]()), from(posada.WindowWithin, posada.Members[posada.Window]()),
		from(posada.Named, posada.Members[posada.Naming]()), from(posada.StandingActive, posada.Members[posada.Standing]()),
		from(posada.StandingActive, posada.Members[posada.Standing]()), from(posada.StalenessLive, posada.Members[posada.Staleness]()),
	}
	permitted := map[[6]int]posada.Set[posada.Category]{}
	var all func(at [6]int, fact int)
	all = func(at [6]int, fact int) {
		if fact < len(facts) {
			for i := range facts[fact] {
				at[fact] = i
				all(at, fact+1)
			}
			return
		}
		a := prove.PermittedAsking()
		a.Permission = pdp.AskFacts{Status: posada.ConsentStatus(facts[0][at[0]]), Window: posada.Window(facts[1][at[1]])}
		a.Recipient.Naming, a.Recipient.Standing = posada.Naming(facts[2][at[2]]), posada.Standing(facts[3][at[3]])
		a.Asker.Standing, a.Staleness = posada.Standing(facts[4][at[4]]), posada.Staleness(facts[5][at[5]])
		permit, err := engine.Ask(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		permitted[at] = permit.Categories()
	}
	all([6]int{}, 0)
	steps, narrower := 0, 0
	for at, more := range permitted {
		for fact := range facts {
			down := at
			down[fact]++
			less, ok := permitted[down]
			if !ok {
				continue
			}
			steps++
			if !more.Covers(less) {
				t.Fatalf("%v gives %v, and %v less: %v", at, less.List(), down, more.List())
			}
			if less != more {
				narrower++
			}
		}
	}
	// Four are permitted: heard live and heard today, asked of who is active and of who
	// joins. A step down of any of the other four facts ends each, one of how lately it was
	// heard two, and one of whom is asked two.
	if narrower != 4*4+2+2 {
		t.Errorf("%d steps down permit less", narrower)
	}
	t.Logf("%d permissions, %d steps down", len(permitted), steps)
}

// from is a vocabulary in its order, but for the word that comes first.
func from[W ~string](first W, words []W) []string {
	rest := slices.DeleteFunc(posada.Texts(words), func(w string) bool { return w == string(first) })
	return append([]string{string(first)}, rest...)
}
