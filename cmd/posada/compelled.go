package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// caseCompelled is for the hour when somebody stands at the door with a paper. What
// helps is said before anything is asked of the node: it is there without a token,
// with the node locked, and whatever else goes wrong.
func (c *cli) caseCompelled() *cobra.Command {
	var in client.NewPaper
	var told bool
	cmd := c.command("compelled [CASE]", "posada", "case")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	f := cmd.Flags()
	f.StringVar(&in.Kind, "paper", "", c.Text("flag.paper"))
	f.StringVar(&in.Counsel, "counsel", "", c.Text("flag.counsel"))
	f.StringSliceVar(&in.Names, "names", nil, c.Text("flag.names"))
	f.StringVar(&in.From, "from", "", c.Text("flag.order_from"))
	f.StringVar(&in.Until, "until", "", c.Text("flag.order_until"))
	f.StringVar(&in.By, "by", "", c.Text("flag.order_by"))
	f.StringVar(&in.Secret, "secret-until", "", c.Text("flag.order_secret"))
	f.BoolVar(&told, "told", false, c.Text("flag.told"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in.Case = strings.ToLower(strings.Join(args, ""))
		kind := posada.Instrument(in.Kind)
		switch {
		case in.Kind != "" && !posada.Known(kind):
			return commandline.UsageError(c.Text("cli.no_such", "word", in.Kind, "command", "posada words paper"))
		case told && in.Case == "":
			return commandline.UsageError(c.Text("compelled.whom"))
		case told:
			return c.toldPerson(cmd, client.NewTold{Case: in.Case, Counsel: in.Counsel})
		case in.Case != "" && in.Kind == "":
			return c.papers(cmd, in.Case)
		}
		if err := c.atTheDoor(kind); err != nil || in.Case == "" {
			return err
		}
		return c.recordPaper(cmd, in, kind)
	}
	return cmd
}

// atTheDoor says what to do, by what was brought.
func (c *cli) atTheDoor(kind posada.Instrument) error {
	if c.output.ForPrograms() {
		return nil
	}
	return c.print(nil, func(p *page) {
		if kind == "" {
			p.say("compelled.which")
			p.table(nil, vocabularyRows(p, "paper"))
			p.line("")
			kind = posada.InstrumentUnsure
		} else {
			p.say("compelled.is", "kind", p.Term("paper", string(kind)))
			p.line("  " + p.Term("paper_means", string(kind)))
			p.line("")
		}
		if kind.Judicial() {
			p.say("compelled.order")
			names := p.Text("compelled.order_names")
			if kind == posada.InstrumentSearchWarrant { // it names a place, and nobody
				names = p.Text("compelled.warrant_names")
			}
			p.indented(p.Text("compelled.order_steps", "names", names))
			return
		}
		p.say("compelled.stop")
		p.indented(p.Text("compelled.stop_steps"))
		p.heading("compelled.say")
		p.line("")
		p.indented(p.Text("compelled.words"))
		p.line("")
	})
}

// recordPaper records what came. Where no judge signed it the command ends as one
// that was refused, for nothing is given.
func (c *cli) recordPaper(cmd *cobra.Command, in client.NewPaper, kind posada.Instrument) error {
	node, err := c.ask()
	if err != nil {
		return err
	}
	out, err := node.RecordPaper(cmd.Context(), in)
	if err != nil {
		return err
	}
	err = c.print(out, func(p *page) { p.recorded(out) })
	if err == nil && !kind.Judicial() {
		return errCompelsNothing
	}
	return err
}

// recorded says what was written down, and of an order what there is of it here.
func (p *page) recorded(r client.RecordedPaper) {
	o := r.Paper.Order
	if o == nil {
		p.say("compelled.came", "case", r.Case, "at", moment(r.Paper.Came))
		return
	}
	p.line("")
	p.say("compelled.recorded", "case", r.Case)
	p.order(r.Paper)
	if len(r.Held) > 0 {
		p.heading("compelled.held")
		for _, k := range r.Held {
			p.line("  " + p.Term("category", string(k)))
		}
		p.say("compelled.look")
		p.line("  " + command("referral", "list"))
	} else {
		p.heading("compelled.not_held")
	}
	if r.More {
		p.say("compelled.more")
	}
	p.say("compelled.by_hand")
	if o.Secret != "" {
		p.heading("compelled.secret", "until", o.Secret)
	} else {
		p.heading("compelled.tell")
	}
	p.line("  " + command("case", "compelled", r.Case, "--told"))
}

// order is one paper as it was recorded.
func (p *page) order(r client.Paper) {
	p.line("  " + p.Text("compelled.line", "at", moment(r.Came), "kind", p.Term("paper", string(r.Kind)), "name", r.By))
	o := r.Order
	if o == nil {
		return
	}
	p.line("  " + p.Text("compelled.names", "what", i18n.Terms(p.Printer, "category", o.Names), "by", o.By, "counsel", o.Counsel))
	if o.From != "" || o.Until != "" {
		p.line("  " + p.Text("compelled.period", "from", or(string(o.From), "…"), "until", or(string(o.Until), "…")))
	}
	if o.Told.IsZero() {
		p.line("  " + p.untold(o))
		return
	}
	p.line("  " + p.Text("compelled.told", "at", moment(o.Told), "name", o.ToldBy))
}

// untold says that the person is to be told, and from when on.
func (p *page) untold(o *client.Order) string {
	if o.Secret != "" {
		return p.Text("compelled.untold_secret", "until", o.Secret)
	}
	return p.Text("compelled.untold")
}

// papers shows what came in a case.
func (c *cli) papers(cmd *cobra.Command, label string) error {
	node, err := c.ask()
	if err != nil {
		return err
	}
	of, err := findCase(cmd.Context(), node, label)
	if err != nil {
		return err
	}
	list := of.Papers
	if list == nil {
		list = []client.Paper{}
	}
	return c.print(list, func(p *page) {
		if len(list) == 0 {
			p.say("compelled.none", "case", label)
			p.line("  " + command("case", "compelled"))
			return
		}
		for _, r := range list {
			p.order(r)
		}
		if of.Tell > 0 {
			p.heading("compelled.tell")
			p.line("  " + command("case", "compelled", label, "--told"))
		}
	})
}

func (c *cli) toldPerson(cmd *cobra.Command, in client.NewTold) error {
	node, err := c.ask()
	if err != nil {
		return err
	}
	out, err := node.Told(cmd.Context(), in)
	if err != nil {
		return err
	}
	return c.print(out, func(p *page) {
		p.say("compelled.told_now", "case", out.Label)
		for _, r := range out.Papers {
			if r.Order != nil {
				p.order(r)
			}
		}
	})
}

// toTell lists the people who are to be told that an order came.
func (p *page) toTell(list []client.Case) {
	for _, k := range list {
		for _, r := range k.Papers {
			if r.Order != nil && r.Order.Told.IsZero() {
				p.line("  " + k.Label + " · " + p.untold(r.Order))
			}
		}
	}
}

// noPaper wants counsel asked before a case is destroyed in which a paper came: to
// destroy what is asked for because it is asked for may be a crime (18 U.S.C. 1519).
// It is a question, and no hold: a person's word is not suspended by a paper.
func (c *cli) noPaper(ctx context.Context, node *client.Client, label string) error {
	of, err := findCase(ctx, node, label)
	switch {
	case errors.Is(err, errNoSuchID):
		return nil // the node says so
	case err != nil || len(of.Papers) == 0:
		return err
	}
	c.subject = of.Label
	return errPaperCame
}
