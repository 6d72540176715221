package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func todayPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/{$}", title: "console.today.title", do: today, menu: true, icon: "today"},
	}
}

// todayPage is what somebody sees first: what wants doing now.
type todayPage struct {
	Status  client.Status
	Wants   []want
	More    int     // wants that are not shown
	Clocks  []strip // what is due when
	Label   field   // the case that one goes on with
	Blind   bool    // nothing of what one enters is shown to one again
	Audits  bool
	Aside   int // letters put aside
	Duty    client.OnCall
	Next    client.OnCallSpan
	NextAt  string
	Network *client.Network // for a steward
	Quiet   i18n.Key        // what one could do, where nothing waits
	Find    bool            // one may look for a place for somebody
	careful bool            // cases are one's work
	due     []due
}

// want is something that wants doing.
type want struct {
	Text  string
	To    string // empty: there is no page for it
	Grave bool
	rank  int
	at    time.Time
}

// The order of what wants doing.
const (
	rankNow = iota
	rankTonight
	rankAnswer
	rankTaken
	rankTell
	rankCall
	rankReply
	rankDue
	rankOrder
)

// mostWants is how many are shown: what stands below is nobody's next step.
const mostWants = 20

func today(v *visit) (view, error) {
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	v.session.knows(status)
	p := todayPage{Status: status}
	if p.Duty, err = v.node.OnCall(v.ctx()); err != nil {
		return view{}, err
	}
	p.Next = nextOnCall(p.Duty)
	p.NextAt = v.near(p.Next.From)
	p.ofNode(v)
	p.careful = (page{roles: careRoles()}).works(status.Roles)
	works := func(r posada.StaffRole) bool { return slices.Contains(status.Roles, r) }
	p.Find = p.careful
	p.Blind, p.Audits = works(posada.RoleVolunteerScreener) && !p.careful, works(posada.RoleAuditor)
	for _, one := range []struct {
		is  bool
		add func(*todayPage, *visit) error
	}{
		{p.careful, (*todayPage).ofCare},
		{p.careful, (*todayPage).ofNeeds},
		{(page{roles: answerRoles()}).works(status.Roles), (*todayPage).ofPlacements},
		{works(posada.RoleAgencyAdmin), (*todayPage).ofAgency},
		{works(posada.RoleSteward), (*todayPage).ofNetwork},
	} {
		if one.is {
			if err := one.add(&p, v); err != nil {
				return view{}, err
			}
		}
	}
	p.Label = v.text("label", "console.screen.label").hint(v.Text("console.screen.label_hint"))
	p.finish(v)
	return show("today", p), nil
}

// finish sorts what was found.
func (p *todayPage) finish(v *visit) {
	slices.SortStableFunc(p.Wants, func(a, b want) int { return cmp.Or(a.rank-b.rank, a.at.Compare(b.at)) })
	if p.More = max(0, len(p.Wants)-mostWants); p.More > 0 {
		p.Wants = p.Wants[:mostWants]
	}
	p.Clocks = v.strips(p.due)
	for _, q := range p.Status.Quarantined {
		p.Aside += q.Count
	}
	p.Quiet = "console.today.quiet.all"
	switch {
	case p.careful:
		p.Quiet = "console.today.quiet.care"
	case p.Blind:
		p.Quiet = "console.today.quiet.screener"
	case slices.Contains(p.Status.Roles, posada.RoleAgencyAdmin):
		p.Quiet = "console.today.quiet.admin"
	}
}

// add adds what wants doing.
func (p *todayPage) add(v *visit, w want, key i18n.Key, args ...any) {
	w.Text, w.To = v.Text(key, args...), v.leads(w.To)
	p.Wants = append(p.Wants, w)
}

// ofNode is what everybody should know of the node.
func (p *todayPage) ofNode(v *visit) {
	s := p.Status
	now := func(is bool, to string, key i18n.Key) {
		if is {
			p.add(v, want{To: to, Grave: true, rank: rankNow}, key)
		}
	}
	now(len(stops(v, s.Knows)) > 0, "/status", "console.today.stopped")
	now(!s.Audit.Whole, "/status", "console.today.not_whole")
	now(len(s.HandedIn.Refused) > 0, "/status", "console.today.refused")
	now(s.NobodyOnCall, "/on-call", "console.today.nobody_on_call")
	now(s.Hub != "connected" && !s.Knows.SignedAt.IsZero(), "/status", "console.today.away")
}

// ofAgency is what whoever administers the agency sees to.
func (p *todayPage) ofAgency(v *visit) error {
	list, err := v.node.Staff(v.ctx())
	if err != nil {
		return err
	}
	tokens, err := v.node.Tokens(v.ctx())
	if err != nil {
		return err
	}
	var waiting []string
	has := map[posada.StaffID]bool{}
	for _, m := range list {
		has[m.ID] = m.Account
		if m.Disabled.IsZero() && !m.Account {
			waiting = append(waiting, m.Name)
		}
	}
	spare := 0
	for _, t := range tokens {
		if !t.Session && t.Name == "" && has[t.Of] {
			spare++
		}
	}
	if len(waiting) > 0 {
		p.add(v, want{To: "/people", rank: rankOrder}, "console.today.no_account", "names", strings.Join(waiting, ", "))
	}
	if spare > 0 {
		p.add(v, want{To: "/people", rank: rankOrder}, "console.today.spare_tokens", "count", spare)
	}
	switch {
	case !p.Duty.Set:
		p.add(v, want{To: "/on-call", rank: rankOrder}, "console.today.no_hours")
	case v.gaps(p.Duty) > 0:
		p.add(v, want{To: "/on-call", rank: rankOrder}, "console.today.gaps", "count", v.gaps(p.Duty))
	}
	return nil
}

// ofNetwork is what a steward sees to.
func (p *todayPage) ofNetwork(v *visit) error {
	n, err := v.node.Network(v.ctx())
	if err != nil {
		return err
	}
	for _, w := range n.Waiting {
		p.add(v, want{To: "/network", rank: rankOrder, at: w.From}, "console.today.decided", "what", v.Text(keyOf("console.network.what."+w.Role)), "from", v.when(w.From))
	}
	for _, b := range n.Brakes {
		p.add(v, want{To: "/network", rank: rankCall, at: b.Until}, "console.today.brake", "until", v.when(b.Until))
	}
	p.Network = &n
	return nil
}

// leads is a path, if a page of ours is there; else there is no link.
func (v *visit) leads(path string) string {
	at := strings.Split(path, "/")
	if slices.ContainsFunc(v.k.pages, func(p page) bool {
		parts := strings.Split(strings.TrimSuffix(p.pattern, "{$}"), "/")
		return p.method == http.MethodGet && slices.EqualFunc(parts, at, func(part, is string) bool { return part == is || is != "" && strings.HasPrefix(part, "{") })
	}) {
		return path
	}
	return ""
}

// near is a moment as one says it today: the hour, and the day where it is another.
func (v *visit) near(t time.Time) string {
	t = t.In(v.k.c.Zone)
	now := v.k.c.Now().In(v.k.c.Zone)
	days := dayNumber(t) - dayNumber(now)
	switch clock := t.Format("15:04"); days {
	case 0:
		return clock
	case 1:
		return v.Text("console.today.tomorrow", "clock", clock)
	default:
		return v.when(t)
	}
}

// dayNumber counts days of the calendar.
func dayNumber(t time.Time) int {
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
