package town_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/town"
)

// TestALostNodeIsEnrolledAgainAndIsSentWhatItNeverSignedFor: the legal aid's disk
// is gone. It makes another node under its id, the stewards put the new key in
// the place of the old, and what lay at the hub sealed to keys that nobody has
// is sealed anew and arrives; both go on from there, and nothing counts as
// missing that was said to the node that is lost. The old node, wherever it is,
// is let on no more.
func TestALostNodeIsEnrolledAgainAndIsSentWhatItNeverSignedFor(t *testing.T) {
	t.Parallel()
	laid := exercise(t)
	all := town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond}
	w, err := town.Start(t.Context(), laid, all)
	if err != nil {
		t.Fatal(err)
	}
	ngo := ask(t, w, "ngo")
	consent := agree(t, ngo)
	send(t, ngo, consent.Case)
	settle(t, ngo, ask(t, w, "legal"), 1)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	thief := credentialsOf(t, laid, "legal")

	alone := all
	alone.Skip = append(slices.Clone(all.Skip), "legal")
	if w, err = town.Start(t.Context(), laid, alone); err != nil {
		t.Fatal(err)
	}
	ngo = ask(t, w, "ngo")
	lost := send(t, ngo, consent.Case)
	eventually(t, "it lying at the hub", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub == 1 })

	member := again(t, laid, "legal")
	decide(t, w, func(s *roster.Snapshot) {
		at := slices.IndexFunc(s.Agencies, func(a roster.Agency) bool { return a.ID == member.ID })
		s.Agencies[at].Identity, s.Agencies[at].Mailbox = member.Identity, member.Mailbox
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	w = start(t, laid, all)
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	delivered(t, w, string(lost.ID))
	taken(t, legal, 1)
	mark(t, legal, lost.ID, "accepted")
	third := send(t, ngo, consent.Case)
	delivered(t, w, string(third.ID))
	mark(t, legal, third.ID, "accepted")
	eventually(t, "the new node's words at the other", func() bool {
		list, err := ngo.Referrals(t.Context())
		for _, r := range list {
			if r.State != posada.StateAccepted {
				return false
			}
		}
		return err == nil && len(list) == 3
	})
	for _, key := range []string{"ngo", "legal"} {
		s, err := ask(t, w, key).Status(t.Context())
		// What was sealed to the lost keys may have come before it was taken back.
		if err != nil || s.Missing != 0 || len(s.Quarantined) > 1 || key == "ngo" && len(s.Quarantined) != 0 {
			t.Errorf("%s: %+v, %v", key, s, err)
		}
	}
	line := lineOf(t, w, thief)
	time.Sleep(500 * time.Millisecond)
	if line.Connected() {
		t.Error("who has the lost node is let on")
	}
}

func credentialsOf(t *testing.T, laid town.Laid, key string) node.Credentials {
	t.Helper()
	who, err := laid.Credentials(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// again loses an agency's vault and makes another one under its id.
func again(t *testing.T, laid town.Laid, key string) roster.Agency {
	t.Helper()
	dir := filepath.Join(laid.Dir, key)
	seed, err := config.ReadSeed(filepath.Join(dir, "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"vault", "token"} {
		if err := os.RemoveAll(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	member, _, err := node.Create(filepath.Join(dir, "vault"), vault.Key(seed), laid.Network, laid.Members[key].ID, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	token, err := node.AddStaff(filepath.Join(dir, "vault"), vault.Key(seed), rand.Reader, time.Now, "Invented Lawyer", posada.RoleLegal)
	if err != nil {
		t.Fatal(err)
	}
	if err := config.WriteSecret(laid.TokenFile(key), []byte(token+"\n")); err != nil {
		t.Fatal(err)
	}
	return member
}

func mark(t *testing.T, c *client.Client, id posada.ReferralID, state string) {
	t.Helper()
	if _, err := c.Mark(t.Context(), id, client.NewMark{State: state}); err != nil {
		t.Fatal(err)
	}
}
