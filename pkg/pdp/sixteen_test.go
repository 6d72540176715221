package pdp_test

import (
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// everything asks for all there is, under a consent that names all of it.
func everything(d pdp.Disclosure) pdp.Disclosure {
	d.Asked = posada.SetOf(posada.Members[posada.Category]()...)
	d.Consent.Categories = d.Asked
	return d
}

// TestASixteenYearOldTwoCountriesASuspectSponsor is a story: everything in it is
// invented. She is in Texas, at a shelter, and the man who signed for her may be
// whom she fled.
func TestASixteenYearOldTwoCountriesASuspectSponsor(t *testing.T) {
	e := engine(t)

	// What the sponsor signed counts for nothing: not alone, not with her word
	// while nobody has asked who he is, not once it is known.
	for _, conflict := range []posada.ConflictCheck{posada.ConflictUnchecked, posada.ConflictFound, posada.ConflictNone} {
		for _, assent := range posada.Members[posada.Assent]() {
			d := everything(alone(posada.ServiceLegalImmigration))
			d.Consent.GivenBy, d.Consent.Conflict, d.Consent.Assent = posada.GivenByGuardianAndMinor, conflict, assent
			got := given(t, e, d)
			if may := conflict == posada.ConflictNone && assent == posada.AssentGiven; may != (len(got) > 0) {
				t.Errorf("the sponsor's signature, conflict %s, assent %s, gives %v", conflict, assent, got)
			}
		}
	}

	// Her own does for a lawyer, and with the child advocate's beside it for what
	// is told of a minor.
	legal := everything(alone(posada.ServiceLegalImmigration))
	if got := given(t, e, legal); !slices.Contains(got, posada.CategoryImmigrationStatus) || slices.Contains(got, posada.CategoryMinorDetails) {
		t.Errorf("her own consent gives the lawyer %v", got)
	}
	legal.Consent.CoSigned = posada.SetOf(posada.CoSignerChildAdvocate)
	if got := given(t, e, legal); !slices.Contains(got, posada.CategoryMinorDetails) {
		t.Errorf("with the child advocate's it gives %v", got)
	}
	// The child advocate itself receives nothing she signed alone.
	advocate := legal
	advocate.Recipient.Class = posada.ClassChildAdvocate
	if got := given(t, e, advocate); len(got) == 0 {
		t.Error("her child advocate gets nothing of what both signed")
	}
	advocate.Consent.CoSigned = 0
	if got := given(t, e, advocate); len(got) != 0 {
		t.Errorf("a child advocate who signed nothing gets %v", got)
	}

	// Looking for her family is nothing she can consent to alone; her mother, who
	// is in Mexico and of whom nobody found anything, consents with her. The
	// Mexican NGO gets that, and nothing for another purpose.
	tracing := everything(alone(posada.ServiceFamilyTracing))
	tracing.Recipient.Class, tracing.Purpose = posada.ClassNGO, posada.PurposeFamilyTracing
	tracing.Consent.Purposes = posada.SetOf(posada.PurposeFamilyTracing)
	tracing.Consent.CoSigned = posada.SetOf(posada.CoSignerChildAdvocate)
	if got := given(t, e, tracing); len(got) != 0 {
		t.Errorf("family tracing by her word alone gives %v", got)
	}
	tracing.Consent.GivenBy, tracing.Consent.Conflict, tracing.Consent.Assent = posada.GivenByGuardianAndMinor, posada.ConflictNone, posada.AssentGiven
	want := []posada.Category{posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryHousehold}
	if got := given(t, e, tracing); !slices.Equal(got, want) {
		t.Errorf("the Mexican NGO gets %v", got)
	}
	for _, purpose := range posada.Members[posada.Purpose]() {
		other := tracing
		other.Purpose = purpose
		if got := given(t, e, other); purpose != posada.PurposeFamilyTracing && len(got) != 0 {
			t.Errorf("and for %s %v", purpose, got)
		}
	}
}

// TestASchoolLearnsThatSheEnrolsAndNotOneWordOfWhy: no school receives anything as
// shipped. Where stewards let it, to enrol, it gets what they named.
func TestASchoolLearnsThatSheEnrolsAndNotOneWordOfWhy(t *testing.T) {
	enrol := everything(alone(posada.ServiceEducationEnrolment))
	enrol.Recipient.Class, enrol.Purpose = posada.ClassSchool, posada.PurposeEducation
	enrol.Consent.Purposes = posada.SetOf(posada.PurposeEducation)
	enrol.Consent.CoSigned = posada.SetOf(posada.CoSignerChildAdvocate)
	if got := given(t, engine(t), enrol); len(got) != 0 {
		t.Errorf("as shipped a school gets %v", got)
	}
	opened, err := engine(t).With(t.Context(), edited(t, func(m map[string]any) {
		m["cells"].(map[string]any)["school"] = map[string]any{"education": map[string]any{
			"needs": "consent", "safe_contact": "consent", "identity": "consent", "minor_details": "consent_cosigned",
		}}
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []posada.Category{posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryMinorDetails}
	if got := given(t, opened, enrol); !slices.Equal(got, want) {
		t.Errorf("a school gets %v", got)
	}
	enrol.Consent.CoSigned = 0
	if got := given(t, opened, enrol); len(got) != 0 {
		t.Errorf("where nobody answers that she is in nobody's custody it gets %v", got)
	}
}
