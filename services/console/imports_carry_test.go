package console

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestATableIsCarriedOnceAndEndsWithTheProgram: whoever presses twice brings it once; what
// stopped says why and may be begun again; when the program ends none goes on.
func TestATableIsCarriedOnceAndEndsWithTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, id, begun := newCarries(), posada.ImportID("invented"), 0
		waits := func(ctx context.Context) (imports.Saved, error) {
			begun++
			<-ctx.Done()
			return imports.Saved{}, ctx.Err()
		}
		c.begin(id, waits)
		synctest.Wait()
		c.begin(id, waits)
		synctest.Wait()
		one, going, here := c.find(id)
		if begun != 1 || !going || !here {
			t.Fatalf("begun %d times, going: %v", begun, going)
		}
		c.drop(id)
		synctest.Wait()
		if _, err := one.came(); !errors.Is(err, context.Canceled) || one.goes() {
			t.Errorf("given up, it goes on: %v", err)
		}
		c.begin(id, waits)
		synctest.Wait()
		c.stop()
		if one, going, _ := c.find(id); begun != 2 || going || one.goes() {
			t.Errorf("begun %d times, going: %v", begun, going)
		}
		if c.begin(id, waits); begun != 2 {
			t.Error("it begins when the program has ended")
		}
	})
}

// TestNamesOfFilesTurnNothingAround: what moves or turns what stands beside it is not in them.
func TestNamesOfFilesTurnNothingAround(t *testing.T) {
	if got := harmless("a\u202eb\x1b[2Jc\u200bd\x00\n"); got != "a b [2Jc d  " {
		t.Errorf("%q", got)
	}
	if got := []rune(harmless(string(make([]rune, 500)))); len(got) != 81 {
		t.Errorf("%d letters", len(got))
	}
}
