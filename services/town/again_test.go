package town_test

import (
	"errors"
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
	if what == "referral" {
		processes.Spawn(t, "hub", laid.HubConfig(), "", "")
		processes.Spawn(t, "node", laid.NodeConfig("legal"), "", "")
	}
	dies := processes.Spawn(t, "node", laid.NodeConfig("ngo"), step, processes.Kill)
	ngo := processes.Outside(t, laid, "ngo")
	patient := ngo.Retrying(1 << 20)
	ask := map[string]func() (string, error){
		"consent": func() (string, error) {
			c, err := patient.AddConsent(t.Context(), newConsent())
			return string(c.ID), err
		},
		"case": func() (string, error) {
			c, err := patient.OpenCase(t.Context())
			return c.Label, err
		},
	}
	if what == "referral" {
		agreed := agree(t, ngo)
		var preview client.Preview
		eventually(t, "a preview", func() (is bool) {
			var err error
			preview, err = ngo.Preview(t.Context(), newPreview(agreed.Case))
			return err == nil && preview.Digest != ""
		})
		ask[what] = func() (string, error) {
			r, err := patient.Send(t.Context(), client.NewSend{Digest: preview.Digest})
			return string(r.ID), err
		}
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
	got, list := <-answered, there(t, ngo, what)
	if p, is := errors.AsType[*client.Problem](got.err); what == "case" && is && p.Key == "key_done" && len(list) == 1 {
		return // there is nothing that gives one case
	}
	if got.err != nil || len(list) != 1 || list[0] != got.id {
		t.Errorf("%q is there; it was answered %q, %v", list, got.id, got.err)
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
