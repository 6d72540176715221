package prove_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"testing"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/policy"
)

// looks is every cell of a view there could be.
func looks() (all []matrix.Look) {
	for _, role := range posada.Members[posada.StaffRole]() {
		for _, category := range posada.Members[posada.Category]() {
			all = append(all, matrix.Look{Role: role, Category: category})
		}
	}
	return all
}

// ofOur is somebody of one role who looks at something of our own that is her work.
func ofOur(l matrix.Look) pdp.Viewing {
	return pdp.Viewing{
		Roles: posada.SetOf(l.Role), Assignment: posada.AssignedToAsker, Origin: posada.OriginOwn, Purpose: posada.PurposeLegal,
		Window: posada.WindowWithin, Issuer: posada.StalenessLive, Asked: posada.SetOf(l.Category),
	}
}

// TestNoTableShowsWhatTheGuardRefuses is G4 and G8 inside an agency. Over a table that no
// schema let past, which shows every role everything, the rules show a screener, a steward, an
// auditor and an administrator nothing, and what never leaves its holder to those alone whose
// work it is; and the schema, and what people read a table with, draw that same line.
func TestNoTableShowsWhatTheGuardRefuses(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	everything := matrix.View{}
	for _, l := range looks() {
		everything[l.Role] = everything[l.Role].With(l.Category)
	}
	open, err := json.Marshal(everything)
	if err != nil {
		t.Fatal(err)
	}
	whole, shown := posada.SetOf(posada.Members[posada.Category]()...), 0
	for _, role := range posada.Members[posada.StaffRole]() {
		in := ofOur(matrix.Look{Role: role})
		in.Asked = whole
		sees := seenOver(t, engine, in, string(open))
		for _, category := range posada.Members[posada.Category]() {
			l := matrix.Look{Role: role, Category: category}
			if sees.Has(category) != matrix.MayShow(role, category) {
				t.Errorf("%+v: the rules show it %v", l, sees.Has(category))
			}
			text, err := matrix.Table{Version: 1, Limits: matrix.Limits{RetainDays: 1}, View: matrix.View{}.With(true, l), Cells: matrix.Cells{}}.Write()
			if err != nil {
				t.Fatal(err)
			}
			if _, bad := pdp.MatrixVersion(text); (bad == nil) != sees.Has(category) {
				t.Errorf("%+v: the rules show it %v, a node reads %v", l, sees.Has(category), bad)
			}
		}
		if !sees.Empty() {
			shown++
		}
		if role == posada.RoleVolunteerScreener || role == posada.RoleSteward || role == posada.RoleAuditor || role == posada.RoleAgencyAdmin {
			if !sees.Empty() {
				t.Errorf("%s sees %v", role, sees.List())
			}
		}
		if role != posada.RoleLegal && sees.Has(posada.CategoryLegalStrategy) {
			t.Errorf("%s sees a lawyer's notes", role)
		}
	}
	if shown != 4 {
		t.Errorf("%d roles see something", shown)
	}
}

// seenOver is what the rules permit over a view that is held against nothing.
func seenOver(t *testing.T, engine *pdp.Engine, in pdp.Viewing, view string) posada.Set[posada.Category] {
	t.Helper()
	facts, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	query, err := engine.Prepare(t.Context(), "data.posada.view.permitted with input as "+string(facts)+" with data.posada.network.matrix.view as "+view)
	if err != nil {
		t.Fatal(err)
	}
	results, err := query.Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatal(results, err)
	}
	text, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	var sees posada.Set[posada.Category]
	if err := json.Unmarshal(text, &sees); err != nil {
		t.Fatal(err)
	}
	return sees
}

// TestEachCellOfTheViewChangedOnceIsNoticed turns each cell that a table may turn, shows or
// hides it, one at a time: rules over that table disagree with the shipped one as the oracle
// reads it, the difference says that cell and no other, and the rules decide what it says.
func TestEachCellOfTheViewChangedOnceIsNoticed(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	table, err := matrix.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	var may []matrix.Look
	for _, l := range looks() {
		if matrix.MayShow(l.Role, l.Category) {
			may = append(may, l)
		}
	}
	for _, l := range sampled.Of(may, few(12)) {
		shows := !table.View.Shows(l)
		next := table
		next.View = table.View.With(shows, l)
		changed, err := next.Write()
		if err != nil {
			t.Fatal(err)
		}
		other, err := engine.With(t.Context(), changed)
		if err != nil {
			t.Fatal(err)
		}
		if sight, err := other.View(t.Context(), ofOur(l)); err != nil || sight.Categories().Has(l.Category) != shows {
			t.Errorf("%+v: the rules show it %v, %v", l, !shows, err)
		}
		d := matrix.Compare(table, next)
		if seen, unseen := len(d.Seen) == 1 && d.Seen[0] == l, len(d.Unseen) == 1 && d.Unseen[0] == l; seen != shows || unseen == shows || len(d.Seen)+len(d.Unseen) != 1 {
			t.Errorf("%+v: the difference says %+v", l, d)
		}
		if pdp.Wider(text, changed) != shows {
			t.Errorf("%+v: wider %v", l, !shows)
		}
		if _, err := prove.Prove(t.Context(), other, text, "view", nil); !errors.Is(err, prove.ErrDisagreement) {
			t.Errorf("%+v: the proof did not see it: %v", l, err)
		}
	}
	t.Logf("of %d cells that a table may turn", len(may))
}
