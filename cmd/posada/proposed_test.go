package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
)

// proposes writes a motion for the next policy.
func (d *desk) proposes(path string, table []byte) {
	d.t.Helper()
	in := d.network.InForce
	root := in[string(trust.RoleRoot)].Document
	before := in[string(trust.RolePolicy)]
	p, err := trust.Propose(root, trust.RolePolicy, before.Document, table, time.Now())
	if follows, difference, fits := prove.Differs(before.Target, table); fits == nil {
		proof, refuted := prove.Passes(d.t.Context(), d.rules(), table)
		if refuted != nil {
			proof = follows
		}
		p, err = trust.ProposePolicy(root, before.Document, table, trust.Said{Follows: follows, Difference: difference, Proof: proof}, time.Now())
	}
	if err != nil {
		d.t.Fatal(err)
	}
	m, err := enrol.NewMotion(enrol.Motion{Root: root, Base: in[string(trust.RoleRoster)].Target, Policy: before.Target, Proposals: []trust.Proposal{p}})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := writeMotion(path, m); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) rules() *pdp.Engine {
	d.t.Helper()
	rules, err := pdp.New(d.t.Context(), policy.Files)
	if err != nil {
		d.t.Fatal(err)
	}
	return rules
}

// TestNoStewardSignsAPolicyThatTheRulesRefute: she is told of a case before she is asked for
// her passphrase, and the file stays unsigned; a table the rules allow she may sign.
func TestNoStewardSignsAPolicyThatTheRulesRefute(t *testing.T) {
	d := sit(t)
	shipped, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	amended := func(class posada.AgencyClass, purpose posada.Purpose, mode string) []byte {
		text, err := pdp.Amend(shipped, 2, matrix.Cells{class: {purpose: {posada.CategoryIdentity: posada.Mode(mode)}}})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	noTable, err := json.Marshal(map[string]any{"version": 2, "cells": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	signs := func(want int, path, lang string) string {
		return d.says(want, "network", "sign", path, "--key", "ana.steward", "--passphrase-file", "nosuch", "--lang", lang)
	}
	d.proposes("prosecutors.json", amended(posada.ClassProsecution, posada.PurposeProsecutionSupport, "consent"))
	before, err := os.ReadFile("prosecutors.json")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, signs(3, "prosecutors.json", "en"), `A counterexample: somebody agrees that a body of the kind "prosecution" may have "identity" for "support of a prosecution", and does no more than that.`, "this kind of body receives nothing, unless the person asked for it", "Nothing was signed")
	wants(t, signs(3, "prosecutors.json", "es"), "Un contraejemplo: alguien acepta que una institución del tipo «fiscalía» tenga «identidad»", "este tipo de institución no recibe nada", "No se firmó ni se cambió nada")
	if after, err := os.ReadFile("prosecutors.json"); err != nil || string(after) != string(before) {
		t.Errorf("the file is another: %v", err)
	}
	d.proposes("none.json", noTable)
	wants(t, signs(2, "none.json", "en"), "does not fit its schema", "Nothing was signed")

	d.proposes("schools.json", amended(posada.ClassSchool, posada.PurposeEducation, "consent_cosigned"))
	if said := d.says(0, "network", "sign", "schools.json", "--key", "ana.steward", "--passphrase-file", "pass"); strings.Contains(said, "counterexample") {
		t.Error(said)
	}
	if m := d.motion("schools.json"); len(m.Signed()) != 1 {
		t.Errorf("%d signed", len(m.Signed()))
	}
}

// TestNoStewardSignsOtherDigests than those of what she is shown: of another table in force,
// of another difference or proof, or of none.
func TestNoStewardSignsOtherDigests(t *testing.T) {
	d := sit(t)
	shipped, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	table, err := matrix.Read(shipped)
	if err != nil {
		t.Fatal(err)
	}
	cells := matrix.Cells{}
	cells.Set(matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryNeeds}, posada.ModeConsent)
	text, err := table.With(2, cells).Write()
	if err != nil {
		t.Fatal(err)
	}
	in := d.network.InForce
	root, before := in[string(trust.RoleRoot)].Document, in[string(trust.RolePolicy)]
	right, err := enrol.Says(t.Context(), d.rules(), before.Target, text)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		said trust.Said
		base []byte
		want int
	}{
		"the digests of what she is shown": {right, before.Target, 0},
		"of another table in force":        {trust.Said{Follows: other, Difference: right.Difference, Proof: right.Proof}, before.Target, 5},
		"of another difference":            {trust.Said{Follows: right.Follows, Difference: other, Proof: right.Proof}, before.Target, 5},
		"of another proof":                 {trust.Said{Follows: right.Follows, Difference: right.Difference, Proof: other}, before.Target, 5},
		"and shown another table in force": {right, text, 5},
		"and shown none":                   {right, nil, 5},
	} {
		p, err := trust.ProposePolicy(root, before.Document, text, c.said, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		m, err := enrol.NewMotion(enrol.Motion{Root: root, Base: in[string(trust.RoleRoster)].Target, Policy: c.base, Proposals: []trust.Proposal{p}})
		if err != nil {
			t.Fatal(err)
		}
		if err := writeMotion("motion.json", m); err != nil {
			t.Fatal(err)
		}
		d.says(c.want, "network", "sign", "motion.json", "--key", "ana.steward", "--passphrase-file", "pass")
		if signed := len(d.motion("motion.json").Signed()); (signed == 1) != (c.want == 0) {
			t.Errorf("%s: %d signed", name, signed)
		}
	}
}
