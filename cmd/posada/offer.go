package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) offer() *cobra.Command {
	group := c.group("offer", "posada")
	group.AddCommand(c.offerMake(), c.offerWithdraw())
	return group
}

// offerMake offers a place. Where only one fits it need not be named.
func (c *cli) offerMake() *cobra.Command {
	var in client.NewOffer
	cmd := c.command("make ID", "posada", "offer")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&in.Place, "place", "", c.Text("flag.place"))
	cmd.Flags().IntVar(&in.Beds, "beds", 0, c.Text("flag.beds"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.placementMeant(cmd, args[0])
		if err != nil {
			return err
		}
		if in.Place == "" {
			if in.Place, err = c.onlyFit(cmd, node, id); err != nil {
				return err
			}
		} else if in.Place, err = placeMeant(cmd, node, in.Place); err != nil {
			return err
		}
		out, err := node.Offer(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("offer.made", "place", out.Place, "beds", out.Beds, "agency", out.From.Name, "until", moment(out.Lasts))
			p.line("  " + command("placement", "show", posada.Brief(out.ID)))
		})
	}
	return cmd
}

// onlyFit is the place that a need fits, where it is one.
func (c *cli) onlyFit(cmd *cobra.Command, node *client.Client, id posada.NeedID) (string, error) {
	l, err := node.Placement(cmd.Context(), id)
	if err != nil {
		return "", err
	}
	if l.State != posada.PlacementAsked && l.State != posada.PlacementDeclined {
		return "", fault.New(fault.Conflict, fault.PlacementStands, "placement", string(l.State))
	}
	if len(l.Fits) == 1 {
		return l.Fits[0].Place, nil
	}
	var fits []string
	for _, f := range l.Fits {
		fits = append(fits, f.Place)
	}
	return "", commandline.UsageError(c.Text("offer.which", "places", orDash(strings.Join(fits, ", "))))
}

// offerWithdraw takes back an offer that was not chosen yet: it is declined, for want of
// a bed unless another reason is said.
func (c *cli) offerWithdraw() *cobra.Command {
	var reason string
	cmd := c.command("withdraw ID", "posada", "offer")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&reason, "reason", string(posada.DeclineLackOfCapacity), c.Text("flag.reason"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.placementMeant(cmd, args[0])
		if err != nil {
			return err
		}
		now, err := node.Placement(cmd.Context(), id)
		if err != nil {
			return err
		}
		if now.State != posada.PlacementOffered {
			return fault.New(fault.Conflict, fault.PlacementStands, "placement", string(now.State))
		}
		out, err := node.Decline(cmd.Context(), id, client.NewDecline{Reason: reason})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("offer.withdrawn", "agency", out.From.Name, "reason", p.Term("reason", reason))
		})
	}
	return cmd
}
