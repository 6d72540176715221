package main

import (
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
)

// savedRules is what one release decides over a table, for the next to be held against.
type savedRules struct {
	Table   json.RawMessage `json:"table"`
	Answers prove.Answers   `json:"answers"`
}

var errNotSaved = errors.New("the file is none that posada policy prove --save wrote")

// saveAnswers writes what the rules of this program decide over a table.
func (c *cli) saveAnswers(path string, engine *pdp.Engine, table []byte) error {
	answers, err := prove.Answered(engine, table)
	if err != nil {
		return err
	}
	text, err := json.Marshal(savedRules{table, answers})
	if err != nil {
		return err
	}
	return c.writeNew(path, append(text, '\n'))
}

// policyUpgrade says what the rules of this program decide otherwise than those of another.
func (c *cli) policyUpgrade() *cobra.Command {
	cmd := c.command("upgrade FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		before, err := readFile(c, args[0], func(text []byte) (s savedRules, err error) {
			if json.Unmarshal(text, &s) != nil || len(s.Answers.Conditions) == 0 || len(s.Table) == 0 {
				return s, errNotSaved
			}
			return s, nil
		})
		if err != nil {
			return err
		}
		rules, err := pdp.Shipped()
		if err != nil {
			return err
		}
		engine, err := rules.With(cmd.Context(), before.Table)
		if err != nil {
			return err
		}
		now, err := prove.Answered(engine, before.Table)
		if err != nil {
			return err
		}
		changed := now.Since(before.Answers)
		return c.print(changed, func(p *page) { p.upgraded(changed) })
	}
	return cmd
}

// upgraded writes what conditions answer otherwise.
func (p *page) upgraded(changed []prove.Otherwise) {
	wider := 0
	for _, o := range changed {
		if o.Wider() {
			wider++
		}
	}
	switch {
	case len(changed) == 0:
		p.say("policy.upgrade_none")
		return
	case wider == 0:
		p.say("policy.upgrade_stricter", "count", len(changed))
	default:
		p.say("policy.upgrade_wider", "count", len(changed), "wider", wider)
	}
	for _, o := range changed {
		key := i18n.Key("policy.upgrade_counts")
		switch {
		case o.Added:
			key = "policy.upgrade_added"
		case o.Gone:
			key = "policy.upgrade_gone"
		case o.Asks:
			key = "policy.upgrade_asks"
		}
		p.line("  " + string(o.Entry) + " " + string(o.Condition) + ": " + p.Term("rule", string(o.Condition)))
		p.line("    " + p.Text(key, "more", o.More, "fewer", o.Fewer, "all", o.All))
	}
}
