package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

func (c *cli) nodeInit() *cobra.Command {
	var b birth
	var draft string
	cmd := c.command("init", "posada", "node")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&draft, "draft", "", c.Text("flag.draft"))
	b.flags(c, cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if draft == "" {
			return c.needs("--draft", draftFile)
		}
		d, err := readFile(c, draft, enrol.ReadDraft)
		if err != nil {
			return err
		}
		born, err := c.bear(cmd, b, d.Network)
		if err != nil {
			return err
		}
		return c.print(born, func(p *page) {
			p.practice(d.Practice)
			c.sayBorn(p, born)
			p.qr(b.qr, string(born.request))
			p.heading("join.next_founding", "request", in(b.dir, requestFile))
		})
	}
	return cmd
}

func (c *cli) join() *cobra.Command {
	var b birth
	cmd := c.command("join CODE", "posada")
	cmd.Args = c.exactly(1)
	b.flags(c, cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		anchor, err := c.readCode(args[0])
		if err != nil {
			return err
		}
		return c.joinNetwork(cmd, b, anchor)
	}
	return cmd
}

// readCode reads a join code, or the file it came in.
func (c *cli) readCode(typed string) (trust.Anchor, error) {
	c.subject = c.Text("join.the_code")
	anchor, err := trust.ReadCode(typed)
	if err != nil {
		text, missing := os.ReadFile(typed)
		if missing != nil {
			return trust.Anchor{}, enrol.ErrMalformed
		}
		if anchor, err = trust.ReadCode(string(text)); err != nil {
			return trust.Anchor{}, err
		}
	}
	return anchor, enrol.CheckAddress(anchor.Hub)
}

// joined is what is said of joining.
type joined struct {
	born
	Network  posada.NetworkID `json:"network"`
	Practice bool             `json:"practice"`
	Hub      string           `json:"hub"`
	Known    string           `json:"network_words"`
	Config   string           `json:"config"`
}

// joinNetwork makes an agency that is not there yet, and tells its node which
// network it is in and where that one's hub is. The network's words are shown
// before anything is made, so that they can be compared.
func (c *cli) joinNetwork(cmd *cobra.Command, b birth, anchor trust.Anchor) error {
	if err := c.free(in(b.dir, joinedFile), in(b.dir, configFile)); err != nil {
		return err
	}
	out := joined{Network: anchor.Network, Practice: anchor.Practice, Hub: anchor.Hub, Known: c.networkInWords(anchor.Root), Config: in(b.dir, configFile)}
	founded, err := c.bornBefore(b.dir, anchor.Network)
	if err != nil {
		return err
	}
	if out.born = founded; len(founded.request) == 0 {
		if out.born, err = c.bear(cmd, b, anchor.Network); err != nil {
			return err
		}
	}
	text, err := trust.WriteAnchor(anchor)
	if err != nil {
		return err
	}
	if err := c.writeNew(in(b.dir, joinedFile), text); err != nil {
		return err
	}
	asks, err := vault.OpensByPassphrase(in(b.dir, vaultFolder))
	if err != nil {
		return err
	}
	if err := c.writeNew(out.Config, nodeConfig(anchor, asks)); err != nil {
		return err
	}
	return c.print(out, func(p *page) {
		p.practice(anchor.Practice)
		p.say("join.network", "hub", anchor.Hub)
		p.line("  " + out.Known)
		c.sayBorn(p, out.born)
		p.qr(b.qr, string(out.request))
		c.sayJoin(p, b, asks, len(founded.request) > 0)
	})
}

// sayJoin says what is left to do, as it is typed.
func (c *cli) sayJoin(p *page, b birth, asks, member bool) {
	p.next("join.next")
	if !member {
		p.say("join.next_request", "request", in(b.dir, requestFile))
	}
	p.say("join.next_compare")
	p.line("  " + command("node", "--config", in(b.dir, configFile)))
	if asks {
		p.line("  " + command("unlock"))
	}
	p.line("  export POSADA_TOKEN_FILE=" + quoted(in(b.dir, tokenFile)))
	p.line("  " + command("network", "status"))
}

// bornBefore is an agency that was made for the network before it was founded;
// its request is empty where there is none.
func (c *cli) bornBefore(dir string, network posada.NetworkID) (born, error) {
	_, err := os.Stat(in(dir, vaultFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return born{}, nil
	}
	if err != nil {
		return born{}, err
	}
	c.subject = in(dir, requestFile)
	text, err := os.ReadFile(c.subject)
	if errors.Is(err, fs.ErrNotExist) {
		c.subject = in(dir, vaultFolder)
		return born{}, errLeftOver
	}
	if err != nil {
		return born{}, err
	}
	request, err := enrol.ReadRequest(text)
	if err != nil {
		return born{}, err
	}
	if request.Network != network {
		return born{}, enrol.ErrNetwork
	}
	return c.bornAs(dir, request, text), nil
}

// nodeConfig is a node's configuration: what is not in it is as in
// deploy/node.yaml.
func nodeConfig(anchor trust.Anchor, asks bool) []byte {
	var text bytes.Buffer
	fmt.Fprintln(&text, "# A node's configuration; deploy/node.yaml explains every setting.")
	if anchor.Practice {
		fmt.Fprintln(&text, "# PRACTICE: nothing in this network is real.")
	}
	fmt.Fprintln(&text, "hub: "+anchor.Hub) // readCode checked what it can hold
	if asks {
		fmt.Fprintln(&text, "passphrase: ask # a person unlocks it: posada unlock")
	} else {
		fmt.Fprintln(&text, "vault_key: "+vaultKeyFile)
	}
	return text.Bytes()
}
