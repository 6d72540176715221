package town_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// Environment of a child: this test binary runs itself as a hub or a node, so
// that a test can kill a real process at an exact step.
const (
	roleVar   = "POSADA_TEST_ROLE"   // hub or node
	configVar = "POSADA_TEST_CONFIG" // its configuration file
	stepVar   = "POSADA_TEST_STEP"   // the step at which
	doVar     = "POSADA_TEST_DO"     // it kills itself, or waits for a line
)

// What is random, or goes on for long, is done a few times; make long does it more often.
var (
	seeds = flag.Uint64("seeds", 1, "runs of what is random, each from another seed")
	locks = flag.Int("locks", 4, "times that a node is unlocked and locked, and leaves nothing running")
	days  = flag.Int("days", 99, "days that keys turn over in")
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		if err := child(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(role string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ready := func() { fmt.Println("ready") }
	if role == "hub" {
		c, err := hub.ReadConfig(os.Getenv(configVar), nil)
		if err != nil {
			return err
		}
		parts, err := c.Load(ctx)
		if err != nil {
			return err
		}
		return hub.New(c, parts).Run(ctx, ready)
	}
	c, err := node.ReadConfig(os.Getenv(configVar), nil)
	if err != nil {
		return err
	}
	parts, err := c.Load(ctx)
	if err != nil {
		return err
	}
	parts.Clock, parts.Random, parts.Step = time.Now, rand.Reader, atStep()
	if os.Getenv("POSADA_TEST_LOG") != "" {
		parts.Log = obs.NewLog(os.Stderr)
	}
	return node.New(c, parts).Run(ctx, ready)
}

// armed is the file beside a node's configuration from which on the step counts:
// nodes that start tell each other that they are there, by the same steps.
func armed(config string) string { return config + ".armed" }

// atStep kills this process the first time it reaches the step once that counts, or
// says that it is there and waits.
func atStep() func(post.Step) {
	wanted, do, reached := post.Step(os.Getenv(stepVar)), os.Getenv(doVar), false
	in := bufio.NewReader(os.Stdin)
	return func(s post.Step) {
		if s != wanted || reached {
			return
		}
		if _, err := os.Stat(armed(os.Getenv(configVar))); err != nil {
			return
		}
		reached = true
		switch do {
		case "kill":
			// SIGKILL: nothing is flushed, nothing is said.
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		case "wait":
			fmt.Println("at " + string(s))
			_, _ = in.ReadString('\n')
		}
	}
}

// host is an address of this test's own where the machine has more than one on
// loopback, so that towns beside each other do not take each other's ports.
func host() string {
	own := fmt.Sprintf("127.%d.%d.%d", 1+mathrand.IntN(254), mathrand.IntN(256), 1+mathrand.IntN(254))
	l, err := net.Listen("tcp", own+":0")
	if err != nil || l.Close() != nil {
		return ""
	}
	return own
}

// plan is four invented agencies; the police's node is never run.
func plan() town.Plan {
	person := func(name string, role posada.StaffRole) []town.Person {
		return []town.Person{{Name: name, Roles: []posada.StaffRole{role}}}
	}
	return town.Plan{Operator: "Invented Hub Cooperative", Host: host(), Agencies: []town.Agency{
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
		Informed:  texts(posada.Members[posada.Informed]()),
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

func texts[T ~string](words []T) []string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return out
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
