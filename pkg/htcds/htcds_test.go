package htcds

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// prefixes says which of the standard's objects each role's record is made of.
// It is written here a second time, apart from the data, so that a row that
// was forgotten is noticed.
var prefixes = map[Role][]string{
	Survivor:               {"prs_", "vic_", "psd_"},
	"household_member":     {"prs_"},
	"guardian":             {"prs_"},
	"safe_contact":         {"prs_"},
	"perpetrator":          {"prs_", "per_", "org_"},
	"official_perpetrator": {"prs_", "per_", "org_"},
	"employer":             {"prs_", "org_"},
	"exploitation_place":   {"org_"},
	"recruitment_place":    {"org_"},
	"service_agency":       {"org_"},
	"shelter":              {"org_"},
	"referring_worker":     {"prs_"},
	"referring_agency":     {"org_"},
	"case":                 {"cas_", "cco_", "spl_", "con_"},
	"trafficking_event":    {"hte_"},
}

func TestEveryFieldOfEveryRoleHasOneCategory(t *testing.T) {
	definitions, err := define(standardCSV, extensionCSV)
	if err != nil {
		t.Fatal(err)
	}
	if len(Roles()) != len(prefixes) {
		t.Errorf("%d roles in the data, %d in the test", len(Roles()), len(prefixes))
	}
	pairs := 0
	for role, of := range prefixes {
		want := 0
		for name := range definitions {
			if !slices.ContainsFunc(of, func(p string) bool { return strings.HasPrefix(name, p) }) {
				continue
			}
			want++
			if _, err := Lookup(role, name); err != nil {
				t.Errorf("%s %s has no category", role, name)
			}
		}
		if got := len(Fields(role)); got != want {
			t.Errorf("%s: %d rows, %d fields", role, got, want)
		}
		pairs += want
	}
	t.Logf("%d fields, %d pairs of role and field", len(definitions), pairs)
}

func TestEveryFieldAndEveryCategoryIsReached(t *testing.T) {
	definitions, err := define(standardCSV, extensionCSV)
	if err != nil {
		t.Fatal(err)
	}
	var reached posada.Set[posada.Category]
	named := map[string]bool{}
	for at, f := range table() {
		named[at.name] = true
		reached = reached.With(f.Category)
	}
	for name := range definitions {
		if !named[name] {
			t.Errorf("%s of the standard is in no role", name)
		}
	}
	for _, c := range posada.Members[posada.Category]() {
		if !reached.Has(c) {
			t.Errorf("no field carries %s", c)
		}
	}
}

func TestTheCellsThatMatterMost(t *testing.T) {
	cases := []struct {
		role Role
		name string
		want posada.Category
	}{
		{Survivor, "prs_FirstName", posada.CategoryIdentity},
		{Survivor, "prs_Citizenship", posada.CategoryImmigrationStatus},
		{Survivor, "psd_ImmigrationStatus", posada.CategoryImmigrationStatus},
		{Survivor, "prs_MailingStreet", posada.CategoryLocationCurrent},
		{Survivor, "vic_TraffickingStatus", posada.CategoryScreeningAnswers},
		{"shelter", "org_Name", posada.CategoryLocationShelter},
		{"shelter", "org_ShippingStreet", posada.CategoryLocationShelter},
		{"official_perpetrator", "prs_FirstName", posada.CategoryOfficialPerpetrator},
		{"perpetrator", "prs_FirstName", posada.CategoryPerpetrator},
		{"case", "cco_CaseComment", posada.CategoryExploitationNarrative},
	}
	for _, c := range cases {
		f, err := Lookup(c.role, c.name)
		if err != nil || !f.About || f.Category != c.want {
			t.Errorf("%s %s is %s, %v; want %s", c.role, c.name, f.Category, err, c.want)
		}
	}
	for _, f := range Fields("shelter") {
		if f.Category != posada.CategoryLocationShelter {
			t.Errorf("shelter %s is %s: where a shelter is never leaves", f.Name, f.Category)
		}
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	for _, c := range []place{{Survivor, "prs_Nickname"}, {Survivor, "org_Name"}, {"friend", "prs_FirstName"}, {"", ""}} {
		if _, err := Lookup(c.role, c.name); !errors.Is(err, ErrUnknownField) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestValuesAreHeldAgainstTheirType(t *testing.T) {
	cases := []struct {
		name, value string
		ok          bool
	}{
		{"prs_FirstName", "Invented", true},
		{"prs_FirstName", "", false},
		{"prs_FirstName", "a\x00b", false},
		{"prs_FirstName", "a\u202eb", false},
		{"prs_FirstName", "a\u200bb", false},
		{"prs_FirstName", "a\u2028b", false},
		{"prs_FirstName", "a\ufeffb", false},
		{"prs_FirstName", "a\tb", false},
		{"prs_FirstName", "a\U000e0041b", false},
		{"prs_FirstName", "a\u200db", true},
		{"prs_FirstName", "Ana & Bo <a>", true},
		{"prs_FirstName", "\xff", false},
		{"prs_FirstName", strings.Repeat("a", MaxText+1), false},
		{"prs_Birthdate", "1994-02-28", true},
		{"prs_Birthdate", "28.2.1994", false},
		{"prs_Birthdate", "1994-02-30", false},
		{"prs_NumberOfChildren", "2", true},
		{"prs_NumberOfChildren", "two", false},
		{"prs_Deceased", "false", true},
		{"prs_Deceased", "no", false},
		{"vic_TypeOfExploitation", "ForcedLabour;Servitude", true},
		{"vic_TypeOfExploitation", "ForcedLabour; Servitude", false},
		{"vic_TypeOfExploitation", "Smuggling", false},
		{"vic_RelationshipToTrafficker", "Familial", true},
		{"vic_RelationshipToTrafficker", "familial", false},
		{"prs_PrimaryLanguage", "spa", true},
		{"psd_Medical", "line one\nline two", true},
		{"psd_Medical", strings.Repeat("a", MaxLongText+1), false},
		{"psd_AgeBand", "25-39", true},
		{"psd_AgeBand", "26", false},
	}
	for _, c := range cases {
		f, err := Lookup(Survivor, c.name)
		if err != nil {
			t.Fatal(err)
		}
		err = f.Check(c.value)
		if (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.name, c.value, err)
		}
		if err != nil && len(c.value) > 2 && strings.Contains(err.Error(), c.value) && c.value != "no" {
			t.Errorf("%s: the error quotes the value: %v", c.name, err)
		}
	}
}

func TestBrokenTablesAreRefused(t *testing.T) {
	head := "role,field,category\n"
	for name, rows := range map[string]string{
		"unknown field":    "survivor,prs_Nickname,identity\n",
		"unknown category": "survivor,prs_FirstName,name\n",
		"twice":            "survivor,prs_FirstName,identity\nsurvivor,prs_FirstName,needs\n",
		"not csv":          "\"",
	} {
		if _, err := load(standardCSV, extensionCSV, []byte(head+rows)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func BenchmarkLookupAndCheck(b *testing.B) {
	for b.Loop() {
		f, err := Lookup(Survivor, "vic_TypeOfExploitation")
		if err != nil || f.Check("ForcedLabour;Servitude") != nil {
			b.Fatal(err)
		}
	}
}

// TestAFieldSaysWhatAFormAsksFor: whatever it says it takes, it takes.
func TestAFieldSaysWhatAFormAsksFor(t *testing.T) {
	for _, role := range Roles() {
		for _, f := range Fields(role) {
			picks := f.Picks()
			for _, p := range picks {
				if err := f.Check(p); err != nil && p != "" {
					t.Errorf("%s %s: %v", role, f.Name, err)
				}
			}
			if f.Several() && f.Check(strings.Join(picks[:2], ";")) != nil {
				t.Errorf("%s %s takes several and refuses two", role, f.Name)
			}
			if !f.Several() && len(picks) > 1 && f.Check(strings.Join(picks[:2], ";")) == nil {
				t.Errorf("%s %s takes one and takes two", role, f.Name)
			}
			if f.Dated() != (f.Check("2026-03-14") == nil && f.Check("yesterday") != nil && len(picks) == 0 && f.Check("0.5") != nil) {
				t.Errorf("%s %s: a date?", role, f.Name)
			}
			if f.Long() != (len(picks) == 0 && f.Check(strings.Repeat("x", MaxLongText)) == nil) {
				t.Errorf("%s %s: several lines?", role, f.Name)
			}
		}
	}
}
