package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/duty"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// duties is what the command answers to a program.
type duties struct {
	Version string      `json:"version"`
	Before  string      `json:"before"`
	Duties  []duty.Duty `json:"duties"`
	Outside string      `json:"outside"`
}

// duty shows what must be reported by law, before anybody is asked. It asks no node:
// it is there without a token, locked, and without a network.
func (c *cli) duty() *cobra.Command {
	cmd := c.command("duty [JURISDICTION]", "posada")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		all, err := duty.All()
		if err != nil {
			return err
		}
		list := all
		if len(args) == 1 {
			list = slices.DeleteFunc(slices.Clone(all), func(d duty.Duty) bool { return !strings.EqualFold(string(d.Jurisdiction), args[0]) })
		}
		if len(list) == 0 {
			c.subject = args[0]
			return errNoDuty
		}
		out := duties{Version: duty.Version, Duties: list}
		if out.Before, err = duty.Before(c.Language()); err != nil {
			return err
		}
		if out.Outside, err = duty.Outside(c.Language()); err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.duties(out, len(args) == 1) })
	}
	return cmd
}

// duties shows what to say first, and then what the law asks: of the place that was
// named, or which places there are.
func (p *page) duties(d duties, one bool) {
	p.say("duty.before", "version", d.Version)
	p.line("")
	p.indented(d.Before)
	if one {
		p.duty(d.Duties[0])
	} else {
		p.heading("duty.which")
		for _, k := range d.Duties {
			p.line("  " + command("duty", string(k.Jurisdiction)) + "  " + k.Name[p.Language()])
		}
		p.say("duty.elsewhere")
	}
	p.heading("duty.outside")
	p.line("")
	p.indented(d.Outside)
}

// duty is what one jurisdiction's law asks.
func (p *page) duty(d duty.Duty) {
	l := p.Language()
	p.heading("duty.title", "name", d.Name[l])
	for _, part := range []struct {
		key  i18n.Key
		said string
	}{{"duty.who", d.Who[l]}, {"duty.what", d.What[l]}, {"duty.when", d.When[l]}, {"duty.to", d.To[l]}} {
		p.line("  " + p.Text(part.key) + " " + part.said)
	}
	for _, phone := range d.Phones {
		p.line("  " + p.Text("duty.phone") + " " + phone.Number + " · " + phone.Name[l] + " · " + phone.Source)
	}
	p.line("  " + p.Text("duty.law") + " " + d.Law + " · " + d.Source)
}

// indented writes a text of several lines.
func (p *page) indented(text string) {
	for line := range strings.Lines(text) {
		p.line(strings.TrimRight("  "+line, " \n"))
	}
}

// remindOfDuty says where it is shown, for whoever works with somebody of this age.
func (p *page) remindOfDuty(age string) {
	if duty.Concerns(posada.AgeBand(age)) {
		p.heading("duty.minor")
		p.line("  " + command("duty"))
	}
}
