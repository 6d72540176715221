package console

import (
	"reflect"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestNothingOfANeedIsLeftUnread: whatever a profile says stands in what is read to the person, in either
// language; and what it does not say is named as not said.
func TestNothingOfANeedIsLeftUnread(t *testing.T) {
	full := client.NeedProfile{
		Priority: posada.PriorityTonight, Services: []posada.ServiceType{posada.ServiceHotelVoucher}, Gender: posada.GenderMan, Age: posada.Age25to39, Size: posada.HouseholdTwo,
		With: []posada.HouseholdKind{posada.WithPartner}, Exploitation: posada.ExploitationLabour, Languages: []string{"mam"}, Interpreter: true,
		Access: []posada.AccessNeed{posada.AccessStepFree}, Pets: true, Region: "us-tx", Nights: posada.NightsOne, Wishes: []posada.Wish{posada.WishOwnRoom},
	}
	for _, l := range i18n.Languages() {
		p := i18n.For(l)
		all, none := told(p, full)
		if len(none) != 0 || len(all) != len(need.Parts())+2 {
			t.Errorf("%s: of all that can be said %d are read, and %q are not said", l, len(all), none)
		}
		if _, unsaid := told(p, client.NeedProfile{}); len(unsaid) != len(need.Parts()) {
			t.Errorf("%s: of nothing said, not said is %q", l, unsaid)
		}
		value := reflect.ValueOf(&full).Elem()
		for i := range value.NumField() {
			f := value.Field(i)
			if f.IsZero() {
				t.Fatalf("the test says nothing of %s", value.Type().Field(i).Name)
			}
			was := reflect.ValueOf(f.Interface())
			f.SetZero()
			if rows, _ := told(p, full); slices.Equal(rows, all) {
				t.Errorf("%s: %s is not read", l, value.Type().Field(i).Name)
			}
			f.Set(was)
		}
	}
}

// TestEveryPartHasItsFields: what is proposed to be left out can be, in one press.
func TestEveryPartHasItsFields(t *testing.T) {
	fields := partFields()
	for _, part := range need.Parts() {
		if len(fields[string(part)]) == 0 {
			t.Errorf("%s has no field", part)
		}
	}
	if len(fields) != len(need.Parts()) {
		t.Errorf("%d parts have fields, and there are %d", len(fields), len(need.Parts()))
	}
}
