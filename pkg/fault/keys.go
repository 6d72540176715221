package fault

// Keys of everything that may be told to a person. Each has a sentence in
// every language (pkg/i18n), under fault.<key>.what, .kept and .next.
const (
	UnexpectedFailure Key = "unexpected_failure"
	UnknownToken      Key = "unknown_token"
	NotYourRole       Key = "not_your_role"
	NothingThere      Key = "nothing_there"
	BadRequest        Key = "bad_request"
	UnknownWord       Key = "unknown_word"
	UnknownAgency     Key = "unknown_agency"
	UnknownCase       Key = "unknown_case"

	ConsentContradictsItself Key = "consent_contradicts_itself"
	ConsentNamesOurselves    Key = "consent_names_ourselves"

	ContentWrong    Key = "content_wrong"
	Uncovered       Key = "uncovered"
	PreviewGone     Key = "preview_gone"
	PreviewOutdated Key = "preview_outdated"
	NotFromHere     Key = "not_from_here"
	NeedsReason     Key = "needs_reason"
	NodeStopped     Key = "node_stopped"
)

// Keys lists them.
func Keys() []Key {
	return []Key{
		UnexpectedFailure, UnknownToken, NotYourRole, NothingThere, BadRequest, UnknownWord, UnknownAgency, UnknownCase,
		ConsentContradictsItself, ConsentNamesOurselves,
		ContentWrong, Uncovered, PreviewGone, PreviewOutdated, NotFromHere, NeedsReason, NodeStopped,
	}
}
