package directory

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAnAgencyIsFoundByTheIdItHasHere: a member by the roster's, one without a node by one of
// its entry's own that stays the same, and no two by one.
func TestAnAgencyIsFoundByTheIdItHasHere(t *testing.T) {
	member := posada.IDFrom[posada.AgencyID]([16]byte{1})
	entries := []Entry{{ID: IDFrom([16]byte{1}, 4), Member: member}, {ID: IDFrom([16]byte{2}, 4)}, {ID: IDFrom([16]byte{3}, 4)}}
	k := Know(entries)
	seen := map[posada.AgencyID]bool{}
	for i, e := range entries {
		id := e.Agency()
		got, listed := k.Of(id)
		if !listed || got.ID != e.ID || seen[id] || k.Telephoned(id) != (i > 0) || id != e.Agency() {
			t.Errorf("%d: %s, %v", i, got.ID, listed)
		}
		seen[id] = true
	}
	if _, listed := k.Of(posada.IDFrom[posada.AgencyID]([16]byte{9})); listed || k.Telephoned(member) || k.Telephoned("") {
		t.Error("somebody is found who is not listed")
	}
}

// TestAnAgencyIsFoundByWhatItIsCalled, in either language; of two that differ by capitals,
// exactly.
func TestAnAgencyIsFoundByWhatItIsCalled(t *testing.T) {
	one, two, three := posada.IDFrom[posada.AgencyID]([16]byte{1}), posada.IDFrom[posada.AgencyID]([16]byte{2}), posada.IDFrom[posada.AgencyID]([16]byte{3})
	book := Book{Entries: []Entry{
		{ID: IDFrom([16]byte{1}, 4), Member: one, Name: Name{EN: "Invented House", ES: "Casa Inventada"}, Phones: []Phone{{Number: "+19155550100"}}},
		{ID: IDFrom([16]byte{4}, 4), Name: Name{EN: "By Telephone", ES: "Por Teléfono"}},
	}}
	k := Named(map[posada.AgencyID]string{one: "Our Name", two: "Alike", three: "ALIKE"}, book)
	for name, want := range map[string]posada.AgencyID{
		"our name ": one, string(one): one, "Alike": two, "ALIKE": three, "alike": "", "por teléfono": book.Entries[1].Agency(), "Invented House": "", "": "",
	} {
		if got, found := k.Find(name); got != want || found != (want != "") {
			t.Errorf("%q: %s", name, got)
		}
	}
	if e, _ := k.Of(one); len(e.Phones) != 1 || k.Name(one) != "Our Name" || k.Name("x") != "x" || book.Entries[0].Name.EN != "Invented House" {
		t.Errorf("%+v", e)
	}
	if got, found := Know(book.Entries).Find("casa inventada"); got != one || !found {
		t.Error("it is not found by its Spanish name")
	}
}
