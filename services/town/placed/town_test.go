// Package placed is tests alone: needs that real nodes ask and answer over a real hub.
package placed

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// What is random is done a few times; make long does it more often.
var seeds = flag.Uint64("seeds", 3, "runs of what is random, each from another seed")

func TestMain(m *testing.M) { os.Exit(processes.Main(m)) }

// agency is an invented member with one person in it.
func agency(key, name string, class posada.AgencyClass, role posada.StaffRole) town.Agency {
	return town.Agency{Key: key, Name: name, Class: class, Staff: []town.Person{{Name: "Invented " + name, Roles: []posada.StaffRole{role}}}}
}

// ngos and shelters of a plan are called ngo0, shelter0 and so on; all is invented.
func plan(ngos, shelters int) town.Plan {
	p := town.Plan{Operator: "Invented Hub Cooperative", Host: processes.Host(), Stretch: processes.Unstretched}
	for i := range ngos {
		p.Agencies = append(p.Agencies, agency(fmt.Sprintf("ngo%d", i), fmt.Sprintf("Invented NGO %d", i), posada.ClassNGO, posada.RoleAdvocate))
	}
	for i := range shelters {
		p.Agencies = append(p.Agencies, agency(shelter(i), fmt.Sprintf("Invented Shelter %d", i), posada.ClassShelter, posada.RoleVolunteerScreener))
	}
	return p
}

func shelter(i int) string { return fmt.Sprintf("shelter%d", i) }

// start runs a town in this process until the test ends.
func start(t testing.TB, p town.Plan, o town.Options) *town.Town {
	t.Helper()
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w, err := town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func ask(t testing.TB, w *town.Town, key string) *client.Client {
	t.Helper()
	c, err := w.Client(key, "en")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// must is for what no test is about.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// eventually looks again until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for wait, end := 10*time.Millisecond, time.Now().Add(3*time.Minute); !is(); wait = min(2*wait, 500*time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(wait)
	}
}

// man is the need of the man whom nobody takes.
func man(leave ...string) client.NewNeed {
	return client.NewNeed{
		Priority: "tonight", Services: []string{"shelter_emergency", "hotel_voucher"}, Gender: "man", Age: "25-39", Size: "1",
		Exploitation: "labour", Languages: []string{"spa"}, Leave: leave,
	}
}

// asking asks what was read out, with the person's permission.
func asking(t testing.TB, c *client.Client, in client.NewNeed, note string) client.Need {
	t.Helper()
	p, err := c.PreviewNeed(t.Context(), in)
	if err != nil || p.Digest == "" {
		t.Fatalf("%d would be asked, %v", len(p.Asks), err)
	}
	n, err := c.PostNeed(t.Context(), client.NewPosting{Digest: p.Digest, Permission: true, Note: note})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// line is where one agency stands that was asked.
func line(n client.Need, name string) client.NeedLine {
	for _, l := range n.Asked {
		if l.Agency.Name == name {
			return l
		}
	}
	return client.NeedLine{}
}

// faultOf is the key of the problem that an error is.
func faultOf(err error) string {
	p, ok := err.(*client.Problem)
	if !ok {
		return fmt.Sprint(err)
	}
	return p.Key
}
