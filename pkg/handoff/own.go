package handoff

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Received is what another agency shared, as it may be taken over: nothing of it but
// the categories that were asked for.
type Received struct {
	Referral posada.ReferralID
	From     posada.AgencyID
	Alias    posada.Alias // what that agency calls her
	Content  redact.Minimal
}

// Own is something an agency took over into its own record, as somebody sees it.
type Own struct {
	From    posada.AgencyID // who had shared it
	Taken   time.Time
	Until   time.Time // the end of its own consent
	Consent posada.ConsentID
	Purpose posada.Purpose // she agreed to
	Content referral.Content
	More    bool // it holds more than is shown to her
	Confirm bool // some of it is shown to her after she showed again who she is
}

// String hides it from every log line and error.
func (Own) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Own) GoString() string { return "(redacted)" }

// OwnRecord is what there is of an agency's own record in a case, the oldest first.
type OwnRecord struct {
	Label    string // of the case
	Assigned []posada.StaffID
	Entries  []Own
	Imported []Imported
}

// Imported is what was brought into an agency's own record from another program of its
// own, as somebody sees it. No consent ends it; it goes with its case.
type Imported struct {
	Mapping string // by which it was read
	At      time.Time
	Content referral.Content
	More    bool // it holds more than is shown to her
	Confirm bool // some of it is shown to her after she showed again who she is
}

// String hides it from every log line and error.
func (Imported) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (Imported) GoString() string { return "(redacted)" }

// ImportOutcome is what became of a row that was brought in, one word each.
type ImportOutcome string

// Outcomes.
const (
	ImportSaved   ImportOutcome = "saved"   // in a case that was opened for it
	ImportAlready ImportOutcome = "already" // it is here as it is
	ImportDiffers ImportOutcome = "differs" // another row with its key is here; nothing was changed
	ImportOthers  ImportOutcome = "others"  // one with its key came into a case that is not the asker's
	ImportErased  ImportOutcome = "erased"  // one with its key was here and was destroyed; it is not brought back
)

// ImportOutcomes lists them.
func ImportOutcomes() []ImportOutcome {
	return []ImportOutcome{ImportSaved, ImportAlready, ImportDiffers, ImportOthers, ImportErased}
}
