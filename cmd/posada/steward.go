package main

import (
	"crypto/rand"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/steward"
)

// Files of a steward: the one she keeps and the one she hands out.
const (
	stewardSuffix = ".steward"
	publicSuffix  = ".pub"
)

func (c *cli) stewardCommand() *cobra.Command {
	group := c.group("steward", "posada")
	var agency, file string
	var code bool
	cmd := c.command("keygen NAME", "posada", "steward")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&agency, "agency", "", c.Text("flag.agency_request"))
	cmd.Flags().StringVar(&file, "passphrase-file", "", c.Text("flag.passphrase_file"))
	cmd.Flags().BoolVar(&code, "qr", false, c.Text("flag.qr"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.stewardKey(cmd, args[0], agency, file, code)
	}
	group.AddCommand(cmd, c.stewardReplace())
	return group
}

// madeKey is what is said of a steward's key.
type madeKey struct {
	Agency posada.AgencyID `json:"agency"`
	Words  string          `json:"words"`
	Public string          `json:"public"` // file
	Keep   string          `json:"keep"`   // file
}

// stewardKey makes one key, for the agency whose request is named: there is no
// way to make those of several stewards at once.
func (c *cli) stewardKey(cmd *cobra.Command, name, agency, file string, code bool) error {
	if agency == "" {
		return c.needs("--agency", requestFile)
	}
	request, err := readFile(c, agency, enrol.ReadRequest)
	if err != nil {
		return err
	}
	made := madeKey{Agency: request.Agency, Public: name + publicSuffix, Keep: name + stewardSuffix}
	if err := c.free(made.Public, made.Keep); err != nil {
		return err
	}
	passphrase, err := c.newPassphrase(cmd.Context(), file, c.Text("enrol.prompt_steward"))
	if err != nil {
		return err
	}
	defer clear(passphrase)
	key, public, sealed, err := steward.New(request.Network, request.Agency, passphrase, rand.Reader)
	if err != nil {
		return err
	}
	made.Words = c.keyInWords(key.Private.Public())
	if err := c.writeSecret(made.Keep, sealed); err != nil {
		return err
	}
	if err := c.writeNew(made.Public, public); err != nil {
		return err
	}
	return c.print(made, func(p *page) {
		p.say("steward.made", "agency", made.Agency)
		p.line("  " + made.Words)
		p.qr(code, string(public))
		p.next("steward.next", "public", filepath.Base(made.Public), "keep", filepath.Base(made.Keep))
	})
}

// claimed reads whose key a steward's file is, without opening it.
func (c *cli) claimed(path string) (enrol.Claim, error) {
	sealed, err := config.ReadSecret(path)
	if err != nil {
		return enrol.Claim{}, err
	}
	c.subject = path
	return steward.Claim(sealed)
}

// openSteward opens a steward's key for a network, after all that she is to
// sign was shown: typing the passphrase is her consent to it.
func (c *cli) openSteward(cmd *cobra.Command, path, file string) (steward.Key, error) {
	c.subject = path
	sealed, err := config.ReadSecret(path)
	if err != nil {
		return steward.Key{}, err
	}
	passphrase, err := c.secretText(cmd.Context(), file, c.Text("enrol.prompt_sign", "file", filepath.Base(path)))
	if err != nil {
		return steward.Key{}, err
	}
	defer clear(passphrase)
	return steward.Open(sealed, passphrase)
}
