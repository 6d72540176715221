package takenback

import (
	"github.com/posada-exchange/posada/pkg/delivery"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// mostVoids is how many envelopes the void of a stopped event may need.
const mostVoids = 2

// Envelopes are numbered from 1: those of the disclosure, then those of its void.
func message(n uint8) posada.MessageID { return posada.MessageID{n} }
func bit(n uint8) uint8                { return 1 << n }
func (m *model) void(e uint8) bool     { return e > m.most }

// source is what the source's node does.
func (m *model) source(s state) (steps []step) {
	may, _ := m.permits(s)
	if s.src == 0 && may {
		next := s
		next.src, next.out = m.copies.of(referral.Sent(agreed())), m.ways.of(delivery.Way{})
		next.consents = m.consents.after("granted", s.consents, 0, consents.granted)
		if next.later = m.consents.list[next.consents].Secret != code(); next.later {
			next.burned, next.knew = false, false // that was of another commitment
		}
		steps = append(steps, step{"disclose", next, false})
	}
	switch {
	case s.flight != 0:
		return append(steps, m.submit(s)...)
	case s.out == 0:
		return steps
	}
	next, way := s, m.ways.list[s.out]
	switch {
	case way.Was == "" && m.verdict(s) == handoff.Stop && way.Tries == 0: // it never had a place that could be void
		next.out, next.src = 0, m.copies.after("ended", s.src, 0, func(c referral.Copy) referral.Copy { return c.Ended(back()) })
		steps = append(steps, step{"stop, and it never went", next, true})
	case way.Was == "" && m.verdict(s) == handoff.Stop:
		next.out = m.ways.after("stopped", s.out, 0, func(w delivery.Way) delivery.Way { return w.Stopped(event.TypeReferral) })
		next.src = m.copies.after("ended", s.src, 0, func(c referral.Copy) referral.Copy { return c.Ended(back()) })
		steps = append(steps, step{"stop", next, true})
	case way.Was == "" && s.made < m.most:
		next.made++
		if m.attempt(&next, next.made) {
			steps = append(steps, step{"attempt", next, !way.AtHub})
		}
	case way.Was != "" && s.voids < mostVoids:
		next.voids++
		if m.attempt(&next, m.most+next.voids) {
			steps = append(steps, step{"attempt the void", next, !way.AtHub})
		}
	}
	return steps
}

// verdict is referrals' on an event that waits, as far as taking back goes.
func (m *model) verdict(s state) handoff.Verdict {
	if may, _ := m.permits(s); !m.copies.list[s.src].Lives() || !may {
		return handoff.Stop
	}
	return handoff.Send
}

// attempt notes an attempt and seals it into an envelope, if it may be made.
func (m *model) attempt(s *state, e uint8) (goes bool) {
	_, goes = m.ways.list[s.out].Attempt(message(e))
	s.out = m.ways.after("attempt", s.out, e, func(w delivery.Way) delivery.Way { w, _ = w.Attempt(message(e)); return w })
	if goes {
		s.flight = e
	}
	return goes
}

func (m *model) gone(s state, e uint8) uint16 {
	return m.ways.after("gone", s.out, e, func(w delivery.Way) delivery.Way { w, _ = w.Gone(message(e)); return w })
}

// submit hands the envelope that was sealed to the hub: it answers, or its answer is
// lost, or it refuses, or the process ends before. The last one there is room for
// does not fail: what the model would end for is not what a network ends for.
func (m *model) submit(s state) []step {
	sent := s
	sent.flight, sent.hub = 0, s.hub|bit(s.flight)
	noted := sent
	if s.out != 0 {
		noted.out = m.ways.after("submitted", s.out, 0, delivery.Way.Submitted)
	}
	steps := []step{{"submit", noted, true}}
	if m.void(s.flight) && s.voids >= mostVoids || !m.void(s.flight) && s.made >= m.most {
		return steps
	}
	never := s
	never.flight = 0
	refused := never
	if s.out != 0 {
		refused.out = m.gone(s, s.flight)
	}
	return append(steps,
		step{"submit, and the answer is lost", sent, false},
		step{"the source's process ends", never, false},
		step{"the hub refuses", refused, false},
	)
}

// hub is what the hub is asked for: to give back, and to be collected from.
func (m *model) hub(s state) (steps []step) {
	if s.out != 0 {
		for _, id := range m.ways.list[s.out].Back {
			lost := s
			lost.hub &^= bit(id[0])
			gone := lost
			gone.out = m.gone(s, id[0])
			steps = append(steps, step{"recall", gone, true})
			if lost != s {
				steps = append(steps, step{"recall, and the answer is lost", lost, false})
			}
		}
	}
	for e := uint8(1); e <= m.most+mostVoids; e++ {
		if s.hub&bit(e) != 0 && s.hand&bit(e) == 0 {
			next := s
			next.hand |= bit(e)
			steps = append(steps, step{"collect", next, true})
		}
	}
	return steps
}

// target is what the recipient's node does, and the people there.
func (m *model) target(s state) (steps []step) {
	for e := uint8(1); e <= m.most+mostVoids; e++ {
		if s.hand&bit(e) == 0 {
			continue
		}
		next := m.open(s, m.void(e))
		next.hand &^= bit(e)
		if s.hub&bit(e) != 0 {
			steps = append(steps, step{"open, and it is not acknowledged", next, false})
		}
		next.hub &^= bit(e)
		steps = append(steps, step{"open", next, true})
	}
	if s.hand != 0 {
		next := s
		next.hand = 0
		steps = append(steps, step{"the recipient's process ends", next, false})
	}
	if s.tgt == 0 {
		return steps
	}
	c := m.copies.list[s.tgt]
	if !c.Gone {
		look, word := s, s
		look.looked, look.tgt = true, m.copies.after("looked", s.tgt, 0, referral.Copy.Looked)
		word.tgt, word.burned, word.knew, word.said = m.copies.after("taken back", s.tgt, 0, takenBack), true, true, true
		steps = append(steps, step{"look", look, false}, step{"her word at the recipient", word, false})
	}
	if c.ToConfirm() {
		next := s
		next.tgt = m.copies.after("confirm", s.tgt, 0, func(c referral.Copy) referral.Copy { c, _ = c.Confirm(back()); return c })
		steps = append(steps, step{"the key is destroyed, and that is said", next, true})
	}
	return steps
}

// open is the state after an envelope was taken in.
func (m *model) open(s state, void bool) state {
	switch {
	case s.seen != unseen:
	case void:
		s.seen = voided
	default:
		s.seen = stored
		switch {
		case s.tgt != 0: // its id is that of something taken back: nothing is kept
		case s.burned:
			c, _, err := referral.Took(agreed(), back())
			must(err)
			s.tgt = m.copies.of(c)
		default:
			s.tgt = m.copies.of(referral.Received(agreed()))
		}
	}
	return s
}
