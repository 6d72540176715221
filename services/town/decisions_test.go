package town_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/town"
)

// administered is a town in which the NGO's and the legal aid's people run their agencies,
// too.
func administered(t *testing.T) town.Laid {
	t.Helper()
	p := plan()
	for i := range 2 {
		p.Agencies[i].Staff[0].Roles = append(p.Agencies[i].Staff[0].Roles, posada.RoleAgencyAdmin)
	}
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

// keptRecord is what a node keeps of a decision, whatever it is.
type keptRecord map[string]json.RawMessage

// TestWhoseItWasIsNotInWhatWasDecided: whoever previewed and sent can ask why, and what is
// kept for it at either node names no agency, no person of its staff, no case, consent,
// referral or field of it. From outside there is no answer but the one that everybody has.
func TestWhoseItWasIsNotInWhatWasDecided(t *testing.T) {
	t.Parallel()
	laid := administered(t)
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"shelter", "police"}})
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			_ = w.Stop()
		}
	})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	wide := newPreview(agreed.Case)
	wide.Records[0].Fields["psd_ImmigrationStatus"] = "invented"
	refused, err := ngo.Preview(t.Context(), wide)
	if err != nil || refused.Digest != "" || refused.Decision == "" {
		t.Fatalf("%+v, %v", refused, err)
	}
	sent := send(t, ngo, agreed.Case)
	if sent.Decision == "" || sent.Decision == refused.Decision {
		t.Fatalf("it was sent by %q, and refused by %q", sent.Decision, refused.Decision)
	}
	eventually(t, "it arrived", func() bool { list, err := legal.Referrals(t.Context()); return err == nil && len(list) == 1 })

	why, err := ngo.Explain(t.Context(), refused.Decision)
	if err != nil || why.Entry != "disclose" {
		t.Fatalf("%+v, %v", why, err)
	}
	i := slices.IndexFunc(why.Parts, func(p client.DecisionPart) bool { return !p.Permitted })
	if i < 0 || why.Parts[i].Cell != (matrix.Cell{Class: posada.ClassLegalAid, Purpose: posada.PurposeLegal, Category: posada.CategoryImmigrationStatus}) ||
		!slices.Equal(why.Parts[i].Lacks, []posada.Condition{"G3.category"}) || fmt.Sprint(why.Parts[i].Ways) != "[[{consent.categories immigration_status}]]" {
		t.Errorf("%+v", why.Parts)
	}
	if why, err := ngo.Explain(t.Context(), sent.Decision); err != nil || slices.ContainsFunc(why.Parts, func(p client.DecisionPart) bool { return !p.Permitted }) {
		t.Errorf("%+v, %v", why, err)
	}
	fromOutside(t, w, laid, refused.Decision)

	me, err := ngo.Staff(t.Context())
	if err != nil || len(me) == 0 {
		t.Fatal(err)
	}
	stopped = true
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	never := []string{
		agreed.Case, string(agreed.ID), string(sent.ID), string(sent.Decision), string(sent.Peer.ID), string(me[0].ID), her, "+15550100", "Invented", "psd_", "prs_",
	}
	for key, entry := range map[string]string{"ngo": "disclose", "legal": "receive"} {
		list := tableOf[keptRecord](t, laid, key, "decisions")
		if len(list) == 0 {
			t.Errorf("%s keeps nothing", key)
		}
		entries := 0
		for _, r := range list {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			entries += strings.Count(string(text), `"`+entry+`":`)
			for _, n := range never {
				if n == "" || strings.Contains(string(text), n) {
					t.Errorf("%s keeps %q: %s", key, n, text)
				}
			}
		}
		if entries == 0 {
			t.Errorf("%s keeps none of %s", key, entry)
		}
	}
}

// fromOutside asks the NGO's node of a decision as whoever is not its staff: what is there,
// what is not and what is no name have the same bytes for an answer.
func fromOutside(t *testing.T, w *town.Town, laid town.Laid, id posada.DecisionID) {
	t.Helper()
	lawyer, err := os.ReadFile(laid.TokenFile("legal"))
	if err != nil {
		t.Fatal(err)
	}
	for who, change := range map[string]func(*http.Request){"nobody": func(*http.Request) {}, "another agency's": as(strings.TrimSpace(string(lawyer)))} {
		var answers []string
		for _, asked := range []string{string(id), strings.Repeat("a", 26), "none", "replay", string(id) + "/x"} {
			got := call(t, http.MethodGet, w.API("ngo")+"/v1/decisions/"+asked, "", change)
			answers = append(answers, fmt.Sprint(got))
			if got.status != http.StatusUnauthorized || answers[0] != fmt.Sprint(got) {
				t.Errorf("%s asks of %q and is answered\n%v\nnot\n%v", who, asked, got, answers[0])
			}
		}
	}
	advocate, err := os.ReadFile(laid.TokenFile("ngo"))
	if err != nil {
		t.Fatal(err)
	}
	one := ""
	for _, asked := range []string{strings.Repeat("a", 26), "none", strings.Repeat("z", 200)} {
		got := fmt.Sprint(call(t, http.MethodGet, w.API("ngo")+"/v1/decisions/"+asked, "", as(strings.TrimSpace(string(advocate)))))
		if one == "" {
			one = got
		}
		if got != one {
			t.Errorf("what is not there is answered\n%s\nand\n%s", got, one)
		}
	}
}

// TestAnAgencysOwnPolicyHoldsAtItsNodes: one that gives less sends less, also of what was
// previewed before; one that takes in less puts aside what came, and the other hears what it
// hears of anything that came.
func TestAnAgencysOwnPolicyHoldsAtItsNodes(t *testing.T) {
	t.Parallel()
	w := start(t, administered(t), town.Options{Skip: []string{"shelter", "police"}})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	const none = `{"cells": {"legal_aid": {"legal": {"identity": "never"}}}}`
	waits, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil || waits.Digest == "" {
		t.Fatalf("%+v, %v", waits.Uncovered, err)
	}
	if own, err := ngo.SetOwnPolicy(t.Context(), client.NewOwnPolicy{Policy: none}); err != nil || len(own.Cells) != 1 || own.Cells[0].Network != "consent" {
		t.Fatalf("%+v, %v", own, err)
	}
	_, err = ngo.Send(t.Context(), client.NewSend{Digest: waits.Digest})
	problem, ok := errors.AsType[*client.Problem](err)
	if !ok || problem.Key != "uncovered" || problem.Args["decision"] == "" {
		t.Fatalf("what was previewed before: %v", err)
	}
	why, err := ngo.Explain(t.Context(), posada.DecisionID(problem.Args["decision"]))
	if err != nil || !slices.ContainsFunc(why.Parts, func(p client.DecisionPart) bool {
		return slices.Equal(p.Lacks, []posada.Condition{"L1"}) && p.Own == "never" && p.Network == "consent" && fmt.Sprint(p.Ways[0]) != "[]"
	}) {
		t.Errorf("%+v, %v", why, err)
	}
	if _, err := ngo.SetOwnPolicy(t.Context(), client.NewOwnPolicy{Policy: `{"cells": {"legal_aid": {"legal": {"medical": "consent"}}}}`}); err == nil {
		t.Error("an agency let itself more than the network does")
	}
	if own, err := ngo.ClearOwnPolicy(t.Context()); err != nil || len(own.Cells) != 0 {
		t.Fatalf("%+v, %v", own, err)
	}

	if _, err := legal.SetOwnPolicy(t.Context(), client.NewOwnPolicy{Policy: none}); err != nil {
		t.Fatal(err)
	}
	sent := send(t, ngo, agreed.Case)
	eventually(t, "it is put aside there", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && s.OwnCells == 1 && slices.ContainsFunc(s.Quarantined, func(q client.Quarantined) bool { return q.Code == "not_covered" })
	})
	eventually(t, "its receipt came", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && !r.Delivered.IsZero()
	})
	if _, err := legal.ClearOwnPolicy(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken in under the next policy", func() bool {
		list, err := legal.Referrals(t.Context())
		return err == nil && len(list) == 1
	})
}

// TestAReplayIsForThoseWhoWeighPolicies, and tells a coordinator what of their own
// decisions another table would change.
func TestAReplayIsForThoseWhoWeighPolicies(t *testing.T) {
	t.Parallel()
	w := start(t, administered(t), town.Options{Skip: []string{"legal", "police"}})
	ngo, shelter := ask(t, w, "ngo"), ask(t, w, "shelter")
	shipped, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	cell := matrix.Cell{Class: posada.ClassLegalAid, Purpose: posada.PurposeLegal, Category: posada.CategoryIdentity}
	other, err := pdp.Amend(shipped, 2, matrix.Cells{}.With(cell, "never"))
	if err != nil {
		t.Fatal(err)
	}
	in := client.NewReplay{Policy: string(other)}
	if r, err := shelter.Replay(t.Context(), in); err != nil || r.Decisions != 0 {
		t.Errorf("before anything: %+v, %v", r, err)
	}
	if _, err := ngo.Preview(t.Context(), newPreview(agree(t, ngo).Case)); err != nil {
		t.Fatal(err)
	}
	r, err := ngo.Replay(t.Context(), in)
	if err != nil || r.Decisions != 1 || r.Changed != 1 || len(r.Groups) != 1 || r.Groups[0].Cell != cell {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := ngo.Replay(t.Context(), client.NewReplay{Waiting: true}); err == nil {
		t.Error("a policy waits that nobody signed")
	}
	if s, err := ngo.Status(t.Context()); err != nil || s.Beside != nil || s.Policy != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	police := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	if _, err := ask(t, police, "ngo").Replay(t.Context(), in); err == nil {
		t.Error("an advocate replays what her colleagues decided")
	}
}
