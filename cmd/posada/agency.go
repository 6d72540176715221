package main

import (
	"crypto/rand"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node"
)

// Files of an agency, in its folder.
const (
	vaultFolder  = "vault"
	vaultKeyFile = "vault.key"
	tokenFile    = "token"
	requestFile  = "agency.request"
	joinedFile   = "joined.json"
	configFile   = "node.yaml"
	draftFile    = "network.draft"
)

// birth is how an agency is to be made.
type birth struct {
	dir, class, staff, again, passphraseFile string
	unattended, qr                           bool
}

func (b *birth) flags(c *cli, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.dir, "dir", ".", c.Text("flag.dir"))
	f.StringVar(&b.class, "class", "", c.Text("flag.class"))
	f.StringVar(&b.staff, "staff", "", c.Text("flag.staff"))
	f.StringVar(&b.again, "again", "", c.Text("flag.again"))
	f.StringVar(&b.passphraseFile, "passphrase-file", "", c.Text("flag.passphrase_file"))
	f.BoolVar(&b.unattended, "unattended", false, c.Text("flag.unattended"))
	f.BoolVar(&b.qr, "qr", false, c.Text("flag.qr"))
}

// born is an agency that was made on this machine.
type born struct {
	Agency  posada.AgencyID    `json:"agency"`
	Class   posada.AgencyClass `json:"class"`
	Words   string             `json:"words"`
	Request string             `json:"request"`
	Token   string             `json:"token_file"`

	request []byte
}

func (c *cli) bornAs(dir string, r enrol.Request, text []byte) born {
	return born{
		Agency: r.Agency, Class: r.Class, Words: c.keyInWords(r.Identity),
		Request: in(dir, requestFile), Token: in(dir, tokenFile), request: text,
	}
}

// bear makes an agency: its vault, all its keys, the first member of staff, and
// the request that stewards are handed. Everything that can be wrong with what
// was typed is found before the first file is written.
func (c *cli) bear(cmd *cobra.Command, b birth, network posada.NetworkID) (born, error) {
	if b.class == "" {
		return born{}, c.needs("--class", "shelter")
	}
	class, err := c.class(b.class)
	if err != nil {
		return born{}, err
	}
	again := posada.AgencyID(b.again)
	if b.again != "" {
		if again, err = posada.ParseID[posada.AgencyID](b.again); err != nil {
			return born{}, commandline.UsageError(c.Text("join.not_an_id", "text", b.again))
		}
	}
	if err := c.free(in(b.dir, vaultFolder), in(b.dir, vaultKeyFile), in(b.dir, tokenFile), in(b.dir, requestFile)); err != nil {
		return born{}, err
	}
	secret, err := c.newSecret(cmd, b)
	if err != nil {
		return born{}, err
	}
	dir, now := in(b.dir, vaultFolder), time.Now()
	if _, _, err := node.Create(dir, secret, network, again, rand.Reader, now); err != nil {
		return born{}, err
	}
	// The first one does what there is to do, and says who else does.
	token, err := node.AddStaff(dir, secret, rand.Reader, time.Now, or(b.staff, c.Text("join.first_staff")),
		posada.RoleCoordinator, posada.RoleAdvocate, posada.RoleAgencyAdmin)
	if err != nil {
		return born{}, err
	}
	if err := c.writeSecret(in(b.dir, tokenFile), []byte(token+"\n")); err != nil {
		return born{}, err
	}
	text, err := node.Request(dir, secret, class, rand.Reader, now)
	if err != nil {
		return born{}, err
	}
	request, err := enrol.ReadRequest(text)
	if err != nil {
		return born{}, err
	}
	return c.bornAs(b.dir, request, text), c.writeNew(in(b.dir, requestFile), text)
}

// newSecret makes what opens the vault: a passphrase that a person types, or a
// key file for a node that starts by itself.
func (c *cli) newSecret(cmd *cobra.Command, b birth) (vault.Secret, error) {
	if b.unattended && b.passphraseFile != "" {
		return vault.Secret{}, commandline.UsageError(c.Text("join.one_secret"))
	}
	if b.unattended {
		if err := os.MkdirAll(b.dir, 0o700); err != nil {
			return vault.Secret{}, err
		}
		seed, err := config.NewSeed(in(b.dir, vaultKeyFile), rand.Reader)
		return vault.Key(seed), err
	}
	passphrase, err := c.newPassphrase(cmd.Context(), b.passphraseFile, c.Text("enrol.prompt_vault"))
	if err != nil {
		return vault.Secret{}, err
	}
	return vault.Passphrase(passphrase), os.MkdirAll(b.dir, 0o700)
}

// sayBorn says who the agency is, in words that are compared by voice.
func (c *cli) sayBorn(p *page, b born) {
	p.heading("join.agency", "agency", b.Agency, "class", p.Term("class", string(b.Class)))
	p.line("  " + b.Words)
	p.say("join.files", "request", b.Request, "token", b.Token)
}

// needs is a command line without what it needs.
func (c *cli) needs(flag, example string) error {
	return commandline.UsageError(c.Text("enrol.needs", "flag", flag, "example", example))
}
