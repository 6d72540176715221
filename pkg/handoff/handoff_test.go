package handoff_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/handoff"
)

func TestARefusalIsNotAdmittedAndKeepsItsCodeAndItsCause(t *testing.T) {
	const canary = "Xochitl-7f3a91"
	cause := &fs.PathError{Op: "read", Path: canary, Err: fs.ErrInvalid}
	err := fmt.Errorf("take in: %w", handoff.Refuse("no_grant", cause))
	if !errors.Is(err, handoff.ErrNotAdmitted) || !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("%v is not %v, or lost its cause", err, handoff.ErrNotAdmitted)
	}
	if r, ok := errors.AsType[*handoff.Refusal](err); !ok || r.Code != "no_grant" {
		t.Errorf("%+v, %v", r, ok)
	}
	// The code is for people; what it was about is for nobody.
	if text := err.Error(); text != "take in: not admitted: no_grant" || strings.Contains(text, canary) {
		t.Error(text)
	}
}

func TestARefusalNeedsNoCause(t *testing.T) {
	err := handoff.Refuse("unknown_type", nil)
	if !errors.Is(err, handoff.ErrNotAdmitted) || errors.Unwrap(err) != nil {
		t.Errorf("%v", err)
	}
}

// Post holds what was not admitted and offers everything else again: an error
// of the store must not pass for a refusal, nor the other way round.
func TestOnlyARefusalIsNotAdmitted(t *testing.T) {
	for _, err := range []error{errors.New("not admitted"), fs.ErrInvalid, nil} {
		if errors.Is(err, handoff.ErrNotAdmitted) {
			t.Errorf("%v", err)
		}
	}
	if errors.Is(handoff.Refuse("no_grant", nil), fs.ErrInvalid) {
		t.Error("a refusal is an error it was not caused by")
	}
}

func TestAVerdictNobodyGaveStops(t *testing.T) {
	var v handoff.Verdict
	if v != handoff.Stop || v == handoff.Wait || v == handoff.Send {
		t.Errorf("the zero verdict is %d", v)
	}
	if handoff.Receipted == handoff.Ended {
		t.Error("an event that ended unsent looks like one that arrived")
	}
}
