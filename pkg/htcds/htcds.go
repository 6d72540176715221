// Package htcds knows the fields a referral can carry and the category of
// each: the Human Trafficking Case Data Standard 2.0 (IOM / CTDC, repository
// UNMigration/HTCDS, CC BY 4.0; its field list is in this folder) and, behind
// the prefix psd_, the few fields care needs that the standard does not have.
//
// Guarantee: every (record role, field) that exists has exactly one category
// or is marked as not being data about her; a pair that is not in
// categories.csv does not exist and nothing carries it. Limit: the category is
// the field's, not the text's: what somebody types into a comment is only as
// safe as the category of comments, which is why free text sits in the most
// guarded ones.
package htcds

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Role is whom or what a record speaks of. The standard's Person and
// Organisation objects stand in several roles, and the role decides whose data
// a field is.
type Role string

// Survivor is the role of the person the referral is for; the others are the
// rows of categories.csv.
const Survivor Role = "survivor"

// Errors of looking a field up or checking a value. They name the field, never
// the value.
var (
	ErrUnknownField = errors.New("no such field in this record role")
	ErrBadValue     = errors.New("value is not of the field's type")
)

// Field is one field in one record role.
type Field struct {
	Role Role
	Name string // with its prefix, as in the standard: prs_FirstName

	// About is false for the few fields that say nothing about her: the
	// referring worker's name. Category then is empty.
	About    bool
	Category posada.Category

	kind   string
	values []string
}

//go:embed htcds-2.0-fields.csv
var standardCSV []byte

//go:embed posada-fields.csv
var extensionCSV []byte

//go:embed categories.csv
var categoryCSV []byte

type place struct {
	role Role
	name string
}

// table is read once; what is embedded was read by the tests too, so an error
// here is a defect of the build.
var table = sync.OnceValue(func() map[place]Field {
	fields, err := load(standardCSV, extensionCSV, categoryCSV)
	if err != nil {
		panic("htcds: embedded data: " + err.Error())
	}
	return fields
})

// Lookup finds a field in a record role.
func Lookup(role Role, name string) (Field, error) {
	f, ok := table()[place{role, name}]
	if !ok {
		return Field{}, fmt.Errorf("%w", ErrUnknownField)
	}
	return f, nil
}

// Roles lists the record roles in the order of categories.csv.
func Roles() []Role {
	var roles []Role
	for _, row := range mustRows(categoryCSV) {
		if r := Role(row[0]); len(roles) == 0 || roles[len(roles)-1] != r {
			roles = append(roles, r)
		}
	}
	return roles
}

// Fields lists a role's fields in the order of categories.csv.
func Fields(role Role) []Field {
	var fields []Field
	for _, row := range mustRows(categoryCSV) {
		if Role(row[0]) == role {
			fields = append(fields, table()[place{role, row[1]}])
		}
	}
	return fields
}

type definition struct {
	kind   string
	values []string
}

func load(standard, extension, categories []byte) (map[place]Field, error) {
	definitions, err := define(standard, extension)
	if err != nil {
		return nil, err
	}
	assigned, err := rows(categories)
	if err != nil {
		return nil, err
	}
	fields := make(map[place]Field, len(assigned))
	for _, row := range assigned {
		d, ok := definitions[row[1]]
		if !ok {
			return nil, fmt.Errorf("categories: %s is not in the standard", row[1])
		}
		f := Field{Role: Role(row[0]), Name: row[1], kind: d.kind, values: d.values}
		if row[2] != "-" {
			f.About = true
			if f.Category, err = posada.Parse[posada.Category](row[2]); err != nil {
				return nil, fmt.Errorf("categories: %s %s: %w", row[0], row[1], err)
			}
		}
		at := place{f.Role, f.Name}
		if _, twice := fields[at]; twice {
			return nil, fmt.Errorf("categories: %s %s stands twice", row[0], row[1])
		}
		fields[at] = f
	}
	return fields, nil
}

// The columns of the standard's table that we read.
const (
	colName   = 6
	colType   = 7
	colValues = 9
)

func define(standard, extension []byte) (map[string]definition, error) {
	definitions := map[string]definition{}
	list, err := rows(standard)
	if err != nil {
		return nil, fmt.Errorf("standard: %w", err)
	}
	for _, row := range list {
		if len(row) <= colName || row[colName] == "" || row[colName] == "N/A" {
			continue // a section's heading or an example question
		}
		d := definition{kind: "Text"}
		if len(row) > colType && row[colType] != "" {
			d.kind = row[colType]
		}
		if len(row) > colValues {
			d.values = pickValues(row[colValues], "\n")
		}
		definitions[row[colName]] = d
	}
	list, err = rows(extension)
	if err != nil {
		return nil, fmt.Errorf("posada's fields: %w", err)
	}
	for _, row := range list {
		definitions[row[0]] = definition{kind: row[1], values: pickValues(row[2], " ")}
	}
	return definitions, nil
}

// pickValues reads a list of permitted values. Where the standard refers to
// another one ("Use ISO 3166 …") it has no list, and any text is taken.
func pickValues(text, separator string) []string {
	text = strings.ReplaceAll(text, "\r", "")
	if text == "" || strings.HasPrefix(text, "Use ") {
		return nil
	}
	return strings.Split(text, separator)
}

// rows reads a table without its heading.
func rows(data []byte) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	if _, err := r.Read(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return r.ReadAll()
}

func mustRows(data []byte) [][]string {
	list, err := rows(data)
	if err != nil {
		panic("htcds: embedded data: " + err.Error())
	}
	return list
}
