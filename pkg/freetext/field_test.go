package freetext_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/htcds"
)

// TestAFieldIsNotBlamedForWhatItIsFor: of all fields there are, those in somebody's own
// words are searched, and what each is for is not held against it.
func TestAFieldIsNotBlamedForWhatItIsFor(t *testing.T) {
	const all = "Call Maribel Quispe, 915-555-0142, at 4417 Altura Street, pin 31.7619, -106.4850, mail m@x.example, page www.x.example, born 3/15/1990, CURP FUXL910722MTCNXR01, of Casa Girasol"
	searched, silent := 0, 0
	for _, role := range htcds.Roles() {
		for _, f := range htcds.Fields(role) {
			warnings, err := freetext.WarnIn(f, all, known())
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[freetext.Kind]bool{}
			for _, w := range warnings {
				kinds[w.Kind] = true
			}
			switch {
			case len(warnings) == 0:
				silent++
				if f.Long() || f.Name == "psd_Household" {
					t.Errorf("%s is not searched", f.Name)
				}
			case !kinds[freetext.Shelter] || !kinds[freetext.Document] || !kinds[freetext.Birth]:
				t.Errorf("%s is for no shelter, no paper and no birthday, and says %v", f.Name, kinds)
			default:
				searched++
			}
			if f.Name == "psd_SafeContact" && (kinds[freetext.Phone] || kinds[freetext.Person] || !kinds[freetext.Street]) {
				t.Errorf("how somebody is reached says %v", kinds)
			}
		}
	}
	if searched < 20 || silent < 200 {
		t.Errorf("%d fields are searched, %d are not", searched, silent)
	}
}

// TestAWarningSaysWhatIsAlikeOnce, and nothing of it where it is not said to whoever typed.
func TestAWarningSaysWhatIsAlikeOnce(t *testing.T) {
	warnings, err := freetext.Warn("Maribel, 915-555-0142, with Maribel; 575-555-0163", freetext.Known{})
	if err != nil || len(warnings) != 2 || !slices.Equal(warnings[0].Finds, []string{"Maribel"}) || len(warnings[1].Finds) != 2 {
		t.Errorf("%d, %v", len(warnings), err)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if said := fmt.Sprintf(form, warnings); strings.Contains(said, "Maribel") || strings.Contains(said, "555") {
			t.Errorf("%s writes what was typed", form)
		}
	}
}
