package staff

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func cases() posada.Set[posada.Scope] { return posada.SetOf(posada.ScopeWriteCases) }

// TestAProgramsTokenSaysWhatItIsFor, is its person's, and ends as every token does.
func TestAProgramsTokenSaysWhatItIsFor(t *testing.T) {
	s := unit(t)
	luz, _ := add(t, s, "Luz", posada.RoleAgencyAdmin)
	ana, own := add(t, s, "Ana", posada.RoleAdvocate)
	made, token, err := s.AddProgram(luz.ID, ana.ID, Program{Name: " Kobo \t intake ", Scopes: cases()})
	must(t, err)
	who, with, err := s.Authenticate(token)
	if err != nil || who.ID != ana.ID || with.ID != made.ID || with.Program != (Program{"Kobo intake", cases(), usualRate}) {
		t.Errorf("%+v, %+v, %v", who, with, err)
	}
	if _, with, err := s.Authenticate(own); err != nil || with.Program != (Program{}) || with.Used != "" {
		t.Errorf("her own: %+v, %v", with, err)
	}
	must(t, s.RevokeToken(luz.ID, "", made.ID))
	if _, _, err := s.Authenticate(token); says(err) != fault.UnknownToken {
		t.Errorf("revoked: %v", err)
	}
	if _, _, err := s.AddProgram(luz.ID, ana.ID, Program{Name: "kobo intake", Scopes: cases()}); err != nil {
		t.Errorf("its name is not free again: %v", err)
	}
}

func TestAProgramsTokenHasANameOfItsOwnAndAScope(t *testing.T) {
	s := unit(t)
	ana, _ := add(t, s, "Ana", posada.RoleAdvocate)
	_, _, err := s.AddProgram(ana.ID, ana.ID, Program{Name: "Kobo", Scopes: cases(), Rate: mostRate})
	must(t, err)
	for name, c := range map[string]struct {
		Program
		want fault.Key
	}{
		"none":        {Program{Name: " \t", Scopes: cases()}, fault.TokenIncomplete},
		"long":        {Program{Name: strings.Repeat("x", maxName+1), Scopes: cases()}, fault.TokenIncomplete},
		"no scope":    {Program{Name: "Salesforce"}, fault.TokenIncomplete},
		"too often":   {Program{Name: "Salesforce", Scopes: cases(), Rate: mostRate + 1}, fault.TokenIncomplete},
		"never":       {Program{Name: "Salesforce", Scopes: cases(), Rate: -1}, fault.TokenIncomplete},
		"another's":   {Program{Name: "kobo", Scopes: cases()}, fault.TokenNameTaken},
		"one's own":   {Program{Name: "Salesforce", Scopes: cases()}, ""},
		"and another": {Program{Name: "Primero", Scopes: cases(), Rate: 1}, ""},
	} {
		if _, token, err := s.AddProgram(ana.ID, ana.ID, c.Program); says(err) != c.want || (token == "") != (c.want != "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheLastDayAProgramWasUsedIsKnown, and no hour of it.
func TestTheLastDayAProgramWasUsedIsKnown(t *testing.T) {
	v, _ := opened(t)
	h := &hour{at: now()}
	t.Cleanup(func() { closed(t, v) })
	s := New(v, rand.Reader, h.now)
	ana, _ := add(t, s, "Ana", posada.RoleAdvocate)
	_, token, err := s.AddProgram(ana.ID, ana.ID, Program{Name: "Kobo", Scopes: cases()})
	must(t, err)
	used := func() string {
		list, err := s.Tokens(ana.ID)
		must(t, err)
		for _, one := range list {
			if one.Name != "" {
				return one.Used
			}
		}
		return "gone"
	}
	if used() != "" {
		t.Errorf("before it was used: %q", used())
	}
	for range 3 {
		_, _, err = s.Authenticate(token)
		must(t, err)
		if want := h.now().UTC().Format(time.DateOnly); used() != want {
			t.Errorf("%q, not %q", used(), want)
		}
		h.pass(25 * time.Hour)
	}
}

// TestAProgramIsNobodyWhoAdministers: an agency is not left to a token that cannot say who
// works here.
func TestAProgramIsNobodyWhoAdministers(t *testing.T) {
	s := unit(t)
	luz, token := add(t, s, "Luz", posada.RoleAgencyAdmin)
	_, own, err := s.Authenticate(token)
	must(t, err)
	_, _, err = s.AddProgram(luz.ID, luz.ID, Program{Name: "Kobo", Scopes: posada.SetOf(posada.Members[posada.Scope]()...)})
	must(t, err)
	if err := s.RevokeToken(luz.ID, "", own.ID); says(err) != fault.LastAdmin {
		t.Errorf("her last own token: %v", err)
	}
}
