package main

import (
	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// referralAsk asks whoever sent a referral something about it.
func (c *cli) referralAsk() *cobra.Command {
	var in client.NewQuestion
	var anyway bool
	cmd := c.command("ask ID QUESTION", "posada", "referral")
	cmd.Args = c.exactly(2)
	cmd.Flags().StringVar(&in.Note, "note", "", c.Text("flag.question_note"))
	cmd.Flags().BoolVar(&anyway, "anyway", false, c.Text("flag.anyway"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.atReferral(cmd, args[0])
		if err != nil {
			return err
		}
		if err := c.noteMayGo(cmd.Context(), node, id, in.Note, anyway); err != nil {
			return err
		}
		in.Question = args[1]
		out, err := node.AskAbout(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("question.asked", "agency", out.Peer.Name, "question", p.Term("question", in.Question))
			for _, q := range out.Questions {
				if string(q.Question) == in.Question && q.Open && !q.Covered {
					p.say("question.not_covered_there", "agency", out.Peer.Name, "category", p.Term("category", string(q.Category)))
				}
			}
		})
	}
	return cmd
}

// referralAnswer answers what was asked of a referral that was sent. Of one question no
// two wait, so people name it by its word.
func (c *cli) referralAnswer() *cobra.Command {
	var in client.NewReply
	var anyway bool
	cmd := c.command("answer ID QUESTION ANSWER", "posada", "referral")
	cmd.Args = c.exactly(3)
	cmd.Flags().StringVar(&in.Note, "note", "", c.Text("flag.question_note"))
	cmd.Flags().BoolVar(&anyway, "anyway", false, c.Text("flag.anyway"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.atReferral(cmd, args[0])
		if err != nil {
			return err
		}
		if err := c.noteMayGo(cmd.Context(), node, id, in.Note, anyway); err != nil {
			return err
		}
		shown, err := node.Referral(cmd.Context(), id)
		if err != nil {
			return err
		}
		in.Question, in.Answer = waits(shown, args[1]), args[2]
		out, err := node.AnswerAbout(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("question.answered", "agency", out.Peer.Name, "answer", p.Term("answer", in.Answer))
		})
	}
	return cmd
}

// waits is the id of the question of a word that waits; empty: none does.
func waits(r client.Referral, word string) string {
	for _, q := range r.Questions {
		if q.Open && string(q.Question) == word {
			return string(q.ID)
		}
	}
	return ""
}

// showQuestions writes what was asked about a referral, and what is typed to answer or ask.
func showQuestions(p *page, r client.Referral) {
	if len(r.Questions) > 0 {
		p.heading("question.title")
	}
	for _, q := range r.Questions {
		p.say("question.line", "at", moment(q.At), "question", p.Term("question", string(q.Question)))
		if q.Note != "" {
			p.say("question.note", "note", q.Note)
		}
		switch {
		case q.Unsent:
			p.say("question.unsent")
		case q.Answer != "":
			p.say("question.reply", "at", moment(q.Answered), "answer", p.Term("answer", string(q.Answer)))
			if q.Reply != "" {
				p.say("question.note", "note", q.Reply)
			}
		}
		if q.Open && r.Open > 0 {
			p.openQuestion(r, q)
		}
	}
	if len(r.Asks) > 0 {
		p.heading("question.may_ask", "agency", r.Peer.Name)
		p.line("  " + command("referral", "ask", posada.Brief(r.ID)) + " " + p.Term("arg", "QUESTION"))
	}
}

// openQuestion writes what becomes of a question that waits: at the source, how it is
// answered.
func (p *page) openQuestion(r client.Referral, q client.Question) {
	if r.Side == referral.Target {
		p.say("question.waits", "agency", r.Peer.Name)
		return
	}
	answers := q.Answers
	if !q.Covered {
		p.say("question.not_covered", "category", p.Term("category", string(q.Category)))
		answers = []posada.Answer{posada.AnswerNotSaid}
	}
	for _, a := range answers {
		p.line("    " + command("referral", "answer", posada.Brief(r.ID), string(q.Question), string(a)) + "  " + p.Term("answer", string(a)))
	}
}
