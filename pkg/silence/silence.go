// Package silence is what follows when nobody answers: who is reminded, and what is
// proposed to the person, each after a time that the network's policy says.
//
// Guarantee: a step is due or not by the times it is given alone; of a table that Check
// lets pass the steps come in their order and before the priority's own time is over. Limit:
// nothing here acts. A step tells people what they can do; what leaves, leaves with a
// person's word.
package silence

import (
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ToldWithin is how long after a step came due whoever is on call is told of it.
const ToldWithin = 10 * time.Minute

// ErrOrder refuses a table in which a step comes before one that it follows, or after the
// priority's own time.
var ErrOrder = errors.New("the steps are not in their order within the priority's time")

// Table is how long nobody may answer before each step, in minutes. A step that is not in
// it is not taken.
type Table map[posada.Priority]map[posada.SilenceStep]int

// Check holds the times against their order and the priority's own end.
func (t Table) Check() error {
	for priority, steps := range t {
		before := 0
		for _, step := range posada.Members[posada.SilenceStep]() {
			minutes, is := steps[step]
			if !is {
				continue
			}
			if minutes <= before || time.Duration(minutes)*time.Minute >= priority.Answer() {
				return fmt.Errorf("%w: %s, %s", ErrOrder, priority, step)
			}
			before = minutes
		}
	}
	return nil
}

// Standing is how far it is with what nobody answers.
type Standing struct {
	Step  posada.SilenceStep // the last that is due; empty: none is yet
	Since time.Time          // when it came due
	Next  posada.SilenceStep // empty: none follows
	At    time.Time          // when Next comes due
}

// Fresh reports whether the step came due within a time: whoever is to be told of it is
// told then, and not again for the same step.
func (s Standing) Fresh(now time.Time, within time.Duration) bool {
	return s.Step != "" && now.Before(s.Since.Add(within))
}

// At is how far it is with what nobody answered since a time. Of the table's steps only
// those that make sense are taken: to look further away answers nothing where no region was
// said.
func (t Table) At(p posada.Priority, since, now time.Time, steps []posada.SilenceStep) (s Standing) {
	for _, step := range steps {
		minutes, is := t[p][step]
		if !is {
			continue
		}
		at := since.Add(time.Duration(minutes) * time.Minute)
		if now.Before(at) {
			s.Next, s.At = step, at
			return s
		}
		s.Step, s.Since = step, at
	}
	return s
}
