package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) directoryPropose() *cobra.Command {
	var out, keys string
	cmd := c.command("propose FILE", "posada", "directory")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_directory"))
	cmd.Flags().StringVar(&keys, "keys", "", c.Text("flag.keys_directory"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, err := c.readBook(args[0])
		if err != nil {
			return err
		}
		s, err := c.position(cmd.Context())
		if err != nil {
			return err
		}
		return c.proposeDirectory(s, b, out, keys)
	}
	return cmd
}

// proposeDirectory seals a directory as the next version, and writes what is to be signed and
// what opens it, each to a file of its own.
func (c *cli) proposeDirectory(s position, b directory.Book, out, keys string) (err error) {
	if b.Network != s.charter.Network {
		return enrol.ErrNetwork
	}
	if b.Version, err = s.force.NextDirectory(); err != nil {
		return err
	}
	out, keys = or(out, fmt.Sprintf("directory-motion-%d.json", b.Version)), or(keys, fmt.Sprintf("directory-%d.keys", b.Version))
	if err := c.free(out, keys); err != nil {
		return err
	}
	sealed, opens, err := b.Seal(rand.Reader)
	if err != nil {
		return err
	}
	m, err := s.force.List(sealed, time.Now())
	if err != nil {
		return err
	}
	text, err := directory.WriteKeys(opens)
	if err != nil {
		return err
	}
	if err := c.writeSecret(keys, text); err != nil {
		return err
	}
	if err := c.writeMotion(m, out); err != nil {
		return err
	}
	return c.print(c.shownOf(m), func(p *page) {
		c.showMotion(p, m)
		p.listed(&b)
		p.next("directory.next", "file", out, "keys", keys)
		p.line("  " + command("network", "sign", out, "--directory-keys", keys, "--key") + " " + p.Text("arg.NAME") + stewardSuffix)
		p.line("  " + command("network", "publish", out))
		p.line("  " + command("directory", "give", keys))
	})
}

// opened is the directory that a motion proposes, by the keys in a file; nil where it proposes
// none, or no file is named.
func (c *cli) opened(m enrol.Motion, keys string) (*directory.Book, error) {
	text, version, proposes := m.Directory()
	if !proposes || keys == "" {
		return nil, nil
	}
	sealed, err := directory.ReadSealed(text)
	if err != nil {
		return nil, err
	}
	opens, err := c.directoryKeys(keys)
	if err != nil {
		return nil, err
	}
	b, err := sealed.Read(opens)
	if err == nil && (b.Version != version || b.Network != m.Charter().Network) {
		err = directory.ErrNotSame
	}
	return &b, err
}

// directoryKeys reads both keys of a directory.
func (c *cli) directoryKeys(path string) (directory.Keys, error) {
	c.subject = path
	text, err := config.ReadSecret(path)
	if err != nil {
		return directory.Keys{}, err
	}
	return directory.ReadKeys(text)
}

// listed writes all that a directory lists: whoever signs it signs all of it.
func (p *page) listed(b *directory.Book) {
	if b == nil {
		return
	}
	p.heading("directory.lists", "version", b.Version, "count", len(b.Entries))
	var rows [][]string
	for _, e := range b.Entries {
		name, who := e.Name.EN, posada.Brief(e.Member)
		if e.Name.ES != e.Name.EN {
			name += " / " + e.Name.ES
		}
		if e.ByPhone() {
			who = p.Text("directory.by_phone")
		}
		if e.Class != "" {
			who += ", " + p.Term("class", string(e.Class))
		}
		var phones []string
		for _, phone := range e.Phones {
			phones = append(phones, phone.Number)
		}
		var services []posada.ServiceType
		for _, s := range e.Services {
			services = append(services, s.Type)
		}
		rows = append(rows, []string{name, who, strings.Join(phones, ", "), i18n.Terms(p.Printer, "service", services)})
	}
	p.table([]i18n.Key{"column.listed", "column.agency", "column.phones", "column.services"}, rows)
}

func (c *cli) directoryGive() *cobra.Command {
	cmd := c.command("give FILE", "posada", "directory")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		keys, err := c.directoryKeys(args[0])
		if err != nil {
			return err
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		given, err := node.GiveDirectory(cmd.Context(), keys)
		if err != nil {
			return err
		}
		return c.print(given, func(p *page) {
			p.say("directory.given", "version", keys.Version, "count", given.Members, "file", args[0])
		})
	}
	return cmd
}

// sealing are the errors of what opens a directory.
func sealing() []problem {
	return []problem{
		{directory.ErrKeys, "cli.not_directory_keys", exitUsage},
		{directory.ErrKey, "cli.other_directory_keys", exitConflict},
		{directory.ErrSealed, "cli.not_a_directory", exitUsage},
		{directory.ErrNotSame, "cli.not_a_directory", exitUsage},
		{directory.ErrTooLarge, "cli.directory_large", exitUsage},
		{errBlind, "cli.sign_blind", exitUsage},
	}
}

// errBlind is said to whoever would sign a directory without having read it.
var errBlind = errors.New("what is sealed was not shown")
