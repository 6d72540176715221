package torture

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

// Wrong is a way in which a network can break its promise.
type Wrong string

// What is looked for.
const (
	WrongLost    Wrong = "lost"    // said to be sent, and not there
	WrongDoubled Wrong = "doubled" // there more than once
	WrongRefused Wrong = "refused" // there, though it was refused
	WrongPlace   Wrong = "place"   // at an agency it was not for
	WrongAltered Wrong = "altered" // there, and not what anybody sent
	WrongRest    Wrong = "rest"    // a node that does not come to rest, or whose account is not whole
	WrongProcess Wrong = "process" // a process that panicked, ended by itself or did not come up again
)

// Finding is one thing that is wrong.
type Finding struct {
	What   Wrong  `json:"what"`
	Agency string `json:"agency"`
	Detail string `json:"detail"`
}

// reconcile waits until nothing is under way any more, or for as long as that may take, and
// says what is wrong then.
func (w *world) reconcile(ctx context.Context) (arrived int, wrong []Finding, err error) {
	wrong = []Finding{}
	restless := w.rests(ctx)
	for begun := time.Now(); len(restless) > 0 && time.Since(begun) < w.Quiet; restless = w.rests(ctx) {
		if !waits(ctx, time.Second) {
			return 0, nil, ctx.Err()
		}
	}
	arrived, differs, err := w.compared(ctx)
	return arrived, append(append(append(wrong, differs...), restless...), w.counted.found()...), err
}

// compared holds what every caller was told against what is at each target.
func (w *world) compared(ctx context.Context) (arrived int, wrong []Finding, err error) {
	told := w.ledger.all()
	there := map[string]int{} // by mark
	for _, a := range agencies() {
		marks, err := w.at(ctx, a.key)
		if err != nil {
			return 0, nil, fmt.Errorf("look at %s: %w", a.key, err)
		}
		for _, mark := range marks {
			e, known := told[mark]
			switch {
			case !known:
				wrong = append(wrong, Finding{WrongAltered, a.key, mark})
			case e.to != a.key:
				wrong = append(wrong, Finding{WrongPlace, a.key, mark})
			}
			there[mark]++
			arrived++
		}
	}
	for mark, e := range told {
		switch n := there[mark]; {
		case n == 0 && e.told == sent:
			wrong = append(wrong, Finding{WrongLost, e.to, mark})
		case n > 1:
			wrong = append(wrong, Finding{WrongDoubled, e.to, mark})
		case n > 0 && e.told == refused:
			wrong = append(wrong, Finding{WrongRefused, e.to, mark})
		}
	}
	return arrived, wrong, nil
}

// at is the marks of what came to an agency, each as often as it came.
func (w *world) at(ctx context.Context, key string) (marks []string, err error) {
	ask := w.asks[key]
	list, err := ask.Referrals(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.Side != "target" {
			continue
		}
		whole, err := ask.Referral(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		marks = append(marks, markOf(whole.Carried))
	}
	return marks, nil
}

func markOf(carried []client.Carried) string {
	for _, c := range carried {
		if strings.HasSuffix(c.Place, marked) {
			return c.Value
		}
	}
	return "without a mark"
}

// rests says of each node whether anything of its waits, is missing or was put aside.
func (w *world) rests(ctx context.Context) (wrong []Finding) {
	for _, a := range agencies() {
		s, err := w.asks[a.key].Status(ctx)
		if err != nil || s.Hub != "connected" || s.Waiting+s.AtHub+s.Missing+len(s.Quarantined)+len(s.Doubted) > 0 || !s.Audit.Whole {
			wrong = append(wrong, Finding{WrongRest, a.key, fmt.Sprintf("hub %s, waiting %d, at the hub %d, missing %d, put aside %d, not believed %d, account whole %t, %v", s.Hub, s.Waiting, s.AtHub, s.Missing, len(s.Quarantined), len(s.Doubted), s.Audit.Whole, err)})
		}
	}
	return wrong
}
