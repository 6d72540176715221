package trust_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

func TestACharterInWhichSomebodyDecidesAloneOrTwiceIsRefused(t *testing.T) {
	good, _ := stewards(1, 3)
	base := trust.Charter{Network: posada.NetworkID(agency(90)), Stewards: good, Threshold: 2, Online: key(80).Public()}
	for name, c := range map[string]struct {
		change func(*trust.Charter)
		want   error
	}{
		"good":                         {func(*trust.Charter) {}, nil},
		"all must sign":                {func(c *trust.Charter) { c.Threshold = 3 }, nil},
		"nobody need sign":             {func(c *trust.Charter) { c.Threshold = 0 }, trust.ErrThreshold},
		"more than there are":          {func(c *trust.Charter) { c.Threshold = 4 }, trust.ErrThreshold},
		"one decides":                  {func(c *trust.Charter) { c.Threshold = 1 }, trust.ErrThreshold},
		"one decides, in an exercise":  {func(c *trust.Charter) { c.Threshold, c.Practice = 1, true }, nil},
		"an agency twice":              {func(c *trust.Charter) { c.Stewards[2].Agency = agency(1) }, trust.ErrThreshold},
		"a key twice":                  {func(c *trust.Charter) { c.Stewards[2].Key = key(1).Public() }, trust.ErrThreshold},
		"the hub's key is a steward's": {func(c *trust.Charter) { c.Online = key(1).Public() }, trust.ErrThreshold},
		"no hub key":                   {func(c *trust.Charter) { c.Online = jose.PublicKey{} }, trust.ErrMalformed},
		"no key":                       {func(c *trust.Charter) { c.Stewards[0].Key = jose.PublicKey{} }, trust.ErrMalformed},
		"no agency":                    {func(c *trust.Charter) { c.Stewards[0].Agency = "" }, trust.ErrMalformed},
		"no network":                   {func(c *trust.Charter) { c.Network = "" }, trust.ErrMalformed},
	} {
		changed := base
		changed.Stewards = slices.Clone(base.Stewards)
		c.change(&changed)
		if _, _, err := trust.Found(changed, start); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNobodySignsWhatTheyCannotRead: each would verify if it were signed.
func TestNobodySignsWhatTheyCannotRead(t *testing.T) {
	w := newWorld(t, 2, 3)
	good := must[trust.Proposal](t)(trust.Propose(w.root(), trust.RoleRoster, w.current[trust.RoleRoster].Document, rosterText(t, snapshot(w.charter.Network, 2, 2)), w.now))
	targets := w.current[trust.RoleTargets]
	other := foundWorld(t, trust.Charter{Network: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Threshold: 2}, 3)
	if _, err := trust.Sign(good, w.root(), w.keys[2]); err != nil {
		t.Fatal(err)
	}
	edit := func(p trust.Proposal, old, new string) trust.Proposal {
		text := bytes.Replace(p.Document, []byte(old), []byte(new), 1)
		if bytes.Equal(text, p.Document) {
			t.Fatalf("%q is not there to change", old)
		}
		return trust.Proposal{Document: text, Target: p.Target}
	}
	timestamp := trust.Proposal{Document: w.blobs.Files["metadata/timestamp.json"]}
	root := w.current[trust.RoleRoot]
	for name, p := range map[string]trust.Proposal{
		"nothing":                     {},
		"not json":                    {Document: []byte("roster")},
		"a timestamp":                 timestamp,
		"another file":                {Document: good.Document, Target: rosterText(t, snapshot(w.charter.Network, 2, 3))},
		"no file":                     {Document: good.Document},
		"a role there is not":         edit(good, `"role":"roster"`, `"role":"guests"`),
		"another role":                edit(good, `"role":"roster"`, `"role":"policy"`),
		"no role":                     edit(good, `"role":"roster"`, `"rule":"roster"`),
		"something unknown":           edit(good, `"role":"roster"`, `"role":"roster","run":"x"`),
		"another network's":           other.propose(trust.RolePolicy, policyText(2, "x")),
		"another network's targets":   other.current[trust.RoleTargets],
		"another network's root":      other.current[trust.RoleRoot],
		"targets with a lower number": edit(targets, `"threshold":2`, `"threshold":1`),
		"targets with a file":         edit(targets, `"targets":{}`, `"targets":{"roster.json":{"hashes":{"sha256":"00"},"length":1}}`),
		"a root that is an exercise":  edit(root, `"practice":false`, `"practice":true`),
		"a root with another number":  edit(root, `"threshold":2`, `"threshold":1`),
		"a root two further":          edit(root, `"version":1`, `"version":3`),
		"a root that is inconsistent": edit(root, `"consistent_snapshot":true`, `"consistent_snapshot":false`),
	} {
		if _, err := trust.Sign(p, w.root(), w.keys[0]); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
	for name, k := range map[string]jose.PrivateKey{"a stranger": key(77), "the hub": w.online, "nobody": {}} {
		if _, err := trust.Sign(good, w.root(), k); err == nil {
			t.Errorf("%s signed", name)
		}
	}
}

func TestSignaturesAreGatheredFromCopies(t *testing.T) {
	w := newWorld(t, 2, 3)
	p := must[trust.Proposal](t)(trust.Propose(w.root(), trust.RolePolicy, w.current[trust.RolePolicy].Document, policyText(2, "x"), w.now))
	// A copy travels as JSON.
	var copied trust.Proposal
	if err := json.Unmarshal(must[[]byte](t)(json.Marshal(p)), &copied); err != nil {
		t.Fatal(err)
	}
	a, b := w.sign(p, w.root(), w.keys[0]), w.sign(copied, w.root(), w.keys[1])
	ab, ba := must[trust.Proposal](t)(trust.Merge(w.root(), a, b)), must[trust.Proposal](t)(trust.Merge(w.root(), b, a))
	if !bytes.Equal(ab.Document, ba.Document) {
		t.Error("the order of merging shows")
	}
	signers := must[[]trust.Steward](t)(trust.Signers(ab, w.root()))
	if len(signers) != 2 || signers[0].Agency != agency(1) || signers[1].Agency != agency(2) {
		t.Errorf("%v", signers)
	}
	again := w.sign(ab, w.root(), w.keys[0])
	if !bytes.Equal(again.Document, ab.Document) {
		t.Error("signing twice shows")
	}

	// A bad signature in the place of a good one keeps it out of nothing.
	var doc map[string]any
	if err := json.Unmarshal(a.Document, &doc); err != nil {
		t.Fatal(err)
	}
	doc["signatures"].([]any)[0].(map[string]any)["sig"] = strings.Repeat("00", 64)
	bad := trust.Proposal{Document: must[[]byte](t)(json.Marshal(doc)), Target: p.Target}
	if signers := must[[]trust.Steward](t)(trust.Signers(bad, w.root())); len(signers) != 0 {
		t.Errorf("a bad signature is %v's", signers)
	}
	if m := must[trust.Proposal](t)(trust.Merge(w.root(), bad, a)); !bytes.Equal(m.Document, a.Document) {
		t.Error("a bad signature kept a good one out")
	}
	if _, err := trust.Merge(w.root(), a, w.propose(trust.RolePolicy, policyText(2, "y"))); !errors.Is(err, trust.ErrMix) {
		t.Errorf("two texts were merged: %v", err)
	}
	w.now = w.now.Add(time.Second)
	if _, err := trust.Merge(w.root(), a, w.propose(trust.RolePolicy, p.Target)); !errors.Is(err, trust.ErrMix) {
		t.Errorf("two documents were merged: %v", err)
	}
}

func TestANewRootNeedsTheOldAndTheNewStewards(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	next := w.charter
	var newKeys []jose.PrivateKey
	next.Stewards, newKeys = stewards(11, 4)
	next.Threshold = 3
	root, targets := w.rotation(next)
	old, all := w.sign(root, w.root(), w.keys[:2]...), w.sign(root, w.root(), append(newKeys[:3:3], w.keys[:2]...)...)
	targets = w.sign(targets, root.Document, newKeys[1:]...)
	rest := func(root []byte) []trust.Proposal {
		var signed []trust.Proposal
		for _, role := range []trust.Role{trust.RoleRoster, trust.RolePolicy} {
			signed = append(signed, w.sign(w.current[role], root, newKeys[:3]...))
		}
		return signed
	}
	if signers := must[[]trust.Steward](t)(trust.Signers(all, w.root())); len(signers) != 5 {
		t.Errorf("a root of two thresholds is signed by %v", signers)
	}
	for name, r := range map[string]trust.Proposal{
		"the old alone": old, "the new alone": w.sign(root, w.root(), newKeys...),
		"too few of the new": w.sign(root, w.root(), append(newKeys[:2:2], w.keys...)...),
		"too few of the old": w.sign(root, w.root(), append(newKeys[:3:3], w.keys[0])...),
	} {
		if err := w.registry.Publish(t.Context(), w.now, append(rest(root.Document), r, targets)...); !errors.Is(err, trust.ErrThreshold) {
			t.Errorf("%s: %v", name, err)
		}
		h := w.hostile()
		h.Files["metadata/2.root.json"] = r.Document
		w.refused(n, h, trust.ErrThreshold)
	}
	if err := w.registry.Publish(t.Context(), w.now, all, targets); !errors.Is(err, trust.ErrThreshold) {
		t.Errorf("a roster that no steward in force signed: %v", err)
	}
	if err := w.registry.Publish(t.Context(), w.now, append(rest(root.Document), all)...); !errors.Is(err, trust.ErrThreshold) {
		t.Errorf("a root without its targets: %v", err)
	}
	w.publish(append(rest(root.Document), all, targets)...)
	for _, n := range []*node{n, w.node()} {
		if v := w.refresh(n, w.registry); v.Root != 2 || len(v.Stewards) != 4 || v.Threshold != 3 || v.Chain.Length != 2 {
			t.Errorf("%+v", v)
		}
	}
}

// TestAnExerciseStaysAnExercise: it would otherwise be a real network in which
// nothing waits.
func TestAnExerciseStaysAnExercise(t *testing.T) {
	w := newWorld(t, 2, 3)
	for _, change := range []func(*trust.Charter){
		func(c *trust.Charter) { c.Practice = true },
		func(c *trust.Charter) { c.Network = posada.NetworkID(agency(91)) },
	} {
		next := w.charter
		change(&next)
		if _, _, err := trust.Rotate(w.root(), w.current[trust.RoleTargets].Document, next, w.now); !errors.Is(err, trust.ErrNetwork) {
			t.Errorf("rotated: %v", err)
		}
		// Stewards who sign with another tool.
		first, _, err := trust.Found(next, w.now)
		if err != nil {
			t.Fatal(err)
		}
		root := must[*metadata.Metadata[metadata.RootType]](t)(metadata.Root().FromBytes(first.Document))
		root.Signed.Version = 2
		for _, k := range w.keys {
			must[*metadata.Signature](t)(root.Sign(signer(k)))
		}
		p := trust.Proposal{Document: must[[]byte](t)(root.ToBytes(false))}
		if err := w.registry.Publish(t.Context(), w.now, p); !errors.Is(err, trust.ErrNetwork) {
			t.Errorf("published: %v", err)
		}
		h := w.hostile()
		h.Files["metadata/2.root.json"] = p.Document
		w.refused(w.node(), h, trust.ErrNetwork)
		accepted(t, h, w.root(), nil, w.now)
	}
}

func TestProposalsThatContradictThemselvesAreNotMade(t *testing.T) {
	w := newWorld(t, 2, 3)
	base := w.current[trust.RoleRoster].Document
	for name, s := range map[string][]byte{
		"of another version": rosterText(t, snapshot(w.charter.Network, 3, 2)),
		"of another network": rosterText(t, snapshot(posada.NetworkID(agency(91)), 2, 2)),
		"of nothing":         nil,
	} {
		if _, err := trust.Propose(w.root(), trust.RoleRoster, base, s, w.now); err == nil {
			t.Errorf("a roster %s was proposed", name)
		}
	}
	if _, err := trust.Propose(w.root(), trust.RolePacks, nil, nil, w.now); !errors.Is(err, trust.ErrContent) {
		t.Errorf("packs of nothing: %v", err)
	}
	if _, err := trust.Propose(w.root(), w.brakeRole(0), nil, []byte(`{}`), w.now); err == nil {
		t.Error("a brake was proposed as what all share")
	}
	if _, err := trust.ProposeBrake(w.root(), w.charter.Stewards[0], nil, suspend(1, w.now), w.now); err == nil {
		t.Error("a brake that is over was proposed")
	}
	if _, err := trust.ProposeBrake(w.root(), w.charter.Stewards[0], nil, trust.Brake{Until: w.now.Add(time.Hour).Unix()}, w.now); err == nil {
		t.Error("a brake of nothing was proposed")
	}
}
