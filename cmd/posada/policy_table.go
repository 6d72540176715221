package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// policyInit writes a table to begin from: the one that is in force, or the one that this
// program carries.
func (c *cli) policyInit() *cobra.Command {
	var out string
	var inForce bool
	cmd := c.command("init", "posada", "policy")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.policy_out"))
	cmd.Flags().BoolVar(&inForce, "in-force", false, c.Text("flag.policy_in_force"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		t, err := c.table("")
		if inForce && err == nil {
			t, err = c.following(cmd.Context())
		}
		if err != nil {
			return err
		}
		out = cmp.Or(out, tableFile(t.Version))
		text, err := t.Write()
		if err != nil {
			return err
		}
		if err := c.writeNew(out, append(text, '\n')); err != nil {
			return err
		}
		return c.print(map[string]any{"out": out, "version": t.Version}, func(p *page) {
			p.say("policy.begun", "file", out, "version", t.Version)
			p.line("  " + command("policy", "show", out))
			p.line("  " + command("policy", "edit", out, "--class", "school", "--purpose", "education", "--category", "needs", "--mode", "consent"))
			p.line("  " + command("policy", "check", out))
		})
	}
	return cmd
}

// following is what the stewards signed last, as this agency's node knows it, under the
// next number.
func (c *cli) following(ctx context.Context) (matrix.Table, error) {
	s, err := c.position(ctx)
	if err != nil {
		return matrix.Table{}, err
	}
	t, err := s.table()
	t.Version++
	return t, err
}

// shownTable is a table, or part of it, for a program.
type shownTable struct {
	Version uint64          `json:"version"`
	Days    int             `json:"retain_days"`
	Cells   []matrix.Change `json:"cells"` // as they would be after never
	View    []matrix.Look   `json:"view"`
}

// policyShow reads a table aloud.
func (c *cli) policyShow() *cobra.Command {
	cmd := c.command("show [FILE]", "posada", "policy")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	s := c.someFlags(cmd)
	roles := c.rolesFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		t, err := c.table(first(args))
		if err != nil {
			return err
		}
		out, err := c.shown(t, *s, *roles)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("policy.shown", "version", t.Version, "days", t.Limits.RetainDays)
			if len(*roles) == 0 {
				if len(out.Cells) == 0 {
					p.heading("policy.nothing")
				}
				p.cells(out.Cells)
				p.heading("policy.never")
			}
			if len(s.classes)+len(s.purposes) == 0 {
				p.looks("policy.view", "view.says", out.View)
				p.heading("policy.unseen")
			}
		})
	}
	return cmd
}

// shown is the part of a table that was asked for: cells of a class and a purpose, or what
// roles see; without either, both.
func (c *cli) shown(t matrix.Table, s some, roles []string) (out shownTable, err error) {
	out = shownTable{t.Version, t.Limits.RetainDays, []matrix.Change{}, []matrix.Look{}}
	cells, err := s.cells(c)
	if err != nil {
		return out, err
	}
	looks, err := s.looks(c, roles)
	if err != nil {
		return out, err
	}
	if len(roles) == 0 {
		for _, cell := range cells {
			if mode := t.Cells.Mode(cell); mode.Gives() {
				out.Cells = append(out.Cells, matrix.Change{Cell: cell, Before: posada.ModeNever, After: mode})
			}
		}
	}
	if len(s.classes)+len(s.purposes) == 0 {
		for _, l := range looks {
			if t.Sees().Shows(l) {
				out.View = append(out.View, l)
			}
		}
	}
	return out, nil
}

// cells writes what cells say, under each class.
func (p *page) cells(cells []matrix.Change) {
	for _, class := range posada.Members[posada.AgencyClass]() {
		of := slices.DeleteFunc(slices.Clone(cells), func(c matrix.Change) bool { return c.Class != class })
		if len(of) == 0 {
			continue
		}
		p.line("")
		for _, g := range matrix.Groups(of) {
			p.line("  " + p.group(g))
		}
	}
}

// notATable says why what was typed makes no table: the file is as it was.
func (c *cli) notATable(ctx context.Context, path string, text []byte, err error) error {
	p := &page{Printer: c.Printer}
	p.say("policy.not_edited", "file", path)
	for _, m := range matrix.Mistakes(err) {
		p.line("  " + m.Where + ": " + c.Text(wrongTable(m), "word", m.Word, "days", matrix.MaxDays))
	}
	fmt.Fprint(c.err, p.text.String())
	rules, err := pdp.Shipped()
	if err != nil {
		return err
	}
	return errors.Join(c.refuted(ctx, rules, text), errWrongTable)
}

// policyDiff says all that changes where one table follows another.
func (c *cli) policyDiff() *cobra.Command {
	cmd := c.command("diff BEFORE AFTER", "posada", "policy")
	cmd.Args = c.exactly(2)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		before, err := c.table(args[0])
		if err != nil {
			return err
		}
		after, err := c.table(args[1])
		if err != nil {
			return err
		}
		d := matrix.Compare(before, after)
		return c.print(labelled{d.Label(), d}, func(p *page) { p.difference(d) })
	}
	return cmd
}

// labelled is a difference with what it comes to.
type labelled struct {
	Label matrix.Label `json:"label"`
	matrix.Difference
}

// first is the first argument, or none.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
