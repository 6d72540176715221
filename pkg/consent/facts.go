package consent

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Facts is what a consent says of one recipient and one purpose at one moment,
// in words of closed vocabularies. Times and identifiers, which are infinite,
// were reduced; everything else is as recorded. Facts are comparable.
type Facts struct {
	Status     posada.ConsentStatus           `json:"status"`
	Window     posada.Window                  `json:"window"`
	Use        posada.Use                     `json:"use"`
	Purposes   posada.Set[posada.Purpose]     `json:"purposes"`   // granted to this recipient
	Categories posada.Set[posada.Category]    `json:"categories"` // granted to it for this purpose
	Excluded   posada.Set[posada.Category]    `json:"excluded"`   // from every recipient
	Services   posada.Set[posada.ServiceType] `json:"services"`
	GivenBy    posada.GivenBy                 `json:"given_by"`
	AgeBand    posada.AgeBand                 `json:"age_band"`
	// Jurisdiction is where a minor was who consented alone; elsewhere where
	// nothing was recorded.
	Jurisdiction posada.Jurisdiction         `json:"jurisdiction"`
	Assent       posada.Assent               `json:"assent"`
	Conflict     posada.ConflictCheck        `json:"conflict"`
	CoSigned     posada.Set[posada.CoSigner] `json:"co_signed"`
	OptIn        posada.OptIn                `json:"opt_in"`
	Method       posada.ConsentMethod        `json:"method"`
	Informed     posada.Set[posada.Informed] `json:"informed"`
	Condition    posada.ServiceCondition     `json:"condition"`
}

// Facts reduces the record for one recipient and purpose at a moment. The
// disclosure by, if any, is the one being decided: a single use it has itself
// consumed is still unused for it.
func (r Record) Facts(to posada.AgencyID, purpose posada.Purpose, by posada.EventID, now time.Time) Facts {
	f := Facts{
		Status: r.Status(), Window: posada.WindowOf(r.NotBefore, r.Expires, now), Use: posada.UseRepeated,
		Excluded: r.Excluded, Services: r.Services,
		GivenBy: r.GivenBy, AgeBand: r.AgeBand, Jurisdiction: r.Jurisdiction, Assent: r.Assent, Conflict: r.Conflict,
		CoSigned: r.CoSigned, OptIn: r.OptIn.state(now), Method: r.Method,
		Informed: r.Informed, Condition: r.Condition,
	}
	for _, a := range r.Allowances {
		if a.To == to {
			f.Purposes = f.Purposes.With(a.Purpose)
		}
	}
	if f.Jurisdiction == "" {
		f.Jurisdiction = posada.JurisdictionElsewhere
	}
	if a, ok := r.Allowance(to, purpose); ok {
		f.Categories = a.Categories
		f.Use = a.use(by)
	}
	return f
}

// Unknown is the facts of a consent nobody has: every word is the one that
// permits least.
func Unknown() Facts {
	return Facts{
		Status: posada.ConsentUnknown, Window: posada.WindowAfter, Use: posada.UseSingleUsed,
		GivenBy: posada.GivenByMinorAlone, AgeBand: posada.Age0to11, Jurisdiction: posada.JurisdictionElsewhere, Assent: posada.AssentNotAsked,
		Conflict: posada.ConflictUnchecked, OptIn: posada.OptInNone, Method: posada.MethodAudio,
		Condition: posada.ServiceUnattested,
	}
}

// Naming is what the record says of one agency. Excluded beats named (G14).
func (r Record) Naming(to posada.AgencyID) posada.Naming {
	switch {
	case slices.Contains(r.ExcludedAgencies, to):
		return posada.Excluded
	case slices.ContainsFunc(r.Allowances, func(a Allowance) bool { return a.To == to }):
		return posada.Named
	}
	return posada.Unnamed
}

func (a Allowance) use(by posada.EventID) posada.Use {
	switch {
	case !a.SingleUse:
		return posada.UseRepeated
	case a.UsedBy == "" || a.UsedBy == by:
		return posada.UseSingleUnused
	}
	return posada.UseSingleUsed
}

func (o OptInRecord) state(now time.Time) posada.OptIn {
	switch {
	case o.AskedAt.IsZero():
		return posada.OptInNone
	case !o.Counsel:
		return posada.OptInWithoutCounsel
	case now.Before(o.AskedAt.Add(CoolingOff)):
		return posada.OptInCoolingOff
	}
	return posada.OptInComplete
}
