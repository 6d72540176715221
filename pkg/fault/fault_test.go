package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/posada-exchange/posada/pkg/fault"
)

func TestAnErrorsTextTellsNothingOfItsCause(t *testing.T) {
	cause := errors.New("Xochitl")
	err := fmt.Errorf("send: %w", fault.New(fault.Refused, "some_key", "field", "prs_FirstName").Because(cause))
	if got := err.Error(); got != "send: refused: some_key" {
		t.Errorf("%q", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost to errors.Is")
	}
	if e := fault.From(err); e.Code != fault.Refused || e.Args["field"] != "prs_FirstName" {
		t.Errorf("%+v", e)
	}
}

func TestAnErrorWithoutACodeIsInternal(t *testing.T) {
	if e := fault.From(errors.New("Xochitl")); e.Code != fault.Internal || e.Key != fault.UnexpectedFailure || len(e.Args) != 0 {
		t.Errorf("%+v", e)
	}
}

func BenchmarkFrom(b *testing.B) {
	err := fmt.Errorf("send: %w", fault.New(fault.Refused, fault.Uncovered, "fields", "survivor.psd_Medical"))
	for b.Loop() {
		fault.From(err)
	}
}
