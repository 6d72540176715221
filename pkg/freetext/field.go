package freetext

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/htcds"
)

// Warning is what is said of a text to whoever typed it: things of one kind that were
// found for one reason, as they stand in the text. It goes on that person's screen, and
// nowhere else.
type Warning struct {
	Kind  Kind
	Why   Reason
	Finds []string
}

// String hides a warning from every log line and error.
func (Warning) String() string { return "(redacted)" }

// GoString hides a warning from %#v.
func (Warning) GoString() string { return "(redacted)" }

// Warn is In as it is said to whoever typed a text: what is alike together, each once.
func Warn(text string, k Known) ([]Warning, error) {
	finds, err := In(text, k)
	return gather(text, finds), err
}

// WarnIn is Warn of what was typed in a field of a referral, without what the field is
// for. Fields that take a name, a number or a day, each by itself, are for that: nothing
// is said of them.
func WarnIn(f htcds.Field, value string, k Known) ([]Warning, error) {
	if !f.OwnWords() {
		return nil, nil
	}
	finds, err := In(value, k)
	expected := wanted(f.Name)
	finds = slices.DeleteFunc(finds, func(f Find) bool { return slices.Contains(expected, f.Kind) })
	return gather(value, finds), err
}

// wanted are the kinds that a field is for.
func wanted(name string) []Kind {
	switch name {
	case "psd_PreferredName":
		return []Kind{Person}
	case "psd_SafeContact":
		return []Kind{Person, Phone, Email, Link}
	case "psd_CurrentLocation", "psd_LocationHistory":
		return []Kind{Street, Coordinates}
	case "psd_EmployerDetails", "per_RoleDetails":
		return []Kind{Person, Phone, Email, Street, Link}
	}
	return nil
}

func gather(text string, finds []Find) (list []Warning) {
	for _, f := range finds {
		i := slices.IndexFunc(list, func(w Warning) bool { return w.Kind == f.Kind && w.Why == f.Why })
		if i < 0 {
			i, list = len(list), append(list, Warning{Kind: f.Kind, Why: f.Why})
		}
		if what := text[f.Start:f.End]; !slices.Contains(list[i].Finds, what) {
			list[i].Finds = append(list[i].Finds, what)
		}
	}
	return list
}
