// Package takenback holds what a survivor was promised against everything that can
// happen when she takes back what was shared: once every history of a model, which
// drives the pure steps the nodes run, and once random histories of real nodes,
// which must end as the model says one can.
package takenback

import (
	"encoding/json"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/delivery"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// The model. A source shared something with two recipients, each in one referral; a
// hub carries envelopes and may be told to give them back; anybody may be told her
// code. What the nodes do in each step are functions of pkg/referral, pkg/delivery
// and pkg/consent, which the units run; the model adds only what is between nodes:
// envelopes lie, are collected, taken in, acknowledged or not; calls fail before or
// after they were carried out; processes end and begin anew; nobody is in a hurry,
// so whoever is offline is one who does nothing for a while.
//
// Every promise is about one recipient and the source, and what the two recipients
// can see of each other is what the source keeps of her consents. So the lane of one
// is modelled whole, and of the other just what it can do to that: to be sent
// something, and to tell the source at any later time that she took it back there.
// It may do so whenever a whole lane could, and more often; the states of one whole
// lane are therefore all that two can show.
//
// What is not in it: what is agreed to anew after a withdrawal, what is held because
// policy or keys are missing, and time. These have tests of their own (services/town).

// Moments of the model: everything is agreed to at one, taken back at the other.
func agreed() time.Time { return time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC) }
func back() time.Time   { return agreed().Add(time.Hour) }

// The agencies of the model.
func source() posada.AgencyID { return posada.IDFrom[posada.AgencyID]([16]byte{1}) }
func this() posada.AgencyID   { return posada.IDFrom[posada.AgencyID]([16]byte{2}) } // whose lane is whole
func other() posada.AgencyID  { return posada.IDFrom[posada.AgencyID]([16]byte{3}) }

// code is the secret of the code she was given, another of the one that is drawn when
// that was used up.
func code() consent.CaseSecret    { return consent.CaseSecret{7} }
func another() consent.CaseSecret { return consent.CaseSecret{8} }

// consents is what the source keeps of what she agreed to.
type consents struct {
	Record    consent.Record
	Withdrawn consent.Withdrawals
	Secret    consent.CaseSecret // of the code in force; zero: none was drawn since it was used
	Spent     []consent.Spent
}

func given() consents {
	r := consent.Record{
		ID: posada.IDFrom[posada.ConsentID]([16]byte{1}), Given: agreed(), NotBefore: agreed(), Expires: agreed().Add(consent.DefaultLife),
		History: []consent.StatusChange{{Status: posada.ConsentGiven, At: agreed(), By: posada.IDFrom[posada.StaffID]([16]byte{1})}},
	}
	for _, id := range []posada.AgencyID{this(), other()} {
		r.Allowances = append(r.Allowances, consent.Allowance{
			To: id, Purpose: posada.PurposeShelter, Categories: posada.SetOf(posada.CategoryNeeds),
		})
	}
	return consents{Record: r, Secret: code()}
}

// permits is what of a decision depends on what was taken back: whether there is
// still a line for a recipient in a record that is given. Policy can only narrow it.
func (c consents) permits(id posada.AgencyID) bool {
	left := c.Withdrawn.Left(c.Record)
	governing := consent.Governing([]consent.Record{left}, id, posada.PurposeShelter)
	_, named := governing.Allowance(id, posada.PurposeShelter)
	return named && governing.StatusAt(back()) == posada.ConsentGiven
}

// take is what is left of them after she took it back.
func (c consents) take(b consent.TakenBack) consents {
	if b.From == "" {
		c.Record, _ = c.Record.TakenBackBy(b, back())
	} else {
		c.Withdrawn = c.Withdrawn.With(b.From, b.Said)
	}
	if !b.Former && c.Secret != (consent.CaseSecret{}) {
		c.Spent, c.Secret = append(c.Spent[:len(c.Spent):len(c.Spent)], consent.Spent{Secret: c.Secret, At: back()}), consent.CaseSecret{}
	}
	return c
}

// granted is them when something is granted: under the code in force, or another.
func (c consents) granted() consents {
	if c.Secret == (consent.CaseSecret{}) {
		c.Secret = another()
	}
	return c
}

// names gives values small numbers, so that states can be compared: a value that was
// seen before has the number it had. What a step made of one is remembered.
type names[T any] struct {
	known map[string]uint16
	list  []T // 0 is nothing
	made  map[askedOf]uint16
}

// askedOf is a step of a value.
type askedOf struct {
	step string
	of   uint16
	arg  uint8
}

func newNames[T any]() names[T] {
	return names[T]{known: map[string]uint16{}, list: make([]T, 1), made: map[askedOf]uint16{}}
}

func (n *names[T]) of(v T) uint16 {
	text, err := json.Marshal(v)
	must(err)
	if id, ok := n.known[string(text)]; ok {
		return id
	}
	id := uint16(len(n.list))
	n.known[string(text)], n.list = id, append(n.list, v)
	return id
}

// after is the number of what a step makes of a value.
func (n *names[T]) after(step string, of uint16, arg uint8, make func(T) T) uint16 {
	key := askedOf{step, of, arg}
	id, ok := n.made[key]
	if !ok {
		id = n.of(make(n.list[of]))
		n.made[key] = id
	}
	return id
}

// must is for steps that cannot be refused where the model takes them.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// seen is what a recipient's post remembers of an event.
type seen uint8

const (
	unseen seen = iota
	stored      // it came
	voided      // its void came first
)

// state is what there is between the source and one recipient, and what of the
// other and of everybody else matters to that.
type state struct {
	src    uint16 // the source's copy; 0: nothing was sent
	out    uint16 // its way in the outbox; 0: it is not there
	tgt    uint16 // the recipient's copy; 0: it has none
	flight uint8  // the envelope that was sealed and not submitted; in memory
	hub    uint8  // envelopes that lie there, a bit each
	hand   uint8  // envelopes that were collected and not taken in; in memory
	made   uint8  // envelopes there were
	voids  uint8  // of voids
	seen   seen
	later  bool // it was granted under another code than the one that was told
	burned bool // the recipient remembers that what comes under the commitment was taken back

	consents uint16
	code     bool // her code was told to somebody who passed it on
	heard    bool // to the source, too
	passed   bool // and to this recipient
	others   bool // the other recipient was sent something
	theirs   bool // and told the source that she took it back there

	// What happened, for the promises.
	said   bool // she took it back from this recipient, somewhere
	knew   bool // this recipient's node verified that
	looked bool // somebody there saw what it holds
}

// step is one thing that can happen. It is forward where nobody needs to decide
// anything and nothing fails: it happens by itself.
type step struct {
	name    string
	to      state
	forward bool
}

// model is the steps, with everything they were asked before.
type model struct {
	most     uint8 // envelopes of the disclosure that may be needed
	copies   names[referral.Copy]
	ways     names[delivery.Way]
	consents names[consents]
	allowed  map[uint16][2]bool // by consents: this, other
}

func newModel(most uint8) *model {
	return &model{
		most: most, copies: newNames[referral.Copy](), ways: newNames[delivery.Way](), consents: newNames[consents](), allowed: map[uint16][2]bool{},
	}
}

func (m *model) begin() state { return state{consents: m.consents.of(given())} }

// permits says whether this and the other recipient may be sent something.
func (m *model) permits(s state) (this_, other_ bool) {
	both, ok := m.allowed[s.consents]
	if !ok {
		c := m.consents.list[s.consents]
		both = [2]bool{c.permits(this()), c.permits(other())}
		m.allowed[s.consents] = both
	}
	return both[0], both[1]
}

// steps is all that can happen next.
func (m *model) steps(s state) []step {
	steps := m.doors(s)
	steps = append(steps, m.others(s)...)
	steps = append(steps, m.source(s)...)
	steps = append(steps, m.hub(s)...)
	steps = append(steps, m.target(s)...)
	return append(steps, m.told(s)...)
}
