package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

func onCallPages() []page {
	sets := []posada.StaffRole{posada.RoleAgencyAdmin, posada.RoleCoordinator}
	return []page{
		{method: http.MethodGet, pattern: "/on-call", title: "console.on_call.title", do: onCall, menu: true, icon: "clock"},
		{method: http.MethodGet, pattern: "/on-call/hours", title: "console.on_call.set", do: hoursForm, roles: sets},
		{method: http.MethodPost, pattern: "/on-call/hours", title: "console.on_call.set", do: setHours, again: hoursForm, roles: sets},
		{method: http.MethodPost, pattern: "/on-call/end", title: "console.on_call.title", do: endHours, again: onCall, roles: sets},
	}
}

// onCallPage is whom to call now, and who comes next.
type onCallPage struct {
	Duty   client.OnCall
	Next   client.OnCallSpan // zero: nobody in the next day
	NextAt string
	Week   week
	Sets   bool
	Gaps   int
}

// setsHours reports whether somebody says who is on call: the node shows hours to nobody else.
func (v *visit) setsHours() bool {
	return page{roles: []posada.StaffRole{posada.RoleAgencyAdmin, posada.RoleCoordinator}}.works(v.who().Roles)
}

func onCall(v *visit) (view, error) {
	duty, err := v.node.OnCall(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := onCallPage{Duty: duty, Next: nextOnCall(duty), Week: v.week(duty), Sets: v.setsHours()}
	p.Gaps, p.NextAt = p.Week.Gaps, v.near(p.Next.From)
	return show("on_call", p), nil
}

// nextOnCall is the first who begins after now.
func nextOnCall(d client.OnCall) client.OnCallSpan {
	for _, s := range d.Next {
		if s.From.After(d.At) {
			return s
		}
	}
	return client.OnCallSpan{}
}

// gaps counts the times in the week ahead when nobody is on call.
func (v *visit) gaps(d client.OnCall) int { return v.week(d).Gaps }

// hoursPage asks for weekly hours of somebody.
type hoursPage struct{ Name, Days, From, Until, Reach field }

func hoursForm(v *visit) (view, error) {
	p := hoursPage{
		Name:  v.text("name", "console.on_call.name").needed(),
		Days:  v.many("days", "console.on_call.days", terms(v, "console.weekday", posada.Members[posada.Weekday]())).hint(v.Text("console.on_call.days_hint")),
		From:  v.text("from", "console.on_call.from").as("time").needed(),
		Until: v.text("until", "console.on_call.until").as("time").hint(v.Text("console.on_call.until_hint")).needed(),
	}
	p.Reach = v.blame(v.text("reach", "console.on_call.reach").hint(v.Text("console.on_call.reach_hint")), fault.BadReach)
	if slices.Contains(v.who().Roles, posada.RoleAgencyAdmin) {
		list, err := v.node.Staff(v.ctx())
		if err != nil {
			return view{}, err
		}
		var options []option
		for _, m := range list {
			if m.Disabled.IsZero() {
				options = append(options, option{Value: m.Name, Label: m.Name})
			}
		}
		p.Name = v.choice("name", "console.on_call.name", options).needed()
	} else {
		p.Name = p.Name.hint(v.Text("console.on_call.name_hint"))
	}
	p.Name = v.blame(p.Name, fault.UnknownColleague, fault.StaffIsDisabled)
	p.Days = v.blame(p.Days, fault.OnCallIncomplete)
	if v.problem != nil {
		for name, f := range map[string]*field{"from": &p.From, "until": &p.Until} {
			if v.problem.Args["where"] == name {
				*f = v.blame(*f, fault.BadClock)
			}
		}
	}
	return show("on_call_hours", p), nil
}

func setHours(v *visit) (view, error) {
	in := client.NewOnCall{Name: v.value("name"), Days: v.values("days"), From: v.value("from"), Until: v.value("until")}
	if reach := v.value("reach"); reach != "" {
		in.Reach = &reach
	}
	if _, err := v.node.SetOnCall(v.ctx(), in); err != nil {
		return view{}, err
	}
	return goTo("/on-call", "console.on_call.was_set", "name", in.Name), nil
}

// endHours takes hours away. Whoever did so by mistake sets them again.
func endHours(v *visit) (view, error) {
	in := client.NewOnCall{Name: v.value("name"), Days: v.values("days"), From: v.value("from"), Until: v.value("until"), Remove: true}
	if _, err := v.node.SetOnCall(v.ctx(), in); err != nil {
		return view{}, err
	}
	return goTo("/on-call", "console.on_call.ended", "name", in.Name, "hours", in.From+"–"+in.Until, "days", i18n.Terms(v.Printer, "day", in.Days)), nil
}

// shift is when somebody is on call.
type shift struct {
	name  string
	spans []oncall.Span
}

// shifts are those of the week ahead, as far as hours are told; else of the next day.
func (v *visit) shifts(d client.OnCall, zone *time.Location) (list []shift, from, until time.Time) {
	at := d.At.In(zone)
	add := func(name string, spans ...oncall.Span) {
		i := slices.IndexFunc(list, func(s shift) bool { return s.name == name })
		if i < 0 {
			i, list = len(list), append(list, shift{name: name})
		}
		list[i].spans = append(list[i].spans, spans...)
	}
	if !v.setsHours() {
		for _, s := range d.Next {
			add(s.Name, oncall.Span{From: s.From.In(zone), Until: s.Until.In(zone)})
		}
		return list, at, at.Add(24 * time.Hour)
	}
	from = midnight(at)
	until = from.AddDate(0, 0, 7)
	for _, h := range d.Hours {
		hours := oncall.Hours{Days: posada.SetOf(h.Days...)}
		var err error
		if hours.From, err = oncall.ReadClock(h.From); err != nil {
			continue
		}
		if hours.Until, err = oncall.ReadClock(h.Until); err != nil {
			continue
		}
		add(h.Name, oncall.Spans([]oncall.Hours{hours}, from, until, zone)...)
	}
	return list, from, until
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// names are those who are on call throughout a time, with commas.
func names(list []shift, from, until time.Time) (who []int, text string) {
	var called []string
	for i, s := range list {
		if slices.ContainsFunc(s.spans, func(o oncall.Span) bool { return !o.From.After(from) && !o.Until.Before(until) }) {
			who, called = append(who, i), append(called, s.name)
		}
	}
	return who, strings.Join(called, ", ")
}
