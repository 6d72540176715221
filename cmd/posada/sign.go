package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

func (c *cli) networkShow() *cobra.Command {
	var opens string
	cmd := c.command("show FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&opens, "directory-keys", "", c.Text("flag.directory_keys"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return c.showFile(args[0], opens)
	}
	return cmd
}

// showFile says what any of the files is that people hand to each other.
func (c *cli) showFile(path, opens string) error {
	c.subject = path
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if d, err := enrol.ReadDraft(text); err == nil {
		return c.print(d, func(p *page) { p.practice(d.Practice); p.say("show.draft", "network", d.Network) })
	}
	if r, err := enrol.ReadRequest(text); err == nil {
		out := c.bornAs("", r, text)
		return c.print(out, func(p *page) {
			p.say("show.request", "agency", r.Agency, "class", p.Term("class", string(r.Class)), "network", r.Network)
			p.line("  " + out.Words)
		})
	}
	if s, err := enrol.ReadClaim(text); err == nil {
		return c.print(madeKey{Agency: s.Agency, Words: c.keyInWords(s.Key), Public: path}, func(p *page) {
			p.say("show.steward", "agency", s.Agency, "network", s.Network)
			p.line("  " + c.keyInWords(s.Key))
		})
	}
	if h, err := enrol.ReadHub(text); err == nil {
		digest, err := h.Digest()
		if err != nil {
			return err
		}
		return c.print(h, func(p *page) {
			p.say("show.hub", "operator", h.Operator, "address", h.Address)
			p.line("  " + c.digestInWords(digest))
		})
	}
	m, err := enrol.ReadMotion(text)
	if err != nil {
		return err
	}
	b, err := c.opened(m, opens)
	if err != nil {
		return err
	}
	return c.print(c.shownOf(m), func(p *page) {
		c.showMotion(p, m)
		if _, _, lists := m.Directory(); lists && b == nil {
			p.heading("directory.sealed")
		}
		p.listed(b)
	})
}

// motion reads what stewards are asked to sign.
func (c *cli) motion(path string) (enrol.Motion, error) {
	return readFile(c, path, enrol.ReadMotion)
}

func (c *cli) networkSign() *cobra.Command {
	cmd := c.command("sign FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	k := c.keyFlags(cmd)
	cmd.Flags().StringVar(&k.opens, "directory-keys", "", c.Text("flag.directory_keys"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := k.check(c); err != nil {
			return err
		}
		m, err := c.motion(args[0])
		if err != nil {
			return err
		}
		return c.sign(cmd, m, args[0], *k)
	}
	return cmd
}

// signedWith is what a steward signs with, as it is typed: files.
type signedWith struct {
	key, file string // her key, and what opens it
	opens     string // the keys of a sealed directory
}

func (c *cli) keyFlags(cmd *cobra.Command) *signedWith {
	var k signedWith
	cmd.Flags().StringVar(&k.key, "key", "", c.Text("flag.key"))
	cmd.Flags().StringVar(&k.file, "passphrase-file", "", c.Text("flag.passphrase_file"))
	return &k
}

func (k signedWith) check(c *cli) error {
	if k.key == "" {
		return c.needs("--key", "ana"+stewardSuffix)
	}
	return nil
}

// read opens the directory that a motion lists, if it does: nobody signs one unread.
func (c *cli) read(m enrol.Motion, opens string) (*directory.Book, error) {
	listed, err := c.opened(m, opens)
	if _, _, lists := m.Directory(); err == nil && lists && listed == nil && !m.Decided(trust.RoleDirectory) {
		return nil, errBlind
	}
	return listed, err
}

// sign shows the motion, has the steward type her passphrase, and writes her
// signature into the file.
func (c *cli) sign(cmd *cobra.Command, m enrol.Motion, path string, k signedWith) error {
	claim, err := c.claimed(k.key)
	if err != nil {
		return err
	}
	c.subject = path
	if claim.Network != m.Charter().Network {
		return enrol.ErrNetwork
	}
	for _, s := range m.Signed() {
		if s.Key.ID() == claim.Key.ID() {
			return c.print(c.shownOf(m), func(p *page) { p.say("sign.already", "file", path); c.sayNext(p, m, path) })
		}
	}
	if m.Founds() && m.Lacks() == 0 {
		return enrol.ErrSigned
	}
	if err := c.proven(cmd.Context(), m); err != nil {
		return err
	}
	listed, err := c.read(m, k.opens)
	if err != nil {
		return err
	}
	if !c.output.ForPrograms() {
		shown := &page{Printer: c.Printer}
		c.showMotion(shown, m)
		shown.listed(listed)
		fmt.Fprint(c.out, shown.text.String())
	}
	own, err := c.openSteward(cmd, k.key, k.file)
	if err != nil {
		return err
	}
	c.subject = path
	if m, err = m.Sign(own.Private); err != nil {
		return err
	}
	if err := writeMotion(path, m); err != nil {
		return err
	}
	return c.print(c.shownOf(m), func(p *page) { p.heading("sign.done", "file", path); c.sayNext(p, m, path) })
}

// writeMotion writes over a motion's file, whole or not at all.
func writeMotion(path string, m enrol.Motion) error {
	text, err := m.Write()
	if err != nil {
		return err
	}
	return vault.WriteDurably(path, text)
}

// toSign is the command that signs a motion's file.
func (p *page) toSign(path string) {
	p.line("  " + command("network", "sign", path, "--key") + " " + p.Text("arg.NAME") + stewardSuffix)
}

// sayNext says what a motion still needs, or what it can be used for.
func (c *cli) sayNext(p *page, m enrol.Motion, path string) {
	switch lacks := m.Lacks(); {
	case lacks > 0:
		p.say("motion.lacks", "count", lacks)
		p.toSign(path)
		if !m.Founds() {
			p.line("  " + command("network", "send", path))
		}
	case m.Founds():
		anchor, err := m.Anchor()
		if err != nil {
			p.say("motion.enough")
			return
		}
		p.say("sign.founded", "file", path)
		c.sayCode(p, anchor, false)
	default:
		p.say("motion.enough")
		p.line("  " + command("network", "publish", path))
	}
}

func (c *cli) networkMerge() *cobra.Command {
	cmd := c.command("merge FILE OTHER", "posada", "network")
	cmd.Args = c.exactly(2)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		m, err := c.motion(args[0])
		if err != nil {
			return err
		}
		other, err := c.motion(args[1])
		if err != nil {
			return err
		}
		if m, err = m.Merge(other); err != nil {
			return err
		}
		if err := writeMotion(args[0], m); err != nil {
			return err
		}
		return c.print(c.shownOf(m), func(p *page) { p.say("sign.merged", "file", args[0]); c.sayNext(p, m, args[0]) })
	}
	return cmd
}

func (c *cli) networkCode() *cobra.Command {
	var code bool
	cmd := c.command("code FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.Flags().BoolVar(&code, "qr", false, c.Text("flag.qr"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		m, err := c.motion(args[0])
		if err != nil {
			return err
		}
		if !m.Founds() {
			return commandline.UsageError(c.Text("network.not_founding", "file", args[0]))
		}
		anchor, err := m.Anchor()
		if err != nil {
			return err
		}
		return c.printCode(anchor, code)
	}
	return cmd
}

// invitation is a join code and what is said with it.
type invitation struct {
	Code     string `json:"code"`
	Words    string `json:"words"`
	Practice bool   `json:"practice"`
}

func (c *cli) printCode(anchor trust.Anchor, code bool) error {
	if c.output.ForPrograms() {
		text, err := anchor.Code()
		if err != nil {
			return err
		}
		return c.output.Write(c.out, invitation{text, c.networkInWords(anchor.Root), anchor.Practice})
	}
	p := &page{Printer: c.Printer}
	p.practice(anchor.Practice)
	c.sayCode(p, anchor, code)
	_, err := fmt.Fprint(c.out, p.text.String())
	return err
}

// sayCode writes the join code, and what is said on the telephone.
func (c *cli) sayCode(p *page, anchor trust.Anchor, code bool) {
	text, err := anchor.Code()
	if err != nil {
		return
	}
	p.heading("invite.code")
	p.line("  " + text)
	p.qr(code, text)
	p.heading("invite.words")
	p.line("  " + c.networkInWords(anchor.Root))
	p.say("invite.never")
}
