package story_test

import (
	"testing"

	demo "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/policy"
)

// TestTheFilesDecideWhatASixteenYearOldMay changes one file at a time so that a step can no
// longer be as told, and expects the demo to notice.
func TestTheFilesDecideWhatASixteenYearOldMay(t *testing.T) {
	for name, c := range sampled.Rows(map[string]struct {
		file  string
		pairs []string
		step  string
	}{
		"a school may have her name":           {"town.yaml", []string{"safe_contact: consent}", "safe_contact: consent, identity: consent}"}, "story.b.rules"},
		"it is funders who may":                {"town.yaml", []string{"  school:\n", "  funder:\n"}, "story.b.rules"},
		"the sponsor is her representative":    {"consent-sponsor.yaml", []string{"guardian_and_minor", "legal_representative"}, "story.b.sponsor"},
		"she is in no state of the table":      {"consent-legal.yaml", []string{"us-tx", "elsewhere"}, "story.b.alone"},
		"she did not agree to her name":        {"consent-legal.yaml", []string{"safe_contact, identity]", "safe_contact]"}, "story.b.alone"},
		"the advocate is to know no more":      {"consent-legal.yaml", []string{", minor_details]", "]"}, "story.b.advocate"},
		"nobody signs too":                     {"consent-legal.yaml", []string{"co_signed: [child_advocate]\n", ""}, "story.b.advocate"},
		"her mother is whom she fled":          {"consent-family.yaml", []string{"none_found", "found"}, "story.b.family"},
		"she does not want to be looked for":   {"consent-family.yaml", []string{"assent: given", "assent: not_given"}, "story.b.family"},
		"the NGO abroad works on cases, too":   {"consent-family.yaml", []string{"services:", "  - to: Red Orilla Sur, México\n    purpose: case_management\n    share: [needs, safe_contact, identity]\n    single_use: false\nservices:"}, "story.b.only"},
		"she is younger":                       {"consent-school.yaml", []string{"16-17", "12-15"}, "story.b.school"},
		"her mother enrols her":                {"consent-school.yaml", []string{"given_by: minor_alone", "given_by: guardian_and_minor\nassent: given\nconflict: none_found"}, "story.b.school"},
		"the school is told, in English":       {"referral-school.yaml", []string{"Tenth grade", "Tenth grade after Trafficking"}, "story.b.words"},
		"the school is told, in Spanish":       {"referral-school.yaml", []string{"Tenth grade", "Sale de la trata de personas"}, "story.b.words"},
		"a word too short to be looked for":    {"words.txt", []string{"abuse\n", "sex\n"}, "story.b.words"},
		"prosecutors are proposed as the law":  {"proposal.yaml", []string{"needs: consent, identity: consent, perpetrator: consent", "needs: ceremony, identity: ceremony, perpetrator: ceremony"}, "story.b.proposal"},
		"it is lawyers who are proposed":       {"proposal.yaml", []string{"  prosecution:", "  legal_aid:"}, "story.b.proposal"},
		"the prosecutors call themselves NGOs": {"town.yaml", []string{"class: prosecution", "class: ngo"}, "story.b.case"},
	}, few(4)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notAsTold(t, "b", name, c.step, nil, altered.Files(t, demo.Files, "b/"+c.file, c.pairs...))
		})
	}
}

// TestTheRulesDecideWhatASixteenYearOldMay changes one rule at a time, or a row of the law.
func TestTheRulesDecideWhatASixteenYearOldMay(t *testing.T) {
	const (
		guard, minors = "disclose/guard.rego", policy.MinorsFile
		states        = `"jurisdictions": ["us-az", "us-ca", "us-nm", "us-tx"],` + "\n      "
		custody       = `"cosigned": true,` + "\n      " + `"provided": {"en": "homeless, and in the physical custody of no parent or guardian", "es": "sin hogar y sin estar bajo el cuidado físico de su madre, padre o tutor"},`
	)
	for name, c := range sampled.Rows(map[string]struct {
		file  string
		pairs []string
		step  string
	}{
		"a guardian whom she fled":          {guard, []string{`input.consent.conflict == "none_found"`, `input.consent.conflict in {"none_found", "found"}`}, "story.b.sponsor"},
		"a guardian without her":            {guard, []string{`input.consent.assent == "given"`, `input.consent.assent in {"given", "not_asked"}`}, "story.b.sponsor"},
		"no law lets her have a lawyer":     {minors, []string{states + `"services": ["legal_immigration"]`, states + `"services": ["education_enrolment"]`}, "story.b.alone"},
		"the law of Texas is Mexico's, too": {minors, []string{`"us-tx"],` + "\n      " + `"services": ["legal_immigration"]`, `"us-tx", "mx"],` + "\n      " + `"services": ["legal_immigration"]`}, "story.b.alone"},
		"no second signature is asked for":  {"disclose/network.rego", []string{`	mode(category) == "consent_cosigned"` + "\n\tsigned_too", `	mode(category) == "consent_cosigned"`}, "story.b.advocate"},
		"she may be looked for alone":       {minors, []string{`"education_enrolment": ["education"],`, `"education_enrolment": ["education"], "family_tracing": ["family_tracing"],`, `"services": ["legal_immigration"]`, `"services": ["legal_immigration", "family_tracing"]`}, "story.b.family"},
		"one purpose implies another":       {guard, []string{`if input.purpose in input.consent.purposes`, `if count(input.consent.purposes) > 0`}, "story.b.only"},
		"nobody need answer for a school":   {minors, []string{custody, `"cosigned": false,`}, "story.b.school"},
		"whoever receives is trusted":       {guard, []string{`"G1" if input.recipient.class in vocabulary.trusted_classes`, `"G1" if input.recipient.class in vocabulary.receiving_classes`}, "story.b.proposal"},
	}, few(2)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notAsTold(t, "b", name, c.step, altered.Files(t, policy.Files, c.file, c.pairs...), demo.Files)
		})
	}
}
