package main

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/spf13/cobra"

	files "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/town"
)

func (c *cli) network() *cobra.Command {
	group := c.group("network", "posada")
	group.AddCommand(
		c.networkNew(), c.networkInit(), c.networkShow(), c.networkSign(), c.networkMerge(), c.networkCode(),
		c.networkInvite(), c.networkApprove(), c.networkReadmit(), c.networkSuspend(), c.networkRemove(), c.networkReinstate(), c.networkRotate(), c.networkSend(), c.networkMotions(), c.networkFetch(), c.networkPublish(), c.networkStatus(),
	)
	return group
}

func (c *cli) networkNew() *cobra.Command {
	var d enrol.Draft
	var out string
	cmd := c.command("new", "posada", "network")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&d.Practice, "practice", false, c.Text("flag.practice"))
	cmd.Flags().StringVar(&out, "out", draftFile, c.Text("flag.out"))
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		if d.Network, err = posada.NewID[posada.NetworkID](rand.Reader); err != nil {
			return err
		}
		text, err := d.Write()
		if err != nil {
			return err
		}
		if err := c.writeNew(out, text); err != nil {
			return err
		}
		return c.print(d, func(p *page) {
			p.practice(d.Practice)
			p.say("network.new", "file", out)
			p.line("  " + command("node", "init", "--draft", out, "--class") + " " + p.Text("arg.CLASS"))
		})
	}
	return cmd
}

// begun is what a network is to begin with, as it is typed.
type begun struct {
	draft, hub, out, throwAway string
	stewards, members          []string
	threshold                  int
}

func (c *cli) networkInit() *cobra.Command {
	var b begun
	cmd := c.command("init", "posada", "network")
	cmd.Args = c.exactly(0)
	f := cmd.Flags()
	f.StringVar(&b.draft, "draft", draftFile, c.Text("flag.draft"))
	f.StringVar(&b.hub, "hub", "hub.pub", c.Text("flag.hub"))
	f.StringArrayVar(&b.stewards, "steward", nil, c.Text("flag.steward"))
	f.StringArrayVar(&b.members, "member", nil, c.Text("flag.member"))
	f.IntVar(&b.threshold, "threshold", 0, c.Text("flag.threshold"))
	f.StringVar(&b.out, "out", "founding.json", c.Text("flag.out"))
	f.StringVar(&b.throwAway, "throw-away", "", c.Text("flag.throw_away"))
	cmd.RunE = func(*cobra.Command, []string) error {
		if b.throwAway != "" {
			return c.throwAway(b)
		}
		m, err := c.proposeNetwork(b)
		if err != nil {
			return err
		}
		text, err := m.Write()
		if err != nil {
			return err
		}
		if err := c.writeNew(b.out, text); err != nil {
			return err
		}
		return c.print(c.shownOf(m), func(p *page) {
			c.showMotion(p, m)
			p.heading("network.init_next", "file", b.out)
			p.toSign(b.out)
		})
	}
	return cmd
}

// proposeNetwork reads what everybody handed in. Private keys are in none of it.
func (c *cli) proposeNetwork(b begun) (m enrol.Motion, err error) {
	f := enrol.Founding{Threshold: b.threshold}
	if f.Draft, err = readFile(c, b.draft, enrol.ReadDraft); err != nil {
		return m, err
	}
	if f.Hub, err = readFile(c, b.hub, enrol.ReadHub); err != nil {
		return m, err
	}
	if len(b.stewards) == 0 {
		return m, c.needs("--steward", "ana"+publicSuffix)
	}
	if len(b.members) == 0 {
		return m, c.needs("--member", "girasol.request:ngo")
	}
	for _, name := range b.stewards {
		claim, err := readFile(c, name, enrol.ReadClaim)
		if err != nil {
			return m, err
		}
		f.Stewards = append(f.Stewards, claim)
	}
	for _, typed := range b.members {
		// A path may have a colon, a class has none.
		at := strings.LastIndex(typed, ":")
		if at < 0 {
			return m, c.needs("--member", typed+":ngo")
		}
		class, err := c.class(typed[at+1:])
		if err != nil {
			return m, err
		}
		request, err := readFile(c, typed[:at], enrol.ReadRequest)
		if err != nil {
			return m, err
		}
		f.Members = append(f.Members, enrol.Founder{Request: request, Class: class})
	}
	if f.Policy, _, err = pdp.ReadMatrix(policy.Files); err != nil {
		return m, err
	}
	return enrol.Found(f, time.Now())
}

// throwAway makes a whole network at once: every key of every steward and
// agency on this machine. Its hub refuses to be reached by any other.
func (c *cli) throwAway(b begun) error {
	c.subject = b.throwAway
	dir, err := playing{keep: b.throwAway}.folder()
	if err != nil {
		return err
	}
	file, err := files.Files.Open("town.yaml")
	if err != nil {
		return err
	}
	defer file.Close()
	var plan town.Plan
	if err := config.Document(file, &plan); err != nil {
		return err
	}
	laid, err := town.Lay(dir, plan, time.Now())
	if err != nil {
		return err
	}
	return c.sayKept(laid, []string{"girasol", "frontera"})
}
