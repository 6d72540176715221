package browsing

import (
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestNeedsAreMovedInThePersonsOrder: on a page of the case, without script, a need goes one
// place earlier or later, and says so; from a page that is behind it moves from where it is now.
func TestNeedsAreMovedInThePersonsOrder(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	opened, err := ngo.OpenCase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []posada.NeedID
	for _, service := range []string{"shelter_transitional", "shelter_emergency", "hotel_voucher"} {
		n, err := ask(t.Context(), ngo, client.NewNeed{Case: opened.Label, Priority: "urgent", Services: []string{service}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
	}
	stand := func(want ...posada.NeedID) {
		t.Helper()
		list, err := ngo.Needs(t.Context())
		var got []posada.NeedID
		for _, n := range client.InOrder(list, opened.Label) {
			got = append(got, n.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("they stand as %v, not %v: %v", got, want, err)
		}
	}
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "es", width: 320})
	b.signIn(w.advocate())
	b.strict = true
	b.asksIn(opened.Label)
	b.goes(`.crumb a[href^="/cases/"]`)
	b.told("En el orden en que la persona los quiere", "1. ", "3. ")
	b.keep(b.how, "case-needs")
	for _, v := range b.axe(axeAll) {
		t.Error(v)
	}
	b.press(`button[name=earlier][value="` + string(ids[1]) + `"]`)
	b.told("Anotado: en este orden")
	stand(ids[1], ids[0], ids[2])
	if _, err := ngo.OrderNeeds(t.Context(), client.NewNeedOrder{Case: opened.Label, Needs: []posada.NeedID{ids[2]}}); err != nil {
		t.Fatal(err)
	}
	b.press(`button[name=later][value="` + string(ids[1]) + `"]`)
	stand(ids[2], ids[0], ids[1])
	b.press(`button[name=earlier][value="` + string(ids[1]) + `"]`)
	stand(ids[2], ids[1], ids[0])
}
