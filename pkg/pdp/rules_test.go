package pdp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// TestEachRuleSaysWhatItHolds: each has a sentence and stands once, and every condition that
// a refusal names is among them, or the parts that it is met by.
func TestEachRuleSaysWhatItHolds(t *testing.T) {
	engine, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	rules := engine.Rules()
	seen := map[[2]string]bool{}
	for _, r := range rules {
		at := [2]string{r.Decides, string(r.ID)}
		if r.Title == "" || seen[at] {
			t.Errorf("%+v", r)
		}
		seen[at] = true
	}
	permit, err := engine.Disclose(t.Context(), pdp.Disclosure{Recipient: pdp.Recipient{Class: posada.ClassBorder}, Purpose: posada.PurposeLegal, Asked: posada.SetOf(posada.CategoryIdentity)})
	if err != nil {
		t.Fatal(err)
	}
	unmet := permit.Unmet(posada.CategoryIdentity)
	for _, id := range unmet {
		is := func(r pdp.Rule) bool {
			return r.Decides == "disclose" && (r.ID == id || strings.HasPrefix(string(r.ID), string(id)+"."))
		}
		if !slices.ContainsFunc(rules, is) {
			t.Errorf("%s refuses, and is no rule", id)
		}
	}
	if len(unmet) < 5 || !slices.Contains(unmet, "G1") {
		t.Errorf("of somebody who may have nothing: %v", unmet)
	}
}
