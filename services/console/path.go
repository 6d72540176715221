package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// step is one thing that happened to a referral: who did what, when.
type step struct {
	N         int
	At        time.Time
	Who, What string
	Why       string // a coded reason or outcome
	Ours      bool
	Back      bool // something was taken back
}

// steps are both sides' marks, and what the nodes signed, as one story.
func (v *visit) steps(r client.Referral) []step {
	var list []step
	add := func(at time.Time, ours bool, what, why string, back bool) {
		who := r.Peer.Name
		if ours {
			who = v.Text("console.path.we")
		}
		list = append(list, step{At: at, Who: who, What: what, Why: why, Ours: ours, Back: back})
	}
	for _, m := range r.Marks {
		why := ""
		if m.Reason != "" {
			why = v.Term("reason", string(m.Reason))
		}
		if m.Outcome != "" {
			why = v.Term("outcome", string(m.Outcome))
		}
		add(m.At, m.By == r.Side, v.Term("state", string(m.State)), why, takesBack(m.State))
	}
	if !r.Delivered.IsZero() && !r.Paper {
		add(r.Delivered, false, v.Text("console.path.delivered"), "", false)
	}
	if r.Shredded != nil {
		what := v.Text("console.path.destroyed")
		if r.Shredded.Read {
			what = v.Text("console.path.destroyed_read")
		}
		add(r.Shredded.At, false, what, "", true)
	}
	// Marks keep their order within a second; what a node signed stands behind them.
	slices.SortStableFunc(list, func(a, b step) int { return a.At.Truncate(time.Second).Compare(b.At.Truncate(time.Second)) })
	for i := range list {
		list[i].N = i + 1
	}
	return list
}

func takesBack(s posada.ReferralState) bool {
	return s == posada.StateWithdrawnBySurvivor || s == posada.StateRecalled || s == posada.StateEnteredInError
}

// track is the picture of a referral's path: two lines, ours and theirs, and what
// happened on each. The list beside it says the same in words.
type track struct {
	Upper, Lower string // whose line it is
	Dots         []dot
	Line         string // through all of them
	Hidden       int    // how many came before, and are in the list alone
}

// dot is one step in the picture.
type dot struct {
	X, Y, N    int
	Back, Last bool
}

// The picture's measures, in its own units.
const (
	trackLeft, trackRight   = 100, 304
	trackUpper, trackLower  = 26, 74
	trackMost               = 9
	clockWidth, clockMargin = 320, 8
)

func (v *visit) track(r client.Referral) track {
	all := v.steps(r)
	t := track{Upper: v.Text("console.path.lane_we"), Lower: v.Text("console.path.lane_they")}
	if len(all) > trackMost {
		t.Hidden = len(all) - trackMost
		all = all[t.Hidden:]
	}
	var line []string
	for i, s := range all {
		d := dot{X: trackLeft, Y: trackLower, N: s.N, Back: s.Back, Last: i == len(all)-1}
		if len(all) > 1 {
			d.X += i * (trackRight - trackLeft) / (trackMost - 1)
		}
		if s.Ours {
			d.Y = trackUpper
		}
		t.Dots = append(t.Dots, d)
		line = append(line, point(d.X, d.Y))
	}
	t.Line = strings.Join(line, " ")
	return t
}

// clock is the picture of a time that runs: from when, until when, and where in it we
// are.
type clock struct {
	From, Until time.Time
	Gone        int // how far the bar is filled
	Left        string
	Over        bool
}

func (v *visit) clock(from, until time.Time) *clock {
	now := v.k.c.Now()
	c := &clock{From: from, Until: until, Over: !now.Before(until)}
	switch days := int(until.Sub(now).Hours() / 24); {
	case c.Over:
		c.Left = v.Text("console.clock.over")
	case until.Sub(now) < 2*time.Hour:
		c.Left = v.Text("console.clock.minutes", "count", int(until.Sub(now).Minutes())+1)
	case days < 1:
		c.Left = v.Text("console.clock.hours", "count", int(until.Sub(now).Hours())+1)
	default:
		c.Left = v.Text("console.clock.days", "count", days)
	}
	whole := until.Sub(from)
	if whole > 0 {
		c.Gone = int(float64(clockWidth-2*clockMargin) * min(1, max(0, now.Sub(from).Seconds()/whole.Seconds())))
	}
	return c
}

// received reports whether a referral came in.
func received(r client.Referral) bool { return r.Side == referral.Target }

// point is a place in a picture, as SVG writes it.
func point(x, y int) string { return strconv.Itoa(x) + "," + strconv.Itoa(y) }
