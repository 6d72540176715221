package main

import (
	"crypto/rand"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/vault"
)

// nodePassphrase works on the vault's file and asks no node: whoever may read
// that file may try passphrases anyway, and nothing secret goes over a line.
func (c *cli) nodePassphrase() *cobra.Command {
	var dir, old, next string
	cmd := c.command("passphrase", "posada", "node")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&dir, "dir", ".", c.Text("flag.dir"))
	cmd.Flags().StringVar(&old, "passphrase-file", "", c.Text("flag.passphrase_file"))
	cmd.Flags().StringVar(&next, "new-passphrase-file", "", c.Text("flag.new_passphrase_file"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		where := in(dir, vaultFolder)
		c.subject = where
		asks, err := vault.OpensByPassphrase(where)
		if err != nil {
			return err
		}
		if !asks {
			return errNoPhrase
		}
		from, err := c.passphrase(cmd.Context(), old)
		if err != nil {
			return err
		}
		defer clear(from)
		to, err := c.newPassphrase(cmd.Context(), next, c.Text("enrol.prompt_vault"))
		if err != nil {
			return err
		}
		defer clear(to)
		if err := vault.Rewrap(where, vault.Passphrase(from), vault.Passphrase(to), rand.Reader); err != nil {
			return err
		}
		return c.print(struct {
			Vault string `json:"vault"`
		}{where}, func(p *page) { p.say("passphrase.changed", "vault", where) })
	}
	return cmd
}
