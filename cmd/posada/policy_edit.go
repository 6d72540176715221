package main

import (
	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// edit is what somebody would have a table say: cells in a mode, what roles see, or for how
// long anything may be kept.
type edit struct {
	some
	roles      []string
	mode       string
	days       int
	show, hide bool
}

// policyEdit says something else of some cells, in a file.
func (c *cli) policyEdit() *cobra.Command {
	var e edit
	cmd := c.command("edit FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	s, roles := c.someFlags(cmd), c.rolesFlag(cmd)
	cmd.Flags().StringVar(&e.mode, "mode", "", c.Text("flag.policy_mode"))
	cmd.Flags().BoolVar(&e.show, "show", false, c.Text("flag.policy_show"))
	cmd.Flags().BoolVar(&e.hide, "hide", false, c.Text("flag.policy_hide"))
	cmd.Flags().IntVar(&e.days, "days", 0, c.Text("flag.policy_days", "most", matrix.MaxDays))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		before, err := c.table(args[0])
		if err != nil {
			return err
		}
		e.some, e.roles = *s, *roles
		next, err := c.edited(before, e)
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

// rolesFlag is roles as they are typed.
func (c *cli) rolesFlag(cmd *cobra.Command) *[]string {
	var roles []string
	cmd.Flags().StringSliceVar(&roles, "role", nil, c.Text("flag.policy_role"))
	return &roles
}

// looks reads what was typed of who sees what; of what is not typed, all.
func (s some) looks(c *cli, roles []string) (looks []matrix.Look, err error) {
	list, err := wordsOf(c, "role", roles, posada.Members[posada.StaffRole]())
	if err != nil {
		return nil, commandline.UsageError(err.Error())
	}
	categories, err := wordsOf(c, "category", s.categories, posada.Members[posada.Category]())
	if err != nil {
		return nil, commandline.UsageError(err.Error())
	}
	for _, role := range list {
		for _, category := range categories {
			looks = append(looks, matrix.Look{Role: role, Category: category})
		}
	}
	return looks, nil
}

// edited is a table after what was typed.
func (c *cli) edited(t matrix.Table, e edit) (matrix.Table, error) {
	if e.days != 0 {
		t.Limits.RetainDays = e.days
	}
	switch {
	case len(e.roles) > 0 || e.show || e.hide:
		return c.editedView(t, e)
	case e.mode != "":
		return c.editedCells(t, e)
	case e.days == 0:
		return t, c.needs("--mode", string(posada.ModeConsent))
	}
	return t, nil
}

// said asks for words of each kind that has to be typed.
func (c *cli) said(kinds map[string][]string, order ...string) error {
	for _, kind := range order {
		if len(kinds[kind]) == 0 {
			return c.needs("--"+kind, c.Text("policy.words", "kind", kind))
		}
	}
	return nil
}

func (c *cli) editedCells(t matrix.Table, e edit) (matrix.Table, error) {
	mode, err := one(c, "mode", e.mode, posada.Members[posada.Mode]())
	if err != nil {
		return t, err
	}
	if err := c.said(map[string][]string{"class": e.classes, "purpose": e.purposes, "category": e.categories}, "class", "purpose", "category"); err != nil {
		return t, err
	}
	cells, err := e.cells(c)
	if err != nil {
		return t, err
	}
	edits := matrix.Cells{}
	for _, cell := range cells {
		edits.Set(cell, mode)
	}
	return t.With(t.Version, edits), nil
}

// editedView shows roles something, or hides it.
func (c *cli) editedView(t matrix.Table, e edit) (matrix.Table, error) {
	if e.show == e.hide {
		return t, commandline.UsageError(c.Text("policy.show_or_hide"))
	}
	if len(e.classes)+len(e.purposes) > 0 || e.mode != "" {
		return t, commandline.UsageError(c.Text("policy.role_or_class"))
	}
	if err := c.said(map[string][]string{"role": e.roles, "category": e.categories}, "role", "category"); err != nil {
		return t, err
	}
	looks, err := e.looks(c, e.roles)
	if err != nil {
		return t, err
	}
	t.View = t.Sees().With(e.show, looks...)
	return t, nil
}
