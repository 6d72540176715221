package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

func (c *cli) networkInvite() *cobra.Command {
	var code bool
	cmd := c.command("invite", "posada", "network")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&code, "qr", false, c.Text("flag.qr"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := c.position(cmd.Context())
		if err != nil {
			return err
		}
		return c.printCode(trust.Anchor{
			Network: s.network.Network, Root: s.network.Root, Hub: s.network.Hub, Pins: s.members.Hub.Pins, Practice: s.charter.Practice,
		}, code)
	}
	return cmd
}

func (c *cli) networkApprove() *cobra.Command {
	var class, out string
	var sponsors []string
	cmd := c.command("approve FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringArrayVar(&sponsors, "sponsor", nil, c.Text("flag.sponsor"))
	cmd.Flags().StringVar(&class, "class", "", c.Text("flag.class_given"))
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_roster"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if class == "" {
			return c.needs("--class", "shelter")
		}
		given, err := c.class(class)
		if err != nil {
			return err
		}
		request, s, err := c.asked(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		speak, err := c.sponsors(cmd.Context(), s, request, sponsors)
		if err != nil {
			return err
		}
		m, err := s.force.Admit(request, given, speak, time.Now())
		if err != nil {
			return err
		}
		return c.propose(m, out, func(p *page) {
			p.say("approve.who", "agency", request.Agency, "class", p.Term("class", string(given)))
			p.line("  " + c.keyInWords(request.Identity))
			if request.Class != given {
				p.say("approve.other_class", "class", p.Term("class", string(request.Class)))
			}
			p.say("approve.compare")
			p.line("")
		})
	}
	return cmd
}

func (c *cli) networkReadmit() *cobra.Command {
	var out string
	cmd := c.command("readmit FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_roster"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		request, s, err := c.asked(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		m, err := s.force.Readmit(request, time.Now())
		if err != nil {
			return err
		}
		return c.propose(m, out, func(p *page) {
			p.say("readmit.who", "agency", request.Agency)
			p.line("  " + c.keyInWords(request.Identity))
			p.say("readmit.compare")
			p.line("")
		})
	}
	return cmd
}

// propose writes a motion to a file of its own, and says who is to sign it.
func (c *cli) propose(m enrol.Motion, out string, first func(*page)) error {
	out = or(out, fmt.Sprintf("%s-%d.json", m.Examined()[0].Role, m.Examined()[0].Version))
	if err := c.writeMotion(m, out); err != nil {
		return err
	}
	return c.print(c.shownOf(m), func(p *page) {
		first(p)
		c.showMotion(p, m)
		p.next("network.next", "file", out)
		p.toSign(out)
		p.line("  " + command("network", "send", out))
		p.line("  " + command("network", "publish", out))
	})
}

func (c *cli) writeMotion(m enrol.Motion, out string) error {
	text, err := m.Write()
	if err != nil {
		return err
	}
	return c.writeNew(out, text)
}

func (c *cli) networkRemove() *cobra.Command { return c.stand("remove AGENCY", posada.StandingRemoved) }

func (c *cli) networkReinstate() *cobra.Command {
	return c.stand("reinstate AGENCY", posada.StandingActive)
}

// stand makes a command that proposes another standing for a member.
func (c *cli) stand(use string, to posada.Standing) *cobra.Command {
	var out string
	cmd := c.command(use, "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_roster"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.subject = args[0]
		s, err := c.position(cmd.Context())
		if err != nil {
			return err
		}
		id, err := s.member(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		m, err := s.force.Stand(id, to, time.Now())
		if err != nil {
			return err
		}
		return c.propose(m, out, func(*page) {})
	}
	return cmd
}

func (c *cli) networkSuspend() *cobra.Command {
	cmd := c.command("suspend AGENCY", "posada", "network")
	cmd.Args = c.exactly(1)
	k := c.brakeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.subject = args[0]
		if err := k.check(c); err != nil {
			return err
		}
		s, err := c.position(cmd.Context())
		if err != nil {
			return err
		}
		id, err := s.member(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.brake(cmd, s, trust.Brake{Suspend: []posada.AgencyID{id}}, *k, func(p *page, until string) {
			p.heading("suspend.done", "agency", posada.Brief(id), "until", until)
			p.line("  " + command("network", "remove", posada.Brief(id)))
		})
	}
	return cmd
}

func decisions(m enrol.Motion) []client.Signed {
	var all []client.Signed
	for _, p := range m.Proposals {
		all = append(all, client.Signed{Document: p.Document, Target: p.Target})
	}
	return all
}

func (c *cli) networkPublish() *cobra.Command {
	cmd := c.command("publish FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := c.motion(args[0])
		if err != nil {
			return err
		}
		if m.Lacks() > 0 {
			return enrol.ErrUnsigned
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		if err := node.Publish(cmd.Context(), decisions(m)); err != nil {
			return err
		}
		return c.print(c.shownOf(m), func(p *page) {
			p.practice(m.Charter().Practice)
			p.say("publish.done")
			if _, version, lists := m.Directory(); lists {
				p.say("directory.now_give")
				p.line("  " + command("directory", "give", fmt.Sprintf("directory-%d.keys", version)))
			}
		})
	}
	return cmd
}

func (c *cli) networkStatus() *cobra.Command {
	cmd := c.command("status", "posada", "network")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		n, err := node.Network(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(n, func(p *page) { c.showNetwork(p, n) })
	}
	return cmd
}

// showNetwork writes how the network stands, as this node has verified it.
func (c *cli) showNetwork(p *page, n client.Network) {
	p.practice(n.Practice)
	p.say("network.known", "network", n.Network)
	p.line("  " + c.networkInWords(n.Root))
	if n.Member {
		p.say("network.member")
	} else {
		p.say("network.not_member")
	}
	if n.Threshold == 0 {
		return // the hub was never heard
	}
	p.say("network.decide", "threshold", n.Threshold, "stewards", len(n.Stewards))
	p.say("network.runs", "roster", n.Roster, "policy", n.Policy, "signed", or(moment(n.SignedAt), p.Text("status.never")))
	if n.Directory > 0 {
		p.say("network.directory", "version", n.Directory)
	}
	for _, w := range n.Waiting {
		p.say("network.waits", "role", p.Term("signed_role", w.Role), "version", w.Version, "from", moment(w.From))
	}
	for _, b := range n.Brakes {
		if len(b.Suspend) > 0 {
			p.say("network.brake", "steward", posada.Brief(b.Steward), "agencies", briefs(b.Suspend), "until", moment(b.Until))
		}
		if b.Never+b.Objects > 0 {
			p.say("network.brake_policy", "steward", posada.Brief(b.Steward), "never", b.Never, "objects", b.Objects, "until", moment(b.Until))
		}
	}
	r, err := roster.Read(n.InForce[string(trust.RoleRoster)].Target)
	if err != nil {
		return
	}
	c.showRoster(p, r.Snapshot(), r.Snapshot(), true)
}
