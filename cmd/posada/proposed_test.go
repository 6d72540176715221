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
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
)

// proposes writes a motion for the next policy.
func (d *desk) proposes(path string, table []byte) {
	d.t.Helper()
	in := d.network.InForce
	root := in[string(trust.RoleRoot)].Document
	p, err := trust.Propose(root, trust.RolePolicy, in[string(trust.RolePolicy)].Document, table, time.Now())
	if err != nil {
		d.t.Fatal(err)
	}
	m, err := enrol.NewMotion(enrol.Motion{Root: root, Base: in[string(trust.RoleRoster)].Target, Proposals: []trust.Proposal{p}})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := writeMotion(path, m); err != nil {
		d.t.Fatal(err)
	}
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
	wants(t, signs(3, "prosecutors.json", "es"), "Un contraejemplo: alguien acepta que una institución del tipo «fiscalía» tenga «identidad»", "este tipo de institución no recibe nada", "No se firmó nada")
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
