package pdp_test

import (
	"encoding/json"
	"errors"
	"slices"
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

// drawnView is what some roles see at an agency; of others it does not say.
func drawnView(t *rapid.T) matrix.View {
	view := matrix.View{}
	for _, role := range rapid.SliceOf(rapid.SampledFrom([]posada.StaffRole{posada.RoleAdvocate, posada.RoleLegal, posada.RoleMedical})).Draw(t, "roles") {
		view[role] = posada.Set[posada.Category](rapid.Uint32().Draw(t, "sees")).And(posada.SetOf(posada.Leaving()...))
	}
	return view
}

// drawnViewing is a look of which only the table can hide anything, most times.
func drawnViewing(t *rapid.T) pdp.Viewing {
	v := prove.PermittedViewing()
	v.Roles = posada.SetOf(rapid.SliceOf(rapid.SampledFrom(posada.Members[posada.StaffRole]())).Draw(t, "her roles")...)
	v.Assignment = rapid.SampledFrom([]posada.Assignment{posada.AssignedToAsker, posada.AssignedToAsker, posada.AssignedToNobody}).Draw(t, "assignment")
	v.Origin = rapid.SampledFrom(posada.Members[posada.Origin]()).Draw(t, "origin")
	v.Asked = posada.SetOf(posada.Members[posada.Category]()...)
	return v
}

// TestAnAgencysOwnPolicyOnlyNarrows: whatever tables a network and an agency have, also ones
// that no check would let past, the agency gives and takes in nothing the network does not
// let it; and what it lacks beyond the network's is said as its own.
func TestAnAgencysOwnPolicyOnlyNarrows(t *testing.T) {
	shipped, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	refused, unseen := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		network, err := shipped.Saying(t.Context(), drawnCells(rt, "network"))
		if err != nil {
			rt.Fatal(err)
		}
		own := pdp.Own{Cells: drawnCells(rt, "own"), View: drawnView(rt)}
		own.Limits.RetainDays = rapid.SampledFrom([]int{0, 1, 30, 90}).Draw(rt, "days")
		under, err := network.Under(t.Context(), own)
		if err != nil {
			rt.Fatal(err)
		}
		for range 8 {
			v := drawnViewing(rt)
			shows, err := network.View(t.Context(), v)
			saw, wrong := under.View(t.Context(), v)
			if err = errors.Join(err, wrong); err != nil {
				rt.Fatal(err)
			}
			if !shows.Categories().Covers(saw.Categories()) {
				rt.Fatalf("the network shows %v, the agency %v: %+v", shows.Categories().List(), saw.Categories().List(), v)
			}
			if shows != saw {
				unseen++
			}
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
	if refused == 0 || unseen == 0 {
		t.Fatalf("no agency's own policy refused anything (%d), or hid anything (%d)", refused, unseen)
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

// TestAnAgencysOwnViewIsHeldAgainstTheNetworks: what it would show more is told, what no table
// may show is refused, and of a role that it does not speak of the network's counts.
func TestAnAgencysOwnViewIsHeldAgainstTheNetworks(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	own, err := pdp.ReadOwn([]byte(`{"view": {"medical": ["needs", "perpetrator"]}}`))
	if err != nil || own.Empty() {
		t.Fatal(own, err)
	}
	if more := engine.WiderView(own); !slices.Equal(more, []matrix.Look{{Role: posada.RoleMedical, Category: posada.CategoryPerpetrator}}) {
		t.Errorf("more than the network: %v", more)
	}
	under, err := engine.Under(t.Context(), own)
	if err != nil || under.Digest() == engine.Digest() {
		t.Fatal("the same engine", err)
	}
	v := pdp.Viewing{Assignment: posada.AssignedToAsker, Origin: posada.OriginOwn, Window: posada.WindowWithin, Issuer: posada.StalenessLive, Asked: posada.SetOf(posada.Members[posada.Category]()...)}
	for role, want := range map[posada.StaffRole]posada.Set[posada.Category]{
		posada.RoleMedical: posada.SetOf(posada.CategoryNeeds), posada.RoleLegal: engine.Sees()[posada.RoleLegal],
	} {
		v.Roles = posada.SetOf(role)
		if sight, err := under.View(t.Context(), v); err != nil || sight.Categories() != want {
			t.Errorf("%s sees %v, %v", role, sight.Categories().List(), err)
		}
	}
	for _, text := range []string{`{"view": {"steward": []}}`, `{"view": {"advocate": ["legal_strategy"]}}`, `{"view": {"legal": ["needs", "needs"]}}`, `{"view": {"legal": ["always"]}}`} {
		if _, err := pdp.ReadOwn([]byte(text)); !errors.Is(err, pdp.ErrOwn) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestATableThatSaysNothingOfItShowsWhatIsShipped, and its digest is of what it comes to.
func TestATableThatSaysNothingOfItShowsWhatIsShipped(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	silent, err := engine.With(t.Context(), []byte(`{"version": 1, "limits": {"retain_days": 1}, "cells": {}}`))
	nobody, wrong := engine.With(t.Context(), []byte(`{"version": 1, "limits": {"retain_days": 1}, "view": {}, "cells": {}}`))
	if err = errors.Join(err, wrong); err != nil {
		t.Fatal(err)
	}
	v := prove.PermittedViewing()
	if sight, err := silent.View(t.Context(), v); err != nil || sight.Categories() != v.Asked {
		t.Errorf("sees %v, %v", sight.Categories().List(), err)
	}
	if sight, err := nobody.View(t.Context(), v); err != nil || !sight.Categories().Empty() {
		t.Errorf("of a table that shows nothing: %v, %v", sight.Categories().List(), err)
	}
}
