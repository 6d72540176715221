package town_test

import (
	"os"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// plan is three invented agencies.
func plan() town.Plan {
	return town.Plan{Operator: "Invented Hub Cooperative", Agencies: []town.Agency{
		{Key: "ngo", Name: "Invented NGO", Class: posada.ClassNGO, Staff: []town.Person{{Name: "Invented Advocate", Role: posada.RoleAdvocate}}},
		{Key: "legal", Name: "Invented Legal Aid", Class: posada.ClassLegalAid, Staff: []town.Person{{Name: "Invented Lawyer", Role: posada.RoleLegal}}},
		{Key: "police", Name: "Invented Police", Class: posada.ClassLawEnforcement, Staff: []town.Person{{Name: "Invented Officer", Role: posada.RoleAdvocate}}},
	}}
}

func newConsent() client.NewConsent {
	return client.NewConsent{
		Allow:    []client.NewAllowance{{To: "Invented Legal Aid", Purpose: "legal", Share: []string{"needs", "identity", "safe_contact"}}},
		Services: []string{"legal_immigration"}, GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa",
		Informed:  []string{"purpose", "risks", "recipient", "duration", "withdrawal", "storage", "not_a_condition", "legal_limits"},
		Condition: "not_conditional", Form: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE", TextVersion: "1",
	}
}

func newPreview(label string) client.NewPreview {
	return client.NewPreview{
		Case: label, To: "Invented Legal Aid", Purpose: "legal", Services: []string{"legal_immigration"}, Priority: "urgent",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_PreferredName": "Invented", "prs_MobilePhone": "+15550100"}}},
	}
}

func TestX(t *testing.T) {
	laid, err := town.Lay(t.TempDir(), plan(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	w, err := town.Start(t.Context(), laid, town.Options{Log: obs.NewLog(os.Stderr)})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("started in", time.Since(start))
	ngo, err := w.Client("ngo", "en")
	if err != nil {
		t.Fatal(err)
	}
	legal, _ := w.Client("legal", "es")
	c, err := ngo.AddConsent(t.Context(), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	p, err := ngo.Preview(t.Context(), newPreview(c.Case))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", p)
	r, err := ngo.Send(t.Context(), client.NewSend{Digest: p.Digest})
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	for {
		list, err := legal.Referrals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	t.Log("arrived in", time.Since(start))
	for {
		v, err := ngo.Referral(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !v.Delivered.IsZero() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	t.Log("receipted in", time.Since(start))
	got, err := legal.Referral(t.Context(), r.ID)
	t.Logf("%+v %v", got, err)
	_, err = legal.Mark(t.Context(), r.ID, client.NewMark{State: "accepted"})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	v, err := ngo.Referral(t.Context(), r.ID)
	t.Logf("%+v %v", v, err)
	s, err := ngo.Status(t.Context())
	t.Logf("%+v %v", s, err)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
}
