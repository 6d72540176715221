package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// staffOnCall shows whom to call tonight, or sets somebody's hours.
func (c *cli) staffOnCall() *cobra.Command {
	var in client.NewOnCall
	cmd := c.command("on-call [NAME]", "posada", "staff")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	cmd.Flags().StringSliceVar(&in.Days, "days", nil, c.Text("flag.on_call_days"))
	cmd.Flags().StringVar(&in.From, "from", "", c.Text("flag.on_call_from"))
	cmd.Flags().StringVar(&in.Until, "until", "", c.Text("flag.on_call_until"))
	cmd.Flags().BoolVar(&in.Remove, "remove", false, c.Text("flag.on_call_remove"))
	reach := cmd.Flags().String("reach", "", c.Text("flag.on_call_reach"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("reach") {
			in.Reach = reach
		}
		sets := in.Remove || in.Reach != nil || len(in.Days) > 0 || in.From+in.Until != ""
		switch {
		case len(args) == 0 && sets:
			return commandline.UsageError(c.Text("on_call.whose"))
		case len(args) == 0:
			out, err := node.OnCall(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(out, func(p *page) { p.onCall(out) })
		case !sets:
			return c.needs("--days mon,tue --from 22:00 --until", "06:00")
		}
		in.Name = args[0]
		out, err := node.SetOnCall(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.onCall(out) })
	}
	return cmd
}

// onCall says who can be reached now, in the next day and, to those who set them,
// the hours of the week.
func (p *page) onCall(o client.OnCall) {
	at := func(t time.Time) string { return t.Format("15:04") }
	switch {
	case !o.Set:
		p.say("on_call.none")
		p.line("  " + command("staff", "on-call", p.Text("arg.NAME"), "--days", "mon,tue", "--from", "22:00", "--until", "06:00"))
		return
	case len(o.Now) == 0:
		p.say("on_call.nobody", "at", at(o.At), "zone", o.Zone)
	default:
		p.say("on_call.now", "names", strings.Join(o.Now, ", "), "at", at(o.At), "zone", o.Zone)
	}
	var rows [][]string
	for _, s := range o.Next {
		rows = append(rows, []string{p.day(s.From), at(s.From), p.day(s.Until), at(s.Until), s.Name})
	}
	if len(rows) > 0 {
		p.heading("on_call.next")
		p.table(nil, rows)
	}
	if len(o.Hours) == 0 {
		return
	}
	rows = nil
	for _, h := range o.Hours {
		rows = append(rows, []string{h.Name, i18n.Terms(p.Printer, "day", h.Days), h.From, h.Until, h.Reach})
	}
	p.heading("on_call.hours")
	p.table([]i18n.Key{"column.name", "column.days", "column.begins", "column.ends", "column.reach"}, rows)
}

// day is the day of the week of a moment, in words.
func (p *page) day(t time.Time) string {
	days := vocabulary()["day"].words
	return p.Term("day", days[(int(t.Weekday())+6)%len(days)])
}

// showOnCall says in the status who can be reached, where hours are set.
func showOnCall(p *page, s client.Status) {
	switch {
	case len(s.OnCall) > 0:
		p.say("status.on_call", "names", strings.Join(s.OnCall, ", "))
	case s.NobodyOnCall:
		p.say("status.nobody_on_call")
	}
}
