package referral

import (
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/silence"
)

// Draft is what a member of staff wants to share of a case, with whom.
type Draft struct {
	Case    string            `json:"case"`         // its label; empty where it is passed on
	Of      posada.ReferralID `json:"of,omitempty"` // the referral that came in, of which it is part
	To      posada.AgencyID   `json:"to"`
	Content Content           `json:"content"`
}

// Passing is what a member of staff wants to pass on of a referral that came in. No
// categories mean all that she sees, no services all of them.
type Passing struct {
	Of         posada.ReferralID
	To         posada.AgencyID
	Categories posada.Set[posada.Category]
	Services   posada.Set[posada.ServiceType]
}

// Uncovered is something asked that may not be shared, and what it lacks.
type Uncovered struct {
	Place    string // record role and field, or "services"
	Category posada.Category
	Lacks    []posada.Condition
}

// Preview is what would be shared, to the byte. Digest is empty while
// something that was asked may not be.
type Preview struct {
	Digest      string
	Draft       Draft
	Carried     Content
	Uncovered   []Uncovered
	Data        []byte // the content as the recipient decrypts it
	Grant       string // compact, signed
	Obligations consent.Obligations
	Until       time.Time // it can be sent until then
	Paper       bool      // it is for an agency without a node: it is read out or printed
	Decision    posada.DecisionID
}

// Printed is what was previewed, to be read out or printed for an agency without a node.
type Printed struct {
	View View
	Data []byte // the preview's, to the byte
}

// View is a referral as one side looks at it.
type View struct {
	ID        posada.ReferralID
	Side      Side
	Peer      posada.AgencyID
	Case      string           // source: the case's label
	Consent   posada.ConsentID // source: the record it was sent under
	Alias     posada.Alias     // target: what the source calls her
	Purpose   posada.Purpose
	State     posada.ReferralState
	Life      Life
	May       []posada.ReferralState // what this side may set next
	Sent      time.Time
	AnswerBy  time.Time
	Overdue   bool
	Silence   silence.Standing // source: nobody took it up
	Delivered time.Time        // source: when the target's signed receipt came; of paper, when it was made
	Paper     bool             // source: it was read out or printed for an agency without a node

	// Assigned are those whose work it is; at the source, those of the case.
	Assigned []posada.StaffID
	// Shredded is the target's word that it destroyed what was taken back; Overdue
	// that it gave none in time is Unconfirmed.
	Shredded    ShredReceipt
	Unconfirmed bool
	// Decision is what it was sent by; just after it was, and never again.
	Decision posada.DecisionID
	// Content is what whoever looks may see; More: it holds more than that.
	Content Content
	More    bool
	// Unheard is set where some of that is not shown because whoever shared it was
	// not heard within the hour. It was asked.
	Unheard bool
	// Confirm is set where some of it is not shown because whoever looks has to show first
	// that it is still they.
	Confirm     bool
	Obligations consent.Obligations

	// Questions are what was asked about it and she may see; Asks, at the target, what she
	// may ask now. Open counts those of them that wait for an answer.
	Questions []Question
	Asks      []posada.Question
	Open      int

	Of     posada.ReferralID // source: the referral that came in, of which it was passed on
	Onward []posada.AgencyID // target: whom it may be passed on to
}

// Question is what was asked about a referral, as one side looks at it.
type Question struct {
	question.Asked
	Category posada.Category // an answer tells this
	// Covered says that the grant covers it: what is not can be answered only with nothing.
	Covered bool
}

// String hides the question and its answer from every log line and error.
func (Question) String() string { return "(redacted)" }

// GoString hides the question and its answer from %#v.
func (Question) GoString() string { return "(redacted)" }

// String hides what is previewed from every log line and error.
func (Preview) String() string { return "(redacted)" }

// GoString hides what is previewed from %#v.
func (Preview) GoString() string { return "(redacted)" }

// String hides what is printed from every log line and error.
func (Printed) String() string { return "(redacted)" }

// GoString hides what is printed from %#v.
func (Printed) GoString() string { return "(redacted)" }

// String hides the content from every log line and error.
func (View) String() string { return "(redacted)" }

// GoString hides the content from %#v.
func (View) GoString() string { return "(redacted)" }
