package mapping

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// ColumnID is the column of what a case is called, in what is written here.
const ColumnID = "id"

// Written is a case as it is written for others' programs.
type Written struct {
	ID      string
	Content referral.Content
}

// String hides a case from every log line and error.
func (Written) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Written) GoString() string { return "(redacted)" }

// StayWhy is why something is not written, one word each.
type StayWhy string

// Why something stays.
const (
	StayNever       StayWhy = "never_leaves" // it never leaves whoever holds it
	StayNotStandard StayWhy = "not_standard" // the standard has no field for it
)

// StayWhys lists them.
func StayWhys() []StayWhy { return []StayWhy{StayNever, StayNotStandard} }

// Stays is a field that is not written, and of how many cases.
type Stays struct {
	Place string  `json:"place"` // role and field, of whichever record of the role
	Why   StayWhy `json:"why"`
	Cases int     `json:"cases"`
}

// leaves is what of cases is written: what may leave and, unless wide, what the standard has
// a field for. Everything else is in stays, in the order in which it was
// met: that is what the form loses.
func leaves(list []Written, wide bool) (out []Written, stays []Stays) {
	for _, w := range list {
		met := map[string]bool{}
		stay := func(where string, why StayWhy) {
			if met[where] {
				return
			}
			met[where] = true
			i := slices.IndexFunc(stays, func(s Stays) bool { return s.Place == where })
			if i < 0 {
				i, stays = len(stays), append(stays, Stays{Place: where, Why: why})
			}
			stays[i].Cases++
		}
		left := referral.Content{}
		if wide {
			left.Services, left.Priority = w.Content.Services, w.Content.Priority
		} else if !w.Content.Services.Empty() || w.Content.Priority != "" {
			stay(services, StayNotStandard)
		}
		for _, r := range w.Content.Records {
			kept := map[string]string{}
			for name, value := range r.Fields {
				if why := staysFor(r.Role, name, wide); why != "" {
					stay(string(r.Role)+"."+name, why)
					continue
				}
				kept[name] = value
			}
			if len(kept) > 0 {
				left.Records = append(left.Records, referral.Record{Role: r.Role, Fields: kept})
			}
		}
		out = append(out, Written{w.ID, left})
	}
	slices.SortFunc(stays, func(a, b Stays) int { return strings.Compare(a.Place, b.Place) })
	return out, stays
}

// staysFor is why a field stays; empty where it is written. One that nobody knows stays.
func staysFor(role htcds.Role, name string, wide bool) StayWhy {
	field, err := htcds.Lookup(role, name)
	switch {
	case err != nil || slices.Contains(posada.NeverLeave(), field.Category):
		return StayNever
	case strings.HasPrefix(name, "psd_") && !wide:
		return StayNotStandard
	}
	return ""
}

// fields are the columns of a case and their values.
func (w Written) fields() map[string]string {
	out := map[string]string{ColumnID: w.ID}
	w.Content.Each(func(at referral.Place, _ htcds.Field, value string) {
		out[standardName(Target{at.Role, at.Nth, at.Field})] = value
	})
	if !w.Content.Services.Empty() {
		out[services] = strings.Join(posada.Texts(w.Content.Services.List()), ";")
	}
	if w.Content.Priority != "" {
		out[priority] = string(w.Content.Priority)
	}
	return out
}

// WriteCSV writes cases as a table whose columns are named as the standard names its fields;
// wide, with the fields that the standard does not have. Nothing in it is a command for a
// spreadsheet. What it does not take along it says.
func WriteCSV(w io.Writer, cases []Written, wide bool) ([]Stays, error) {
	list, stays := leaves(cases, wide)
	names := []string{ColumnID}
	for _, one := range list {
		for name := range one.fields() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names[1:])
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	if err := out.Write(names); err != nil {
		return nil, fmt.Errorf("write a table: %w", err)
	}
	for _, one := range list {
		fields, row := one.fields(), make([]string, len(names))
		for i, name := range names {
			row[i] = Escape(fields[name])
		}
		if err := out.Write(row); err != nil {
			return nil, fmt.Errorf("write a table: %w", err)
		}
	}
	out.Flush()
	return stays, out.Error()
}

// WriteJSON writes cases as a list of objects: of each role an object, or a list where
// there are more. Otherwise as WriteCSV.
func WriteJSON(w io.Writer, cases []Written, wide bool) ([]Stays, error) {
	list, stays := leaves(cases, wide)
	out := make([]map[string]any, len(list))
	for i, one := range list {
		out[i] = map[string]any{ColumnID: one.ID}
		if !one.Content.Services.Empty() {
			out[i][services] = one.Content.Services.List()
		}
		if one.Content.Priority != "" {
			out[i][priority] = one.Content.Priority
		}
		roles := map[htcds.Role][]map[string]string{}
		for _, r := range one.Content.Records {
			roles[r.Role] = append(roles[r.Role], r.Fields)
		}
		for role, records := range roles {
			out[i][string(role)] = records
			if len(records) == 1 {
				out[i][string(role)] = records[0]
			}
		}
	}
	err := json.MarshalWrite(w, out, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	_, err = io.WriteString(w, "\n")
	return stays, err
}
