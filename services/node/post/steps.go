package post

// Step is a place between two actions at which the process may die.
type Step string

// The steps, in the order a statement goes through them. What is on the disk
// at each, and what a restart there leads to:
//
//	step          on the disk                                   after a restart
//	queued        event in the outbox, with its unit's records  attempted
//	decided       attempt noted, decision made again            attempted again, under a new message id
//	sealed        the same                                      the same
//	submitted     the same; the hub may hold the envelope       attempted again; its recipient removes the duplicate by jti
//	noted         event known to be at the hub                  waits for the receipt, or for its next attempt
//	collected     nothing new at the recipient                  the hub offers it again
//	opened        nothing new                                   the same
//	taken         unit's records, seen, audit, receipt, at once the hub offers it again; it is seen, and receipted again
//	acknowledged  the hub has erased it                         the receipt is sent from the outbox
//	cleared       the sender's outbox has let it go             nothing is left to do
const (
	StepQueued       Step = "queued"
	StepDecided      Step = "decided"
	StepSealed       Step = "sealed"
	StepSubmitted    Step = "submitted"
	StepNoted        Step = "noted"
	StepCollected    Step = "collected"
	StepOpened       Step = "opened"
	StepTaken        Step = "taken"
	StepAcknowledged Step = "acknowledged"
	StepCleared      Step = "cleared"
)

// Steps lists them in order.
func Steps() []Step {
	return []Step{
		StepQueued, StepDecided, StepSealed, StepSubmitted, StepNoted,
		StepCollected, StepOpened, StepTaken, StepAcknowledged, StepCleared,
	}
}
