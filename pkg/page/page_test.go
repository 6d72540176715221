package page

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// row is one of a list, of which some are not for whoever asks.
type row struct {
	Place
	hers bool
}

// TestWhatWasThereTheWholeTimeIsSeenOnce: somebody goes through a list part by part while rows
// are added at any place, and taken out.
func TestWhatWasThereTheWholeTimeIsSeenOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := 0
		draw := func() row {
			drawn++
			// Few moments, so that many rows are of one.
			at := time.Unix(int64(rapid.IntRange(0, 5).Draw(t, "at")), 0)
			return row{Place{at, fmt.Sprint(drawn)}, rapid.Bool().Draw(t, "hers")}
		}
		list := []row{}
		for range rapid.IntRange(0, 30).Draw(t, "rows") {
			list = append(list, draw())
		}
		whole, seen := map[string]bool{}, []Place{}
		for _, r := range list {
			whole[r.ID] = r.hers
		}
		a := Asked{Limit: rapid.IntRange(1, 7).Draw(t, "limit")}
		for {
			part, shown := take(t, list, a)
			seen = append(seen, part.Rows...)
			if len(part.Rows) > a.Limit || (part.Next != Place{}) != (more(list, part, a)) {
				t.Fatalf("%d of %d, and %v behind them", len(part.Rows), a.Limit, part.Next)
			}
			if shown > len(list) {
				t.Fatal("a row was looked at twice")
			}
			if part.Next == (Place{}) {
				break
			}
			a.After = part.Next
			for range rapid.IntRange(0, 3).Draw(t, "added") {
				list = append(list, draw())
			}
			if gone := rapid.IntRange(0, len(list)).Draw(t, "gone"); gone < len(list) {
				delete(whole, list[gone].ID)
				list = slices.Delete(list, gone, gone+1)
			}
		}
		if !slices.IsSortedFunc(seen, func(x, y Place) int { return cmp.Or(x.compare(y), 1) }) {
			t.Fatalf("out of order, or twice: %v", seen)
		}
		for id, hers := range whole {
			if found := slices.ContainsFunc(seen, func(p Place) bool { return p.ID == id }); found != hers {
				t.Fatalf("%s: hers %v, seen %v", id, hers, found)
			}
		}
	})
}

func take(t *rapid.T, list []row, a Asked) (part Of[Place], shown int) {
	part, err := Take(slices.Clone(list), func(r row) Place { return r.Place }, a, func(r row) (Place, bool, error) {
		shown++
		return r.Place, r.hers, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return part, shown
}

// more reports whether rows of hers stand behind a part.
func more(list []row, part Of[Place], a Asked) bool {
	last := a.After
	if n := len(part.Rows); n > 0 {
		last = part.Rows[n-1]
	}
	return slices.ContainsFunc(list, func(r row) bool { return r.hers && (last == Place{} || r.compare(last) > 0) })
}

// TestNothingBeforeOrFarBehindIsLookedAt: what costs is to decide what she may see.
func TestNothingBeforeOrFarBehindIsLookedAt(t *testing.T) {
	var list []row
	for n := range 100 {
		list = append(list, row{Place{time.Unix(int64(n), 0), "x"}, true})
	}
	shown := []int64{}
	part, err := Take(list, func(r row) Place { return r.Place }, Asked{After: Place{time.Unix(50, 0), "x"}, Limit: 3}, func(r row) (Place, bool, error) {
		shown = append(shown, r.At.Unix())
		return r.Place, true, nil
	})
	if err != nil || len(part.Rows) != 3 || !slices.Equal(shown, []int64{49, 48, 47, 46}) {
		t.Errorf("%v, looked at %v, %v", part, shown, err)
	}
}

// TestWhatCannotBeShownIsNoShorterList: it is an error.
func TestWhatCannotBeShownIsNoShorterList(t *testing.T) {
	broken := errors.New("broken")
	part, err := Take([]int{1, 2}, func(n int) Place { return Place{ID: fmt.Sprint(n)} }, Asked{}, func(n int) (int, bool, error) {
		if n == 2 {
			return 0, false, broken
		}
		return n, true, nil
	})
	if !errors.Is(err, broken) || part.Rows != nil {
		t.Errorf("%v, %v", part, err)
	}
}
