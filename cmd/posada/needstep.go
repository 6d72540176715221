package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// needStep is a command that takes one step of a need and shows where it stands then.
func (c *cli) needStep(cmd *cobra.Command, words int, step func(ctx context.Context, node *client.Client, id posada.NeedID, args []string) (client.Need, error), told func(p *page, out client.Need, args []string)) *cobra.Command {
	cmd.Args = c.exactly(words)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		id, err := findNeed(cmd, node, args[0])
		if err != nil {
			return err
		}
		out, err := step(cmd.Context(), node, id, args)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			told(p, out, args)
			p.line("  " + command("need", "show", posada.Brief(out.ID)))
		})
	}
	return cmd
}

func (c *cli) needChoose() *cobra.Command {
	return c.needStep(c.command("choose ID AGENCY", "posada", "need"), 2, func(ctx context.Context, node *client.Client, id posada.NeedID, args []string) (client.Need, error) {
		return node.ChooseOffer(ctx, id, client.NewChoice{Agency: args[1]})
	}, func(p *page, out client.Need, args []string) {
		at := slices.IndexFunc(out.Asked, func(l client.NeedLine) bool { return l.State == posada.AskedChosen || l.State == posada.AskedHolds })
		switch {
		case at < 0:
			p.say("need.chosen", "agency", args[1])
		case out.Asked[at].Phoned:
			name := out.Asked[at].Agency.Name
			p.say("need.chosen_phone", "agency", name)
			p.line("  " + command("need", "call", posada.Brief(out.ID), name, "--answer", "held"))
		default:
			p.say("need.chosen", "agency", out.Asked[at].Agency.Name)
		}
	})
}

func (c *cli) needRefuse() *cobra.Command {
	var why string
	cmd := c.command("refuse ID AGENCY", "posada", "need")
	cmd.Flags().StringVar(&why, "why", "", c.Text("flag.why"))
	return c.needStep(cmd, 2, func(ctx context.Context, node *client.Client, id posada.NeedID, args []string) (client.Need, error) {
		return node.RefuseOffer(ctx, id, client.NewChoice{Agency: args[1], Why: why})
	}, func(p *page, _ client.Need, args []string) { p.say("need.refused", "agency", args[1]) })
}

func (c *cli) needEnd() *cobra.Command {
	return c.needStep(c.command("end ID ENDING", "posada", "need"), 2, func(ctx context.Context, node *client.Client, id posada.NeedID, args []string) (client.Need, error) {
		return node.EndNeed(ctx, id, client.NewNeedEnd{How: args[1]})
	}, func(p *page, out client.Need, _ []string) {
		p.say("need.ended", "id", posada.Brief(out.ID), "state", p.Term("need_state", string(out.State)))
	})
}

// needCall records what somebody said on the telephone: most places have no node.
func (c *cli) needCall() *cobra.Command {
	var in client.NewCall
	cmd := c.command("call ID AGENCY", "posada", "need")
	cmd.Flags().StringVar(&in.Answer, "answer", "", c.Text("flag.call_answer"))
	cmd.Flags().StringVar(&in.Reason, "reason", "", c.Text("flag.reason"))
	cmd.Flags().IntVar(&in.Hours, "hours", 0, c.Text("flag.hold_hours"))
	return c.needStep(cmd, 2, func(ctx context.Context, node *client.Client, id posada.NeedID, args []string) (client.Need, error) {
		in.Agency = args[1]
		return node.RecordCall(ctx, id, in)
	}, func(p *page, out client.Need, args []string) {
		p.say("need.called", "agency", args[1], "answer", p.Term("reply", in.Answer), "state", p.Term("need_state", string(out.State)))
	})
}
