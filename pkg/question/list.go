// Package question is what two agencies ask and answer about one referral: coded
// questions, coded answers, and a short note with either.
//
// Guarantee: every question is of one category, and an answer that may be sent (Allowed)
// is one of that question's and was made with that category allowed; an answer of no
// content needs only what every referral has. How much is asked is bounded (talk.go). All
// of it prints as "(redacted)". Limit: a note is text, and goes where its question goes;
// whoever writes a name into it has written a name.
package question

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// kind is what is fixed of a question.
type kind struct {
	category posada.Category
	answers  []posada.Answer
}

// kindOf is what is fixed of each question.
func kindOf(q posada.Question) (kind, bool) {
	switch q {
	case posada.AskWhenCanCome:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerToday, posada.AnswerTomorrow, posada.AnswerThisWeek, posada.AnswerLater}}, true
	case posada.AskHowLong:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerOneNight, posada.AnswerTo3Nights, posada.AnswerTo7Nights, posada.AnswerTo30Nights, posada.AnswerLonger}}, true
	case posada.AskStillNeeded, posada.AskAnimal:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerYes, posada.AnswerNo}}, true
	case posada.AskInterpreter:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerNo, posada.AnswerByPhone, posada.AnswerInPerson, posada.AnswerSigning}}, true
	case posada.AskHowTheyCome:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerOnTheirOwn, posada.AnswerWithUs, posada.AnswerPickedUp}}, true
	case posada.AskAccess:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerNo, posada.AnswerStepFree, posada.AnswerCareAtNight, posada.AnswerYes}}, true
	case posada.AskDate:
		return kind{posada.CategoryNeeds, []posada.Answer{posada.AnswerNo, posada.AnswerTomorrow, posada.AnswerThisWeek, posada.AnswerLater}}, true
	case posada.AskWhoComes:
		return kind{posada.CategoryHousehold, []posada.Answer{posada.AnswerAlone, posada.AnswerChildren, posada.AnswerAdults, posada.AnswerBoth}}, true
	case posada.AskMedication:
		return kind{posada.CategoryMedical, []posada.Answer{posada.AnswerNo, posada.AnswerEnough, posada.AnswerRunsOut, posada.AnswerMissing}}, true
	case posada.AskDocuments:
		return kind{posada.CategoryDocuments, []posada.Answer{posada.AnswerYes, posada.AnswerSome, posada.AnswerNo}}, true
	case posada.AskMeetingPoint:
		return kind{posada.CategorySafeContact, []posada.Answer{posada.AnswerYes, posada.AnswerOtherTime, posada.AnswerOtherPlace, posada.AnswerNo}}, true
	case posada.AskHowToReach:
		return kind{posada.CategorySafeContact, []posada.Answer{posada.AnswerThroughUs, posada.AnswerByPhone, posada.AnswerInPerson}}, true
	case posada.AskCareful:
		return kind{posada.CategorySafetyPlan, []posada.Answer{posada.AnswerNo, posada.AnswerYes}}, true
	}
	return kind{}, false
}

// Category is what an answer to a question is data of; empty for a word that is none.
func Category(q posada.Question) posada.Category {
	k, _ := kindOf(q)
	return k.category
}

// Answers are what may be answered to a question. The last says nothing.
func Answers(q posada.Question) []posada.Answer {
	k, known := kindOf(q)
	if !known {
		return nil
	}
	return append(slices.Clone(k.answers), posada.AnswerNotSaid)
}

// Tells is what of the person an answer to a question tells: its category, or, where
// nothing is said, what whoever was referred to knows already.
func Tells(q posada.Question, a posada.Answer) posada.Category {
	if a == posada.AnswerNotSaid {
		return posada.CategoryNeeds
	}
	return Category(q)
}
