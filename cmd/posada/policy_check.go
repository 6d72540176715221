package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
)

// checkedTable is what a check found, for a program.
type checkedTable struct {
	Version        uint64           `json:"version"`
	Cells          int              `json:"cells"`
	Counterexample *prove.Example   `json:"counterexample,omitempty"`
	Test           string           `json:"test,omitempty"` // the counterexample as a rule for opa test
	Remarks        []matrix.Remark  `json:"remarks"`
	Examples       []checkedExample `json:"examples"`
}

type checkedExample struct {
	prove.Example
	Holds bool     `json:"holds"`
	Lacks []string `json:"lacks"`
}

// policyCheck says whether a node would run a table, and whether it does what people want.
func (c *cli) policyCheck() *cobra.Command {
	var examples string
	cmd := c.command("check FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&examples, "examples", "", c.Text("flag.policy_examples"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t, engine, err := c.ruled(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		out := checkedTable{Version: t.Version, Cells: len(t.Cells.List()), Remarks: t.Remarks(), Examples: []checkedExample{}}
		if examples != "" {
			if out.Examples, err = c.examples(cmd.Context(), engine, examples); err != nil {
				return err
			}
		}
		if err := c.print(out, func(p *page) {
			p.say("policy.right", "file", args[0], "version", t.Version, "count", out.Cells)
			p.remarks(out.Remarks)
			p.examples(out.Examples)
		}); err != nil {
			return err
		}
		return notAsSaid(out.Examples)
	}
	return cmd
}

// ruled reads a table and has the rules over it: what it says of somebody the guard refuses
// is told as a case, and it goes no further.
func (c *cli) ruled(ctx context.Context, path string) (t matrix.Table, engine *pdp.Engine, err error) {
	rules, err := pdp.Shipped()
	if err != nil {
		return t, nil, err
	}
	if t, err = c.table(path); err != nil {
		if text, unread := os.ReadFile(path); unread == nil && errors.Is(err, errWrongTable) {
			err = errors.Join(c.refuted(ctx, rules, text), err)
		}
		return t, nil, err
	}
	text, err := t.Write()
	if err != nil {
		return t, nil, err
	}
	if err := c.refuted(ctx, rules, text); err != nil {
		return t, nil, err
	}
	engine, err = rules.With(ctx, text)
	return t, engine, err
}

// refuted tells of somebody whom the guard refuses and a table would give; of a text that is
// no table at all there is no case.
func (c *cli) refuted(ctx context.Context, rules *pdp.Engine, text []byte) error {
	found, is, err := prove.Refuted(ctx, rules, text)
	if !is {
		if errors.Is(err, prove.ErrDisagreement) {
			return err
		}
		return nil
	}
	sentence := c.Text("proof.case", found.Words(c.Term)...)
	test, err := found.Example(sentence).Test()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "%s\n\n%s\n", sentence, test)
	return errRefuted
}

// policyTest asks a table what examples say.
func (c *cli) policyTest() *cobra.Command {
	cmd := c.command("test FILE EXAMPLES", "posada", "policy")
	cmd.Args = c.exactly(2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, engine, err := c.ruled(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		list, err := c.examples(cmd.Context(), engine, args[1])
		if err != nil {
			return err
		}
		if err := c.print(list, func(p *page) { p.examples(list) }); err != nil {
			return err
		}
		return notAsSaid(list)
	}
	return cmd
}

// examples asks the rules each example of a file.
func (c *cli) examples(ctx context.Context, engine *pdp.Engine, path string) (list []checkedExample, err error) {
	said, err := readFile(c, path, func(text []byte) (all []prove.Example, err error) {
		return all, config.Document(bytes.NewReader(text), &all)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range said {
		given, lacks, err := e.Ask(ctx, engine)
		if err != nil {
			return nil, err
		}
		out := checkedExample{Example: e, Holds: given == e.Given, Lacks: []string{}}
		for _, l := range client.Telling(lacks) {
			out.Lacks = append(out.Lacks, string(l))
		}
		list = append(list, out)
	}
	return list, nil
}

func notAsSaid(list []checkedExample) error {
	for _, e := range list {
		if !e.Holds {
			return errNotAsSaid
		}
	}
	return nil
}

func (p *page) examples(list []checkedExample) {
	if len(list) == 0 {
		return
	}
	hold := 0
	for _, e := range list {
		if e.Holds {
			hold++
		}
	}
	p.heading("policy.examples", "hold", hold, "count", len(list))
	for _, e := range list {
		if e.Holds {
			continue
		}
		key := i18n.Key("policy.example.given")
		if e.Given {
			key = "policy.example.refused"
		}
		p.line("  " + e.Says)
		p.line("    " + p.Text(key))
		for _, l := range e.Lacks {
			p.line("    - " + p.Term("rule", l))
		}
	}
}

// remarks are what is allowed, and perhaps not meant.
func (p *page) remarks(list []matrix.Remark) {
	for _, r := range list {
		p.say(i18n.Key("policy.remark."+string(r.Why)), r.Words(p.Term)...)
	}
}
