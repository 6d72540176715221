package handoff

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Paper is that a paper came which wants something of the person a case is about.
// Of one that no judge signed nothing else is kept: what it wants, it does not get,
// and a list of it would say what there is.
type Paper struct {
	Kind  posada.Instrument `json:"kind"`
	Came  time.Time         `json:"came"` // when that was recorded
	By    posada.StaffID    `json:"by"`
	Order *Order            `json:"order,omitempty"` // of one that a judge signed
}

// Order is what exactly a judge's order names, and the task it opens: the person
// is to be told (34 U.S.C. 12291(b)(2)(C)(i), 42 U.S.C. 10406(c)(5)(C)).
type Order struct {
	Counsel posada.StaffID              `json:"counsel"` // who here spoke with counsel
	Names   posada.Set[posada.Category] `json:"names"`
	From    posada.Date                 `json:"from,omitempty"` // of what was recorded from this day
	Until   posada.Date                 `json:"until,omitempty"`
	Due     posada.Date                 `json:"due"`              // by when
	Secret  posada.Date                 `json:"secret,omitempty"` // it forbids to tell her, up to and with this day
	Told    time.Time                   `json:"told,omitzero"`
	ToldBy  posada.StaffID              `json:"told_by,omitempty"`
	// Lifted is who spoke with counsel, where she was told while the order still
	// forbade it as it came.
	Lifted posada.StaffID `json:"lifted,omitempty"`
}

// Untold reports whether it is an order of which the person was not told yet.
func (p Paper) Untold() bool { return p.Order != nil && p.Order.Told.IsZero() }

// Secret reports whether the order forbids to tell her on a day.
func (p Paper) Secret(on posada.Date) bool { return p.Order != nil && on <= p.Order.Secret }
