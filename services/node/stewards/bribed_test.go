package stewards

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// innocent is a table that lets shelters have documents, under the next number.
func innocent(w *world) string {
	return strings.Replace(strings.Replace(string(w.matrix), `"version": 1`, `"version": 2`, 1), `"cells": {`, `"cells": {"research": {"shelter": {"needs": "consent"}},`, 1)
}

// hostile is every kind of table that must come to nothing, each in an innocent change, so
// that nothing but what is wrong with it stands between it and running.
func hostile(w *world) map[string]string {
	with := func(cells string) string {
		return strings.Replace(innocent(w), `"cells": {`, `"cells": {`+cells+`,`, 1)
	}
	return map[string]string{
		"an override":                strings.Replace(innocent(w), `"cells":`, `"override": true, "cells":`, 1),
		"the border, for statistics": with(`"border": {"statistics_aggregate": {"needs": "consent"}}`),
		"the police, by consent":     with(`"law_enforcement": {"law_enforcement_declaration": {"identity": "consent"}}`),
		"a category that never goes": with(`"funder": {"shelter": {"location_shelter": "consent"}}`),
		"an unknown class":           with(`"police": {"shelter": {"needs": "consent"}}`),
		"an unknown purpose":         with(`"funder": {"anything": {"needs": "consent"}}`),
		"an unknown category":        with(`"funder": {"shelter": {"everything": "consent"}}`),
		"an unknown mode":            with(`"funder": {"shelter": {"needs": "always"}}`),
		"a mode that is no text":     with(`"funder": {"shelter": {"needs": true}}`),
		"a list for a class":         with(`"funder": ["needs"]`),
		"a class twice":              with(`"research": {"shelter": {"identity": "never"}}`),
		"another version inside":     strings.Replace(innocent(w), `"version": 2`, `"version": "2"`, 1),
		"kept for years":             strings.Replace(innocent(w), `"retain_days": 90`, `"retain_days": 9000`, 1),
		"something behind it":        innocent(w) + `{}`,
		"huge":                       strings.Repeat(" ", 9<<20) + innocent(w),
		"nothing":                    `null`,
	}
}

// TestHostileTablesComeToNothing: the registry refuses each, though enough stewards signed; a
// node that is handed the bytes goes on with what it ran. Without what is wrong with them they
// run, and a registry that does not look takes them.
func TestHostileTablesComeToNothing(t *testing.T) {
	w := newWorld(t)
	all := hostile(w)
	all["innocent"] = innocent(w)
	for name, table := range all {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.refresh()
			p, err := w.council.Decide(trust.RolePolicy, []byte(table), w.now)
			if name == "huge" {
				if !errors.Is(err, trust.ErrTooLarge) {
					t.Error(err)
				}
				return // nobody can sign it, and no hub could carry it
			}
			must(t, err)
			err = w.hub.Publish(t.Context(), p)
			if runs := name == "innocent"; (err == nil) != runs || err != nil && !errors.Is(err, trust.ErrContent) {
				t.Fatalf("the registry: %v", err)
			} else if !runs {
				w.lets()
				must(t, w.hub.Publish(t.Context(), p))
			}
			w.refresh()
			w.pass(25 * time.Hour)
			w.refresh()
			if name == "innocent" {
				w.runs(1, 2)
				return
			}
			w.runs(1, 1)
			if w.gives(posada.ClassResearch, posada.PurposeShelter, posada.CategoryNeeds) || w.Knowledge().View.PolicyEdition.Version != 2 {
				t.Error("something of it counts, or it was never shown")
			}
		})
	}
}

// TestABribedAdministratorIsRefused: what one steward signs alone is refused, whatever it is;
// and where a table is the reason, there is a case that says so.
func TestABribedAdministratorIsRefused(t *testing.T) {
	rules, err := pdp.Shipped()
	must(t, err)
	w := newWorld(t)
	police := w.snap
	police.Version++
	police.Agencies = append([]roster.Agency{}, police.Agencies...)
	asNGO(&police)
	text, err := roster.Write(police)
	must(t, err)
	root := w.council.InForce[trust.RoleRoot].Document
	for name, c := range map[string]struct {
		role   trust.Role
		target string
	}{
		"the police as an NGO":       {trust.RoleRoster, string(text)},
		"an override":                {trust.RolePolicy, hostile(w)["an override"]},
		"the border, for statistics": {trust.RolePolicy, hostile(w)["the border, for statistics"]},
		"an innocent table":          {trust.RolePolicy, innocent(w)},
	} {
		p, err := trust.Propose(root, c.role, w.council.InForce[c.role].Document, []byte(c.target), w.now)
		must(t, err)
		for _, keys := range [][]jose.PrivateKey{{}, w.council.Keys[:1], {w.council.Keys[0], w.council.Keys[0]}} {
			signed := p
			for _, k := range keys {
				signed, err = trust.Sign(signed, root, k)
				must(t, err)
			}
			for of, r := range map[string]*trust.Repository{"the registry": w.hub.Repository, "one that looks into nothing": trust.NewRepository(w.blobs, invented.Key(t, 90), careless())} {
				if err := r.Publish(t.Context(), w.now, signed); !errors.Is(err, trust.ErrThreshold) && !errors.Is(err, trust.ErrContent) {
					t.Errorf("%s, signed %d times, %s: %v", name, len(keys), of, err)
				}
			}
		}
		if found, is, err := prove.Refuted(t.Context(), rules, []byte(c.target)); name == "the border, for statistics" {
			if !is || found.Class != posada.ClassBorder || found.Purpose != posada.PurposeStatisticsAggregate || err != nil {
				t.Errorf("%+v, %v", found, err)
			}
		}
	}
	w.refresh()
	w.runs(1, 1)
	w.police(posada.ClassLawEnforcement)
}
