// Package delivery is one event's way out of an outbox: its attempts, what of them
// may lie at the hub, and how it is stopped.
//
// Guarantee: as long as whoever keeps a Way keeps what each step returns before it
// acts on it, an envelope that may lie at the hub is known here by its id, and a
// void takes the place of a stopped event only when all of those are taken back.
// Steps are pure: they change nothing they are given, and know no clock. Limit: of
// what its recipient collected before it was taken back, only the recipient's word
// tells.
package delivery

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
)

// MaxLying is how many envelopes of one event may lie at the hub, as far as is
// known: before there is one more they are taken back.
const MaxLying = 16

// Way is how far one event has come.
type Way struct {
	Tries int `json:"tries"`
	// Lying are the envelopes of attempts that may lie at the hub; the last
	// attempt's is the last. Back are those that are to be taken back.
	Lying []posada.MessageID `json:"lying,omitempty"`
	Back  []posada.MessageID `json:"back,omitempty"`
	AtHub bool               `json:"at_hub"` // the hub's receipt for the last attempt is noted
	// Was is set when the event was stopped and is a void now: what it was.
	Was event.Type `json:"was,omitempty"`
}

// Attempt is the way with one more attempt, in the envelope with this id, and
// whether it may be made now. Where it may not, what Back names is taken back
// first.
func (w Way) Attempt(id posada.MessageID) (Way, bool) {
	switch {
	case len(w.Lying)+len(w.Back) >= MaxLying:
		if len(w.Back) == 0 {
			w.Back, w.Lying, w.AtHub = w.Lying, nil, false
		}
		return w, false
	case w.Was != "" && len(w.Back) > 0:
		return w, false // first what it was is taken back
	}
	w.Tries++
	w.AtHub = false
	w.Lying = append(slices.Clone(w.Lying), id)
	return w, true
}

// Stopped is the way of the void that takes the place of an event of that type,
// which may no longer be sent.
func (w Way) Stopped(was event.Type) Way {
	return Way{Was: was, Back: slices.Concat(w.Back, w.Lying)}
}

// Submitted is the way after the hub's receipt for the last attempt. At the hub
// twice an event is taken in once; still, one is enough.
func (w Way) Submitted() Way {
	w.AtHub = true
	if earlier := len(w.Lying) - 1; earlier > 0 {
		w.Back, w.Lying = slices.Concat(w.Back, w.Lying[:earlier]), slices.Clone(w.Lying[earlier:])
	}
	return w
}

// Gone is the way when these envelopes do not lie at the hub: taken back, or never
// arrived. due says that it may be attempted again now.
func (w Way) Gone(ids ...posada.MessageID) (after Way, due bool) {
	is := func(id posada.MessageID) bool { return slices.Contains(ids, id) }
	freed := slices.ContainsFunc(w.Back, is)
	if w.AtHub && len(w.Lying) > 0 && is(w.Lying[len(w.Lying)-1]) {
		w.AtHub, due = false, true
	}
	w.Lying = slices.DeleteFunc(slices.Clone(w.Lying), is)
	w.Back = slices.DeleteFunc(slices.Clone(w.Back), is)
	return w, due || w.Was != "" && freed && len(w.Back) == 0 && !w.AtHub
}

// Concerns reports whether one of these envelopes may be of this event.
func (w Way) Concerns(ids ...posada.MessageID) bool {
	is := func(id posada.MessageID) bool { return slices.Contains(ids, id) }
	return slices.ContainsFunc(w.Back, is) || slices.ContainsFunc(w.Lying, is)
}

// Receipted reports whether a recipient's word that it stored the event, or its
// void, ends the way: one of what never was sent, or never was void, is a member's
// nonsense.
func (w Way) Receipted(void bool) bool { return w.Was != "" || !void && w.Tries > 0 }
