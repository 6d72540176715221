package fault_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
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

// TestEveryKeyIsListed: what is not has no page at a node, and no test asks for its sentences.
func TestEveryKeyIsListed(t *testing.T) {
	text, err := os.ReadFile("keys.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[fault.Key]bool{}
	for _, key := range fault.Keys() {
		if listed[key] {
			t.Errorf("%s is listed twice", key)
		}
		listed[key] = true
	}
	written := regexp.MustCompile(`Key = "([a-z_]+)"`).FindAllSubmatch(regexp.MustCompile(`\s+Key\s+=`).ReplaceAll(text, []byte(" Key =")), -1)
	for _, key := range written {
		if !listed[fault.Key(key[1])] {
			t.Errorf("%s is not listed", key[1])
		}
	}
	if len(written) != len(listed) || len(written) < 100 {
		t.Errorf("%d keys, %d listed", len(written), len(listed))
	}
}
