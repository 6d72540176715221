// Package sampled takes a few rows of a long table of cases, spread over it, for tests that
// are run many times a day; CI goes through all of them. It decides nothing by chance: the
// same few are taken each time, whatever order a map has.
package sampled

import (
	"iter"
	"maps"
	"slices"
)

// Of is so many of a list, spread over it, the first among them; all where few is 0, or
// as many as there are.
func Of[Row any](list []Row, few int) []Row {
	if few <= 0 || few >= len(list) {
		return list
	}
	taken := make([]Row, few)
	for i := range taken {
		taken[i] = list[i*len(list)/few]
	}
	return taken
}

// Rows is so many of a table's rows, spread over its names.
func Rows[Row any](table map[string]Row, few int) iter.Seq2[string, Row] {
	return func(yield func(string, Row) bool) {
		for _, name := range Of(slices.Sorted(maps.Keys(table)), few) {
			if !yield(name, table[name]) {
				return
			}
		}
	}
}
