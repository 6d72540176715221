package trust

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrDisputed says that nobody knows what time it is. Nothing is opened,
// disclosed, expired or destroyed until it is settled.
var ErrDisputed = errors.New("the clock is disputed")

// DisputeError is ErrDisputed with what disagrees.
type DisputeError struct {
	Wall   time.Time // what the machine's clock shows
	Known  time.Time // what it must at least be
	Signed time.Time // what the network last signed; zero if nothing was heard
}

func (e *DisputeError) Error() string {
	signed := "nothing heard"
	if !e.Signed.IsZero() {
		signed = e.Signed.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%v: this machine says %s, it is at least %s, the network last signed %s",
		ErrDisputed, e.Wall.UTC().Format(time.RFC3339), e.Known.UTC().Format(time.RFC3339), signed)
}

// Is says that the error is ErrDisputed.
func (e *DisputeError) Is(target error) bool { return target == ErrDisputed }

// drift is how much of elapsed monotonic time is not believed: a thousandth is
// ten times more than a broken oscillator is off.
const drift = 1000

// Clock is the trusted clock. It rises with monotonic time from the last
// agreement, which is a signed time within ten minutes of the wall clock, or
// the word of two members of staff. It is disputed whenever the wall clock and
// it are further apart than that, or the network signs what lies further
// ahead.
//
// Guarantee: undisputed, it never goes backwards, and is within ten minutes of
// the wall clock. Whatever the wall clock does, and whatever is signed again,
// it never falls below what it must at least be: the last agreement and nearly
// all of the monotonic time since, kept over a restart by State. Limit: whoever
// sets the wall clock before a restart can have it taken for up to 24 hours
// after the last agreement; whoever has the hub's key as well, for as long as
// that goes on. Safe for concurrent use.
type Clock struct {
	wall func() time.Time
	mono func() time.Duration

	mu     sync.Mutex
	at     time.Duration // monotonic reading that low and best are of
	low    time.Time     // it is at least this late
	best   time.Time     // it is about this late
	high   time.Time     // what Now said last, undisputed
	agreed time.Time     // last agreement; survives a restart
	heard  time.Time     // what the network signed last
	settle bool          // nothing has been agreed on since the start
}

// ClockState is what a clock leaves for its next start.
type ClockState struct {
	Low    time.Time `json:"low"`
	Agreed time.Time `json:"agreed"`
}

// NewClock starts a clock from the state of the last one, zero if there was
// none. mono is monotonic time since any moment. A wall clock between what the
// state says it must at least be and 24 hours after the last agreement is
// taken; with any other, and at the very first start, it is disputed until the
// network signs a time that agrees with it.
func NewClock(wall func() time.Time, mono func() time.Duration, last ClockState) *Clock {
	c := &Clock{wall: wall, mono: mono, at: mono(), low: last.Low, best: last.Low, agreed: last.Agreed}
	now := wall()
	if last.Agreed.IsZero() || now.Sub(last.Agreed) > freshFor {
		c.settle = true
		return c
	}
	c.best = later(now, last.Low)
	return c
}

// Now is the trusted time; ErrDisputed, with the time as far as it is known,
// if there is none.
func (c *Clock) Now() (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() (time.Time, error) {
	wall := c.wall()
	low, best := c.reading()
	best = later(best, c.high)
	if apart := wall.Sub(best); c.settle || apart > Tolerance || apart < -Tolerance || c.heard.Sub(best) > Tolerance {
		return best, &DisputeError{Wall: wall, Known: low, Signed: c.heard}
	}
	c.high = best
	return best, nil
}

// reading is the least and the likeliest time now.
func (c *Clock) reading() (low, best time.Time) {
	passed := max(c.mono()-c.at, 0)
	low = c.low.Add(passed - passed/drift)
	return low, later(c.best.Add(passed), low)
}

// Reference is the time to verify the network's metadata against: the trusted
// one, or the wall clock's while it is disputed, for it is that verification
// that may settle the dispute.
func (c *Clock) Reference() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now, err := c.now(); err == nil {
		return now
	}
	return c.wall()
}

// aDateMayWander is how far past what it must at least be the wall clock is
// taken to date something while nobody knows what time it is: a machine that
// was off for so long.
const aDateMayWander = 30 * 24 * time.Hour

// About is what to date a note with: the trusted time. While there is none it
// is the wall clock's, if that is no earlier than it must at least be and no
// more than a month later, or nothing was ever agreed on; else the likeliest.
// Nothing may be opened, disclosed, expired or destroyed by it.
func (c *Clock) About() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	best, err := c.now()
	if err == nil {
		return best
	}
	low, _ := c.reading()
	if wall := c.wall(); c.agreed.IsZero() || !wall.Before(low) && wall.Sub(low) <= aDateMayWander {
		return wall
	}
	return best
}

// Heard tells the clock a time that the network signed and a Client verified,
// or that came with an AheadError. The clock takes it if the wall clock agrees,
// and even then does not fall below what it must at least be: a timestamp shown
// again, to a wall clock set back to it, settles nothing.
func (c *Clock) Heard(signed time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall()
	low, best := c.reading()
	_, err := c.now()
	c.heard = signed
	if apart := wall.Sub(signed); apart > Tolerance || apart < -Tolerance {
		return
	}
	if err != nil {
		c.high = time.Time{} // it may fall from where nobody agreed it was
	}
	if best.After(wall) {
		best = wall // monotonic time ran fast, or nobody agreed on it
	}
	c.set(later(signed, low), later(best, signed))
	c.agreed = later(c.agreed, signed)
}

// Confirm takes the wall clock, on the word of two members of staff; the
// caller records who they were.
func (c *Clock) Confirm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall()
	c.high, c.agreed, c.heard = time.Time{}, wall, time.Time{}
	c.set(wall, wall)
}

func (c *Clock) set(low, best time.Time) {
	c.at, c.low, c.best, c.settle = c.mono(), low, best, false
}

// State is what the next start needs; keep it every few minutes, for time that
// passed and was not kept can be had again.
func (c *Clock) State() ClockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	low, _ := c.reading()
	return ClockState{Low: low, Agreed: c.agreed}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
