package matrix

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
)

// table reads the whole of it, and what follows is wrong.
func (r *reader) table() {
	missing := []string{"version", "limits", "cells"}
	begins, is := r.members(func(name string, at int64) {
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == name })
		switch name {
		case "version":
			_, _ = r.number(1, 1<<53-1)
		case "limits":
			r.limits(at)
		case "silence":
			r.silence()
		case "view":
			r.view()
		case "cells":
			r.classes()
		default:
			r.refuse(name, at, ErrUnknown)
		}
	})
	if !is || r.broken {
		return
	}
	for _, name := range missing {
		r.at(begins, "", name, ErrMissing)
	}
	if _, err := r.from.ReadToken(); err == nil {
		r.at(r.from.InputOffset()-1, "", "", ErrSyntax)
	}
}

func (r *reader) limits(begins int64) {
	said := false
	_, is := r.members(func(name string, at int64) {
		if name != "retain_days" {
			r.refuse(name, at, ErrUnknown)
			return
		}
		said = true
		_, _ = r.number(1, MaxDays)
	})
	if is && !said && !r.broken {
		r.at(begins, "/limits", "retain_days", ErrMissing)
	}
}

// longest is the most minutes a step may wait: a fortnight.
const longest = 14 * 24 * 60

func (r *reader) silence() {
	r.members(func(name string, begins int64) {
		priority, steps := posada.Priority(name), map[posada.SilenceStep]int{}
		if !posada.Known(priority) {
			r.refuse(name, begins, ErrUnknown)
			return
		}
		where := r.from.StackPointer()
		r.members(func(name string, at int64) {
			if !posada.Known(posada.SilenceStep(name)) {
				r.refuse(name, at, ErrUnknown)
			} else if minutes, is := r.number(1, longest); is {
				steps[posada.SilenceStep(name)] = int(minutes)
			}
		})
		if err := (silence.Table{priority: steps}).Check(); err != nil {
			r.at(begins, where, "", silence.ErrOrder)
		}
	})
}

// within goes on below a name that is known and that the guard lets stand there.
func (r *reader) within(name string, at int64, known, may bool, below func()) {
	switch {
	case !known:
		r.refuse(name, at, ErrUnknown)
	case !may:
		r.refuse(name, at, ErrGuard)
	default:
		below()
	}
}

func (r *reader) view() {
	r.members(func(name string, at int64) {
		role := posada.StaffRole(name)
		r.within(name, at, posada.Known(role), MayLook(role), func() { r.seen(role) })
	})
}

func (r *reader) seen(role posada.StaffRole) {
	var read posada.Set[posada.Category]
	r.words(func(text string, at int64) {
		category := posada.Category(text)
		switch {
		case !posada.Known(category):
			r.at(at, r.from.StackPointer(), text, ErrUnknown)
		case read.Has(category):
			r.at(at, r.from.StackPointer(), text, ErrTwice)
		case !MayShow(role, category):
			r.at(at, r.from.StackPointer(), text, ErrGuard)
		}
		read = read.With(category)
	})
}

func (r *reader) classes() {
	r.members(func(name string, at int64) {
		class := posada.AgencyClass(name)
		r.within(name, at, posada.Known(class), MayHold(class), func() { r.purposes(class) })
	})
}

func (r *reader) purposes(class posada.AgencyClass) {
	r.members(func(name string, at int64) {
		purpose := posada.Purpose(name)
		r.within(name, at, posada.Known(purpose), MayHave(class, purpose), func() { r.categories(class) })
	})
}

func (r *reader) categories(class posada.AgencyClass) {
	r.members(func(name string, at int64) {
		category := posada.Category(name)
		r.within(name, at, posada.Known(category), category.Leaves(), func() { r.mode(class) }) // G4
	})
}

func (r *reader) mode(class posada.AgencyClass) {
	raw, at, is := r.next('"')
	if !is {
		return
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	mode := posada.Mode(text)
	switch {
	case err != nil:
		r.stop(err)
	case !posada.Known(mode):
		r.at(at, r.from.StackPointer(), string(mode), ErrUnknown)
	case !slices.Contains(Modes(class), mode):
		r.at(at, r.from.StackPointer(), string(mode), ErrGuard)
	}
}

// number reads a whole number from least to most.
func (r *reader) number(least, most int64) (n int64, is bool) {
	raw, at, is := r.next('0')
	if !is {
		return 0, false
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < least || n > most {
		r.at(at, r.from.StackPointer(), string(raw), ErrRange)
		return 0, false
	}
	return n, true
}
