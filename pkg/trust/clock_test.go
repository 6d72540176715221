package trust_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/trust"
)

// machine is a computer's clocks, and what the time really is.
type machine struct {
	real   time.Time
	offset time.Duration // of the wall clock
	up     time.Duration // monotonic
	stuck  bool          // the wall clock
	shown  time.Time
}

func (m *machine) wall() time.Time {
	if m.stuck {
		return m.shown
	}
	return m.real.Add(m.offset)
}

func (m *machine) mono() time.Duration { return m.up }

func (m *machine) pass(d time.Duration) { m.real, m.up = m.real.Add(d), m.up+d }

func (m *machine) clock(last trust.ClockState) *trust.Clock {
	return trust.NewClock(m.wall, m.mono, last)
}

// restart is a clock after the machine was off for some time.
func (m *machine) restart(c *trust.Clock, off time.Duration) *trust.Clock {
	var last trust.ClockState
	text, err := json.Marshal(c.State())
	if err == nil {
		err = json.Unmarshal(text, &last)
	}
	if err != nil {
		panic(err)
	}
	m.real, m.up = m.real.Add(off), 0
	return m.clock(last)
}

func agreed(t testing.TB, c *trust.Clock, want time.Time) {
	t.Helper()
	got, err := c.Now()
	if apart := got.Sub(want); err != nil || apart > trust.Tolerance || apart < -trust.Tolerance {
		t.Errorf("%v, %v; want about %v", got, err, want)
	}
}

func disputed(t testing.TB, c *trust.Clock) {
	t.Helper()
	if got, err := c.Now(); !errors.Is(err, trust.ErrDisputed) {
		t.Errorf("%v, %v; want a dispute", got, err)
	}
}

const years = 10 * 365 * 24 * time.Hour

func TestANewClockWaitsForTheNetwork(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	disputed(t, c)
	if !c.Reference().Equal(start) {
		t.Error("nothing to verify the network against")
	}
	c.Heard(start.Add(-11 * time.Minute))
	disputed(t, c)
	c.Heard(start.Add(-9 * time.Minute))
	agreed(t, c, start)
}

func TestAWallClockYearsOffIsNoticed(t *testing.T) {
	for _, off := range []time.Duration{years, -years, 11 * time.Minute, -11 * time.Minute} {
		m := &machine{real: start}
		c := m.clock(trust.ClockState{})
		c.Heard(start)
		m.offset = off
		disputed(t, c)
		c.Heard(m.real)
		disputed(t, c)
		var d *trust.DisputeError
		if _, err := c.Now(); !errors.As(err, &d) || !d.Wall.Equal(m.wall()) || !d.Signed.Equal(m.real) || strings.Contains(d.Error(), "nothing") {
			t.Errorf("%+v", d)
		}
		m.offset = 0
		agreed(t, c, start)
	}
}

// TestTheNetworkAheadOfBothClocksIsADispute: the machine slept and its wall
// clock with it.
func TestTheNetworkAheadOfBothClocksIsADispute(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	c.Heard(start)
	c.Heard(start.Add(10 * time.Minute))
	agreed(t, c, start)
	c.Heard(start.Add(time.Hour))
	disputed(t, c)
	c.Heard(start)
	agreed(t, c, start)
}

func TestAFrozenClockIsNoticed(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	c.Heard(start)
	m.stuck, m.shown = true, start
	m.pass(10 * time.Minute)
	agreed(t, c, start.Add(10*time.Minute))
	m.pass(time.Second)
	disputed(t, c)

	// A machine that slept: the monotonic clock stood still.
	m = &machine{real: start}
	c = m.clock(trust.ClockState{})
	c.Heard(start)
	m.real = m.real.Add(8 * time.Hour)
	disputed(t, c)
	c.Heard(m.real.Add(-5 * time.Minute))
	agreed(t, c, m.real)
}

func TestAMonthOffEndsWithTheFirstSignedTime(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	c.Heard(start)
	c = m.restart(c, 30*24*time.Hour)
	disputed(t, c)
	c.Heard(m.real.Add(-time.Minute))
	agreed(t, c, m.real)
	c = m.restart(c, 20*time.Hour) // a night, and no network in the morning
	agreed(t, c, m.real)
	m.offset = -years
	disputed(t, m.restart(c, time.Minute))
	m.offset = years
	disputed(t, m.restart(c, time.Minute))
	m.offset = -21 * time.Hour // earlier than when it was last agreed on
	disputed(t, m.restart(c, time.Minute))
}

// TestATimeSignedOnceIsNotLivedTwice: a stolen machine, its wall clock set
// back to the last timestamp, and that timestamp shown to it again.
func TestATimeSignedOnceIsNotLivedTwice(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	c.Heard(start)
	m.pass(12 * time.Hour)
	agreed(t, c, m.real)
	for range 3 {
		c = m.restart(c, time.Hour)
		m.offset = start.Sub(m.real)
		c.Heard(start)
		disputed(t, c)
	}
	m.offset = 0
	c.Heard(m.real)
	agreed(t, c, m.real)
}

func TestTwoOfStaffMaySettleIt(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	c.Confirm()
	agreed(t, c, start)
	m.offset = years
	disputed(t, c)
	c.Confirm() // wrongly
	agreed(t, c, start.Add(years))
	m.offset = 0
	c.Heard(m.real)
	disputed(t, c)
	c.Confirm()
	agreed(t, c, m.real)
}

// TestMonotonicDriftDoesNotAddUp: a year of uptime, fast by 200 ppm.
func TestMonotonicDriftDoesNotAddUp(t *testing.T) {
	for _, ppm := range []time.Duration{200, -200} {
		m := &machine{real: start}
		c := m.clock(trust.ClockState{})
		c.Heard(start)
		last := start
		for range 365 * 4 {
			m.pass(6 * time.Hour)
			m.up += 6 * time.Hour * ppm / 1e6
			c.Heard(m.real.Add(-5 * time.Minute))
			agreed(t, c, m.real)
			now, _ := c.Now()
			if now.Before(last) {
				t.Fatal("went back")
			}
			last = now
		}
	}
}

// TestNoClockFuzzBringsBackThePast: wall clocks moved by up to ten years either
// way, stuck ones, restarts, old timestamps shown again, in any order.
func TestNoClockFuzzBringsBackThePast(t *testing.T) {
	settled := 0
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{real: start}
		c := m.clock(trust.ClockState{})
		signed := []time.Time{start}
		c.Heard(start)
		least, last := start, time.Time{} // what it must be at least; what Now said, undisputed
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0, 1:
				d := time.Duration(rapid.Int64Range(0, int64(3*24*time.Hour)).Draw(t, "pass"))
				m.pass(d)
				least = least.Add(d - d/500)
			case 2:
				m.offset = time.Duration(rapid.Int64Range(int64(-years), int64(years)).Draw(t, "offset"))
			case 3:
				m.offset = rapid.SampledFrom([]time.Duration{0, 0, time.Minute, -9 * time.Minute, 12 * time.Hour}).Draw(t, "small offset")
			case 4:
				old := rapid.SampledFrom(signed).Draw(t, "old")
				if rapid.Bool().Draw(t, "set the wall clock to it") {
					m.offset = old.Sub(m.real)
				}
				if _, err := c.Now(); err != nil {
					last = time.Time{} // across a dispute it may fall
				}
				c.Heard(old)
			case 5:
				signed = append(signed, m.real)
				if _, err := c.Now(); err != nil {
					last = time.Time{}
				}
				c.Heard(m.real)
			case 6:
				c = m.restart(c, time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "off")))
				last = time.Time{}
			}
			now, err := c.Now()
			if err != nil {
				continue
			}
			settled++
			if now.Before(last) || now.Before(least) {
				t.Fatalf("%v after %v, at least %v", now, last, least)
			}
			if apart := now.Sub(m.wall()); apart > trust.Tolerance || apart < -trust.Tolerance {
				t.Fatalf("%v and the wall clock are apart", apart)
			}
			last = now
		}
		m.offset = 0
		c.Heard(m.real)
		if now, err := c.Now(); err != nil || now.Sub(m.real).Abs() > trust.Tolerance {
			t.Fatalf("an honest hub and an honest clock do not settle it: %v, %v", now, err)
		}
	})
	if settled == 0 {
		t.Error("never undisputed: this test sees nothing")
	}
}

func TestAClockHasManyReaders(t *testing.T) {
	m := &machine{real: start}
	c := m.clock(trust.ClockState{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				c.Heard(start)
				_, _ = c.Now()
				_, _ = c.State(), c.Reference()
			}
		})
	}
	group.Wait()
	agreed(t, c, start)
}
