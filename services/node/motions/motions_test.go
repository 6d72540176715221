package motions

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

var start = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// network is what three stewards, of agencies 1 to 3 of four, decided.
type network struct {
	t       *testing.T
	charter trust.Charter
	force   map[trust.Role]trust.Proposal
	members roster.Snapshot
	current *roster.Current
}

func found(t *testing.T, id posada.NetworkID) *network {
	t.Helper()
	n := &network{t: t, force: map[trust.Role]trust.Proposal{}, charter: trust.Charter{Network: id, Threshold: 2, Online: invented.Key(t, 80).Public()}}
	n.members = invented.Snapshot(t)
	n.members.Network = id
	for i := byte(1); i <= 4; i++ {
		n.members.Agencies = append(n.members.Agencies, invented.New(t, i, start).Member)
		if i < 4 {
			n.charter.Stewards = append(n.charter.Stewards, trust.Steward{Agency: invented.ID(i), Key: invented.Key(t, 60+i).Public()})
		}
	}
	root, targets := must2(trust.Found(n.charter, start))
	n.force[trust.RoleRoot] = n.signed(root, 1, 2)
	n.force[trust.RoleTargets] = n.signed(targets, 1, 2)
	n.force[trust.RoleRoster] = n.signed(n.proposal(n.members), 1, 2)
	n.current = roster.NewCurrent(must(roster.New(n.members)))
	return n
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

func (n *network) root() []byte { return n.force[trust.RoleRoot].Document }

func (n *network) signed(p trust.Proposal, stewards ...byte) trust.Proposal {
	n.t.Helper()
	root := n.root()
	if root == nil {
		root = p.Document
	}
	for _, i := range stewards {
		p = must(trust.Sign(p, root, invented.Key(n.t, 60+i)))
	}
	return p
}

func (n *network) proposal(s roster.Snapshot) trust.Proposal {
	return must(trust.Propose(n.root(), trust.RoleRoster, n.force[trust.RoleRoster].Document, must(roster.Write(s)), start))
}

// motion proposes the next roster, in which the hub has another operator.
func (n *network) motion(operator string, stewards ...byte) enrol.Motion {
	n.t.Helper()
	s := n.members
	s.Version, s.Hub.Operator = 2, operator
	p := n.signed(n.proposal(s), stewards...)
	return must(enrol.NewMotion(enrol.Motion{Root: n.root(), Base: n.force[trust.RoleRoster].Target, Proposals: []trust.Proposal{p}}))
}

// decide has a motion count.
func (n *network) decide(m enrol.Motion) {
	n.force[trust.RoleRoster] = m.Proposals[0]
}

// desk is the unit of one agency, and what it gave to post.
type desk struct {
	*Motions
	t     *testing.T
	id    posada.AgencyID
	vault *vault.Vault
	queue map[posada.AgencyID][]event.Event
}

func (d *desk) Enqueue(_ *vault.Tx, to posada.AgencyID, e event.Event, _ vault.KeyID) error {
	d.queue[to] = append(d.queue[to], e)
	return nil
}

func (d *desk) Wake() {}

func (n *network) desk(i byte) *desk {
	n.t.Helper()
	d := &desk{t: n.t, id: invented.ID(i), queue: map[posada.AgencyID][]event.Event{}}
	folder := filepath.Join(n.t.TempDir(), "vault")
	if err := vault.Create(folder, vault.Key([32]byte{i}), rand.Reader); err != nil {
		n.t.Fatal(err)
	}
	d.vault = must(vault.Open(folder, vault.Key([32]byte{i}), rand.Reader))
	n.t.Cleanup(func() { _ = d.vault.Close() })
	now := start
	d.Motions = must(New(n.t.Context(), Config{
		Agency: d.id, Vault: d.vault, Members: n.current, Post: d, Random: rand.Reader,
		Now:      func() time.Time { now = now.Add(time.Second); return now },
		InForce:  func(context.Context) (map[trust.Role]trust.Proposal, error) { return n.force, nil },
		Stewards: func() []trust.Steward { return n.charter.Stewards },
	}))
	return d
}

// takes hands one agency's event to another.
func (d *desk) takes(from posada.AgencyID, e event.Event) error {
	s := must(e.In(from, event.Place{Seq: 1}))
	return d.vault.Update(func(tx *vault.Tx) error {
		return d.Handle(d.t.Context(), tx, handoff.Incoming{From: from, Statement: s, Came: start})
	})
}

func (d *desk) list() []client.Motion { return must(d.Motions.Motions(d.t.Context())) }

func text(m enrol.Motion) []byte { return must(m.Write()) }

// TestSignaturesComeTogether: one proposes and signs, another signs what came; both have
// both signatures, and what is decided is no motion any more.
func TestSignaturesComeTogether(t *testing.T) {
	n := found(t, invented.Network)
	one, two, three := n.desk(1), n.desk(2), n.desk(3)
	id, agencies, err := one.Send(t.Context(), "", text(n.motion("Another Operator", 1)))
	if err != nil || agencies != 2 {
		t.Fatalf("%d agencies, %v", agencies, err)
	}
	for _, d := range []*desk{two, three} {
		if err := d.takes(one.id, one.queue[d.id][0]); err != nil {
			t.Fatal(err)
		}
	}
	signed := must(must(enrol.ReadMotion(must(two.Motion(t.Context(), id)))).Sign(invented.Key(t, 62)))
	if same, _, err := two.Send(t.Context(), "", text(signed)); err != nil || same != id {
		t.Fatalf("%s, %v", same, err)
	}
	for _, d := range []*desk{one, three} {
		if err := d.takes(two.id, two.queue[d.id][0]); err != nil {
			t.Fatal(err)
		}
	}
	// What came first comes once more, late: it takes nothing away.
	if err := three.takes(one.id, one.queue[three.id][0]); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*desk{one, two, three} {
		list := d.list()
		if len(list) != 1 || list[0].ID != id || list[0].Lacks != 0 || len(list[0].Signed) != 2 || list[0].From != one.id {
			t.Errorf("%+v", list)
		}
	}
	n.decide(signed)
	if list := three.list(); len(list) != 0 {
		t.Errorf("it is decided, and listed: %+v", list)
	}
	if err := three.Decided(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := three.vault.View(func(tx *vault.Tx) error {
		all, err := everything(tx)
		if len(all) != 0 {
			t.Errorf("%d are kept of what is decided", len(all))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := one.Send(t.Context(), "", text(signed)); fault.From(err).Key != fault.MotionOver {
		t.Errorf("sent when it was decided: %v", err)
	}
	if v, err := one.Recheck(t.Context(), nil, two.id, one.queue[two.id][0]); v != handoff.Stop || err != nil {
		t.Errorf("what is decided goes on being sent: %v, %v", v, err)
	}
}

// TestAMotionThatCameIsBelievedForNothing: who is not a steward's agency is not listened to,
// and what is not of this network, on top of its root and newer than what is in force is not kept.
func TestAMotionThatCameIsBelievedForNothing(t *testing.T) {
	n, other := found(t, invented.Network), found(t, posada.NetworkID(invented.ID(9)))
	founds := must(enrol.NewMotion(enrol.Motion{Hub: "tls://hub.example:4222", Proposals: []trust.Proposal{n.force[trust.RoleRoot], n.force[trust.RoleRoster]}}))
	for name, c := range map[string]struct {
		from posada.AgencyID
		text []byte
	}{
		"nobody's steward":   {invented.ID(4), text(n.motion("Another Operator", 1))},
		"another network":    {invented.ID(2), text(other.motion("Another Operator", 1))},
		"what founds one":    {invented.ID(2), text(founds)},
		"no motion":          {invented.ID(2), []byte(`{"proposals":[]}`)},
		"something unread":   {invented.ID(2), []byte(`{`)},
		"an unknown word":    {invented.ID(2), bytes.Replace(text(n.motion("Another Operator", 1)), []byte(`{`), []byte(`{"also":"this",`), 1)},
		"a document changed": {invented.ID(2), changed(t, n.motion("Another Operator", 1))},
	} {
		t.Run(name, func(t *testing.T) {
			d := n.desk(1)
			if err := d.takes(c.from, must(event.Motion(rand.Reader, c.text, start))); !errors.Is(err, handoff.ErrNotAdmitted) {
				t.Errorf("taken in: %v", err)
			}
			if list := d.list(); len(list) != 0 {
				t.Errorf("kept: %+v", list)
			}
			if c.from == invented.ID(4) {
				return // signed by a steward, whoever brings it to her own node
			}
			if _, _, err := d.Send(t.Context(), "", c.text); fault.From(err).Key != fault.MotionRefused || len(d.queue) != 0 {
				t.Errorf("sent on: %v", err)
			}
		})
	}
	if _, _, err := n.desk(4).Send(t.Context(), "", text(n.motion("Another Operator", 1))); fault.From(err).Key != fault.NoSteward {
		t.Errorf("sent from where nobody signs: %v", err)
	}
}

// changed is a motion whose file is another than its document says.
func changed(t *testing.T, m enrol.Motion) []byte {
	t.Helper()
	m.Proposals = slices.Clone(m.Proposals)
	m.Proposals[0].Target = bytes.Replace(m.Proposals[0].Target, []byte("Another"), []byte("Changed"), 1)
	return text(m)
}

// TestABadSignatureKeepsNoGoodOneOut, and what a sender says is in force is not what a
// steward is shown.
func TestABadSignatureKeepsNoGoodOneOut(t *testing.T) {
	n := found(t, invented.Network)
	d := n.desk(3)
	bad := n.motion("Another Operator", 1, 2)
	bad.Base = must(roster.Write(func() roster.Snapshot { s := n.members; s.Agencies = s.Agencies[:1]; return s }()))
	bad.Proposals = []trust.Proposal{{Document: spoilt(t, bad.Proposals[0].Document), Target: bad.Proposals[0].Target}}
	if err := d.takes(invented.ID(2), must(event.Motion(rand.Reader, text(bad), start))); err != nil {
		t.Fatal(err)
	}
	list := d.list()
	if len(list) != 1 || list[0].Lacks != 2 {
		t.Fatalf("%+v", list)
	}
	shown := must(enrol.ReadMotion(must(d.Motion(t.Context(), list[0].ID))))
	if !bytes.Equal(shown.Base, n.force[trust.RoleRoster].Target) {
		t.Error("the roster in force is the sender's")
	}
	good := n.motion("Another Operator", 1, 2)
	if err := d.takes(invented.ID(1), must(event.Motion(rand.Reader, text(good), start))); err != nil {
		t.Fatal(err)
	}
	if list := d.list(); len(list) != 1 || list[0].Lacks != 0 {
		t.Errorf("%+v", list)
	}
}

// spoilt is a document of which every signature is of nothing.
func spoilt(t *testing.T, document []byte) []byte {
	t.Helper()
	var d struct {
		Signatures []map[string]string `json:"signatures"`
		Signed     json.RawMessage     `json:"signed"`
	}
	if err := json.Unmarshal(document, &d); err != nil || len(d.Signatures) != 2 {
		t.Fatal(err, len(d.Signatures))
	}
	for _, s := range d.Signatures {
		s["sig"] = strings.Repeat("0", len(s["sig"]))
	}
	return must(json.Marshal(d))
}

// TestOneAgencyTakesNoRoomFromAnother: whoever proposes without end loses its own oldest.
func TestOneAgencyTakesNoRoomFromAnother(t *testing.T) {
	n := found(t, invented.Network)
	d := n.desk(1)
	if err := d.takes(invented.ID(2), must(event.Motion(rand.Reader, text(n.motion("Of Two", 2)), start))); err != nil {
		t.Fatal(err)
	}
	for i := range maxOf + 4 {
		if err := d.takes(invented.ID(3), must(event.Motion(rand.Reader, text(n.motion(fmt.Sprint("Of Three ", i), 3)), start))); err != nil {
			t.Fatal(err)
		}
	}
	of := map[posada.AgencyID]int{}
	for _, m := range d.list() {
		of[m.From]++
	}
	if of[invented.ID(2)] != 1 || of[invented.ID(3)] != maxOf {
		t.Errorf("%v", of)
	}
}

// TestWhatIsTooLongIsHandedOver: it is said, and nothing is kept or sent.
func TestWhatIsTooLongIsHandedOver(t *testing.T) {
	n := found(t, invented.Network)
	d := n.desk(1)
	long := n.motion(base64.StdEncoding.EncodeToString(make([]byte, event.MaxMotion)), 1)
	if _, _, err := d.Send(t.Context(), "", text(long)); fault.From(err).Key != fault.MotionTooLong {
		t.Error(err)
	}
	if len(d.list()) != 0 || len(d.queue) != 0 {
		t.Error("something of it was kept or sent")
	}
}
