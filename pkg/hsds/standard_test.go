package hsds_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// object is what the standard asks of one of its objects.
type object struct {
	required, text string
	fields         map[string]string // what is not plain text: its format, or "list:" and "object:" with what is in it
}

// standard are facts of HSDS 3.1 (openreferral/specification, schema/*.json): of each
// object that is written here, its required fields, its enumerations, formats and types,
// but for the lists that nothing is written into. What 3.0 does not have of them is
// service.capacities with its two objects, service_at_location.service_areas and
// attribute.label.
func standard() map[string]object {
	return map[string]object{
		"service": {
			required: "id name status",
			fields: map[string]string{
				"id":                   "uuid",
				"organization_id":      "uuid",
				"program_id":           "uuid",
				"url":                  "uri",
				"email":                "email",
				"status":               "one of:active|inactive|defunct|temporarily closed",
				"minimum_age":          "number",
				"maximum_age":          "number",
				"assurer_email":        "email",
				"last_modified":        "date-time",
				"phones":               "list:phone",
				"schedules":            "list:schedule",
				"service_areas":        "list:service_area",
				"languages":            "list:language",
				"organization":         "object:organization",
				"capacities":           "list:service_capacity",
				"service_at_locations": "list:service_at_location",
				"attributes":           "list:attribute",
			},
			text: "name alternate_name description interpretation_services application_process fees_description wait_time fees accreditations eligibility_description assured_date licenses alert",
		},
		"organization": {
			required: "id name description",
			fields: map[string]string{
				"id":                     "uuid",
				"email":                  "email",
				"website":                "uri",
				"year_incorporated":      "number",
				"uri":                    "uri",
				"parent_organization_id": "uuid",
				"phones":                 "list:phone",
				"locations":              "list:location",
				"attributes":             "list:attribute",
			},
			text: "name alternate_name description tax_status tax_id legal_status logo",
		},
		"phone": {
			required: "id number",
			fields: map[string]string{
				"id":                     "uuid",
				"location_id":            "uuid",
				"service_id":             "uuid",
				"organization_id":        "uuid",
				"contact_id":             "uuid",
				"service_at_location_id": "uuid",
				"extension":              "number",
				"languages":              "list:language",
				"attributes":             "list:attribute",
			},
			text: "number type description",
		},
		"language": {
			required: "id",
			fields: map[string]string{
				"id":          "uuid",
				"service_id":  "uuid",
				"location_id": "uuid",
				"phone_id":    "uuid",
				"attributes":  "list:attribute",
			},
			text: "name code note",
		},
		"schedule": {
			required: "id",
			fields: map[string]string{
				"id":                     "uuid",
				"service_id":             "uuid",
				"location_id":            "uuid",
				"service_at_location_id": "uuid",
				"timezone":               "number",
				"count":                  "number",
				"wkst":                   "one of:MO|TU|WE|TH|FR|SA|SU",
				"freq":                   "one of:WEEKLY|MONTHLY",
				"interval":               "number",
				"schedule_link":          "uri",
				"attributes":             "list:attribute",
			},
			text: "valid_from valid_to dtstart until byday byweekno bymonthday byyearday description opens_at closes_at attending_type notes",
		},
		"service_area": {
			required: "id",
			fields: map[string]string{
				"id":                     "uuid",
				"service_id":             "uuid",
				"service_at_location_id": "uuid",
				"attributes":             "list:attribute",
			},
			text: "name description extent extent_type uri",
		},
		"service_at_location": {
			required: "id",
			fields: map[string]string{
				"id":            "uuid",
				"service_id":    "uuid",
				"location_id":   "uuid",
				"service_areas": "list:service_area",
				"phones":        "list:phone",
				"schedules":     "list:schedule",
				"location":      "object:location",
				"attributes":    "list:attribute",
			},
			text: "description",
		},
		"location": {
			required: "id location_type",
			fields: map[string]string{
				"id":              "uuid",
				"location_type":   "one of:physical|postal|virtual",
				"url":             "uri",
				"organization_id": "uuid",
				"latitude":        "number",
				"longitude":       "number",
				"languages":       "list:language",
				"addresses":       "list:address",
				"phones":          "list:phone",
				"schedules":       "list:schedule",
				"attributes":      "list:attribute",
			},
			text: "name alternate_name description transportation external_identifier external_identifier_type",
		},
		"address": {
			required: "id address_1 city state_province postal_code country address_type",
			fields: map[string]string{
				"id":           "uuid",
				"location_id":  "uuid",
				"address_type": "one of:physical|postal|virtual",
				"attributes":   "list:attribute",
			},
			text: "attention address_1 address_2 city region state_province postal_code country",
		},
		"service_capacity": {
			required: "id unit available updated",
			fields: map[string]string{
				"id":         "uuid",
				"service_id": "uuid",
				"unit":       "object:unit",
				"unit_id":    "uuid",
				"available":  "number",
				"maximum":    "number",
				"updated":    "date-time",
				"attributes": "list:attribute",
			},
			text: "description",
		},
		"unit": {
			required: "id name",
			fields: map[string]string{
				"id":         "uuid",
				"uri":        "uri",
				"attributes": "list:attribute",
			},
			text: "name scheme identifier",
		},
		"attribute": {
			required: "id",
			fields: map[string]string{
				"id":               "uuid",
				"link_id":          "uuid",
				"taxonomy_term_id": "uuid",
				"taxonomy_term":    "object:taxonomy_term",
			},
			text: "link_type link_entity value label",
		},
		"taxonomy_term": {
			required: "id name description",
			fields: map[string]string{
				"id":          "uuid",
				"parent_id":   "uuid",
				"taxonomy_id": "uuid",
				"term_uri":    "uri",
			},
			text: "code name description taxonomy language",
		},
	}
}

// asTheStandardHas holds an object, and all that is in it, against the standard.
func asTheStandardHas(kind, path string, value any) (wrong []string) {
	members, is := value.(map[string]any)
	if !is {
		return []string{path + ": no object"}
	}
	want := standard()[kind]
	for _, name := range strings.Fields(want.required) {
		if members[name] == nil {
			wrong = append(wrong, path+"."+name+": missing")
		}
	}
	for name, v := range members {
		at := path + "." + name
		form, special := want.fields[name]
		if !special && !slices.Contains(strings.Fields(want.text), name) {
			wrong = append(wrong, at+": not in the standard")
			continue
		}
		wrong = append(wrong, isOfForm(form, at, v)...)
	}
	return wrong
}

func isOfForm(form, at string, v any) (wrong []string) {
	form, of, _ := strings.Cut(form, ":")
	text, isText := v.(string)
	right := true
	switch form {
	case "object":
		return asTheStandardHas(of, at, v)
	case "list":
		list, is := v.([]any)
		if right = is; is {
			for i, one := range list {
				wrong = append(wrong, asTheStandardHas(of, fmt.Sprintf("%s[%d]", at, i), one)...)
			}
		}
	case "number":
		_, right = v.(float64)
	case "uuid":
		right = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(text)
	case "date-time":
		_, err := time.Parse(time.RFC3339, text)
		right = err == nil
	case "one of":
		right = slices.Contains(strings.Split(of, "|"), text)
	default:
		right = isText && text != ""
	}
	if !right {
		wrong = append(wrong, at+": not "+form)
	}
	return wrong
}

// TestTheStandardsFactsRefuseWhatIsWrong, or what is held against them shows nothing.
func TestTheStandardsFactsRefuseWhatIsWrong(t *testing.T) {
	right := func() map[string]any {
		return map[string]any{
			"id": "ac148810-d857-441c-9679-408f346de14b", "name": "Invented", "status": "active",
			"capacities": []any{map[string]any{
				"id": "ac148810-d857-441c-9679-408f346de14c", "available": 1.0, "updated": "2026-03-05T00:00:00Z",
				"unit": map[string]any{"id": "ac148810-d857-441c-9679-408f346de14d", "name": "bed"},
			}},
		}
	}
	if wrong := asTheStandardHas("service", "$", right()); wrong != nil {
		t.Fatal(wrong)
	}
	for what, change := range map[string]func(map[string]any){
		"no name":             func(s map[string]any) { delete(s, "name") },
		"an id of its own":    func(s map[string]any) { s["id"] = "1" },
		"a status of its own": func(s map[string]any) { s["status"] = "open" },
		"a field of its own":  func(s map[string]any) { s["beds"] = 3.0 },
		"a capacity at once":  func(s map[string]any) { s["capacities"].([]any)[0].(map[string]any)["updated"] = "now" },
		"a number as text":    func(s map[string]any) { s["minimum_age"] = "18" },
		"no unit":             func(s map[string]any) { delete(s["capacities"].([]any)[0].(map[string]any), "unit") },
		"an object as a list": func(s map[string]any) { s["organization"] = []any{} },
	} {
		s := right()
		if change(s); asTheStandardHas("service", "$", s) == nil {
			t.Errorf("%s is right", what)
		}
	}
}
