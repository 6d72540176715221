package pdp_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// drawnCells are a table at random, of cells that the schema lets anything stand in.
func drawnCells(t *rapid.T, name string) matrix.Cells {
	cells := matrix.Cells{}
	for range rapid.IntRange(0, 6).Draw(t, name) {
		cells = cells.With(drawnCell(t), rapid.SampledFrom(posada.Members[posada.Mode]()).Draw(t, "mode"))
	}
	return cells
}

func drawnCell(t *rapid.T) matrix.Cell {
	return matrix.Cell{
		Class:    rapid.SampledFrom([]posada.AgencyClass{posada.ClassShelter, posada.ClassLegalAid}).Draw(t, "class"),
		Purpose:  rapid.SampledFrom([]posada.Purpose{posada.PurposeShelter, posada.PurposeImmediateSafety, posada.PurposeLegal}).Draw(t, "purpose"),
		Category: rapid.SampledFrom([]posada.Category{posada.CategoryNeeds, posada.CategoryIdentity}).Draw(t, "category"),
	}
}

// drawnFacts is a question at random of which only the table can refuse anything, most times.
func drawnFacts(t *rapid.T) pdp.Facts {
	some := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity)
	cell := drawnCell(t)
	to := pdp.Recipient{Class: cell.Class, Standing: posada.StandingActive, Naming: posada.Named}
	us := pdp.Party{Class: posada.ClassNGO, Standing: rapid.SampledFrom([]posada.Standing{posada.StandingActive, posada.StandingActive, posada.StandingSuspended}).Draw(t, "standing")}
	grant := pdp.GrantFacts{Window: posada.WindowWithin, Purpose: cell.Purpose, Categories: some}
	switch rapid.IntRange(0, 3).Draw(t, "entry") {
	case 0:
		return pdp.Facts{Passing: pdp.Passing{Recipient: to, Self: us, Purpose: cell.Purpose, Asked: some, Grant: grant, Holding: posada.HoldingHeld, Staleness: posada.StalenessLive, Issuer: posada.StalenessLive}}
	case 1:
		return pdp.Facts{Reception: pdp.Reception{Sender: us, Self: pdp.Party{Class: cell.Class, Standing: posada.StandingActive}, Purpose: cell.Purpose, Carried: some, Grant: grant, Staleness: posada.StalenessLive, Issuer: posada.StalenessLive}}
	case 2:
		return pdp.Facts{Asking: pdp.Asking{
			Recipient: to, Asker: us, Services: posada.SetOf(posada.ServiceShelterEmergency), Asked: posada.SetOf(posada.CategoryNeeds),
			Permission: pdp.AskFacts{Status: posada.ConsentGiven, Window: posada.WindowWithin}, Staleness: posada.StalenessLive,
		}}
	}
	return pdp.Facts{Disclosure: pdp.Disclosure{
		Recipient: to, Purpose: cell.Purpose, Services: posada.SetOf(posada.ServiceShelterEmergency), Asked: some, Staleness: posada.StalenessLive,
		Consent: consent.Facts{
			Status: posada.ConsentGiven, Window: posada.WindowWithin, Use: posada.UseRepeated, Purposes: posada.SetOf(cell.Purpose), Categories: some,
			Services: posada.SetOf(posada.ServiceShelterEmergency), GivenBy: posada.GivenBySelf, AgeBand: posada.Age25to39, Jurisdiction: posada.JurisdictionElsewhere,
			Assent: posada.AssentNotAsked, Conflict: posada.ConflictUnchecked, Method: posada.MethodWritten,
			CoSigned: posada.SetOf(rapid.SliceOf(rapid.SampledFrom(posada.Members[posada.CoSigner]())).Draw(t, "signed")...),
			OptIn:    rapid.SampledFrom(posada.Members[posada.OptIn]()).Draw(t, "opt_in"),
			Informed: posada.SetOf(posada.Members[posada.Informed]()...), Condition: posada.ServiceNotConditional,
		},
	}}
}

// TestAnAgencysOwnPolicyOnlyNarrows: whatever tables a network and an agency have, also ones
// that no check would let past, the agency gives and takes in nothing the network does not
// let it; and what it lacks beyond the network's is said as its own.
func TestAnAgencysOwnPolicyOnlyNarrows(t *testing.T) {
	shipped, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	rapid.Check(t, func(rt *rapid.T) {
		network, err := shipped.Saying(t.Context(), drawnCells(rt, "network"))
		if err != nil {
			rt.Fatal(err)
		}
		own := pdp.Own{Cells: drawnCells(rt, "own")}
		own.Limits.RetainDays = rapid.SampledFrom([]int{0, 1, 30, 90}).Draw(rt, "days")
		under, err := network.Under(t.Context(), own)
		if err != nil {
			rt.Fatal(err)
		}
		for range 8 {
			f := drawnFacts(rt)
			lets, err := network.Decide(t.Context(), f)
			got, wrong := under.Decide(t.Context(), f)
			if err = errors.Join(err, wrong); err != nil {
				rt.Fatal(err)
			}
			if !lets.Categories().Covers(got.Categories()) || got.RetainDays() > lets.RetainDays() {
				rt.Fatalf("the network lets %v for %d days, the agency %v for %d: %+v", lets.Categories().List(), lets.RetainDays(), got.Categories().List(), got.RetainDays(), f)
			}
			for _, c := range f.Asked().Minus(got.Categories()).List() {
				last := got.Unmet(c)[len(got.Unmet(c))-1]
				if lets.Categories().Has(c) != (last == pdp.OwnLayer && len(got.Unmet(c)) == 1) {
					rt.Fatalf("%s lacks %v, of the network's %v", c, got.Unmet(c), lets.Unmet(c))
				}
				if lets.Categories().Has(c) {
					refused++
				}
			}
		}
	})
	if refused == 0 {
		t.Fatal("no agency's own policy refused anything")
	}
}

// TestBothLayersAreAsked: where the network asks for one thing and the agency
// for another, neither being the less, both are asked for.
func TestBothLayersAreAsked(t *testing.T) {
	shipped, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	cell := matrix.Cell{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryNeeds}
	network, err := shipped.Saying(t.Context(), matrix.Cells{}.With(cell, "consent_cosigned"))
	if err != nil {
		t.Fatal(err)
	}
	under, err := network.Under(t.Context(), pdp.Own{Cells: matrix.Cells{}.With(cell, "ceremony")})
	if err != nil {
		t.Fatal(err)
	}
	f := pdp.Facts{Disclosure: prove.PermittedDisclosure()}
	f.Disclosure.Recipient.Class, f.Disclosure.Purpose, f.Disclosure.Asked = cell.Class, cell.Purpose, posada.SetOf(cell.Category)
	f.Disclosure.Consent.Purposes, f.Disclosure.Consent.Categories = posada.SetOf(cell.Purpose), posada.SetOf(cell.Category)
	for _, c := range []struct {
		signed posada.Set[posada.CoSigner]
		opted  posada.OptIn
		want   bool
	}{
		{0, posada.OptInComplete, false}, {posada.SetOf(posada.CoSignerChildAdvocate), posada.OptInNone, false},
		{posada.SetOf(posada.CoSignerChildAdvocate), posada.OptInComplete, true},
	} {
		f.Disclosure.Consent.CoSigned, f.Disclosure.Consent.OptIn = c.signed, c.opted
		permit, err := under.Decide(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if got := permit.Categories().Has(cell.Category); got != c.want {
			t.Errorf("signed %v, asked for herself %v: %v", c.signed.List(), c.opted, got)
		}
	}
}

func TestAnAgencysOwnPolicyIsReadStrictly(t *testing.T) {
	for text, fits := range map[string]bool{
		`{}`:                                                    true,
		`{"cells": {}}`:                                         true,
		`{"limits": {"retain_days": 30}}`:                       true,
		`{"limits": {"retain_days": 0}}`:                        true, // as the network has it
		`{"limits": {"retain_days": 91}}`:                       false,
		`{"limits": {"retain_days": -1}}`:                       false,
		`{"limits": {"retain_days": 1.5}}`:                      false,
		`{"version": 3}`:                                        false,
		`{"silence": {}}`:                                       false,
		`{"cells": {"ngo": {"legal": {"needs": "never"}}}}`:     true,
		`{"cells": {"ngo": {"legal": {"needs": "sometimes"}}}}`: false,
		`{"cells": {"ngo": {"legal": {"shoe_size": "never"}}}}`: false,
		`{"cells": {"ngo": {"legal": {"needs": "never", "needs": "never"}}}}`: false,
		`{"cells": {"circus": {"legal": {"needs": "never"}}}}`:                false,
		`{"cells": {"ngo": {"juggling": {"needs": "never"}}}}`:                false,
		``: false, `[]`: false, `{} {}`: false,
	} {
		own, err := pdp.ReadOwn([]byte(text))
		if (err == nil) != fits || err != nil && !errors.Is(err, pdp.ErrOwn) {
			t.Errorf("%s: %v", text, err)
		}
		if err != nil {
			continue
		}
		written, err := own.Text()
		if err != nil || !json.Valid(written) {
			t.Errorf("%s is written %s, %v", text, written, err)
		}
		if again, err := pdp.ReadOwn(written); err != nil || own.Empty() != again.Empty() {
			t.Errorf("%s is written %s, and not read: %v", text, written, err)
		}
	}
}
