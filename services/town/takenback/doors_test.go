package takenback

import (
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// taken is the state after the source was told that she takes it back: what she
// agreed to, and what was sent.
func (m *model) taken(s state, how string, b consent.TakenBack) state {
	s.consents = m.consents.after(how, s.consents, 0, func(c consents) consents { return c.take(b) })
	if s.src != 0 && (b.From == "" || b.From == this()) && b.Means(agreed()) {
		s.src = m.copies.after("taken back", s.src, 0, takenBack)
	}
	return s
}

func takenBack(c referral.Copy) referral.Copy {
	c, _, err := c.TakenBack(back())
	must(err)
	return c
}

// doors are the ways she can take it back, of which one, at the recipient itself, is
// among what happens there.
func (m *model) doors(s state) (steps []step) {
	if s.src == 0 && !s.others {
		return nil // nothing was shared yet
	}
	said := s
	said.said = true
	steps = append(steps,
		step{"her word at the source, of all", m.taken(said, "all", consent.TakenBack{Said: back()}), false},
		step{"her word at the source, of this recipient", m.taken(said, "this", consent.TakenBack{From: this(), Said: back()}), false},
		step{"her word at the source, of the other", m.taken(s, "other", consent.TakenBack{From: other(), Said: back()}), false},
	)
	switch {
	case !s.code:
		said.code = true
		steps = append(steps, step{"her code to somebody", said, false})
	case !s.heard:
		meant := consent.Meant(m.consents.list[s.consents].Spent, source(), code().WithdrawalSecret(source()), "wren-19", back())
		how := "code"
		if meant.Former {
			how = "former code"
		}
		s.heard = true
		steps = append(steps, step{"the source hears the code", m.taken(s, how, meant), true})
	}
	return steps
}

// others is what the other recipient's lane does to what both depend on.
func (m *model) others(s state) []step {
	if _, may := m.permits(s); !s.others && may {
		s.others = true
		s.consents = m.consents.after("granted", s.consents, 0, consents.granted)
		return []step{{"disclose to the other", s, false}}
	}
	if !s.others || s.theirs {
		return nil
	}
	s.theirs = true
	return []step{{"the source hears the other", m.taken(s, "other", consent.TakenBack{From: other(), Said: back()}), false}}
}

// withdrawn finds the mark by which a side said that she took it back.
func withdrawn(marks []referral.Mark) (referral.Mark, bool) {
	for _, m := range marks {
		if m.State == posada.StateWithdrawnBySurvivor {
			return m, true
		}
	}
	return referral.Mark{}, false
}

// told is what source and recipient, and whoever passes her code on, tell each
// other. What is told waits for as long as it takes and comes once: that is post's
// promise, and has its own test.
func (m *model) told(s state) (steps []step) {
	src, tgt := m.copies.list[s.src], m.copies.list[s.tgt]
	add := func(name string, s state) { steps = append(steps, step{name, s, true}) }
	if mark, ok := withdrawn(src.Life.Source); ok {
		if _, known := withdrawn(tgt.Life.Source); !known {
			next := s
			next.knew = true
			next.tgt = m.copies.after("told by the source", s.tgt, uint8(mark.N), func(c referral.Copy) referral.Copy {
				if s.tgt == 0 {
					c = referral.Never()
				}
				c, _, err := c.Told(mark)
				must(err)
				return c
			})
			add("the recipient hears the source", next)
		}
	}
	if mark, ok := withdrawn(tgt.Life.Target); ok && s.src != 0 {
		if _, known := withdrawn(src.Life.Target); !known {
			c, do, err := src.Told(mark)
			must(err)
			next := s
			next.src = m.copies.of(c)
			if !do.TakeBack.IsZero() {
				next = m.taken(next, "this", consent.TakenBack{From: this(), Said: do.TakeBack})
			}
			add("the source hears the recipient", next)
		}
	}
	if s.code && !s.passed {
		next := s
		next.passed = true
		if !s.later { // another code's commitment is not known again
			next.burned, next.knew = true, true
			if s.tgt != 0 && !tgt.Gone {
				next.tgt = m.copies.after("taken back", s.tgt, 0, takenBack)
			}
		}
		add("the recipient hears the code", next)
	}
	if tgt.Confirmed && src.Shredded.At.IsZero() {
		_, receipt := tgt.Confirm(back())
		if c, err := src.Shred(receipt); err == nil {
			next := s
			next.src = m.copies.of(c)
			add("the source hears that it is destroyed", next)
		}
	}
	if s.seen != unseen && s.out != 0 && m.ways.list[s.out].Receipted(s.seen == voided) {
		next := s
		next.out = 0
		if s.seen == stored {
			next.src = m.copies.after("arrived", s.src, 0, func(c referral.Copy) referral.Copy { return c.Arrived(back()) })
		}
		add("the source hears the receipt", next)
	}
	return steps
}
