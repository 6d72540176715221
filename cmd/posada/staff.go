package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) staff() *cobra.Command {
	group := c.group("staff", "posada")
	group.AddCommand(c.staffAdd(), c.staffList(), c.staffRole(), c.staffDisable(), c.staffOnCall())
	return group
}

func (c *cli) staffAdd() *cobra.Command {
	var file string
	var roles []string
	cmd := c.command("add NAME", "posada", "staff")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringSliceVar(&roles, "role", nil, c.Text("flag.role"))
	cmd.Flags().StringVar(&file, "save", "", c.Text("flag.save"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if err := c.toSave(file); err != nil {
			return err
		}
		if len(roles) == 0 {
			return c.needs("--role", string(posada.RoleAdvocate))
		}
		out, err := node.AddStaff(cmd.Context(), client.NewStaff{Name: args[0], Roles: roles})
		if err != nil {
			return err
		}
		if err := c.writeSecret(file, []byte(out.Token+"\n")); err != nil {
			return err
		}
		return c.print(saved{Staff: out.Staff.ID, File: file}, func(p *page) {
			p.say("staff.added", "name", out.Staff.Name, "roles", i18n.Terms(p.Printer, "role", out.Staff.Roles))
			p.handOver(file)
		})
	}
	return cmd
}

// toSave wants a free file for a token before one is asked for: it is given
// once, and what could not be written would be lost.
func (c *cli) toSave(file string) error {
	if file == "" {
		return c.needs("--save", "ines.token")
	}
	return c.free(file)
}

// handOver says what to do with a token.
func (p *page) handOver(file string) {
	p.say("token.hand_over", "file", file)
	p.line("  export POSADA_TOKEN_FILE=" + quoted(file))
}

func (c *cli) staffList() *cobra.Command {
	cmd := c.command("list", "posada", "staff")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Staff(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			var rows [][]string
			for _, m := range list {
				standing := ""
				if m.Account {
					standing = p.Text("staff.signs_in")
				}
				if !m.Disabled.IsZero() {
					standing = p.Text("staff.until", "at", moment(m.Disabled))
				}
				rows = append(rows, []string{m.Name, posada.Brief(m.ID), i18n.Terms(p.Printer, "role", m.Roles), standing})
			}
			p.table([]i18n.Key{"column.name", "column.id", "column.does", "column.standing"}, rows)
			if len(list) == 1 {
				p.heading("staff.alone")
				p.line("  " + command("staff", "add", p.Text("staff.somebody"), "--role", string(posada.RoleAdvocate), "--save", "her.token"))
			}
		})
	}
	return cmd
}

// person finds somebody by the name she has here, or by the beginning of her
// id. Of two who were called alike it is the one who works here.
func person(ctx context.Context, node *client.Client, typed string) (client.Staff, error) {
	list, err := node.Staff(ctx)
	if err != nil {
		return client.Staff{}, err
	}
	named := slices.DeleteFunc(slices.Clone(list), func(m client.Staff) bool {
		return !strings.EqualFold(m.Name, typed) || !m.Disabled.IsZero()
	})
	if len(named) == 1 {
		return named[0], nil
	}
	return only(list, func(m client.Staff) bool { return strings.EqualFold(m.Name, typed) || begins(m.ID, typed) })
}

// change makes a command about one person.
func (c *cli) change(use string, most int, how func(context.Context, *client.Client, client.Staff, []string) (client.Staff, error), say func(*page, client.Staff)) *cobra.Command {
	cmd := c.command(use, "posada", "staff")
	cmd.Args = commandline.Between(c.Printer, min(2, most), most)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		who, err := person(cmd.Context(), node, args[0])
		if err != nil {
			return err
		}
		out, err := how(cmd.Context(), node, who, args[1:])
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { say(p, out) })
	}
	return cmd
}

func (c *cli) staffRole() *cobra.Command {
	return c.change("role NAME ROLE...", 1+len(posada.Members[posada.StaffRole]()),
		func(ctx context.Context, node *client.Client, who client.Staff, roles []string) (client.Staff, error) {
			return node.SetRoles(ctx, who.ID, client.NewRoles{Roles: append([]string{}, roles...)})
		},
		func(p *page, m client.Staff) {
			p.say("staff.does", "name", m.Name, "roles", i18n.Terms(p.Printer, "role", m.Roles))
		})
}

func (c *cli) staffDisable() *cobra.Command {
	return c.change("disable NAME", 1,
		func(ctx context.Context, node *client.Client, who client.Staff, _ []string) (client.Staff, error) {
			return node.DisableStaff(ctx, who.ID)
		},
		func(p *page, m client.Staff) { p.say("staff.disabled", "name", m.Name) })
}

func (c *cli) account() *cobra.Command {
	group := c.group("account", "posada")
	group.AddCommand(c.accountEnd())
	return group
}

func (c *cli) accountEnd() *cobra.Command {
	cmd := c.command("end NAME", "posada", "account")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		who, err := person(cmd.Context(), node, args[0])
		if err != nil {
			return err
		}
		out, err := node.EndAccount(cmd.Context(), who.ID)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("account.ended", "name", out.Name) })
	}
	return cmd
}
