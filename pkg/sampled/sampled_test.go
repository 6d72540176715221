package sampled_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/sampled"
)

// TestAFewAreSpreadOverAllOfThem: as many as were asked for, each once, in order, none further from
// the next than the others are.
func TestAFewAreSpreadOverAllOfThem(t *testing.T) {
	for size := range 30 {
		list, table := make([]int, size), map[string]int{}
		for i := range list {
			list[i], table[fmt.Sprintf("%02d", i)] = i, i
		}
		for few := range 35 {
			got := sampled.Of(list, few)
			want := few
			if few == 0 || few > size {
				want = size
			}
			if len(got) != want || size > 0 && got[0] != 0 {
				t.Fatalf("%d of %d are %v", few, size, got)
			}
			for i := 1; i < len(got); i++ {
				if gap := got[i] - got[i-1]; gap < size/want || gap > size/want+1 {
					t.Fatalf("%d of %d are %v", few, size, got)
				}
			}
			rows := maps.Collect(sampled.Rows(table, few))
			if !slices.Equal(slices.Sorted(maps.Values(rows)), got) {
				t.Fatalf("%d of %d rows are %v", few, size, rows)
			}
		}
	}
}
