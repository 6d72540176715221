package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// placement is what a shelter sees of needs: without a name, and those alone that a
// place there fits.
func (c *cli) placement() *cobra.Command {
	group := c.group("placement", "posada")
	group.AddCommand(c.placementList(), c.placementShow(), c.placementWatch(), c.placementDecline(), c.arrive("arrive", "posada", "placement"))
	return group
}

// hold is whom a bed is held for.
func (c *cli) hold() *cobra.Command {
	group := c.group("hold", "posada")
	group.AddCommand(c.holdList(), c.arrive("arrived", "posada", "hold"))
	return group
}

func (c *cli) placementList() *cobra.Command {
	var all bool
	cmd := c.command("list", "posada", "placement")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&all, "all", false, c.Text("flag.placements_all"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Placements(cmd.Context(), all)
		if err != nil {
			return err
		}
		if !all {
			// Of what is over nothing is left to be done, nor known.
			list = slices.DeleteFunc(list, func(l client.Placement) bool {
				return l.State == posada.PlacementClosed || l.State == posada.PlacementExpired
			})
		}
		none := len(list) == 0 && !describes(cmd.Context(), node)
		return c.print(list, func(p *page) {
			switch {
			case none:
				p.say("placement.no_places")
				p.line("  " + command("capacity", "describe", "--place", p.Text("arg.PLACE"), "--service", "shelter_emergency", "--language", "spa,eng", "--free", "2"))
			case len(list) == 0:
				p.say("placement.none")
				p.line("  " + command("placement", "watch"))
			default:
				p.placements(list)
			}
		})
	}
	return cmd
}

// describes reports whether any place is described there; where that is not to be seen,
// it is taken to be so.
func describes(ctx context.Context, node *client.Client) bool {
	places, err := node.Places(ctx)
	return err != nil || len(places) > 0
}

// placements writes a line for each.
func (p *page) placements(list []client.Placement) {
	var rows [][]string
	for _, l := range list {
		fits := l.Place
		for _, f := range l.Fits {
			fits += ", " + p.Text("placement.fits_free", "place", f.Place, "free", f.Free)
		}
		until := l.Until
		if !l.Lasts.IsZero() {
			until = l.Lasts
		}
		rows = append(rows, []string{
			posada.Brief(l.ID), l.From.Name, p.termOf("priority", string(l.Profile.Priority)), p.Term("placement", string(l.State)), moment(until), orDash(strings.TrimPrefix(fits, ", ")),
		})
	}
	p.table([]i18n.Key{"column.id", "column.from", "column.how_soon", "column.state", "column.until", "column.fits"}, rows)
}

func (c *cli) holdList() *cobra.Command {
	cmd := c.command("list", "posada", "hold")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Placements(cmd.Context(), false)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(l client.Placement) bool {
			return l.State != posada.PlacementHeld && l.State != posada.PlacementArrived
		})
		return c.print(list, func(p *page) {
			if len(list) == 0 {
				p.say("hold.none")
				p.line("  " + command("placement", "list"))
				return
			}
			p.placements(list)
		})
	}
	return cmd
}

func (c *cli) placementShow() *cobra.Command {
	cmd := c.command("show ID", "posada", "placement")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.placementMeant(cmd, args[0])
		if err != nil {
			return err
		}
		out, err := node.Placement(cmd.Context(), id)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.placement(out) })
	}
	return cmd
}

func (c *cli) placementDecline() *cobra.Command {
	var reason string
	cmd := c.command("decline ID", "posada", "placement")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&reason, "reason", "", c.Text("flag.reason"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.placementMeant(cmd, args[0])
		if err != nil {
			return err
		}
		out, err := node.Decline(cmd.Context(), id, client.NewDecline{Reason: reason})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("placement.was_declined", "id", posada.Brief(out.ID), "agency", out.From.Name, "reason", p.Term("reason", reason))
		})
	}
	return cmd
}

// arrive says that whoever a bed is held for is there.
func (c *cli) arrive(verb string, path ...string) *cobra.Command {
	cmd := c.command(verb+" ID", path...)
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.placementMeant(cmd, args[0])
		if err != nil {
			return err
		}
		out, err := node.Arrived(cmd.Context(), id)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("placement.is_here", "id", posada.Brief(out.ID), "agency", out.From.Name, "place", out.Place)
			p.line("  " + command("capacity", "count", out.Place, p.Text("arg.N")))
		})
	}
	return cmd
}

// placementMeant is the node and the one need that came which somebody means.
func (c *cli) placementMeant(cmd *cobra.Command, typed string) (*client.Client, posada.NeedID, error) {
	node, err := c.ask()
	if err != nil {
		return nil, "", err
	}
	id, err := findPlacement(cmd, node, typed)
	return node, id, err
}

// findPlacement finds the one need that came an id, or the beginning of one, means.
func findPlacement(cmd *cobra.Command, node *client.Client, typed string) (posada.NeedID, error) {
	list, err := node.Placements(cmd.Context(), true)
	return meant(list, err, typed, func(l client.Placement) posada.NeedID { return l.ID }, posada.ParseID)
}

// placement writes a need that came, which places it fits and what can be done.
func (p *page) placement(l client.Placement) {
	id := posada.Brief(l.ID)
	p.say("placement.title", "id", id, "agency", l.From.Name, "state", p.Term("placement", string(l.State)))
	switch l.State {
	case posada.PlacementAsked, posada.PlacementDeclined:
		p.say("placement.answer_by", "at", moment(l.Until))
	case posada.PlacementOffered:
		p.say("placement.offers", "place", l.Place, "beds", l.Beds, "until", moment(l.Lasts))
	case posada.PlacementHeld:
		p.say("placement.holds", "place", l.Place, "beds", l.Beds, "until", moment(l.Lasts))
	case posada.PlacementArrived:
		p.say("placement.stays", "place", l.Place)
	}
	if l.Profile.Priority == "" {
		p.say("placement.forgotten")
		return
	}
	p.line("")
	p.profile(l.Profile)
	if len(l.Fits) > 0 {
		var rows [][]string
		for _, f := range l.Fits {
			rows = append(rows, []string{f.Place, strconv.Itoa(f.Free), orDash(i18n.Terms(p.Printer, "ask_first", f.Ask))})
		}
		p.line("")
		p.table([]i18n.Key{"column.fits", "column.free", "column.ask"}, rows)
	}
	p.placementNext(l)
}

// placementNext writes what can be done next, as it is typed.
func (p *page) placementNext(l client.Placement) {
	id := posada.Brief(l.ID)
	decline := "  " + command("placement", "decline", id, "--reason") + " " + p.Text("arg.REASON")
	switch l.State {
	case posada.PlacementAsked, posada.PlacementDeclined:
		if len(l.Fits) == 0 {
			p.heading("placement.fits_nowhere")
		} else {
			p.next("placement.next")
		}
		for _, f := range l.Fits {
			p.line("  " + command("offer", "make", id, "--place", f.Place))
		}
		if l.State == posada.PlacementAsked {
			p.line(decline)
		}
	case posada.PlacementOffered:
		p.next("placement.next")
		p.line("  " + command("offer", "withdraw", id))
	case posada.PlacementHeld:
		p.next("placement.next")
		p.line("  " + command("placement", "arrive", id))
	}
}
