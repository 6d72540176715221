package console

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// asked is a field that the pages ask for. The standard has more, which a referral may
// carry and is shown, and which nobody has to read past at night.
type asked struct {
	htcds.Field
	first bool // asked at once; the rest unfolds
}

func (a asked) name() string { return string(a.Role) + "." + a.Name }

// askedFields are the fields that the pages ask for, in this order.
func askedFields() (list []asked) {
	at := func(role htcds.Role, first bool, names ...string) {
		for _, n := range names {
			if f, err := htcds.Lookup(role, n); err == nil {
				list = append(list, asked{f, first})
			}
		}
	}
	at(htcds.Survivor, true, "psd_PreferredName", "psd_SafeContact", "psd_AgeBand", "prs_PrimaryLanguage", "psd_Priorities")
	at(htcds.Survivor, false,
		"psd_AccessNeeds", "prs_Gender", "prs_SecondaryLanguage", "prs_FirstName", "prs_SecondName", "prs_Birthdate",
		"prs_MobilePhone", "prs_HomePhone", "prs_Email", "psd_Household", "prs_NumberOfChildren", "psd_MinorDetails",
		"psd_CurrentLocation", "prs_MailingStreet", "prs_MailingCity", "psd_LocationHistory", "psd_ImmigrationStatus", "prs_Citizenship",
		"psd_ArrestHistory", "vic_TypeOfExploitation", "psd_ExploitationNarrative", "psd_EmployerDetails", "psd_WagesOwed", "psd_WageEvidence",
		"psd_Medical", "psd_MentalHealth", "psd_ReproductiveHealth", "psd_Documents", "prs_IdentityNumber", "psd_ServiceHistory", "psd_Outcome", "psd_SafetyPlan")
	at("safe_contact", false, "prs_FirstName", "prs_MobilePhone")
	at("employer", false, "org_Name", "org_Phone", "org_ShippingStreet", "org_ShippingCity")
	at("perpetrator", false, "prs_FirstName", "prs_SecondName", "per_RoleDetails")
	at("official_perpetrator", false, "prs_FirstName", "prs_SecondName", "org_Name", "per_RoleDetails")
	at("referring_worker", false, "prs_FirstName")
	return list
}

// placed is what a field of a referral is called for people: psd_SafeContact of the
// survivor's record, or one in another's.
func (v *visit) placed(place string) string {
	role, name, ok := strings.Cut(place, ".")
	if !ok {
		return v.Text(i18n.Key("console.place." + place)) // services, priority
	}
	called := v.Term("console.field", name)
	role, nth, _ := strings.Cut(strings.TrimSuffix(role, "]"), "[")
	if role == string(htcds.Survivor) {
		return called
	}
	if nth != "" {
		nth = " " + nth
	}
	return v.Term("console.record", role) + nth + ": " + called
}

// worth is a value as people read it: words of a vocabulary in their language.
func (v *visit) worth(place, value string) string {
	if place == "services" || place == "priority" || place == "need" {
		_, value = v.Field(place, value)
		return value
	}
	_, name, _ := strings.Cut(place, ".")
	if strings.HasSuffix(name, "Language") {
		return v.Term("console.tongue", value)
	}
	if f, err := htcds.Lookup(htcds.Survivor, name); err != nil || len(f.Picks()) == 0 {
		return value
	}
	var words []string
	for word := range strings.SplitSeq(value, ";") {
		words = append(words, v.Term("console.pick", word))
	}
	return strings.Join(words, ", ")
}

// carriedRow is one field that is shared, as it is shown.
type carriedRow struct{ Place, Value, Category string }

// carriedRows are the fields of something shared; what is needed once more stands first.
func (v *visit) carriedRows(list []client.Carried) (rows []carriedRow) {
	for _, c := range list {
		kind := v.Text("console.field.not_about")
		if c.Category != "" {
			kind = v.Term("category", string(c.Category))
		}
		if n := len(rows); n > 0 && c.Place == "services" && rows[n-1].Place == v.placed(c.Place) {
			rows[n-1].Value += ", " + v.worth(c.Place, c.Value)
			continue
		}
		rows = append(rows, carriedRow{v.placed(c.Place), v.worth(c.Place, c.Value), kind})
	}
	return rows
}

// askFor is a form's field for one of the standard's.
func (v *visit) askFor(a asked) field {
	f := v.text(a.name(), "")
	f.Label = v.placed(a.name())
	if hint := v.Term("console.hint", a.Name); hint != a.Name {
		f.Hint = hint
	}
	switch {
	case a.Several() || len(a.Picks()) > 0:
		f.Kind = "choice"
		if a.Several() {
			f.Kind = "many"
		}
		f.Options = chosen(terms(v, "console.pick", a.Picks()), v.typed[a.name()])
	case a.Long():
		f.Kind, f.Max = "area", 4000
	case a.Dated():
		f.Kind = "date"
	}
	if value := fieldValue(v.typed, a); value != "" {
		f.Wrong = v.wrongValue(a.Field, value)
	}
	return f
}

// wrongValue says what a field takes, where a value is none.
func (v *visit) wrongValue(f htcds.Field, value string) string {
	wrong, ok := errors.AsType[*htcds.ValueError](f.Check(value))
	if !ok {
		return ""
	}
	return v.Text("console.field.takes", "want", v.Wanted(wrong))
}

// fieldValue is what was typed in a field, as the standard writes it: lines end as they
// do in a text, several words have semicolons between them.
func fieldValue(typed url.Values, a asked) string {
	value := strings.Join(slices.DeleteFunc(slices.Clone(typed[a.name()]), func(s string) bool { return s == "" }), ";")
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(value))
}

// recordsOf are the records that were typed, of what may be asked for.
func recordsOf(typed url.Values, may posada.Set[posada.Category]) (list []client.NewRecord, wrong bool) {
	at := map[htcds.Role]int{}
	for _, a := range askedFields() {
		value := fieldValue(typed, a)
		if value == "" || a.About && !may.Has(a.Category) {
			continue
		}
		wrong = wrong || a.Check(value) != nil
		i, known := at[a.Role]
		if !known {
			i = len(list)
			at[a.Role] = i
			list = append(list, client.NewRecord{Role: string(a.Role), Fields: map[string]string{}})
		}
		list[i].Fields[a.Name] = value
	}
	return list, wrong
}
