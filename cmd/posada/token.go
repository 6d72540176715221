package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) token() *cobra.Command {
	group := c.group("token", "posada")
	group.AddCommand(c.tokenAdd(), c.tokenList(), c.tokenRevoke())
	return group
}

// saved is a token that lies in a file now: it is shown on no screen.
type saved struct {
	Staff posada.StaffID `json:"staff"`
	Token posada.TokenID `json:"token,omitempty"`
	File  string         `json:"token_file"`
}

func (c *cli) tokenAdd() *cobra.Command {
	var file, of string
	var in client.NewToken
	cmd := c.command("add", "posada", "token")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&of, "of", "", c.Text("flag.token_of"))
	cmd.Flags().StringVar(&in.Name, "name", "", c.Text("flag.token_name"))
	cmd.Flags().StringSliceVar(&in.Scopes, "scope", nil, c.Text("flag.token_scope"))
	cmd.Flags().IntVar(&in.Rate, "rate", 0, c.Text("flag.token_rate"))
	cmd.Flags().StringVar(&file, "save", "", c.Text("flag.save"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if err := c.toSave(file); err != nil {
			return err
		}
		if of != "" {
			who, err := person(cmd.Context(), node, of)
			if err != nil {
				return err
			}
			in.Of = string(who.ID)
		}
		out, err := node.AddToken(cmd.Context(), in)
		if err != nil {
			return err
		}
		if err := c.writeSecret(file, []byte(out.Token+"\n")); err != nil {
			return err
		}
		return c.print(saved{Staff: out.Of, Token: out.ID, File: file}, func(p *page) {
			p.say("token.added", "id", posada.Brief(out.ID))
			p.handOver(file)
		})
	}
	return cmd
}

func (c *cli) tokenList() *cobra.Command {
	cmd := c.command("list", "posada", "token")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Tokens(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			// Who may not list the staff sees only her own, and knows her name.
			names := map[posada.StaffID]string{}
			if staff, err := node.Staff(cmd.Context()); err == nil {
				for _, m := range staff {
					names[m.ID] = m.Name
				}
			}
			p.tokens(list, names)
		})
	}
	return cmd
}

// tokens are people's own, and sessions, and then those of programs.
func (p *page) tokens(list []client.Token, names map[posada.StaffID]string) {
	var rows, programs [][]string
	for _, t := range list {
		whose := or(names[t.Of], p.Text("token.yours"))
		if t.Name != "" {
			used := or(t.Used, p.Text("token.never_used"))
			programs = append(programs, []string{t.Name, posada.Brief(t.ID), whose, strings.Join(posada.Texts(t.Scopes), ", "), strconv.Itoa(t.Rate), used})
			continue
		}
		standing := ""
		if t.Session {
			standing = p.Text("token.session", "at", moment(t.Until))
		}
		if t.Asks {
			standing = p.Text("token.this")
		}
		rows = append(rows, []string{posada.Brief(t.ID), whose, moment(t.Made), standing})
	}
	p.table([]i18n.Key{"column.id", "column.of", "column.made", "column.standing"}, rows)
	if len(programs) > 0 {
		p.line("")
		p.table([]i18n.Key{"column.program", "column.id", "column.of", "column.scopes", "column.rate", "column.used"}, programs)
	}
}

func (c *cli) tokenRevoke() *cobra.Command {
	cmd := c.command("revoke ID", "posada", "token")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Tokens(cmd.Context())
		if err != nil {
			return err
		}
		one, err := only(list, func(t client.Token) bool {
			return t.Name != "" && strings.EqualFold(t.Name, args[0]) || begins(t.ID, args[0])
		})
		if err != nil {
			return err
		}
		out, err := node.RevokeToken(cmd.Context(), one.ID)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("token.revoked", "id", posada.Brief(out.Revoked))
			if one.Asks {
				p.say("token.revoked_own")
			}
		})
	}
	return cmd
}
