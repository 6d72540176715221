package prove_test

import (
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// oneCell is a table with nothing in it but one cell.
func oneCell(t *testing.T, class posada.AgencyClass, purpose posada.Purpose, category posada.Category, mode string) []byte {
	t.Helper()
	text, err := pdp.Amend([]byte(`{"version": 1, "limits": {"retain_days": 90}, "cells": {}}`), 2, matrix.Cells{class: {purpose: {category: posada.Mode(mode)}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestTheShippedTableHasNoCounterexample: nothing in it promises what the guard refuses.
func TestTheShippedTableHasNoCounterexample(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	if found, is, err := prove.Refuted(t.Context(), engine, text); is || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestWhatTheSchemaRefusesTheGuardRefusesWithACase makes a table of one cell, for every class and
// purpose, with categories that may leave and that never may: the schema and the guard draw the same line,
// and of what is beyond it there is a counterexample that names the cell.
func TestWhatTheSchemaRefusesTheGuardRefusesWithACase(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	refuted := 0
	for _, class := range posada.Members[posada.AgencyClass]() {
		for i, purpose := range posada.Members[posada.Purpose]() {
			for _, category := range []posada.Category{posada.CategoryNeeds, posada.CategoryIdentity, posada.CategoryScreeningAnswers} {
				mode := []string{"consent", "consent_cosigned", "ceremony"}[i%3]
				if class.Distrusted() && category == posada.CategoryIdentity {
					mode = "ceremony" // what a schema may let them have, for the purposes of law enforcement
				}
				table := oneCell(t, class, purpose, category, mode)
				_, bad := pdp.MatrixVersion(table)
				found, is, err := prove.Refuted(t.Context(), engine, table)
				if err != nil {
					t.Fatal(err)
				}
				if is != (bad != nil) {
					t.Errorf("%s, %s, %s, %s: a counterexample %v; the schema: %v", class, purpose, category, mode, is, bad)
				}
				if is {
					refuted++
					lacks := found.Lacks
					if found.Lacks = nil; len(lacks) == 0 || !reflect.DeepEqual(found, prove.Case{Class: class, Purpose: purpose, Category: category, Mode: mode}) {
						t.Errorf("of %s, %s, %s, %s it is %+v, which lacks %v", class, purpose, category, mode, found, lacks)
					}
				}
			}
		}
	}
	t.Logf("%d tables with a counterexample", refuted)
}

func TestWhyProsecutorsAreNotLetIn(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	found, is, err := prove.Refuted(t.Context(), engine, oneCell(t, posada.ClassProsecution, posada.PurposeCaseManagement, posada.CategoryIdentity, "consent"))
	if err != nil || !is || !slices.Equal(found.Lacks, []posada.Condition{"G1"}) {
		t.Errorf("%+v, %v, %v", found, is, err)
	}
}

// TestRulesThatLetProsecutorsInDisagreeWithTheOracle: the counterexample does not rest on the rules alone.
func TestRulesThatLetProsecutorsInDisagreeWithTheOracle(t *testing.T) {
	engine, err := pdp.New(t.Context(), altered.Files(t, policy.Files, "disclose/guard.rego", `"G1" if input.recipient.class in vocabulary.trusted_classes`, `"G1" if input.recipient.class in vocabulary.receiving_classes`))
	if err != nil {
		t.Fatal(err)
	}
	if _, is, err := prove.Refuted(t.Context(), engine, oneCell(t, posada.ClassProsecution, posada.PurposeCaseManagement, posada.CategoryIdentity, "consent")); is || err == nil {
		t.Errorf("a case %v, %v", is, err)
	}
}
