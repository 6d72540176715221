// Package run starts the units of a process in order and stops them in
// reverse.
//
// Guarantee: a unit starts when the one before it is ready; when one ends, or
// the context does, all are stopped, the last started first, and Run returns
// when every one has returned. Limit: a unit that ignores its context keeps
// Run from returning.
package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Unit is a part of a process. Run blocks until ctx ends; it calls ready once,
// when others may rely on it.
type Unit struct {
	Name string
	Run  func(ctx context.Context, ready func()) error
}

// ErrEnded says that a unit returned though nobody asked it to.
var ErrEnded = errors.New("ended by itself")

// Poke wakes whoever waits on a channel that holds one, or will when it next
// looks. It never waits.
func Poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// firstAgain is how long is waited after what failed once.
const firstAgain = time.Second

// Doubled is how long is waited after what failed, and failed so many times before: a second,
// doubled each time, and never longer than most.
func Doubled(before int, most time.Duration) time.Duration {
	return min(most, firstAgain<<min(before, 12))
}

// Again is how long is waited until something is done again: every while it succeeds; and
// Doubled after so many failures in a row. Up to half of that is taken away by chance, so that
// who failed together does not come together.
func Again(failed int, every time.Duration) time.Duration {
	if failed == 0 {
		return every
	}
	wait := Doubled(failed-1, every)
	return wait - Within(wait/2)
}

// Within is a time by chance, from none to most.
func Within(most time.Duration) time.Duration { return rand.N(most + 1) }

type started struct {
	stop context.CancelFunc
	done chan struct{}
	err  error
}

// Run runs the units until ctx ends or one of them returns. ready is called
// when all are ready.
func Run(ctx context.Context, ready func(), units ...Unit) error {
	ended := make(chan struct{}, len(units))
	var running []*started
	var problem error
start:
	for _, u := range units {
		s := &started{done: make(chan struct{})}
		// A unit's context ends when its turn to stop comes, not before.
		var own context.Context
		own, s.stop = context.WithCancel(context.WithoutCancel(ctx))
		isReady := make(chan struct{})
		running = append(running, s)
		go func() {
			defer close(s.done)
			err := u.Run(own, func() { close(isReady) })
			switch {
			case own.Err() == nil && err == nil:
				s.err = fmt.Errorf("%s: %w", u.Name, ErrEnded)
			case own.Err() == nil:
				s.err = fmt.Errorf("%s: %w", u.Name, err)
			case err != nil && err != context.Canceled:
				s.err = fmt.Errorf("%s: %w", u.Name, err)
			}
			ended <- struct{}{}
		}()
		select {
		case <-isReady:
		case <-ended:
			break start
		case <-ctx.Done():
			break start
		}
		if len(running) == len(units) {
			ready()
			select {
			case <-ended:
			case <-ctx.Done():
			}
		}
	}
	for i := len(running) - 1; i >= 0; i-- {
		running[i].stop()
		<-running[i].done
		problem = errors.Join(problem, running[i].err)
	}
	return problem
}
