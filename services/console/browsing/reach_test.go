package browsing

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

var nodes = flag.Int("nodes", 3, "nodes that decide by a cell that was edited in the page")

// patiently waits for what many nodes do on a machine that does other things, too.
func patiently(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

// exchange is a town of so many nodes, one of which is the shelter that the others refer to.
func exchange(t *testing.T, count int) (w *world, keys []string) {
	t.Helper()
	plan := town.Plan{Operator: "Invented Hub Cooperative", Console: true, Practice: true, Stretch: processes.Unstretched, Agencies: []town.Agency{
		{Key: "shelter", Name: "Invented Shelter", Class: posada.ClassShelter, Staff: []town.Person{{Name: "Invented Host", Roles: []posada.StaffRole{posada.RoleCoordinator}}}},
	}}
	for i := 1; i < count; i++ {
		key := fmt.Sprintf("ngo%d", i)
		keys = append(keys, key)
		plan.Agencies = append(plan.Agencies, town.Agency{
			Key: key, Name: fmt.Sprintf("Casa Inventada %d", i), Class: posada.ClassNGO,
			Staff: []town.Person{{Name: "Invented Advocate", Roles: []posada.StaffRole{posada.RoleAdvocate, posada.RoleSteward}}},
		})
	}
	laid, err := town.Lay(t.TempDir(), plan, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w = &world{}
	if w.Town, err = town.Start(t.Context(), laid, town.Options{Poll: 3 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
	})
	return w, keys
}

// approved is a table with its difference and its proof as enough stewards sign them: what
// posada policy propose and posada policy approve do with the file that the page gave.
func approved(t *testing.T, w *world, asks *client.Client, table matrix.Table) enrol.Motion {
	t.Helper()
	network, err := asks.Network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signed := func(r trust.Role) trust.Proposal {
		in := network.InForce[string(r)]
		return trust.Proposal{Document: in.Document, Target: in.Target}
	}
	force := enrol.InForce{Root: signed(trust.RoleRoot).Document, Targets: signed(trust.RoleTargets).Document, Roster: signed(trust.RoleRoster), Policy: signed(trust.RolePolicy)}
	if next, err := force.NextPolicy(); err != nil || next != table.Version {
		t.Fatalf("the file is number %d, the next is %d: %v", table.Version, next, err)
	}
	text, err := table.Write()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var said trust.Said
	if said.Follows, said.Difference, err = prove.Differs(force.Policy.Target, text); err == nil {
		said.Proof, err = prove.Passes(t.Context(), rules, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	motion, err := force.Rule(text, said, time.Now())
	for _, key := range w.Council.Keys[:w.Council.Charter.Threshold] {
		if err == nil {
			motion, err = motion.Sign(key)
		}
	}
	if err != nil || motion.Lacks() != 0 {
		t.Fatalf("it lacks %d signatures: %v", motion.Lacks(), err)
	}
	return motion
}

// needing is a referral to the shelter of what the table that is shipped lets no shelter have.
func needing(t *testing.T, ngo *client.Client) client.NewPreview {
	t.Helper()
	said := newConsent()
	said.Allow[0].To, said.Allow[0].Purpose, said.Allow[0].Share = "Invented Shelter", "shelter", []string{"needs", "medical"}
	said.Services = []string{"shelter_emergency"}
	var agreed client.Consent
	patiently(t, "a consent being recorded", func() (is bool) {
		var err error
		agreed, err = ngo.AddConsent(t.Context(), said)
		return err == nil
	})
	return client.NewPreview{
		Case: agreed.Case, To: "Invented Shelter", Purpose: "shelter", Services: said.Services, Priority: "urgent",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_Medical": "insulin, invented"}}},
	}
}

// TestOneCellEditedInThePageIsDecidedByAtEveryNode: somebody edits it in her browser, enough
// stewards sign the file she was given, one node brings it, and what no node let a shelter
// have every node lets it have; and the shelter takes it in.
func TestOneCellEditedInThePageIsDecidedByAtEveryNode(t *testing.T) {
	w, keys := exchange(t, *nodes)
	ask := func(key string) *client.Client {
		c, err := w.Client(key, "en")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	drafts := map[string]client.NewPreview{}
	lets := func(key string) (is, known bool) {
		p, err := ask(key).Preview(t.Context(), drafts[key])
		return p.Digest != "", err == nil
	}
	for _, key := range keys {
		drafts[key] = needing(t, ask(key))
		patiently(t, "a refusal by the table that runs", func() bool {
			is, known := lets(key)
			if is {
				t.Fatalf("%s lets a shelter have it before it was decided", key)
			}
			return known
		})
	}
	first := ask(keys[0])
	token, err := w.Token(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console(keys[0]))
	b.look(ways{language: "en", width: 1280, script: true})
	b.signIn(token)
	b.visit("/rules/draft/shelter")
	b.do(chromedp.SetValue(chromedp.CSS(`select[name="cell/shelter/medical"]`), "consent"))
	b.press(`button[name=go][value=changes]`)
	table := b.downloaded("policy-2.json")
	b.close()

	motion := approved(t, w, first, table)
	brought := time.Now()
	unsure := false
	patiently(t, "the hub taking it", func() bool {
		err := first.Publish(t.Context(), signedOf(motion))
		unsure = unsure || err != nil
		return err == nil || unsure && runs(t, first, table.Version)
	})
	waits := slices.Clone(keys)
	patiently(t, "every node letting a shelter have it", func() bool {
		waits = slices.DeleteFunc(waits, func(key string) bool { is, _ := lets(key); return is })
		return len(waits) == 0 && runs(t, ask("shelter"), table.Version)
	})
	t.Logf("%d nodes: the last decided by it %s after it was brought", len(keys)+1, time.Since(brought).Round(time.Millisecond))
	preview, err := first.Preview(t.Context(), drafts[keys[0]])
	if err != nil || preview.Digest == "" {
		t.Fatalf("%+v, %v", preview.Uncovered, err)
	}
	if _, err := first.Send(t.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
		t.Fatal(err)
	}
	patiently(t, "the shelter taking it in", func() bool {
		list, err := ask("shelter").Referrals(t.Context())
		return err == nil && len(list) == 1
	})
	digests := map[string]bool{}
	for _, key := range append(keys, "shelter") {
		patiently(t, "an answer", func() bool {
			s, err := ask(key).Status(t.Context())
			if err == nil {
				digests[s.Digest] = true
			}
			return err == nil
		})
	}
	if len(digests) != 1 {
		t.Errorf("they decide by %d different rules", len(digests))
	}
}

func signedOf(m enrol.Motion) (list []client.Signed) {
	for _, p := range m.Proposals {
		list = append(list, client.Signed{Document: p.Document, Target: p.Target})
	}
	return list
}

// runs reports whether a node runs a version of the table.
func runs(t *testing.T, node *client.Client, version uint64) bool {
	s, err := node.Status(t.Context())
	return err == nil && s.Policy == version
}
