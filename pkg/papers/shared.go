package papers

import (
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Shared is the facts of "what was shared": everything that left for others
// about one case, the oldest first. A zero time has not happened or is not
// known; times are written in the zone they are in.
type Shared struct {
	At    time.Time    `json:"at"` // when the facts were gathered
	Lines []SharedLine `json:"lines"`
}

// SharedLine is one disclosure to one agency.
type SharedLine struct {
	To         string                      `json:"to"` // the agency's name, as a person says it
	Purpose    posada.Purpose              `json:"purpose,omitempty"`
	Categories posada.Set[posada.Category] `json:"categories"`       // none: destroyed here, only that it was sent is known
	Onward     []string                    `json:"onward,omitempty"` // whom they may pass it on to, by its consent
	Sent       time.Time                   `json:"sent"`             // when it was sent
	// Given is when the consent it was sent under was given, and Status how
	// that consent stands now.
	Given  time.Time            `json:"given,omitzero"`
	Status posada.ConsentStatus `json:"status,omitempty"`

	Arrived time.Time `json:"arrived,omitzero"` // since when they are known to have it
	Paper   bool      `json:"paper,omitempty"`  // it was read out or printed: nothing calls it back
	Stopped bool      `json:"stopped"`          // it never arrived and will not
	// Seen is when a person there is known to have looked: it cannot be taken
	// back. Zero does not promise that nobody looked.
	Seen       time.Time `json:"seen,omitzero"`
	Withdrawn  time.Time `json:"withdrawn,omitzero"`  // when she took it back
	Destroyed  time.Time `json:"destroyed,omitzero"`  // when they say, signed, that its key is gone
	ReadBefore bool      `json:"read_before"`         // they say that somebody there had looked before that
	Ends       time.Time `json:"destroy_by,omitzero"` // when they must destroy it, withdrawn or not
}

// String hides what was shared from every log line and error.
func (Shared) String() string { return "(redacted)" }

// GoString hides what was shared from %#v.
func (Shared) GoString() string { return "(redacted)" }

// Text is what was shared, to be read aloud from a terminal.
func (s Shared) Text(l i18n.Language) (string, error) {
	sheet, err := s.sheet(l)
	return sheet.text(), err
}

// HTML is what was shared as a page to print.
func (s Shared) HTML(l i18n.Language) (string, error) {
	sheet, err := s.sheet(l)
	if err != nil {
		return "", err
	}
	return sheet.html()
}

func (s Shared) sheet(l i18n.Language) (sheet, error) {
	p, err := phrasesOf(l)
	if err != nil {
		return sheet{}, err
	}
	w := account{Printer: i18n.For(l), phrases: p}
	w.tell(title, "shared.title", "at", w.moment(s.At))
	if len(s.Lines) == 0 {
		w.tell(paragraph, "shared.none")
	}
	for _, line := range s.Lines {
		w.line(line, s.At)
	}
	if len(s.Lines) > 0 {
		w.tell(paragraph, "shared.more")
	}
	return sheet{l, w.blocks}, w.err
}

// account writes what was shared, sentence by sentence.
type account struct {
	i18n.Printer
	phrases phrases
	blocks  []block
	err     error
}

func (w *account) tell(k kind, key i18n.Key, args ...any) {
	w.blocks = append(w.blocks, block{k, w.Text(key, args...)})
}

// moment is a day and a time of day.
func (w *account) moment(t time.Time) string {
	day, err := w.phrases.day(t)
	if err != nil {
		w.err = err
	}
	return day + ", " + t.Format("15:04")
}

func (w *account) line(x SharedLine, now time.Time) {
	w.blocks = append(w.blocks, block{heading, plain(x.To)})
	if x.Purpose == "" {
		w.tell(item, "shared.sent", "sent", w.moment(x.Sent))
	} else {
		w.tell(item, "shared.line", "purpose", w.phrases.say("purpose", string(x.Purpose)), "sent", w.moment(x.Sent))
	}
	what := w.Text("shared.destroyed")
	if !x.Categories.Empty() {
		what = strings.Join(said(w.phrases, "category", x.Categories.List()), "; ")
	}
	w.tell(item, "shared.what", "what", what)
	if !x.Given.IsZero() {
		w.tell(item, "shared.agreed", "given", w.moment(x.Given), "status", w.Term("consent", string(x.Status)))
	}
	if !x.Withdrawn.IsZero() {
		w.tell(item, "shared.withdrawn", "at", w.moment(x.Withdrawn))
	}
	w.onward(x, now)
	w.fate(x)
	if !x.Ends.IsZero() && !x.Arrived.IsZero() && x.Destroyed.IsZero() {
		if now.Before(x.Ends) {
			w.tell(item, "shared.until", "until", w.moment(x.Ends))
		} else {
			w.tell(item, "shared.until_past", "until", w.moment(x.Ends))
		}
	}
}

// onward says who may have it from them. What never arrived nobody passes on.
func (w *account) onward(x SharedLine, now time.Time) {
	over := !x.Withdrawn.IsZero() || !x.Destroyed.IsZero() || !x.Ends.IsZero() && !now.Before(x.Ends)
	names := strings.Join(plainly(x.Onward), ", ")
	switch {
	case names == "" || x.Arrived.IsZero() && (over || x.Stopped):
	case over:
		w.tell(item, "shared.onward_past", "names", names)
	default:
		w.tell(item, "shared.onward", "names", names)
	}
}

// fate says where it is now, and whether it can still be taken back.
func (w *account) fate(x SharedLine) {
	switch {
	case x.Paper:
		w.tell(item, "shared.paper")
	case !x.Destroyed.IsZero() && x.ReadBefore:
		w.tell(item, "shared.shredded_read", "at", w.moment(x.Destroyed))
	case !x.Destroyed.IsZero():
		w.tell(item, "shared.shredded", "at", w.moment(x.Destroyed))
	case !x.Arrived.IsZero():
		if x.Withdrawn.IsZero() {
			w.tell(item, "shared.theirs", "at", w.moment(x.Arrived))
		} else {
			w.tell(item, "shared.told", "at", w.moment(x.Arrived))
		}
		if x.Seen.IsZero() {
			w.tell(item, "shared.unknown")
		} else {
			w.tell(item, "shared.seen", "at", w.moment(x.Seen))
		}
	case x.Stopped || !x.Withdrawn.IsZero():
		w.tell(item, "shared.stopped")
	default:
		w.tell(item, "shared.waits")
	}
}
