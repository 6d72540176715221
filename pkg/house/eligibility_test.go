package house_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// TestEligibilityKnowsNothingOfConsent is G11 by construction: declining or
// withdrawing changes no eligibility, for what decides it cannot see a consent. No
// such package is there yet; one that appears under any of these names is held to
// it from its first day.
func TestEligibilityKnowsNothingOfConsent(t *testing.T) {
	const consents = module + "pkg/consent"
	found := false
	for _, p := range list(t, module+"...") {
		sees := p.ImportPath == consents || slices.Contains(p.Deps, consents)
		found = found || sees
		if sees && decidesEligibility(p.ImportPath) {
			t.Errorf("%s decides who is eligible and links pkg/consent", strings.TrimPrefix(p.ImportPath, module))
		}
	}
	if !found {
		t.Error("nothing links pkg/consent, so this shows nothing")
	}
}

// decidesEligibility tells by its name whether a package decides who may have a
// service: whole, or as a part of a path.
func decidesEligibility(importPath string) bool {
	for dir := strings.TrimPrefix(importPath, module); dir != "."; dir = path.Dir(dir) {
		if slices.Contains([]string{"eligibility", "eligible", "capacity", "matching", "match"}, path.Base(dir)) {
			return true
		}
	}
	return false
}

func TestEligibilityIsKnownByItsName(t *testing.T) {
	for name, want := range map[string]bool{
		"pkg/eligibility": true, "services/node/capacity": true, "pkg/matching/score": true,
		"pkg/consent": false, "services/node/consents": false, "pkg/posada": false,
	} {
		if decidesEligibility(module+name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
