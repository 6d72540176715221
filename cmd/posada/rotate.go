package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// sponsors are the two members that are named to speak for an agency that joins;
// of one that is a member already nobody is asked.
func (c *cli) sponsors(ctx context.Context, s position, r enrol.Request, typed []string) (speak [2]posada.AgencyID, err error) {
	if slices.ContainsFunc(s.members.Agencies, func(a roster.Agency) bool { return a.ID == r.Agency }) {
		return speak, nil
	}
	if len(typed) != len(speak) {
		return speak, c.needs("--sponsor", "k3xq --sponsor m7ab")
	}
	for i, name := range typed {
		c.subject = name
		if speak[i], err = s.member(ctx, name); err != nil {
			return speak, err
		}
		for _, b := range s.network.Brakes {
			if slices.Contains(b.Suspend, speak[i]) {
				return speak, trust.ErrSponsors
			}
		}
	}
	return speak, nil
}

func (c *cli) stewardReplace() *cobra.Command {
	var out, directory string
	cmd := c.command("replace FILE", "posada", "steward")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_root"))
	cmd.Flags().StringVar(&directory, "directory", "", c.Text("flag.directory_in_force"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		claim, err := readFile(c, args[0], enrol.ReadClaim)
		if err != nil {
			return err
		}
		s, err := c.toRotate(cmd.Context(), directory)
		if err != nil {
			return err
		}
		m, err := s.force.Replace(claim, time.Now())
		if err != nil {
			return err
		}
		return c.propose(m, out, func(p *page) {
			p.say("replace.who", "agency", posada.Brief(claim.Agency))
			p.line("  " + c.keyInWords(claim.Key))
			p.say("replace.compare")
			p.line("")
		})
	}
	return cmd
}

func (c *cli) networkRotate() *cobra.Command {
	var stewards []string
	var threshold int
	var out, directory string
	cmd := c.command("rotate", "posada", "network")
	cmd.Args = c.exactly(0)
	f := cmd.Flags()
	f.StringArrayVar(&stewards, "steward", nil, c.Text("flag.steward_next"))
	f.IntVar(&threshold, "threshold", 0, c.Text("flag.threshold"))
	f.StringVar(&out, "out", "", c.Text("flag.out_root"))
	f.StringVar(&directory, "directory", "", c.Text("flag.directory_in_force"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if len(stewards) == 0 {
			return c.needs("--steward", "ana"+publicSuffix)
		}
		next := enrol.Stewardship{Threshold: threshold}
		for _, name := range stewards {
			claim, err := readFile(c, name, enrol.ReadClaim)
			if err != nil {
				return err
			}
			next.Stewards = append(next.Stewards, claim)
		}
		s, err := c.toRotate(cmd.Context(), directory)
		if err != nil {
			return err
		}
		m, err := s.force.Rotate(next, time.Now())
		if err != nil {
			return err
		}
		return c.propose(m, out, func(p *page) {
			p.say("rotate.compare")
			p.line("")
		})
	}
	return cmd
}

// toRotate is what is in force, with the file of the directory, which nodes do
// not hand out.
func (c *cli) toRotate(ctx context.Context, directory string) (position, error) {
	s, err := c.position(ctx)
	if err != nil || directory == "" {
		return s, err
	}
	m, err := readFile(c, directory, enrol.ReadMotion)
	if err != nil {
		return s, err
	}
	sealed, version, lists := m.Directory()
	if now, err := trust.VersionOf(s.force.Directory.Document); err != nil || !lists || now != version {
		return s, trust.ErrMix
	}
	s.force.Directory.Target = sealed
	return s, nil
}
