// Package client is the Go SDK of a node's HTTP/JSON API, and the words both
// ends of it speak.
//
// Guarantee: every answer is one of these types or a *Problem that says, in
// the asked language, what happened, what was kept and what to do next. Limit:
// what a caller is shown is whatever the node's policy lets this member of
// staff see; the SDK adds and hides nothing.
package client

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Agency is a member as this node's directory knows it.
type Agency struct {
	ID       posada.AgencyID    `json:"id"`
	Name     string             `json:"name"`
	Class    posada.AgencyClass `json:"class,omitempty"`
	Standing posada.Standing    `json:"standing"`
	Joining  *Joining           `json:"joining,omitempty" doc:"Of a member in its first day: it is asked, and given nothing about anybody."`
	Phone    string             `json:"phone,omitempty" doc:"Numbers of its front desk, with commas between."`
	ByPhone  bool               `json:"by_phone,omitempty" doc:"It has no node: somebody calls it."`
	Self     bool               `json:"self" doc:"This is the agency whose node answers."`
}

// Joining is since when this node knows that somebody joins, and from when they may be given
// what a consent covers, if nobody objects to it.
type Joining struct {
	Since time.Time `json:"since"`
	From  time.Time `json:"from"`
}

// NewConsent is a consent as it was collected, or a question as it was asked: of that
// only case, allow, exclude, withhold and services count. Agencies are named as in the
// directory, or by id.
type NewConsent struct {
	Case     string         `yaml:"case" json:"case,omitempty" doc:"Label of an open case; empty opens one."`
	Status   string         `yaml:"status" json:"status,omitempty" doc:"given, which it is unless said; or requested (asked, and nothing said yet), deferred (not now), refused (no)."`
	Allow    []NewAllowance `yaml:"allow" json:"allow,omitempty" doc:"One line for each agency and purpose."`
	Exclude  []string       `yaml:"exclude" json:"exclude,omitempty" doc:"Agencies that must never have anything of hers."`
	Withhold []string       `yaml:"withhold" json:"withhold,omitempty" doc:"Categories that nobody may have."`
	Services []string       `yaml:"services" json:"services,omitempty" doc:"Services she agreed to ask for."`

	GivenBy string `yaml:"given_by" json:"given_by,omitempty" doc:"self, guardian_and_minor, minor_alone or legal_representative."`
	AgeBand string `yaml:"age_band" json:"age_band,omitempty"`
	// Jurisdiction must be there where a minor consents alone.
	Jurisdiction string   `yaml:"jurisdiction" json:"jurisdiction,omitempty" doc:"Where a minor is who consents alone: us-az, us-ca, us-nm, us-tx, mx or elsewhere."`
	Assent       string   `yaml:"assent" json:"assent,omitempty"`
	Conflict     string   `yaml:"conflict" json:"conflict,omitempty"`
	CoSigned     []string `yaml:"co_signed" json:"co_signed,omitempty"`

	Method      string    `yaml:"method" json:"method,omitempty"`
	Language    string    `yaml:"language" json:"language,omitempty" doc:"ISO 639-3, of the conversation."`
	Interpreter bool      `yaml:"interpreter" json:"interpreter,omitempty"`
	Informed    []string  `yaml:"informed" json:"informed,omitempty" doc:"What she was told; all eight, or it does not count."`
	Condition   string    `yaml:"condition" json:"condition,omitempty" doc:"not_conditional, if no service was made to depend on it."`
	Form        string    `yaml:"form" json:"form,omitempty" doc:"SHA-256 of the signed form, base64url; the form stays with you."`
	TextVersion string    `yaml:"text_version" json:"text_version,omitempty"`
	Days        int       `yaml:"days" json:"days,omitempty" doc:"How many days it lasts: 30 unless said, 90 at most."`
	NotBefore   time.Time `yaml:"not_before" json:"not_before,omitzero"`
}

// NewAnswer is what she says now to what she was asked before.
type NewAnswer struct {
	Answer string      `json:"answer" doc:"given, deferred (not now), refused (no), or requested: asked again, and nothing said yet."`
	Agreed *NewConsent `json:"agreed,omitempty" doc:"Where it is given: all that a consent needs. Lines may be left out, or narrower than what was asked."`
}

// NewOptIn attests what the ceremony needs. Its time is the node's.
type NewOptIn struct {
	Asked   bool `json:"asked" doc:"She asked for it herself; nobody proposed it."`
	Counsel bool `json:"counsel" doc:"Her own counsel was there."`
}

// OptIn is that she asked for a use for law enforcement.
type OptIn struct {
	Asked   time.Time `json:"asked"`
	Counsel bool      `json:"counsel"`
	Counts  time.Time `json:"counts,omitzero" doc:"From then on, for one disclosure."`
}

// NewEnding is how a consent is ended.
type NewEnding struct {
	How string `json:"how" doc:"withdrawn by whoever gave it, revoked by somebody who may for her, invalidated because it never should have counted."`
}

// NewAllowance is one line of a consent.
type NewAllowance struct {
	To        string   `yaml:"to" json:"to"`
	Purpose   string   `yaml:"purpose" json:"purpose"`
	Share     []string `yaml:"share" json:"share"`
	Onward    []string `yaml:"onward" json:"onward,omitempty" doc:"Agencies it may be passed on to; nobody unless named."`
	SingleUse *bool    `yaml:"single_use" json:"single_use,omitempty" doc:"One referral uses it up; so unless said for identity and location."`
}

// OneUse reports whether one referral uses the line up: as it says or, where it
// says nothing, so for identity, location and law enforcement.
func (a NewAllowance) OneUse() bool {
	if a.SingleUse != nil {
		return *a.SingleUse
	}
	sensitive := []posada.Category{posada.CategoryIdentity, posada.CategoryLocationCurrent, posada.CategoryLocationHistory}
	return posada.Purpose(a.Purpose).OfLawEnforcement() || slices.ContainsFunc(sensitive, func(c posada.Category) bool {
		return slices.Contains(a.Share, string(c))
	})
}

// Consent is a recorded consent.
type Consent struct {
	ID           posada.ConsentID       `json:"id"`
	Case         string                 `json:"case"`
	Status       posada.ConsentStatus   `json:"status"`
	Given        time.Time              `json:"given" doc:"When she said it: yes, no, or not now; where she said nothing yet, when she was asked."`
	NotBefore    time.Time              `json:"not_before,omitzero" doc:"Absent of what was only asked, as are expires and given_by."`
	Expires      time.Time              `json:"expires,omitzero"`
	GivenBy      posada.GivenBy         `json:"given_by,omitempty"`
	Jurisdiction posada.Jurisdiction    `json:"jurisdiction,omitempty" doc:"Where a minor was who consented alone."`
	Allow        []Allowance            `json:"allow"`
	Exclude      []Agency               `json:"exclude"`
	Withhold     []posada.Category      `json:"withhold"`
	Services     []posada.ServiceType   `json:"services"`
	Missing      []posada.Informed      `json:"missing" doc:"What she was not told; while there is any, nothing can be shared."`
	Due          bool                   `json:"due" doc:"It ends within seven days, and no later one takes its place: ask again."`
	Lacks        []posada.Condition     `json:"lacks" doc:"Conditions no line of it meets; while there is any, nothing can be shared."`
	History      []consent.StatusChange `json:"history"`
	Renews       posada.ConsentID       `json:"renews,omitempty" doc:"The consent whose lines she agreed to again in this one."`
	OptIn        *OptIn                 `json:"opt_in,omitempty" doc:"She asked that it may be used for law enforcement."`
}

// Allowance is one line of a recorded consent.
type Allowance struct {
	To        Agency            `json:"to"`
	Purpose   posada.Purpose    `json:"purpose"`
	Share     []posada.Category `json:"share"`
	Onward    []Agency          `json:"onward"`
	SingleUse bool              `json:"single_use"`
	Used      bool              `json:"used"`
	Withdrawn bool              `json:"withdrawn,omitempty" doc:"She took it back since."`
	NoMore    bool              `json:"no_more,omitempty" doc:"A later consent of the case says no to it, or not now."`
}

// NewPreview asks what exactly would be shared.
type NewPreview struct {
	Case     string      `yaml:"case" json:"case" doc:"Label of the case the consent is in."`
	To       string      `yaml:"to" json:"to"`
	Purpose  string      `yaml:"purpose" json:"purpose"`
	Services []string    `yaml:"services" json:"services"`
	Priority string      `yaml:"priority" json:"priority"`
	Records  []NewRecord `yaml:"records" json:"records,omitempty"`
	LeaveOut []string    `yaml:"leave_out" json:"leave_out,omitempty" doc:"Fields to take out before asking."`
}

// NewRecord is one record of a referral: fields of the case data standard, by
// name.
type NewRecord struct {
	Role   string            `yaml:"role" json:"role"`
	Fields map[string]string `yaml:"fields" json:"fields"`
}

// Preview is what would be shared, to the byte.
type Preview struct {
	Digest      string               `json:"digest,omitempty" doc:"Send this to send it. Empty while something is not covered."`
	To          Agency               `json:"to"`
	Purpose     posada.Purpose       `json:"purpose,omitempty"`
	Carried     []Carried            `json:"carried"`
	Uncovered   []Uncovered          `json:"uncovered" doc:"What was asked and may not be shared."`
	Data        string               `json:"data,omitempty" doc:"The very bytes the recipient will decrypt."`
	Grant       string               `json:"grant,omitempty" doc:"The signed grant that goes with it."`
	Obligations *consent.Obligations `json:"obligations,omitempty"`
	Until       time.Time            `json:"until,omitzero" doc:"The preview is kept until then."`
	Paper       bool                 `json:"paper,omitempty" doc:"It is for an agency without a node: it is read out or printed, not sent."`
	Decision    posada.DecisionID    `json:"decision,omitempty" doc:"What was decided can be asked about by this: GET /v1/decisions/{id}."`
}

// Printed is a referral that is to be read out or printed now, for an agency without a node.
type Printed struct {
	Referral Referral `json:"referral"`
	Data     string   `json:"data" doc:"The very bytes that were previewed."`
}

// Carried is one field that would be shared.
type Carried struct {
	Place    string          `json:"place" doc:"Record role and field."`
	Category posada.Category `json:"category,omitempty" doc:"Empty: not data about her."`
	Value    string          `json:"value"`
}

// Uncovered is one field, or the services asked for, that may not be shared,
// and the conditions of the policy it does not meet.
type Uncovered struct {
	Place    string             `json:"place"`
	Category posada.Category    `json:"category"`
	Lacks    []posada.Condition `json:"lacks" doc:"Ids of conditions; docs/policy.md has their sentences."`
}

// NewPassing asks what exactly would be passed on of a referral that came in.
type NewPassing struct {
	To         string   `json:"to" doc:"An agency that its grant names, by name or id."`
	Categories []string `json:"categories,omitempty" doc:"All that whoever asks sees, where it is left out; what is needed always goes."`
	Services   []string `json:"services,omitempty" doc:"All of them, where it is left out."`
}

// NewSend sends what was previewed.
type NewSend struct {
	Digest string `json:"digest"`
}

// NewMark sets a referral's state.
type NewMark struct {
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}

// Referral is a referral as this node has it.
type Referral struct {
	ID          posada.ReferralID      `json:"id"`
	Side        referral.Side          `json:"side" doc:"source: we sent it. target: it was sent to us."`
	Peer        Agency                 `json:"peer"`
	Case        string                 `json:"case,omitempty"`
	Consent     posada.ConsentID       `json:"consent,omitempty" doc:"The consent it was sent under."`
	Alias       posada.Alias           `json:"alias,omitempty" doc:"What the source calls her towards us."`
	Purpose     posada.Purpose         `json:"purpose,omitempty" doc:"Absent where it was taken back."`
	Priority    posada.Priority        `json:"priority,omitempty"`
	Services    []posada.ServiceType   `json:"services"`
	State       posada.ReferralState   `json:"state"`
	Sent        time.Time              `json:"sent"`
	AnswerBy    time.Time              `json:"answer_by,omitzero"`
	Overdue     bool                   `json:"overdue"`
	Silence     *Silence               `json:"silence,omitempty" doc:"Sent, and nobody took it up: what follows, by the network's policy."`
	Delivered   time.Time              `json:"delivered,omitzero" doc:"When the other node's signed receipt came; of paper, when it was made."`
	Paper       bool                   `json:"paper,omitempty" doc:"It was read out or printed, for an agency without a node."`
	Marks       []Mark                 `json:"marks"`
	May         []posada.ReferralState `json:"may" doc:"States this side may set next."`
	Shredded    *Shredded              `json:"shredded,omitempty" doc:"The target's word that it destroyed what was taken back."`
	Unconfirmed bool                   `json:"unconfirmed,omitempty" doc:"It gave none for three days: call."`
	Assigned    []string               `json:"assigned" doc:"The names of those whose work it is."`
	Of          posada.ReferralID      `json:"of,omitempty" doc:"It was passed on of this referral, which came in."`
	Onward      []Agency               `json:"onward,omitempty" doc:"Agencies it may be passed on to."`
	More        bool                   `json:"more,omitempty" doc:"It carries more than is shown: that is for whoever takes it on, or for other roles."`
	Unheard     bool                   `json:"unheard,omitempty" doc:"Where the person is now is not shown, because the other agency's computer was not heard within the hour. It was asked: look again in a moment."`
	Confirm     bool                   `json:"confirm,omitempty" doc:"Where the person is now is not shown in a session that was not confirmed in the last minutes: POST /v1/sessions/confirm, and look again."`

	Questions []Question        `json:"questions,omitempty" doc:"What was asked about it, the oldest first; where one referral is looked at."`
	Decision  posada.DecisionID `json:"decision,omitempty" doc:"Where it was just sent: what was decided can be asked about by this."`
	Asks      []posada.Question `json:"asks,omitempty" doc:"What this side may ask now."`
	Open      int               `json:"open,omitempty" doc:"How many questions wait for an answer."`

	Carried     []Carried            `json:"carried,omitempty"`
	Obligations *consent.Obligations `json:"obligations,omitempty"`
}

// Mark is one state that was set.
type Mark struct {
	By      referral.Side        `json:"by"`
	State   posada.ReferralState `json:"state"`
	Reason  posada.DeclineReason `json:"reason,omitempty"`
	Outcome posada.Outcome       `json:"outcome,omitempty"`
	At      time.Time            `json:"at"`
}

// Status is how a node is.
type Status struct {
	Agency      Agency             `json:"agency"`
	Operator    string             `json:"operator" doc:"Who runs the hub: the intermediary that a consent and each grant names."`
	Hub         string             `json:"hub" doc:"connected or away."`
	Heard       time.Time          `json:"heard,omitzero" doc:"When the hub last answered."`
	Waiting     int                `json:"waiting" doc:"Not yet at the hub."`
	AtHub       int                `json:"at_hub" doc:"At the hub, not yet receipted."`
	Quarantined []Quarantined      `json:"quarantined"`
	Unconfirmed int                `json:"unconfirmed,omitempty" doc:"Agencies that were told three days ago that somebody took something back, and did not say that it is destroyed."`
	Missing     int                `json:"missing" doc:"Statements missing from others' sequences."`
	Doubted     []Doubted          `json:"doubted,omitempty" doc:"Agencies whose sequence is not believed: nothing new of theirs is opened."`
	Audit       Audit              `json:"audit"`
	HandedIn    HandedIn           `json:"handed_in" doc:"Work that was handed in while the node was locked."`
	Knows       Knows              `json:"knows" doc:"What it knows of its network."`
	Roster      uint64             `json:"roster"`
	Policy      uint64             `json:"policy"`
	Digest      string             `json:"digest" doc:"Of rules and network policy."`
	Staff       string             `json:"staff" doc:"Who asks."`
	Roles       []posada.StaffRole `json:"roles"`
	Due         int                `json:"due" doc:"Consents that end within seven days; 0 for whoever works with no cases."`
	Tell        int                `json:"tell,omitempty" doc:"Orders of a judge of which people are to be told."`

	ToAnswer int `json:"to_answer,omitempty" doc:"Questions about what was sent from here that wait for an answer."`
	Awaited  int `json:"awaited,omitempty" doc:"Questions asked here that wait for another agency's answer."`

	Silent     int `json:"silent,omitempty" doc:"Needs that nobody answers, of which a step is due."`
	NotSent    int `json:"not_sent,omitempty" doc:"Needs for tonight that the hub has not whole after a minute: take up the telephone."`
	Offers     int `json:"offers,omitempty" doc:"Needs with an offer that can be chosen."`
	Placements int `json:"placements,omitempty" doc:"Needs of others that wait for an answer here and fit."`

	Beside   *Beside `json:"beside,omitempty" doc:"A policy that enough stewards signed waits: what it would have answered since."`
	OwnCells int     `json:"own_cells,omitempty" doc:"Cells in which this agency's own policy asks for more than the network's."`

	OnCall       []string `json:"on_call" doc:"Names of those on call now."`
	NobodyOnCall bool     `json:"nobody_on_call,omitempty" doc:"There are hours on call, and now nobody is."`
	WebhooksOff  int      `json:"webhooks_off,omitempty" doc:"Endpoints that are told nothing any more, and that nobody here turned off."`
}

// Doubted is an agency whose sequence contradicts what this node saw.
type Doubted struct {
	Agency Agency `json:"agency"`
	Ours   bool   `json:"ours,omitempty" doc:"It has this node's receipts for what is not here: this node's data is an older copy."`
}

// Quarantined is something that came and was not taken in.
type Quarantined struct {
	At    time.Time `json:"at" doc:"When the last of it came."`
	Code  string    `json:"code" doc:"What was wrong with it."`
	From  *Agency   `json:"from,omitempty" doc:"Its sender; absent where it was not authentic."`
	Count int       `json:"count" doc:"How often that came."`
}

// Audit is the node's account of itself.
type Audit struct {
	Entries uint64 `json:"entries"`
	Head    string `json:"head"`
	Whole   bool   `json:"whole"`
}

// HandedIn is what became of work that was handed in while the node was locked.
type HandedIn struct {
	Waiting int       `json:"waiting" doc:"What the node could not do yet; it is tried again when it is unlocked next."`
	Refused []Refused `json:"refused" doc:"What was refused in the last seven days; it was not done."`
}

// Refused is work that was handed in and refused.
type Refused struct {
	At    time.Time `json:"at" doc:"When the last of it was."`
	Code  string    `json:"code"`
	Key   string    `json:"key" doc:"Which sentence a caller would have been told."`
	Count int       `json:"count"`
}

// Kept is the answer (202) of a locked node to work that was handed in. Nothing
// of it was checked or done.
type Kept struct {
	Kept  bool   `json:"kept"`
	Title string `json:"title" doc:"What happened."`
	Next  string `json:"next" doc:"What to do next."`
}

// Error gives what happened: who asked has no other answer.
func (k *Kept) Error() string { return k.Title }

// Lock is whether the node's vault is closed.
type Lock struct {
	Locked bool `json:"locked"`
}

// Problem is an error that a person can act on (RFC 9457). Its texts are in
// the language that was asked for.
type Problem struct {
	Type   string            `json:"type" format:"uri-reference" doc:"Names the kind of problem, always in the same way; at the node it is the address of a page about it."`
	Status int               `json:"status"`
	Code   string            `json:"code" enum:"invalid,unauthenticated,withheld,refused,conflict,unavailable,internal" doc:"What a program can act on."`
	Key    string            `json:"key" doc:"The kind, as it ends the type."`
	Title  string            `json:"title" doc:"What happened."`
	Kept   string            `json:"kept,omitempty" doc:"What was kept."`
	Next   string            `json:"next,omitempty" doc:"What to do next."`
	Args   map[string]string `json:"args,omitempty"`
	// RetryAfter is when it may be asked again, as the header said; 0 where it did not.
	RetryAfter time.Duration `json:"-"`
}

// Error gives what happened.
func (p *Problem) Error() string { return p.Title }

// ContentType is that of a problem, whatever was asked for.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }
