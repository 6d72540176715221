package town_test

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// What is random, or goes on for long, is done a few times; make long does it more often. Of a
// long table a few rows are gone through; make every goes through all of them.
var (
	seeds = flag.Uint64("seeds", 1, "runs of what is random, each from another seed")
	locks = flag.Int("locks", 2, "times that a node is unlocked and locked, and leaves nothing running")
	days  = flag.Int("days", 45, "days that keys turn over in")
	all   = flag.Bool("all", false, "every row of every long table")
)

// few is how many rows of a long table are gone through: all of them with -all.
func few(rows int) int {
	if *all {
		return 0
	}
	return rows
}

func TestMain(m *testing.M) {
	// What nobody asks for otherwise. A town waits more than it works, so four go on at once
	// where there are two processors.
	for name, value := range map[string]string{"test.parallel": strconv.Itoa(2 * runtime.GOMAXPROCS(0)), "rapid.checks": "30"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(processes.Main(m))
}

// plan is four invented agencies; the police's node is never run.
func plan() town.Plan {
	person := func(name string, role posada.StaffRole) []town.Person {
		return []town.Person{{Name: name, Roles: []posada.StaffRole{role}}}
	}
	return town.Plan{Operator: "Invented Hub Cooperative", Host: processes.Host(), Stretch: processes.Unstretched, Agencies: []town.Agency{
		{Key: "ngo", Name: "Invented NGO", Class: posada.ClassNGO, Staff: person("Invented Advocate", posada.RoleAdvocate)},
		{Key: "legal", Name: "Invented Legal Aid", Class: posada.ClassLegalAid, Staff: person("Invented Lawyer", posada.RoleLegal)},
		{Key: "shelter", Name: "Invented Shelter", Class: posada.ClassShelter, Staff: person("Invented Coordinator", posada.RoleCoordinator)},
		{Key: "police", Name: "Invented Police", Class: posada.ClassLawEnforcement, Staff: person("Invented Officer", posada.RoleAdvocate)},
	}}
}

func lay(t testing.TB) town.Laid {
	t.Helper()
	laid, err := town.Lay(t.TempDir(), plan(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

// exercise lays a town for practice, where what is wider waits for nobody.
func exercise(t testing.TB) town.Laid {
	t.Helper()
	practice := plan()
	practice.Practice = true
	laid, err := town.Lay(t.TempDir(), practice, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

// start runs a town in this process until the test ends.
func start(t testing.TB, laid town.Laid, o town.Options) *town.Town {
	t.Helper()
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

// lineOf connects as a member that runs no node, until the test ends.
func lineOf(t testing.TB, w *town.Town, who node.Credentials) *broker.Line {
	t.Helper()
	line, err := broker.NewLine(broker.Dialing{URL: w.Bus(), Pins: roster.Pinned(w.Pins...), Agency: who.Agency, Seed: who.Connection.Seed, Statement: who.Connection.Statement})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	return line
}

// credentials are those of an agency whose node is not run.
func credentials(t testing.TB, w *town.Town, key string) node.Credentials {
	t.Helper()
	who, err := w.Credentials(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func ask(t testing.TB, w *town.Town, key string) *client.Client {
	t.Helper()
	c, err := w.Client(key, "en")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newConsent() client.NewConsent {
	repeated := false
	return client.NewConsent{
		Allow: []client.NewAllowance{{
			To: "Invented Legal Aid", Purpose: "legal", Share: []string{"needs", "identity", "safe_contact"}, SingleUse: &repeated,
		}},
		Services: []string{"legal_immigration"}, GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa",
		Informed:  posada.Texts(posada.Members[posada.Informed]()),
		Condition: "not_conditional", Form: client.HashForm([]byte("an invented form")), TextVersion: "1",
	}
}

func newPreview(label string) client.NewPreview {
	return client.NewPreview{
		Case: label, To: "Invented Legal Aid", Purpose: "legal", Services: []string{"legal_immigration"}, Priority: "urgent",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_PreferredName": her, "prs_MobilePhone": "+15550100"}}},
	}
}

// agree records the consent the tests send under.
func agree(t testing.TB, ngo *client.Client) client.Consent {
	t.Helper()
	c, err := ngo.AddConsent(t.Context(), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// send previews and sends one referral of a case.
func send(t testing.TB, ngo *client.Client, label string) client.Referral {
	t.Helper()
	preview, err := ngo.Preview(t.Context(), newPreview(label))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// eventually waits until is says yes. It asks more and more rarely: to ask is work for
// the nodes, too.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for pause := 5 * time.Millisecond; !is(); pause = min(pause*5/4, 100*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
		time.Sleep(pause)
	}
}
