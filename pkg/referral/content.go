// Package referral is what a referral says and how it lives: its content,
// field by field, and its states with who may set which.
//
// Guarantee: two copies of one referral that have seen the same marks show the
// same state, in whatever order the marks came (lifecycle.go). Content prints
// as "(redacted)". Limit: nothing here decides who may have what; that is the
// policy's, on the categories this package counts.
package referral

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
)

// MaxRecords is how many records one referral may carry.
const MaxRecords = 64

// Errors of a referral's content. They name fields, never values.
var (
	ErrEmpty          = errors.New("the referral asks for no service and says nothing")
	ErrTooManyRecords = errors.New("the referral has too many records")
)

// Content is what a referral says: what is asked for, and data about her,
// record by record. Purpose says why; services, priority and the need are category
// needs.
type Content struct {
	Purpose  posada.Purpose                 `json:"purpose"`
	Services posada.Set[posada.ServiceType] `json:"services"`
	Priority posada.Priority                `json:"priority,omitempty"`
	Need     posada.NeedID                  `json:"need,omitempty"` // for which the recipient holds a place; it knows its id
	Records  []Record                       `json:"records,omitempty"`
}

// Record is one object of the case data standard in one role: field name, with
// its prefix, to value.
type Record struct {
	Role   htcds.Role        `json:"role"`
	Fields map[string]string `json:"fields"`
}

// String hides the content from every log line and error.
func (Content) String() string { return "(redacted)" }

// GoString hides the content from %#v.
func (Content) GoString() string { return "(redacted)" }

// String hides the record from every log line and error.
func (Record) String() string { return "(redacted)" }

// GoString hides the record from %#v.
func (Record) GoString() string { return "(redacted)" }

// Place names one field of a content without its value.
type Place struct {
	Record int        `json:"record"` // index into Content.Records
	Nth    int        `json:"nth"`    // which record of its role, from 1
	Role   htcds.Role `json:"role"`
	Field  string     `json:"field"`
}

// String writes a place as people read it: survivor.prs_FirstName, and
// household_member[2].prs_FirstName for the second of a role.
func (p Place) String() string {
	if p.Nth > 1 {
		return fmt.Sprintf("%s[%d].%s", p.Role, p.Nth, p.Field)
	}
	return fmt.Sprintf("%s.%s", p.Role, p.Field)
}

// Check holds every field against the standard. All that is wrong is joined.
func (c Content) Check() error {
	if c.Services.Empty() && len(c.Records) == 0 {
		return ErrEmpty
	}
	if len(c.Records) > MaxRecords {
		return ErrTooManyRecords
	}
	var wrong []error
	if !posada.Known(c.Purpose) {
		wrong = append(wrong, fmt.Errorf("purpose: %w", posada.ErrUnknownWord))
	}
	if !posada.Known(c.Priority) {
		wrong = append(wrong, fmt.Errorf("priority: %w", posada.ErrUnknownWord))
	}
	for _, r := range c.Records {
		for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
			field, err := htcds.Lookup(r.Role, name)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s %s: %w", r.Role, name, err))
				continue
			}
			if err := field.Check(r.Fields[name]); err != nil {
				wrong = append(wrong, err)
			}
		}
	}
	return errors.Join(wrong...)
}

// Each calls f for every field in a fixed order: records as they stand, fields
// by name. A field the standard does not know is not visited.
func (c Content) Each(f func(Place, htcds.Field, string)) {
	nth := map[htcds.Role]int{}
	for i, r := range c.Records {
		nth[r.Role]++
		for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
			if field, err := htcds.Lookup(r.Role, name); err == nil {
				f(Place{Record: i, Nth: nth[r.Role], Role: r.Role, Field: name}, field, r.Fields[name])
			}
		}
	}
}

// Categories is every category the content holds data of.
func (c Content) Categories() posada.Set[posada.Category] {
	var set posada.Set[posada.Category]
	if !c.Services.Empty() || c.Priority != "" {
		set = set.With(posada.CategoryNeeds)
	}
	c.Each(func(_ Place, field htcds.Field, _ string) {
		if field.About {
			set = set.With(field.Category)
		}
	})
	return set
}

// Without is the content minus what the names name: services, a place as Place
// writes it, or a field in whatever record it stands. What names nothing of the
// content is listed, and changes nothing.
func (c Content) Without(names ...string) (left Content, unknown []string) {
	found := map[string]bool{}
	if slices.Contains(names, "services") && !c.Services.Empty() {
		found["services"] = true
		c.Services = 0
	}
	nth := map[htcds.Role]int{}
	records := make([]Record, 0, len(c.Records))
	for i, r := range c.Records {
		nth[r.Role]++
		fields := maps.Clone(r.Fields)
		for field := range r.Fields {
			at := Place{Record: i, Nth: nth[r.Role], Role: r.Role, Field: field}.String()
			for _, name := range names {
				if name == field || name == at {
					found[name] = true
					delete(fields, field)
				}
			}
		}
		if len(fields) > 0 {
			records = append(records, Record{Role: r.Role, Fields: fields})
		}
	}
	c.Records = records
	for _, name := range names {
		if !found[name] {
			unknown = append(unknown, name)
		}
	}
	return c, unknown
}
