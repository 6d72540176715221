package posada

// Question is what an agency may ask of whoever referred somebody to it. The list is
// closed, so that what is asked can be decided on before anybody answers; pkg/question
// says which category an answer is of, and which answers there are.
type Question string

// Questions.
const (
	AskWhenCanCome  Question = "when_can_come"
	AskHowLong      Question = "how_many_nights"
	AskStillNeeded  Question = "still_needed"
	AskInterpreter  Question = "is_interpreter_needed"
	AskHowTheyCome  Question = "how_will_they_come"
	AskAnimal       Question = "brings_animal"
	AskAccess       Question = "access_needs"
	AskDate         Question = "date_not_to_miss"
	AskWhoComes     Question = "who_comes_along"
	AskMedication   Question = "medication_with_them"
	AskDocuments    Question = "documents_with_them"
	AskMeetingPoint Question = "meeting_point_ok"
	AskHowToReach   Question = "how_to_reach"
	AskCareful      Question = "careful_at_arrival"
)

func (Question) members() []Question {
	return []Question{
		AskWhenCanCome, AskHowLong, AskStillNeeded, AskInterpreter, AskHowTheyCome, AskAnimal, AskAccess, AskDate,
		AskWhoComes, AskMedication, AskDocuments, AskMeetingPoint, AskHowToReach, AskCareful,
	}
}

// UnmarshalText reads a question and refuses any other text.
func (q *Question) UnmarshalText(text []byte) error { return decode(q, text) }

// Answer is what may be answered to a question, of a list that is closed too. What one
// means stands with its question: no to "medication" is that none is taken.
type Answer string

// Answers. Not said tells nothing of anybody: that it is not known and that it is kept are
// one word.
const (
	AnswerNotSaid     Answer = "not_said"
	AnswerYes         Answer = "yes"
	AnswerNo          Answer = "no"
	AnswerSome        Answer = "some"
	AnswerToday       Answer = "today"
	AnswerTomorrow    Answer = "tomorrow"
	AnswerThisWeek    Answer = "this_week"
	AnswerLater       Answer = "later"
	AnswerOneNight    Answer = "one_night"
	AnswerTo3Nights   Answer = "up_to_3_nights"
	AnswerTo7Nights   Answer = "up_to_7_nights"
	AnswerTo30Nights  Answer = "up_to_30_nights"
	AnswerLonger      Answer = "longer"
	AnswerByPhone     Answer = "by_phone"
	AnswerInPerson    Answer = "in_person"
	AnswerSigning     Answer = "sign_language"
	AnswerAlone       Answer = "alone"
	AnswerChildren    Answer = "with_children"
	AnswerAdults      Answer = "with_adults"
	AnswerBoth        Answer = "with_children_and_adults"
	AnswerStepFree    Answer = "step_free"
	AnswerCareAtNight Answer = "care_at_night"
	AnswerEnough      Answer = "enough"
	AnswerRunsOut     Answer = "runs_out_soon"
	AnswerMissing     Answer = "missing"
	AnswerOtherTime   Answer = "another_time"
	AnswerOtherPlace  Answer = "another_place"
	AnswerThroughUs   Answer = "through_us"
	AnswerOnTheirOwn  Answer = "on_their_own"
	AnswerWithUs      Answer = "with_us"
	AnswerPickedUp    Answer = "picked_up"
)

func (Answer) members() []Answer {
	return []Answer{
		AnswerNotSaid, AnswerYes, AnswerNo, AnswerSome, AnswerToday, AnswerTomorrow, AnswerThisWeek, AnswerLater,
		AnswerOneNight, AnswerTo3Nights, AnswerTo7Nights, AnswerTo30Nights, AnswerLonger, AnswerByPhone, AnswerInPerson,
		AnswerSigning, AnswerAlone, AnswerChildren, AnswerAdults, AnswerBoth, AnswerStepFree, AnswerCareAtNight,
		AnswerEnough, AnswerRunsOut, AnswerMissing, AnswerOtherTime, AnswerOtherPlace, AnswerThroughUs,
		AnswerOnTheirOwn, AnswerWithUs, AnswerPickedUp,
	}
}

// UnmarshalText reads an answer and refuses any other text.
func (a *Answer) UnmarshalText(text []byte) error { return decode(a, text) }
