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
	NotAssigned       Key = "not_assigned"
	CannotAssign      Key = "cannot_assign"
	NotYours          Key = "not_yours"
	BeingErased       Key = "being_erased"
	NoConsentYet      Key = "no_consent_yet"
	NoOptIn           Key = "no_opt_in"
	OptInAttest       Key = "opt_in_attest"
	NotACode          Key = "not_a_code"
	WithdrawWhat      Key = "withdraw_what"
	WithdrawFeared    Key = "withdraw_feared"
	NotDestroyed      Key = "not_destroyed"
	OfItsCase         Key = "of_its_case"
	MissingWord       Key = "missing_word"
	MissingAgency     Key = "missing_agency"
	NoSuchRoute       Key = "no_such_route"
	WrongMethod       Key = "wrong_method"
	WrongContentType  Key = "wrong_content_type"
	BodyNotJSON       Key = "body_not_json"
	BodyTooLarge      Key = "body_too_large"
	BodyBrokenOff     Key = "body_broken_off"
	CursorWrong       Key = "cursor_wrong"
	KeyTooLong        Key = "key_too_long"
	KeyUsed           Key = "key_used"
	KeyUnderWay       Key = "key_under_way"
	KeyDone           Key = "key_done"
	MatchMissing      Key = "match_missing"
	MatchFailed       Key = "match_failed"
	WrongHost         Key = "wrong_host"
	OtherOrigin       Key = "other_origin"

	ConsentContradictsItself Key = "consent_contradicts_itself"
	ConsentNamesOurselves    Key = "consent_names_ourselves"
	ConsentOnward            Key = "consent_onward"
	ConsentFormMissing       Key = "consent_form_missing"
	ConsentFormWrong         Key = "consent_form_wrong"
	ConsentTextMissing       Key = "consent_text_missing"
	ConsentLanguage          Key = "consent_language"
	ConsentDays              Key = "consent_days"
	ConsentOver              Key = "consent_over"
	ConsentEnding            Key = "consent_ending"
	ConsentAnswer            Key = "consent_answer"
	ConsentNotGiven          Key = "consent_not_given"
	ConsentWasGiven          Key = "consent_was_given"
	ConsentWider             Key = "consent_wider"
	ConsentOtherCase         Key = "consent_other_case"

	ContentWrong    Key = "content_wrong"
	ContentTooLarge Key = "content_too_large"
	Uncovered       Key = "uncovered"
	LeaveOutUnknown Key = "leave_out_unknown"
	NeedsPriority   Key = "needs_priority"
	NotADigest      Key = "not_a_digest"
	ToOurselves     Key = "to_ourselves"
	PreviewGone     Key = "preview_gone"
	PreviewOutdated Key = "preview_outdated"
	ToPrint         Key = "to_print"
	ToSend          Key = "to_send"
	NoClassSigned   Key = "no_class_signed"
	NotFromHere     Key = "not_from_here"
	UseWithdraw     Key = "use_withdraw"
	NeedsReason     Key = "needs_reason"
	NodeStopped     Key = "node_stopped"

	NodeLocked      Key = "node_locked"
	BadPassphrase   Key = "bad_passphrase"
	WrongPassphrase Key = "wrong_passphrase"
	UnlockWait      Key = "unlock_wait"
	UnlockBusy      Key = "unlock_busy"
	UnlockFailed    Key = "unlock_failed"
	NeverLocked     Key = "never_locked"
	ClockAgreed     Key = "clock_agreed"
	NotDecided      Key = "not_decided"
	DirectoryKeys   Key = "directory_keys"
	NoSteward       Key = "no_steward"
	MotionRefused   Key = "motion_refused"
	MotionOver      Key = "motion_over"
	MotionTooLong   Key = "motion_too_long"
	UnknownMotion   Key = "unknown_motion"
	HubAway         Key = "hub_away"
	LetterboxFull   Key = "letterbox_full"
	LetterTooLarge  Key = "letter_too_large"

	ExcludesOurselves Key = "excludes_ourselves"

	PassOnServices Key = "pass_on_services"
	OfItsReferral  Key = "of_its_referral"

	AskOver         Key = "ask_over"
	AskedAlready    Key = "asked_already"
	AskedMany       Key = "asked_many"
	AskedEnough     Key = "asked_enough"
	QuestionNote    Key = "question_note"
	QuestionGone    Key = "question_gone"
	AnswerUnknown   Key = "answer_unknown"
	AnswerNoNote    Key = "answer_no_note"
	AnswerUncovered Key = "answer_uncovered"

	TakeOverConsent   Key = "take_over_consent"
	TakeOverSent      Key = "take_over_sent"
	TakeOverBack      Key = "take_over_back"
	TakeOverNobodys   Key = "take_over_nobodys"
	TakeOverUnseen    Key = "take_over_unseen"
	TakeOverNothing   Key = "take_over_nothing"
	TakeOverUncovered Key = "take_over_uncovered"

	OwnNotKept      Key = "own_not_kept"
	OwnNothingLeft  Key = "own_nothing_left"
	OwnUncovered    Key = "own_uncovered"
	OwnNotDestroyed Key = "own_not_destroyed"
	OwnPaperCame    Key = "own_paper_came"

	ImportOver   Key = "import_over"
	ImportOther  Key = "import_other"
	ImportBehind Key = "import_behind"

	PaperCompelsNothing Key = "paper_compels_nothing"
	PaperIncomplete     Key = "paper_incomplete"
	PaperDates          Key = "paper_dates"
	NobodyToTell        Key = "nobody_to_tell"
	NotToldYet          Key = "not_told_yet"

	UnknownColleague Key = "unknown_colleague"
	OnCallIncomplete Key = "on_call_incomplete"
	NotOnCall        Key = "not_on_call"
	BadDate          Key = "bad_date"
	BadClock         Key = "bad_clock"

	NeedWrong       Key = "need_wrong"
	NoteTooLong     Key = "note_too_long"
	NobodyToAsk     Key = "nobody_to_ask"
	NeedPermission  Key = "need_permission"
	NeedOver        Key = "need_over"
	NeedNotAsked    Key = "need_not_asked"
	NeedNoOffer     Key = "need_no_offer"
	NeedChosen      Key = "need_chosen"
	NeedNotHeld     Key = "need_not_held"
	NeedEnding      Key = "need_ending"
	NeedExcluded    Key = "need_excluded"
	UnknownPlace    Key = "unknown_place"
	PlaceNotFree    Key = "place_not_free"
	PlacementStands Key = "placement_stands"
	PlaceName       Key = "place_name"
	PlacesMany      Key = "places_many"
	PlaceHolds      Key = "place_holds"
	BedsWrong       Key = "beds_wrong"
	HoldHours       Key = "hold_hours"
	BadReach        Key = "bad_reach"

	NoProposal     Key = "no_proposal"
	ReplayPolicy   Key = "replay_policy"
	ReplayNone     Key = "replay_none"
	OwnPolicyWrong Key = "own_policy_wrong"
	OwnPolicyWider Key = "own_policy_wider"

	StaffIncomplete Key = "staff_incomplete"
	StaffNameTaken  Key = "staff_name_taken"
	StaffIsDisabled Key = "staff_is_disabled"
	LastAdmin       Key = "last_admin"

	ScopeMissing    Key = "scope_missing"
	RateLimited     Key = "rate_limited"
	WatchesMany     Key = "watches_many"
	TokenIncomplete Key = "token_incomplete"
	TokenNameTaken  Key = "token_name_taken"

	SignInFailed      Key = "sign_in_failed"
	SignInWait        Key = "sign_in_wait"
	SessionOver       Key = "session_over"
	NotASession       Key = "not_a_session"
	ConfirmFirst      Key = "confirm_first"
	ConfirmWrong      Key = "confirm_wrong"
	NeedsToken        Key = "needs_token"
	NoAccount         Key = "no_account"
	AccountNotBegun   Key = "account_not_begun"
	CodeWrong         Key = "code_wrong"
	PassphraseShort   Key = "passphrase_short"
	PassphraseLong    Key = "passphrase_long"
	PassphraseControl Key = "passphrase_control"
	PassphraseCommon  Key = "passphrase_common"
	PassphraseNamed   Key = "passphrase_named"

	TableWrong Key = "table_wrong"

	WebhookURL   Key = "webhook_url"
	WebhooksMany Key = "webhooks_many"
)

// Keys lists them.
func Keys() []Key {
	return []Key{
		UnexpectedFailure, UnknownToken, NotYourRole, NothingThere, BadRequest, UnknownWord, UnknownAgency, UnknownCase, NotAssigned, CannotAssign, NotYours, BeingErased, NoConsentYet, NoOptIn, OptInAttest, NotACode, WithdrawWhat, WithdrawFeared, NotDestroyed, OfItsCase,
		MissingWord, MissingAgency, NoSuchRoute, WrongMethod, WrongContentType, BodyNotJSON, BodyTooLarge, BodyBrokenOff, CursorWrong, KeyTooLong, KeyUsed, KeyUnderWay, KeyDone, MatchMissing, MatchFailed, WrongHost, OtherOrigin,
		ConsentContradictsItself, ConsentNamesOurselves, ConsentOnward, ConsentFormMissing, ConsentFormWrong, ConsentTextMissing, ConsentLanguage, ConsentDays, ConsentOver, ConsentEnding,
		ConsentAnswer, ConsentNotGiven, ConsentWasGiven, ConsentWider, ConsentOtherCase,
		ContentWrong, ContentTooLarge, Uncovered, LeaveOutUnknown, NeedsPriority, NotADigest, ToOurselves, PreviewGone, PreviewOutdated, ToPrint, ToSend, NoClassSigned, NotFromHere, UseWithdraw, NeedsReason, NodeStopped,
		NodeLocked, BadPassphrase, WrongPassphrase, UnlockWait, UnlockBusy, UnlockFailed, NeverLocked, ClockAgreed, NotDecided, DirectoryKeys, NoSteward, MotionRefused, MotionOver, MotionTooLong, UnknownMotion, HubAway, LetterboxFull, LetterTooLarge,
		AskOver, AskedAlready, AskedMany, AskedEnough, QuestionNote, QuestionGone, AnswerUnknown, AnswerNoNote, AnswerUncovered,
		PassOnServices, OfItsReferral, TakeOverConsent, TakeOverSent, TakeOverBack, TakeOverNobodys, TakeOverUnseen, TakeOverNothing, TakeOverUncovered,
		OwnNotKept, OwnNothingLeft, OwnUncovered, OwnNotDestroyed, OwnPaperCame,
		ImportOver, ImportOther, ImportBehind,
		PaperCompelsNothing, PaperIncomplete, PaperDates, NobodyToTell, NotToldYet, UnknownColleague, OnCallIncomplete, NotOnCall, BadDate, BadClock,
		ExcludesOurselves, StaffIncomplete, StaffNameTaken, StaffIsDisabled, LastAdmin,
		ScopeMissing, RateLimited, WatchesMany, TokenIncomplete, TokenNameTaken,
		SignInFailed, SignInWait, SessionOver, NotASession, ConfirmFirst, ConfirmWrong, NeedsToken, NoAccount, AccountNotBegun, CodeWrong,
		PassphraseShort, PassphraseLong, PassphraseControl, PassphraseCommon, PassphraseNamed,
		NeedWrong, NoteTooLong, NobodyToAsk, NeedPermission, NeedOver, NeedNotAsked, NeedNoOffer, NeedChosen, NeedNotHeld, NeedEnding, NeedExcluded,
		UnknownPlace, PlaceNotFree, PlacementStands, PlaceName, PlacesMany, PlaceHolds, BedsWrong, HoldHours, BadReach,
		TableWrong,
		NoProposal, ReplayPolicy, ReplayNone, OwnPolicyWrong, OwnPolicyWider,
		WebhookURL, WebhooksMany,
	}
}
