package town_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/town/processes"
)

// TestWhatIsAskedAgainAcrossAKillIsDoneOnce: a real node dies when something is done and nobody
// was answered. The client goes on asking, and is answered with what was done, once.
func TestWhatIsAskedAgainAcrossAKillIsDoneOnce(t *testing.T) {
	type at struct{ what, step string }
	var all []at
	for _, what := range []string{"consent", "case", "referral"} {
		all = append(all, at{what, string(node.StepCarriedOut)}, at{what, string(node.StepNoted)})
	}
	for _, a := range sampled.Of(all, few(2)) {
		t.Run(a.what+" "+a.step, func(t *testing.T) {
			t.Parallel()
			askedAgain(t, a.what, a.step)
		})
	}
}

func askedAgain(t *testing.T, what, step string) {
	laid := lay(t)
	processes.Spawn(t, "hub", laid.HubConfig(), "", "")
	dies := processes.Spawn(t, "node", laid.NodeConfig("ngo"), step, processes.Kill)
	ngo := processes.Outside(t, laid, "ngo")
	patient := ngo.Retrying(1 << 20)
	var agreed client.Consent
	eventually(t, "a first consent", func() (is bool) { // who is a member is told by the hub
		var err error
		agreed, err = ngo.AddConsent(t.Context(), newConsent())
		return err == nil
	})
	preview, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil || preview.Digest == "" {
		t.Fatal(preview.Uncovered, err)
	}
	before := there(t, ngo, what)
	ask := map[string]func() (string, error){
		"consent": func() (string, error) {
			c, err := patient.AddConsent(t.Context(), newConsent())
			return string(c.ID), err
		},
		"case": func() (string, error) {
			c, err := patient.OpenCase(t.Context())
			return c.Label, err
		},
		"referral": func() (string, error) {
			r, err := patient.Send(t.Context(), client.NewSend{Digest: preview.Digest})
			return string(r.ID), err
		},
	}
	processes.Arm(t, laid.NodeConfig("ngo"))
	type answer struct {
		id  string
		err error
	}
	answered := make(chan answer, 1)
	go func() { id, err := ask[what](); answered <- answer{id, err} }()
	dies.Dies(t)
	processes.Spawn(t, "node", laid.NodeConfig("ngo"), "", "")
	got, after := <-answered, there(t, ngo, what)
	p, is := errors.AsType[*client.Problem](got.err)
	said := got.err == nil && slices.Contains(after, got.id) || what == "case" && is && p.Key == "key_done" // nothing gives one case
	if !said || len(after) != len(before)+1 {
		t.Errorf("%q was there and %q is; it was answered %q, %v", before, after, got.id, got.err)
	}
}

// there are the ids of what there is of a kind.
func there(t *testing.T, ngo *client.Client, what string) (ids []string) {
	t.Helper()
	var err error
	switch what {
	case "consent":
		var list []client.Consent
		list, err = ngo.Consents(t.Context())
		for _, c := range list {
			ids = append(ids, string(c.ID))
		}
	case "case":
		var list []client.Case
		list, err = ngo.Cases(t.Context())
		for _, c := range list {
			ids = append(ids, c.Label)
		}
	case "referral":
		var list []client.Referral
		list, err = ngo.Referrals(t.Context())
		for _, r := range list {
			ids = append(ids, string(r.ID))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
