package town_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
)

// bring hands in, as a member that runs no node, what stewards signed.
func bring(t *testing.T, w *town.Town, proposals ...trust.Proposal) error {
	t.Helper()
	line := lineOf(t, w, credentials(t, w, "police"))
	defer line.Close()
	return registry.New(line).Publish(t.Context(), proposals...)
}

// following is the next roster, before anything in it is changed.
func following(r *roster.Roster) roster.Snapshot {
	s := r.Snapshot()
	s.Version++
	s.Agencies = slices.Clone(s.Agencies)
	return s
}

// decide has the stewards sign the next roster, and brings it.
func decide(t *testing.T, w *town.Town, change func(*roster.Snapshot)) {
	t.Helper()
	r, err := roster.Read(w.Council.InForce[trust.RoleRoster].Target)
	if err != nil {
		t.Fatal(err)
	}
	s := following(r)
	change(&s)
	p, err := w.Council.Roster(s, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := bring(t, w, p); err != nil {
		t.Fatal(err)
	}
}

// brake has one steward suspend an agency.
func brake(t *testing.T, w *town.Town, key string, until time.Time) {
	t.Helper()
	p, err := w.Council.Brake(0, trust.Brake{Suspend: []posada.AgencyID{w.Members[key].ID}, Until: until.Unix()}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := bring(t, w, p); err != nil {
		t.Fatal(err)
	}
}

// suspend brakes an agency until its effect is seen, and leaves half the brake's
// length for what has to happen before its end. A machine that was too slow for
// that gets a longer one: the end of a brake is a time of day, and no wait can
// put it off.
func suspend(t *testing.T, w *town.Town, key string, length time.Duration, seen func() bool) {
	t.Helper()
	for ; length < 2*time.Minute; length *= 2 {
		until := time.Now().Add(length)
		brake(t, w, key, until)
		for time.Until(until) > length/2 {
			if seen() {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	t.Fatalf("the suspension of %s had no effect", key)
}

// TestOneStewardSuspendsAnAgencyAtTheHub: it is let on no more, and what it was
// on by ends; when the brake ends, it is back. In one process, and where broker,
// registry and relay are processes of their own.
func TestOneStewardSuspendsAnAgencyAtTheHub(t *testing.T) {
	for name, deploy := range sampled.Rows(deployments(), few(2)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			laid := lay(t)
			o := deploy(t, laid)
			o.Skip, o.Poll = []string{"shelter", "police"}, 50*time.Millisecond
			w := start(t, laid, o)
			ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
			on := func(is string) func() bool {
				return func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.Hub == is }
			}
			eventually(t, "the agency's connection", on("connected"))
			suspend(t, w, "ngo", 5*time.Second, on("away"))
			if s, err := legal.Status(t.Context()); err != nil || s.Hub != "connected" {
				t.Errorf("another's is %s, %v", s.Hub, err)
			}
			eventually(t, "its connection after the brake", on("connected"))
		})
	}
}

// TestNobodyDecidesAloneOrForAnotherNetwork: what a member brings to the real
// registry in the stewards' name is refused, and changes nothing.
func TestNobodyDecidesAloneOrForAnotherNetwork(t *testing.T) {
	laid := lay(t)
	w := start(t, laid, town.Options{Skip: []string{"ngo", "legal", "shelter", "police"}})
	next := func(change func(*roster.Snapshot)) trust.Proposal {
		r, err := roster.Read(w.Council.InForce[trust.RoleRoster].Target)
		if err != nil {
			t.Fatal(err)
		}
		s := following(r)
		change(&s)
		text, err := roster.Write(s)
		if err != nil {
			t.Fatal(err)
		}
		root := w.Council.InForce[trust.RoleRoot].Document
		p, err := trust.Propose(root, trust.RoleRoster, w.Council.InForce[trust.RoleRoster].Document, text, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if p, err = trust.Sign(p, root, w.Council.Keys[0]); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, p := range map[string]trust.Proposal{
		"one steward's roster":            next(func(*roster.Snapshot) {}),
		"the police as an NGO, by one":    next(func(s *roster.Snapshot) { s.Agencies[3].Class = posada.ClassNGO }),
		"what another network signed":     lay(t).Council.InForce[trust.RoleRoster],
		"another network's root":          lay(t).Council.InForce[trust.RoleRoot],
		"noise":                           {Document: []byte("{}")},
		"a document without its file":     {Document: w.Council.InForce[trust.RolePolicy].Document},
		"a file that is not what it says": {Document: w.Council.InForce[trust.RoleRoster].Document, Target: []byte("{}")},
	} {
		if err := bring(t, w, p); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	decide(t, w, func(*roster.Snapshot) {}) // two stewards may
}

// TestAMemberFollowsWhatStewardsDecidedOverTheRealHub is T8 on the real path: it
// verifies what the registry serves, goes on after the hub was started again,
// and refuses a hub that lost what it had published, or was set back.
func TestAMemberFollowsWhatStewardsDecidedOverTheRealHub(t *testing.T) {
	laid := lay(t)
	options := town.Options{Skip: []string{"ngo", "legal", "shelter", "police"}}
	w, err := town.Start(t.Context(), laid, options)
	if err != nil {
		t.Fatal(err)
	}
	client := trust.NewClient(&trust.Memory{}, trust.Pin(laid.Council.InForce[trust.RoleRoot].Document), t.TempDir())
	refresh := func() (trust.View, error) {
		line := lineOf(t, w, credentials(t, w, "legal"))
		defer line.Close()
		return client.Refresh(t.Context(), registry.New(line), time.Now())
	}
	view, err := refresh()
	if err != nil || view.Network != laid.Network || view.RosterEdition.Version != 1 || len(view.Roster.Agencies) != 4 {
		t.Fatalf("at first: %d, %v", view.RosterEdition.Version, err)
	}
	decide(t, w, func(s *roster.Snapshot) { s.Agencies = s.Agencies[:4] })
	if view, err = refresh(); err != nil || view.RosterEdition.Version != 2 {
		t.Errorf("after a decision: %d, %v", view.RosterEdition.Version, err)
	}
	store := filepath.Join(laid.Dir, "hub", "mail")
	again := func(change func() error) {
		t.Helper()
		if err := w.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if w, err = town.Start(t.Context(), laid, options); err != nil {
			t.Fatal(err)
		}
	}
	old := filepath.Join(t.TempDir(), "old")
	again(func() error { return os.CopyFS(old, os.DirFS(store)) })
	if view, err = refresh(); err != nil || view.RosterEdition.Version != 2 {
		t.Errorf("after a restart: %d, %v", view.RosterEdition.Version, err)
	}
	decide(t, w, func(*roster.Snapshot) {})
	if view, err = refresh(); err != nil || view.RosterEdition.Version != 3 {
		t.Errorf("after another decision: %d, %v", view.RosterEdition.Version, err)
	}
	again(func() error { return errors.Join(os.RemoveAll(store), os.CopyFS(store, os.DirFS(old))) })
	if _, err = refresh(); !errors.Is(err, trust.ErrChain) && !errors.Is(err, trust.ErrRollback) {
		t.Errorf("a hub that was set back: %v", err)
	}
	again(func() error { return os.RemoveAll(store) })
	if _, err = refresh(); !errors.Is(err, trust.ErrChain) && !errors.Is(err, trust.ErrRollback) {
		t.Errorf("a hub that lost everything: %v", err)
	}
	if view, err = client.Last(t.Context()); err != nil || view.RosterEdition.Version != 3 {
		t.Errorf("what is known is number %d, %v", view.RosterEdition.Version, err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
}
