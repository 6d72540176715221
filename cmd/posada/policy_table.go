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
}

// policyShow reads a table aloud.
func (c *cli) policyShow() *cobra.Command {
	cmd := c.command("show [FILE]", "posada", "policy")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	s := c.someFlags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		t, err := c.table(first(args))
		if err != nil {
			return err
		}
		cells, err := s.cells(c)
		if err != nil {
			return err
		}
		out := shownTable{t.Version, t.Limits.RetainDays, []matrix.Change{}}
		for _, cell := range cells {
			if mode := t.Cells.Mode(cell); mode.Gives() {
				out.Cells = append(out.Cells, matrix.Change{Cell: cell, Before: posada.ModeNever, After: mode})
			}
		}
		return c.print(out, func(p *page) {
			p.say("policy.shown", "version", t.Version, "days", t.Limits.RetainDays)
			if len(out.Cells) == 0 {
				p.heading("policy.nothing")
			}
			p.cells(out.Cells)
			p.heading("policy.never")
		})
	}
	return cmd
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

// policyEdit says something else of some cells, in a file.
func (c *cli) policyEdit() *cobra.Command {
	var word string
	var days int
	cmd := c.command("edit FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	s := c.someFlags(cmd)
	cmd.Flags().StringVar(&word, "mode", "", c.Text("flag.policy_mode"))
	cmd.Flags().IntVar(&days, "days", 0, c.Text("flag.policy_days", "most", matrix.MaxDays))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		before, err := c.table(args[0])
		if err != nil {
			return err
		}
		next, err := c.edited(before, *s, word, days)
		if err != nil {
			return err
		}
		text, err := next.Write()
		if err == nil {
			_, err = matrix.Read(text)
		}
		if err != nil {
			return c.notATable(cmd.Context(), args[0], text, err)
		}
		d := matrix.Compare(before, next)
		if err := c.written(args[0], next); err != nil {
			return err
		}
		return c.print(d, func(p *page) {
			p.difference(d)
			p.heading("policy.edited", "file", args[0])
			p.line("  " + command("policy", "check", args[0]))
		})
	}
	return cmd
}

// edited is a table after what was typed.
func (c *cli) edited(t matrix.Table, s some, word string, days int) (matrix.Table, error) {
	mode, err := one(c, "mode", word, posada.Members[posada.Mode]())
	if err != nil {
		return t, err
	}
	if days != 0 {
		t.Limits.RetainDays = days
	}
	if mode == "" {
		if days == 0 {
			return t, c.needs("--mode", string(posada.ModeConsent))
		}
		return t, nil
	}
	for _, of := range []struct {
		flag string
		said []string
	}{{"class", s.classes}, {"purpose", s.purposes}, {"category", s.categories}} {
		if len(of.said) == 0 {
			return t, c.needs("--"+of.flag, c.Text("policy.words", "kind", of.flag))
		}
	}
	cells, err := s.cells(c)
	if err != nil {
		return t, err
	}
	edits := matrix.Cells{}
	for _, cell := range cells {
		edits.Set(cell, mode)
	}
	return t.With(t.Version, edits), nil
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
