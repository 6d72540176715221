package pdp_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// read is the table as it was read from the statutes, a second time: place,
// service, youngest band, and + where a second signature must answer for a
// condition. The statutes' ages are 14, 15, 16 or none: a band of which not every
// age may is not here.
func read() []string {
	return []string{
		"us-az education_enrolment 16-17+", "us-az health_primary 16-17+", "us-az health_urgent 16-17+", "us-az legal_immigration 16-17",
		"us-ca education_enrolment 16-17+", "us-ca health_primary 16-17+", "us-ca health_reproductive 12-15", "us-ca health_urgent 16-17+",
		"us-ca legal_immigration 16-17", "us-ca mental_health 12-15+", "us-ca substance_use 16-17",
		"us-nm education_enrolment 16-17+", "us-nm health_primary 16-17+", "us-nm health_urgent 16-17+", "us-nm legal_immigration 16-17",
		"us-nm mental_health 16-17", "us-nm substance_use 16-17",
		"us-tx education_enrolment 16-17+", "us-tx health_primary 16-17+", "us-tx health_urgent 16-17+", "us-tx legal_immigration 16-17",
		"us-tx mental_health 12-15+", "us-tx shelter_emergency 16-17+", "us-tx substance_use 12-15",
	}
}

func TestTheTableOfMinorsIsWhatWasRead(t *testing.T) {
	table, err := pdp.MinorsAlone()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table {
		if row.Cosigned != (len(row.Provided) == 2) || len(row.Source) < 8 || !strings.ContainsAny(row.Source, "0123456789") {
			t.Errorf("%v %v: a condition somebody answers for, or a source, is missing", row.Jurisdictions, row.Services)
		}
		for _, j := range row.Jurisdictions {
			for _, s := range row.Services {
				line := fmt.Sprintf("%s %s %s", j, s, row.Youngest)
				if row.Cosigned {
					line += "+"
				}
				got = append(got, line)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, read()) {
		t.Errorf("the table is\n%s", strings.Join(got, "\n"))
	}
	t.Logf("%d rows, %d pairs of a place and a service", len(table), len(got))
}

// alone is the case of a sixteen-year-old in Texas who consented alone.
func alone(services ...posada.ServiceType) pdp.Disclosure {
	d := prove.PermittedDisclosure()
	d.Services = posada.SetOf(services...)
	d.Consent.Services = d.Services
	d.Consent.GivenBy, d.Consent.AgeBand, d.Consent.Jurisdiction = posada.GivenByMinorAlone, posada.Age16to17, posada.JurisdictionTexas
	return d
}

// given is what of everything asked a disclosure gives.
func given(t *testing.T, e *pdp.Engine, d pdp.Disclosure) []posada.Category {
	t.Helper()
	permit, err := e.Disclose(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return permit.Categories().List()
}

// serves is the purposes each service is for.
func serves() map[posada.ServiceType][]posada.Purpose {
	return map[posada.ServiceType][]posada.Purpose{
		"legal_immigration":   {"legal", "immigration_t_visa", "immigration_u_visa", "immigration_asylum"},
		"education_enrolment": {"education"}, "mental_health": {"mental_health"}, "substance_use": {"health", "mental_health"},
		"health_urgent": {"health"}, "health_primary": {"health"}, "health_reproductive": {"health"},
		"shelter_emergency": {"shelter", "immediate_safety"},
	}
}

// TestEachRowCountsForItsPlaceAgeAndService asks for every place, age, service and
// signature.
func TestEachRowCountsForItsPlaceAgeAndService(t *testing.T) {
	e := engine(t)
	may, asked := 0, 0
	for _, place := range append(posada.Members[posada.Jurisdiction](), "") {
		for _, band := range posada.Members[posada.AgeBand]()[:4] {
			for _, service := range posada.Members[posada.ServiceType]() {
				for _, signed := range []posada.Set[posada.CoSigner]{0, posada.SetOf(posada.CoSignerChildAdvocate)} {
					d := alone(service)
					if purposes := serves()[service]; purposes != nil {
						d.Purpose, d.Consent.Purposes = purposes[0], posada.SetOf(purposes[0])
					}
					d.Consent.Jurisdiction, d.Consent.AgeBand, d.Consent.CoSigned = place, band, signed
					want := lawful(place, band, service, !signed.Empty())
					if got := counts(t, e, d); got != want {
						t.Errorf("%s %s %s, signed too %v: it counts: %v", place, band, service, signed.List(), got)
					}
					asked++
					if want {
						may++
					}
				}
			}
		}
	}
	t.Logf("a minor alone may in %d of %d cases", may, asked)
}

func TestARowCountsForWhatItsServiceIsForAndNothingElse(t *testing.T) {
	e := engine(t)
	for service := range serves() {
		for _, purpose := range posada.Members[posada.Purpose]() {
			d := alone(service)
			d.Purpose, d.Consent.Purposes = purpose, posada.SetOf(purpose)
			d.Consent.CoSigned = posada.SetOf(posada.CoSignerLegalRepresentative)
			if service == posada.ServiceHealthReproductive {
				d.Consent.Jurisdiction = posada.JurisdictionCalifornia
			}
			if got, want := counts(t, e, d), slices.Contains(serves()[service], purpose); got != want {
				t.Errorf("%s for %s: it counts: %v", service, purpose, got)
			}
		}
	}
}

// counts reports whether no condition on who consented is unmet.
func counts(t *testing.T, e *pdp.Engine, d pdp.Disclosure) bool {
	t.Helper()
	permit, err := e.Disclose(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(permit.Unmet(posada.CategoryNeeds), func(c posada.Condition) bool { return strings.HasPrefix(string(c), "G5") })
}

// lawful is what read says.
func lawful(place posada.Jurisdiction, band posada.AgeBand, service posada.ServiceType, signed bool) bool {
	for _, from := range []posada.AgeBand{posada.Age12to15, posada.Age16to17} {
		line := fmt.Sprintf("%s %s %s", place, service, from)
		there := slices.Contains(read(), line) || signed && slices.Contains(read(), line+"+")
		if there && (band == from || from == posada.Age12to15 && band == posada.Age16to17) {
			return true
		}
	}
	return false
}

func TestATableOfMinorsThatDoesNotFitIsRefused(t *testing.T) {
	good, err := fs.ReadFile(policy.Files, policy.MinorsFile)
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) string {
		if !strings.Contains(string(good), from) {
			t.Fatalf("the table does not say %q", from)
		}
		return strings.Replace(string(good), from, to, 1)
	}
	for name, text := range map[string]string{
		"not json":                    "{",
		"no source":                   change(`"source": "8 CFR 103.2(a)(2), 292.4(a)"`, `"source": ""`),
		"an age under twelve":         change(`"youngest": "12-15"`, `"youngest": "0-11"`),
		"an adult's age":              change(`"youngest": "12-15"`, `"youngest": "18-24"`),
		"a place unknown":             change(`"us-tx"]`, `"us-zz"]`),
		"anywhere":                    change(`"us-tx"]`, `"elsewhere"]`),
		"a service unknown":           change(`["legal_immigration"]`, `["adoption"]`),
		"a purpose of police":         change(`"education_enrolment": ["education"]`, `"education_enrolment": ["education", "survivor_report"]`),
		"statistics":                  change(`"education_enrolment": ["education"]`, `"education_enrolment": ["statistics_aggregate"]`),
		"a condition nobody answers":  change(`"cosigned": true`, `"cosigned": false`),
		"no word on the co-signature": change(`      "cosigned": true,`+"\n", ``),
		"one language":                change(`, "es": "vive aparte de su madre, padre o tutor y maneja su propio dinero"`, ``),
		"something else":              change(`"rows": [`, `"allow": true, "rows": [`),
		"a member twice":              change(`"rows": [`, `"rows": [], "rows": [`),
	} {
		if _, err := pdp.New(t.Context(), with(t, map[string]string{policy.MinorsFile: text})); !errors.Is(err, pdp.ErrMinors) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheTableOfMinorsIsGuard holds that it is named by the digest as the rules
// are, and that no network policy reaches it.
func TestTheTableOfMinorsIsGuard(t *testing.T) {
	good, err := fs.ReadFile(policy.Files, policy.MinorsFile)
	if err != nil {
		t.Fatal(err)
	}
	other, err := pdp.New(t.Context(), with(t, map[string]string{policy.MinorsFile: strings.Replace(string(good), `["us-tx"]`, `["us-nm"]`, 1)}))
	if err != nil || other.Digest() == engine(t).Digest() {
		t.Fatalf("another law has the same digest: %v", err)
	}
	for _, name := range []string{"minors", "rows", "serves"} {
		text := edited(t, func(m map[string]any) { m[name] = map[string]any{} })
		if _, err := engine(t).With(t.Context(), text); !errors.Is(err, pdp.ErrMatrix) {
			t.Errorf("a network policy says %s: %v", name, err)
		}
	}
	same, err := other.With(t.Context(), shipped(t))
	if err != nil || same.Digest() != other.Digest() {
		t.Errorf("another network policy, another law: %v", err)
	}
}
