package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// whole fills every field of a struct of texts, lists and answers.
func whole[T any](t *testing.T, text string) (out T) {
	t.Helper()
	v := reflect.ValueOf(&out).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case string:
			f.SetString(text)
		case []string:
			f.Set(reflect.ValueOf([]string{text}))
		case bool:
			f.SetBool(true)
		case *int, posada.NeedID: // the beds are counted apart, and no file says which need it takes the place of
		default:
			t.Fatalf("%s is of a kind this test does not know", v.Type().Field(i).Name)
		}
	}
	return out
}

func TestEveryPartOfANeedCanBeLeftOut(t *testing.T) {
	in := whole[client.NewNeed](t, "x")
	for _, part := range need.Parts() {
		before := in
		if err := dropPart(&in, string(part)); err != nil {
			t.Fatal(part, err)
		}
		if reflect.DeepEqual(in, before) {
			t.Errorf("%s is still said", part)
		}
	}
	if left := (client.NewNeed{Case: "x", Priority: "x", Services: []string{"x"}, Leave: []string{"x"}}); !reflect.DeepEqual(in, left) {
		t.Errorf("%+v is left", in)
	}
	if err := dropPart(&in, "name"); fault.From(err).Key != fault.UnknownWord {
		t.Error(err)
	}
}

// TestWhatIsTypedCountsOverTheFile: of everything that can be said in a file, so that a
// part that is added later is typed as well.
func TestWhatIsTypedCountsOverTheFile(t *testing.T) {
	inFile, typed := whole[client.NewNeed](t, "file"), whole[client.NewNeed](t, "typed")
	typeOver(&inFile, typed)
	typed.Leave = []string{"file", "typed"} // whoever is not to be asked is not, whichever says so
	if !reflect.DeepEqual(inFile, typed) {
		t.Errorf("%+v", inFile)
	}
	kept := whole[client.NewNeed](t, "file")
	if typeOver(&kept, client.NewNeed{}); !reflect.DeepEqual(kept, whole[client.NewNeed](t, "file")) {
		t.Errorf("%+v", kept)
	}
	place, over := whole[client.NewPlace](t, "file"), whole[client.NewPlace](t, "typed")
	if describeOver(&place, over); !reflect.DeepEqual(place, over) {
		t.Errorf("%+v", place)
	}
	same := whole[client.NewPlace](t, "file")
	if describeOver(&same, client.NewPlace{}); !reflect.DeepEqual(same, whole[client.NewPlace](t, "file")) {
		t.Errorf("%+v", same)
	}
}

// TestTheCommandThatSaysLessIsTheOneThatWasTyped: it is copied, and must ask for nothing
// else.
func TestTheCommandThatSaysLessIsTheOneThatWasTyped(t *testing.T) {
	c := &cli{Printer: i18n.For(i18n.English), env: map[string]string{}}
	typed := []string{
		"need", "preview", "need.yaml", "--language", "spa,mam", "--leave", "Casa, Invented", "--leave", "Refugio Mesquite", "--nights", "2-3", "--pets",
	}
	cmd, rest, err := c.root().Find(typed)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags(append(rest, "--leave-out", "pets", "--lang", "es")); err != nil {
		t.Fatal(err)
	}
	if got := retyped(cmd, cmd.Flags().Args()); !slices.Equal(got, typed) {
		t.Error(strings.Join(got, " "))
	}
}

func TestACountSaysHowOldItIs(t *testing.T) {
	p := &page{Printer: i18n.For(i18n.English)}
	for ago, want := range map[time.Duration]string{
		0: "counted just now", 5 * time.Minute: "counted 5 minutes ago", 3 * time.Hour: "counted 3 hours ago", 73 * time.Hour: "counted 3 DAYS AGO", -time.Hour: "counted just now",
	} {
		if got := p.counted(time.Now().Add(-ago)); got != want {
			t.Errorf("%s is %q; want %q", ago, got, want)
		}
	}
	if got := p.counted(time.Time{}); got != "NOT COUNTED" {
		t.Error(got)
	}
}
