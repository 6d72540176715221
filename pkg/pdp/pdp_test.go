package pdp_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

func engine(t testing.TB) *pdp.Engine {
	t.Helper()
	e, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// with is the shipped policy with files added or replaced.
func with(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	copied := fstest.MapFS{}
	err := fs.WalkDir(policy.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policy.Files, name)
		copied[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		copied[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return copied
}

func TestWhatTheRulesPermitIsPermitted(t *testing.T) {
	d := prove.PermittedDisclosure()
	permit, err := engine(t).Disclose(t.Context(), d)
	if err != nil || !permit.Covers(d.Asked) || permit.Categories() != d.Asked || permit.RetainDays() != 90 {
		t.Errorf("%v, %d days, %v", permit.Categories().List(), permit.RetainDays(), err)
	}
	r := prove.PermittedReception()
	if admission, err := engine(t).Receive(t.Context(), r); err != nil || !admission.Admits(r.Carried) {
		t.Errorf("%v", err)
	}
	o := prove.PermittedPassing()
	if permit, err := engine(t).Onward(t.Context(), o); err != nil || !permit.Covers(o.Asked) || permit.RetainDays() != 90 {
		t.Errorf("%v", err)
	}
	a := prove.PermittedAsking()
	if permit, err := engine(t).Ask(t.Context(), a); err != nil || !permit.Covers(a.Asked) || permit.Categories() != a.Asked || permit.RetainDays() != 0 {
		t.Errorf("%v, %d days, %v", permit.Categories().List(), permit.RetainDays(), err)
	}
	v := prove.PermittedViewing()
	if sight, err := engine(t).View(t.Context(), v); err != nil || sight.Categories() != v.Asked {
		t.Errorf("%v, %v", sight.Categories().List(), err)
	}
}

func TestWhatIsRefusedSaysWhy(t *testing.T) {
	d := prove.PermittedDisclosure()
	d.Asked = d.Asked.With(posada.CategoryImmigrationStatus)
	permit, err := engine(t).Disclose(t.Context(), d)
	if err != nil || permit.Covers(d.Asked) || permit.Categories().Has(posada.CategoryImmigrationStatus) {
		t.Fatalf("%v, %v", permit.Categories().List(), err)
	}
	if got := permit.Unmet(posada.CategoryImmigrationStatus); !slices.Equal(got, []posada.Condition{"G3.category"}) {
		t.Errorf("it lacks %v", got)
	}
	if got := permit.Unmet(posada.CategoryNeeds); len(got) != 0 {
		t.Errorf("needs lacks %v", got)
	}
}

func TestANeedThatIsRefusedSaysWhy(t *testing.T) {
	a := prove.PermittedAsking()
	a.Recipient.Naming, a.Permission.Window = posada.Excluded, posada.WindowAfter
	permit, err := engine(t).Ask(t.Context(), a)
	if err != nil || permit.Covers(a.Asked) || !permit.Categories().Empty() {
		t.Fatalf("%v, %v", permit.Categories().List(), err)
	}
	if got := permit.Unmet(posada.CategoryNeeds); !slices.Equal(got, []posada.Condition{"A.named", "A.time"}) {
		t.Errorf("it lacks %v", got)
	}
}

func TestZeroAnswersDeny(t *testing.T) {
	all := posada.SetOf(posada.Members[posada.Category]()...)
	if (pdp.Permit{}).Covers(posada.SetOf(posada.CategoryNeeds)) || (pdp.Permit{}).Covers(0) || (pdp.Admission{}).Admits(all) || (pdp.Admission{}).Admits(0) || (pdp.Access{}).Allow {
		t.Error("a zero answer permits something")
	}
	permit, err := engine(t).Disclose(t.Context(), pdp.Disclosure{})
	if err != nil || !permit.Categories().Empty() {
		t.Errorf("zero facts: %v, %v", permit.Categories().List(), err)
	}
	if admission, err := engine(t).Receive(t.Context(), pdp.Reception{Carried: all}); err != nil || admission.Admits(all) {
		t.Errorf("zero facts: %v", err)
	}
	if permit, err := engine(t).Onward(t.Context(), pdp.Passing{Asked: all}); err != nil || !permit.Categories().Empty() {
		t.Errorf("zero facts: %v", err)
	}
	if permit, err := engine(t).Ask(t.Context(), pdp.Asking{Asked: all}); err != nil || !permit.Categories().Empty() {
		t.Errorf("zero facts: %v", err)
	}
	if sight, err := engine(t).View(t.Context(), pdp.Viewing{Asked: all}); err != nil || !sight.Categories().Empty() || !(pdp.Sight{}).Categories().Empty() {
		t.Errorf("zero facts: %v", err)
	}
}

func TestConnectionsGetTheirOwnSubjectsOrNothing(t *testing.T) {
	e := engine(t)
	member := pdp.Connection{Kind: pdp.KindMember, Key: pdp.KeyVouched, Class: posada.ClassLawEnforcement, Standing: posada.StandingActive}
	access, err := e.Connect(t.Context(), member)
	if err != nil || !access.Allow || access.Account != "members" || len(access.Publish) != 4 || len(access.Subscribe) != 1 {
		t.Errorf("a member: %+v, %v", access, err)
	}
	granted, asked := 0, 0
	for _, kind := range []pdp.ConnectionKind{pdp.KindMember, pdp.KindRelay, pdp.KindRelayStore, pdp.KindDoorbell, pdp.KindRegistry, pdp.KindRegistryStore, pdp.KindFollower, "admin", ""} {
		for _, key := range []pdp.KeyStanding{pdp.KeyVouched, pdp.KeyOwn, pdp.KeyUnknown, ""} {
			for _, standing := range append(posada.Members[posada.Standing](), "") {
				for _, class := range append(posada.Members[posada.AgencyClass](), "") {
					access, err := e.Connect(t.Context(), pdp.Connection{Kind: kind, Key: key, Class: class, Standing: standing})
					asked++
					want := kind == pdp.KindMember && key == pdp.KeyVouched && standing == posada.StandingActive ||
						kind != pdp.KindMember && kind != "admin" && kind != "" && key == pdp.KeyOwn
					if access.Allow != want || (!want && len(access.Publish)+len(access.Subscribe) > 0) {
						t.Fatalf("%s %s %s %s: %+v, %v", kind, key, standing, class, access, err)
					}
					if want {
						granted++
					}
				}
			}
		}
	}
	t.Logf("%d of %d kinds of connection are let on", granted, asked)
}

func TestRulesCanReachNothingOutside(t *testing.T) {
	for _, builtin := range []string{
		`http.send({"method": "get", "url": "http://127.0.0.1"})`, `opa.runtime()`, `time.now_ns()`, `rand.intn("x", 2)`,
		`net.lookup_ip_addr("localhost")`, `trace("x")`, `io.jwt.decode("x")`, `json.patch({}, [])`, `regex.match("a", "a")`, `walk([])`,
	} {
		rule := "package posada.hostile\n\nx := y if y := " + builtin + "\n"
		if _, err := pdp.New(t.Context(), with(t, map[string]string{"hostile/hostile.rego": rule})); !errors.Is(err, pdp.ErrPolicy) {
			t.Errorf("%s compiles: %v", builtin, err)
		}
	}
	if c := pdp.Capabilities(); len(c.AllowNet) != 0 || c.AllowNet == nil || len(c.Builtins) > 11 {
		t.Errorf("%d builtins, net %v", len(c.Builtins), c.AllowNet)
	}
}

func TestARuleThatAsksForAFactNoInputHasDoesNotCompile(t *testing.T) {
	text, err := fs.ReadFile(policy.Files, "disclose/guard.rego")
	if err != nil {
		t.Fatal(err)
	}
	misspelt := strings.Replace(string(text), "input.consent.window", "input.consent.windw", 1)
	if _, err := pdp.New(t.Context(), with(t, map[string]string{"disclose/guard.rego": misspelt})); !errors.Is(err, pdp.ErrPolicy) {
		t.Errorf("it compiles: %v", err)
	}
}

func TestANetworkPolicyThatDoesNotFitIsRefused(t *testing.T) {
	good, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) string {
		if !strings.Contains(string(good), from) {
			t.Fatalf("the matrix does not say %q", from)
		}
		return strings.Replace(string(good), from, to, 1)
	}
	for name, text := range map[string]string{
		"not json":                     "{",
		"empty":                        "",
		"no version":                   change(`"version": 1,`, ``),
		"half a version":               change(`"version": 1,`, `"version": 1.5,`),
		"a version beyond numbers":     change(`"version": 1,`, `"version": 1e999,`),
		"more than one document":       change(`{`, `{} {`),
		"an unknown step":              change(`"reminder": 15`, `"police": 15`),
		"steps out of their order":     change(`"reminder": 15`, `"reminder": 31`),
		"a step after the end":         change(`"voucher_fund": 75`, `"voucher_fund": 120`),
		"no whole minute":              change(`"reminder": 15`, `"reminder": 1.5`),
		"an unknown mode":              change(`"consent"`, `"always"`),
		"an unknown category":          change(`"needs":`, `"everything":`),
		"an unknown purpose":           change(`"wage_recovery":`, `"raid":`),
		"an unknown class":             change(`"shelter": {`, `"police": {`),
		"a category that never leaves": change(`"needs":`, `"location_shelter":`),
		"kept for ever":                change(`"retain_days": 90`, `"retain_days": 91`),
		"a rule in the data":           change(`"version": 1,`, `"version": 1, "allow": true,`),
		"a cell twice":                 change(`"needs": "consent"`, `"needs": "never", "needs": "consent"`),
		"the coalition":                change(`"cells": {`, `"cells": {"coalition": {"legal": {"needs": "consent"}},`),
		"police by mere consent":       change(`"cells": {`, `"cells": {"law_enforcement": {"survivor_report": {"identity": "consent"}},`),
		"police for care":              change(`"cells": {`, `"cells": {"law_enforcement": {"legal": {"identity": "ceremony"}},`),
		"a reference elsewhere":        change(`"cells": {`, `"$ref": "https://hostile.example", "cells": {`),
	} {
		if _, err := pdp.New(t.Context(), with(t, map[string]string{policy.MatrixFile: text})); !errors.Is(err, pdp.ErrMatrix) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ceremony := change(`"cells": {`, `"cells": {"law_enforcement": {"survivor_report": {"identity": "ceremony"}},`)
	if _, err := pdp.New(t.Context(), with(t, map[string]string{policy.MatrixFile: ceremony})); err != nil {
		t.Errorf("a ceremony for her own report: %v", err)
	}
}

func TestAnswersOfAnotherShapeDeny(t *testing.T) {
	for name, decision := range map[string]string{
		"undefined":           "decision := x if { false; x := 1 }",
		"a boolean":           "decision := true",
		"a word out of reach": `decision := {"permitted": ["everything"], "unmet": {}, "retain_days": 1}`,
		"a number":            `decision := {"permitted": 7}`,
	} {
		text := "package posada.disclose\n\n" + decision + "\n"
		e, err := pdp.New(t.Context(), with(t, map[string]string{"disclose/disclose.rego": text, "disclose/guard.rego": "package posada.disclose\n", "disclose/network.rego": "package posada.disclose\n"}))
		if err != nil {
			t.Fatal(err)
		}
		permit, err := e.Disclose(t.Context(), prove.PermittedDisclosure())
		if !errors.Is(err, pdp.ErrNoReply) || !permit.Categories().Empty() {
			t.Errorf("%s: %v, %v", name, permit.Categories().List(), err)
		}
	}
	wide := "package posada.disclose\n\n" + `decision := {"permitted": ["needs", "medical"], "unmet": {}, "retain_days": 1}` + "\n"
	e, err := pdp.New(t.Context(), with(t, map[string]string{"disclose/disclose.rego": wide, "disclose/guard.rego": "package posada.disclose\n", "disclose/network.rego": "package posada.disclose\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if permit, err := e.Disclose(t.Context(), prove.PermittedDisclosure()); err != nil || permit.Categories().Has(posada.CategoryMedical) {
		t.Errorf("an answer gave more than was asked: %v, %v", permit.Categories().List(), err)
	}
}

// TestARememberedAnswerIsTheAnswer asks many different things twice.
func TestARememberedAnswerIsTheAnswer(t *testing.T) {
	remembering := engine(t)
	for _, class := range posada.Members[posada.AgencyClass]() {
		for _, status := range posada.Members[posada.ConsentStatus]()[:3] {
			d := prove.PermittedDisclosure()
			d.Recipient.Class, d.Consent.Status = class, status
			first, err := remembering.Disclose(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			again, err := remembering.Disclose(t.Context(), d)
			if err != nil || again.Categories() != first.Categories() {
				t.Fatalf("%s %s: %v then %v, %v", class, status, first.Categories().List(), again.Categories().List(), err)
			}
			if want := class == posada.ClassLegalAid && status != posada.ConsentRequested; first.Covers(d.Asked) != want {
				t.Fatalf("%s %s: %v", class, status, first.Categories().List())
			}
		}
	}
}

func TestThePolicysWordsAreTheVocabularys(t *testing.T) {
	e := engine(t)
	query, err := e.Prepare(t.Context(), "data.posada.vocabulary")
	if err != nil {
		t.Fatal(err)
	}
	results, err := query.Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatal(err)
	}
	words := results[0].Expressions[0].Value.(map[string]any)
	var trusted, distrusted []string
	for _, c := range posada.Members[posada.AgencyClass]() {
		if c.Distrusted() {
			distrusted = append(distrusted, string(c))
		} else {
			trusted = append(trusted, string(c))
		}
	}
	same(t, words, "trusted_classes", trusted)
	same(t, words, "distrusted_classes", distrusted)
	same(t, words, "placing_services", posada.Texts(need.Placing().List()))
	same(t, words, "informed_items", posada.Texts(posada.Members[posada.Informed]()))
	same(t, words, "leaving_categories", posada.Texts(posada.Members[posada.Category]()[:22]))
	same(t, words, "co_signers", posada.Texts(posada.Members[posada.CoSigner]()))
	same(t, words, "answered_for", posada.Texts(slices.DeleteFunc(posada.Members[posada.GivenBy](), func(g posada.GivenBy) bool { return g == posada.GivenByMinorAlone })))
	bands := posada.Texts(posada.Members[posada.AgeBand]())
	same(t, words, "minor_bands", bands[:3])
	same(t, words, "adult_bands", bands[3:])
}

func same(t *testing.T, words map[string]any, name string, want []string) {
	t.Helper()
	var got []string
	for _, w := range words[name].([]any) {
		got = append(got, w.(string))
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: the policy has %v, the vocabulary %v", name, got, want)
	}
}

func TestTheDigestNamesRulesAndTable(t *testing.T) {
	base := engine(t).Digest()
	matrix, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string]map[string]string{
		"another table": {policy.MatrixFile: strings.Replace(string(matrix), `"retain_days": 90`, `"retain_days": 30`, 1)},
		"another rule":  {"extra/extra.rego": "package posada.extra\n"},
	} {
		e, err := pdp.New(t.Context(), with(t, files))
		if err != nil {
			t.Fatal(err)
		}
		if e.Digest() == base {
			t.Errorf("%s has the same digest", name)
		}
	}
	if engine(t).Digest() != base || len(base) != 64 {
		t.Errorf("digest %s", base)
	}
}

func BenchmarkDiscloseCold(b *testing.B) {
	e := engine(b)
	for i := 0; b.Loop(); i++ {
		d := prove.PermittedDisclosure()
		d.Consent.Informed = posada.Set[posada.Informed](i % 256)
		d.Consent.Excluded = posada.Set[posada.Category](i / 256 % (1 << 22) << 3)
		if _, err := e.Disclose(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiscloseRemembered(b *testing.B) {
	e, d := engine(b), prove.PermittedDisclosure()
	for b.Loop() {
		if _, err := e.Disclose(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}
