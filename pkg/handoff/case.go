package handoff

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Case is a case as one unit tells another of it.
type Case struct {
	ID    posada.CaseID
	Label string // what people call it: it says nothing of a person
	// Key is what everything of the case is sealed under: destroying it
	// destroys it all.
	Key vault.KeyID
	// Assigned are those whose work it is.
	Assigned []posada.StaffID
	// Excluded must never have anything of hers, whatever any record of the
	// case says. They never leave this agency.
	Excluded []posada.AgencyID
	// Erasing is set where all of it is to be destroyed, as soon as nothing of it
	// waits to be taken back.
	Erasing time.Time
}
