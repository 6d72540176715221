package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Target is where a column goes: a field in a record of the case, or one of the two things
// that stand beside the records.
type Target struct {
	Role  htcds.Role
	Nth   int // which record of its role, from 1
	Field string
}

// What stands beside the records.
const (
	services = "services"
	priority = "priority"
)

// String writes a target as people read it: survivor.prs_FirstName,
// household_member[2].prs_FirstName, services.
func (t Target) String() string {
	if t.Role == "" {
		return t.Field
	}
	return referral.Place{Nth: t.Nth, Role: t.Role, Field: t.Field}.String()
}

// Category is of which kind what goes there is; empty where it says nothing about her.
func (t Target) Category() posada.Category {
	if t.Role == "" {
		return posada.CategoryNeeds
	}
	field, err := htcds.Lookup(t.Role, t.Field)
	if err != nil {
		return ""
	}
	return field.Category
}

func (t Target) several() bool {
	if t.Role == "" {
		return t.Field == services
	}
	field, err := htcds.Lookup(t.Role, t.Field)
	return err == nil && field.Several()
}

// check holds a value against what stands there. The error is a *htcds.ValueError.
func (t Target) check(value string) error {
	switch {
	case t.Role != "":
		field, err := htcds.Lookup(t.Role, t.Field)
		if err != nil {
			return err
		}
		return field.Check(value)
	case t.Field == priority:
		return oneOf(t.Field, posada.Texts(posada.Members[posada.Priority]()), value)
	}
	for word := range strings.SplitSeq(value, ";") {
		if err := oneOf(t.Field, posada.Texts(posada.Members[posada.ServiceType]()), word); err != nil {
			return err
		}
	}
	return nil
}

func oneOf(field string, words []string, value string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return &htcds.ValueError{Field: field, Want: htcds.WantOneOf, List: words}
}

// place is how a target is written. The first of a role needs no number.
var place = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z_]+)(?:\[([1-9][0-9]?)\])?\.([a-z]{3}_[A-Za-z]+)$`)
})

// ParseTarget reads a target. What it names exists.
func ParseTarget(text string) (Target, error) {
	if text == services || text == priority {
		return Target{Field: text}, nil
	}
	m := place().FindStringSubmatch(text)
	if m == nil {
		return Target{}, htcds.ErrUnknownField
	}
	t := Target{Role: htcds.Role(m[1]), Nth: 1, Field: m[3]}
	if m[2] != "" {
		n, err := strconv.Atoi(m[2])
		if err != nil || n > referral.MaxRecords {
			return Target{}, fmt.Errorf("%w", htcds.ErrUnknownField)
		}
		t.Nth = n
	}
	if _, err := htcds.Lookup(t.Role, t.Field); err != nil {
		return Target{}, err
	}
	return t, nil
}

// standardTarget is the field that a column is named for, as the standard's own tables name
// them. What is about an organisation, or about whoever did it, does not say in which role,
// and is nobody's until a role stands before it.
func standardTarget(name string) (Target, bool) {
	if t, err := ParseTarget(name); err == nil {
		return t, true
	}
	prefix, _, _ := strings.Cut(name, "_")
	var role htcds.Role
	switch prefix {
	case "prs", "vic", "psd":
		role = htcds.Survivor
	case "cas", "cco", "spl", "con":
		role = "case"
	case "hte":
		role = "trafficking_event"
	}
	if _, err := htcds.Lookup(role, name); err != nil {
		return Target{}, false
	}
	return Target{Role: role, Nth: 1, Field: name}, true
}

// standardName is the column that the standard's tables have for a target.
func standardName(t Target) string {
	if own, ok := standardTarget(t.Field); ok && own == t {
		return t.Field
	}
	return t.String()
}
