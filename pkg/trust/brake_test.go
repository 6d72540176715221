package trust_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

func suspend(n byte, until time.Time) trust.Brake {
	return trust.Brake{Suspend: []posada.AgencyID{agency(n)}, Until: until.Unix()}
}

func standing(v trust.View, n byte, now time.Time) posada.Standing {
	for _, a := range trust.Compose(v.Roster, v.Brakes, now).Agencies {
		if a.ID == agency(n) {
			return a.Standing
		}
	}
	return posada.StandingUnknown
}

func TestOneStewardSuspendsAloneAndOnlyForATime(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	if v := w.refresh(n, w.registry); standing(v, 2, w.now) != posada.StandingActive {
		t.Fatal("not active before")
	}
	until := w.now.Add(72 * time.Hour)
	w.publish(w.brake(0, suspend(2, until)))
	v := w.refresh(n, w.registry)
	if standing(v, 2, w.now) != posada.StandingSuspended || standing(v, 1, w.now) != posada.StandingActive {
		t.Error("the brake does not hold")
	}
	if len(v.Brakes) != 1 || v.Brakes[0].Steward != agency(1) {
		t.Errorf("who braked: %+v", v.Brakes)
	}
	if standing(v, 2, until.Add(-time.Second)) != posada.StandingSuspended || standing(v, 2, until) != posada.StandingActive {
		t.Error("it does not end when it should")
	}
	w.later(73 * time.Hour)
	if v := w.refresh(n, w.registry); len(v.Brakes) != 0 {
		t.Error("a brake that ended is kept")
	}
}

// TestABrakeLongOverIsNoReasonToRefuse: its document expires a year later and
// stays in the snapshot.
func TestABrakeLongOverIsNoReasonToRefuse(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.publish(w.brake(0, suspend(2, w.now.Add(time.Hour))))
	w.refresh(n, w.registry)
	w.now = w.now.AddDate(0, 0, 300)
	root, targets := w.rotation(w.charter)
	root = w.sign(root, w.root(), w.enough()...)
	w.publish(root, w.sign(targets, root.Document, w.enough()...), w.roster(2, 3), w.propose(trust.RolePolicy, policyText(2, "again")))
	w.refresh(n, w.registry)
	w.later(70 * 24 * time.Hour)
	for _, n := range []*node{n, w.node()} {
		if v := w.refresh(n, w.registry); v.RosterEdition.Version != 2 || len(v.Brakes) != 0 {
			t.Errorf("%+v", v.Brakes)
		}
	}
	w.publish(w.roster(3, 2))
	w.refresh(n, w.registry)
}

func TestAHiddenBrakeStillCounts(t *testing.T) {
	w := newWorld(t, 2, 3)
	n, silent := w.node(), w.hostile()
	w.publish(w.brake(0, suspend(2, w.now.Add(72*time.Hour))))
	w.refresh(n, w.registry)

	// The steward brakes again, over something else: the first still holds.
	w.publish(w.brake(0, suspend(1, w.now.Add(48*time.Hour))))
	v := w.refresh(n, w.registry)
	if standing(v, 2, w.now) != posada.StandingSuspended || standing(v, 1, w.now) != posada.StandingSuspended || len(v.Brakes) != 2 {
		t.Errorf("after another brake: %+v", v.Brakes)
	}

	// A node that first comes now hears of both, by way of the chain.
	if v := w.refresh(w.node(), w.registry); len(v.Brakes) != 2 {
		t.Errorf("a late node knows of %d brakes", len(v.Brakes))
	}
	h := w.hostile()
	delete(h.Files, "metadata/1."+string(w.brakeRole(0))+".json")
	w.refused(w.node(), h, trust.ErrChain)

	// A hub that goes back to before is refused, and what was seen stays.
	w.now = w.now.Add(time.Hour)
	if err := trust.NewRepository(silent, w.online, policyFits).Renew(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	w.refused(n, silent, trust.ErrRollback)
	if v, err := n.Last(t.Context()); err != nil || standing(v, 2, w.now) != posada.StandingSuspended {
		t.Errorf("after hiding: %v", err)
	}
	if v := w.refresh(w.node(), silent); standing(v, 2, w.now) != posada.StandingActive {
		t.Error("the hub hides nothing: this test sees nothing")
	}
}

// TestABrakeOfAStewardWhoLeftStillCounts: the new root delegates nothing to
// her, so that the hub no longer need show it.
func TestABrakeOfAStewardWhoLeftStillCounts(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.publish(w.brake(2, suspend(2, w.now.Add(72*time.Hour))))
	w.refresh(n, w.registry)
	next := w.charter
	next.Stewards = next.Stewards[:2:2]
	root, targets := w.rotation(next)
	root = w.sign(root, w.root(), w.keys[0], w.keys[1])
	targets = w.sign(targets, root.Document, w.keys[0], w.keys[1])
	w.publish(root, targets)
	if v := w.refresh(n, w.registry); v.Root != 2 || standing(v, 2, w.now) != posada.StandingSuspended {
		t.Errorf("root %d: %+v", v.Root, v.Brakes)
	}
}

func TestABrakeOfMoreThanThreeDaysIsRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	long := suspend(2, w.now.Add(72*time.Hour+time.Second))
	if _, err := trust.ProposeBrake(w.root(), w.charter.Stewards[0], nil, long, w.now); !errors.Is(err, trust.ErrContent) {
		t.Errorf("proposed: %v", err)
	}
	w.now = w.now.Add(time.Hour) // her clock is an hour ahead
	early := w.brake(0, suspend(2, w.now.Add(72*time.Hour)))
	w.now = start
	if err := w.registry.Publish(t.Context(), w.now, early); !errors.Is(err, trust.ErrContent) {
		t.Errorf("published: %v", err)
	}
	if err := w.registry.Publish(t.Context(), w.now.Add(73*time.Hour), early); !errors.Is(err, trust.ErrExpired) {
		t.Errorf("published when it was over: %v", err)
	}
	// A hub that publishes it all the same.
	h := w.hostile()
	if err := trust.NewRepository(h, w.online, policyFits).Publish(t.Context(), start.Add(time.Hour), early); err != nil {
		t.Fatal(err)
	}
	h.pulse(func(s *metadata.TimestampType) {
		s.UnrecognizedFields["signed_at"], s.Expires = start.Unix(), start.Add(24*time.Hour)
	})
	w.refused(w.node(), h, trust.ErrContent)
	accepted(t, h, w.root(), nil, w.now)
	w.now = start.Add(time.Hour)
	if v := w.refresh(w.node(), h); len(v.Brakes) != 1 {
		t.Error("an hour later it is in time")
	}
}

func TestOneStewardBrakesForNobodyElse(t *testing.T) {
	w := newWorld(t, 2, 3)
	p := must[trust.Proposal](t)(trust.ProposeBrake(w.root(), w.charter.Stewards[0], nil, suspend(2, w.now.Add(time.Hour)), w.now))
	if _, err := trust.Sign(p, w.root(), w.keys[1]); !errors.Is(err, trust.ErrNotSigner) {
		t.Errorf("signed: %v", err)
	}
	if err := w.registry.Publish(t.Context(), w.now, p); !errors.Is(err, trust.ErrThreshold) {
		t.Errorf("published unsigned: %v", err)
	}
}

func TestABrakeIsReadStrictly(t *testing.T) {
	text := `{"never":[],"object":[],"suspend":["` + string(agency(1)) + `"],"until":5}`
	if _, err := trust.ReadBrake([]byte(text)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing braked":        `{"never":[],"object":[],"suspend":[],"until":5}`,
		"a list missing":        strings.Replace(text, `"never":[],`, "", 1),
		"no end":                strings.Replace(text, "5", "0", 1),
		"an unknown member":     strings.Replace(text, `{`, `{"add":[],`, 1),
		"an unknown class":      strings.Replace(text, `"never":[]`, `"never":[{"category":"needs","class":"police","purpose":"shelter"}]`, 1),
		"a cell of no class":    strings.Replace(text, `"never":[]`, `"never":[{"category":"needs","purpose":"shelter"}]`, 1),
		"a cell of no purpose":  strings.Replace(text, `"never":[]`, `"never":[{"category":"needs","class":"ngo"}]`, 1),
		"a cell of no category": strings.Replace(text, `"never":[]`, `"never":[{"class":"ngo","purpose":"shelter"}]`, 1),
		"no digest":             strings.Replace(text, `"object":[]`, `"object":["AB"]`, 1),
		"capital digits":        strings.Replace(text, `"object":[]`, `"object":["`+strings.Repeat("AB", 32)+`"]`, 1),
		"no agency":             strings.Replace(text, string(agency(1)), "x", 1),
		"a space":               strings.Replace(text, ":", ": ", 1),
	} {
		if _, err := trust.ReadBrake([]byte(bad)); !errors.Is(err, trust.ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAReplacedBrakeIsTheOneTheChainNames: a steward signed two first brakes;
// one was published, then a second.
func TestAReplacedBrakeIsTheOneTheChainNames(t *testing.T) {
	w := newWorld(t, 2, 3)
	one, other := w.brake(0, suspend(2, w.now.Add(time.Hour))), w.brake(0, suspend(3, w.now.Add(time.Hour)))
	w.publish(one)
	second := w.brake(0, suspend(1, w.now.Add(time.Hour)))
	w.publish(second)
	file, target := "metadata/1."+string(w.brakeRole(0))+".json", fmt.Sprintf("targets/%x.%s.json", sha256.Sum256(one.Target), w.brakeRole(0))
	for name, p := range map[string]trust.Proposal{"another of the same version": other, "a later one": second} {
		h := w.hostile()
		h.Files[file], h.Files[target] = p.Document, p.Target
		if _, err := w.node().Refresh(t.Context(), h, w.now); !errors.Is(err, trust.ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unsigned := must[trust.Proposal](t)(trust.ProposeBrake(w.root(), w.charter.Stewards[0], nil, suspend(2, w.now.Add(time.Hour)), w.now))
	h := w.hostile()
	h.Files[file] = unsigned.Document
	w.refused(w.node(), h, trust.ErrThreshold)
}
