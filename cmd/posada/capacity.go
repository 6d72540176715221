package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// capacity is what a shelter has: whom its places take, and what is free.
func (c *cli) capacity() *cobra.Command {
	group := c.group("capacity", "posada")
	group.AddCommand(c.capacityList(), c.capacityDescribe(), c.capacityCount(), c.capacityRemove())
	return group
}

func (c *cli) capacityList() *cobra.Command {
	cmd := c.command("list", "posada", "capacity")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Places(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) { p.places(list) })
	}
	return cmd
}

// capacityDescribe says whom a place takes, from a file, from flags, or both.
func (c *cli) capacityDescribe() *cobra.Command {
	var typed client.NewPlace
	var free int
	cmd := c.command("describe [FILE]", "posada", "capacity")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	c.placeFlags(cmd.Flags(), &typed)
	cmd.Flags().IntVar(&free, "free", 0, c.Text("flag.place_free"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		in := typed
		if len(args) == 1 {
			if in, err = readFile(c, args[0], client.ReadPlace); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			describeOver(&in, typed)
		}
		if cmd.Flags().Changed("free") {
			in.Free = &free
		}
		out, err := node.DescribePlace(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("capacity.described")
			p.places([]client.Place{out})
			if out.Counted.IsZero() {
				p.heading("capacity.to_count")
				p.line("  " + command("capacity", "count", out.Place, p.Text("arg.N")))
			}
		})
	}
	return cmd
}

// placeFlags are the parts of what a place takes, a flag each.
func (c *cli) placeFlags(f *pflag.FlagSet, in *client.NewPlace) {
	f.StringVar(&in.Place, "place", "", c.Text("flag.place_name"))
	f.StringSliceVar(&in.Services, "service", nil, c.Text("flag.place_service"))
	f.StringSliceVar(&in.Genders, "gender", nil, c.Text("flag.place_gender"))
	f.StringSliceVar(&in.Ages, "age", nil, c.Text("flag.place_age"))
	f.StringSliceVar(&in.With, "with", nil, c.Text("flag.place_with"))
	f.StringSliceVar(&in.Exploitation, "exploitation", nil, c.Text("flag.place_exploitation"))
	f.StringSliceVar(&in.Languages, "language", nil, c.Text("flag.place_language"))
	f.BoolVar(&in.Interpreters, "interpreters", false, c.Text("flag.place_interpreters"))
	f.StringSliceVar(&in.Access, "access", nil, c.Text("flag.place_access"))
	f.BoolVar(&in.Pets, "pets", false, c.Text("flag.place_pets"))
	f.StringSliceVar(&in.Regions, "region", nil, c.Text("flag.place_region"))
	f.StringVar(&in.Longest, "longest", "", c.Text("flag.place_longest"))
	f.StringVar(&in.Meet, "meet", "", c.Text("flag.place_meet"))
}

// describeOver puts what was typed in the place of what the file says.
func describeOver(in *client.NewPlace, typed client.NewPlace) {
	in.Place, in.Longest, in.Meet = or(typed.Place, in.Place), or(typed.Longest, in.Longest), or(typed.Meet, in.Meet)
	in.Services, in.Genders, in.Ages = listOr(typed.Services, in.Services), listOr(typed.Genders, in.Genders), listOr(typed.Ages, in.Ages)
	in.With, in.Exploitation, in.Languages = listOr(typed.With, in.With), listOr(typed.Exploitation, in.Exploitation), listOr(typed.Languages, in.Languages)
	in.Access, in.Regions = listOr(typed.Access, in.Access), listOr(typed.Regions, in.Regions)
	in.Interpreters, in.Pets = typed.Interpreters || in.Interpreters, typed.Pets || in.Pets
}

// capacityCount says how many beds are free. Where there is one place it need not be
// named: it is said several times a day.
func (c *cli) capacityCount() *cobra.Command {
	cmd := c.command("count [PLACE] N", "posada", "capacity")
	cmd.Args = commandline.Between(c.Printer, 1, 2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		last := args[len(args)-1]
		free, err := strconv.Atoi(last)
		if err != nil {
			return commandline.UsageError(c.Text("capacity.no_number", "word", last))
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		in := client.NewBedCount{Free: free}
		if len(args) == 2 {
			in.Place, err = placeMeant(cmd, node, args[0])
		} else {
			in.Place, err = c.onlyPlace(cmd, node)
		}
		if err != nil {
			return err
		}
		out, err := node.CountBeds(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("capacity.counted", "place", out.Place, "free", out.Free, "held", out.Held) })
	}
	return cmd
}

func (c *cli) capacityRemove() *cobra.Command {
	cmd := c.command("remove PLACE", "posada", "capacity")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		name, err := placeMeant(cmd, node, args[0])
		if err != nil {
			return err
		}
		list, err := node.RemovePlace(cmd.Context(), client.PlaceNamed{Place: name})
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			p.say("capacity.removed", "place", name)
			p.places(list)
		})
	}
	return cmd
}

// placeMeant is the place that a name means, large letters or small. One that means none
// or several goes as it was typed.
func placeMeant(cmd *cobra.Command, node *client.Client, typed string) (string, error) {
	list, err := node.Places(cmd.Context())
	if err != nil {
		return "", err
	}
	found, err := only(list, func(at client.Place) bool { return strings.EqualFold(at.Place, strings.TrimSpace(typed)) })
	if err != nil {
		return typed, nil
	}
	return found.Place, nil
}

// onlyPlace is the place here, where there is one.
func (c *cli) onlyPlace(cmd *cobra.Command, node *client.Client) (string, error) {
	list, err := node.Places(cmd.Context())
	if err != nil {
		return "", err
	}
	if len(list) == 1 {
		return list[0].Place, nil
	}
	var all []string
	for _, at := range list {
		all = append(all, at.Place)
	}
	return "", commandline.UsageError(c.Text("capacity.which", "places", orDash(strings.Join(all, ", "))))
}

// places writes what is free where, how fresh that is, and whom each takes.
func (p *page) places(list []client.Place) {
	if len(list) == 0 {
		p.say("capacity.none")
		p.line("  " + command("capacity", "describe", "--place", p.Text("arg.PLACE"), "--service", "shelter_emergency", "--language", "spa,eng", "--free", "2"))
		return
	}
	var rows [][]string
	for _, at := range list {
		rows = append(rows, []string{at.Place, strconv.Itoa(at.Free), strconv.Itoa(at.Held), p.counted(at.Counted), p.takes(at)})
	}
	p.table([]i18n.Key{"column.place", "column.free", "column.held", "column.counted", "column.takes"}, rows)
}

// takes is whom a place takes, in one line; what it takes all of is not said.
func (p *page) takes(at client.Place) string {
	parts := []string{i18n.Terms(p.Printer, "service", at.Services)}
	add := func(text string, all bool) {
		if text != "" && !all {
			parts = append(parts, text)
		}
	}
	add(i18n.Terms(p.Printer, "gender", at.Genders), len(at.Genders) == len(posada.Members[posada.Gender]()))
	add(strings.Join(posada.Texts(at.Ages), ", "), len(at.Ages) == len(posada.Members[posada.AgeBand]()))
	add(or(i18n.Terms(p.Printer, "with", at.With), p.Text("capacity.alone")), len(at.With) == len(posada.Members[posada.HouseholdKind]()))
	add(i18n.Terms(p.Printer, "exploitation", at.Exploitation), len(at.Exploitation) == len(posada.Members[posada.ExploitationKind]()))
	add(or(p.spoken(at.Languages, at.Interpreters, "capacity.interpreters"), p.Text("capacity.speaks_none")), false)
	add(i18n.Terms(p.Printer, "access", at.Access), false)
	if at.Pets {
		parts = append(parts, p.Text("capacity.pets"))
	}
	add(i18n.Terms(p.Printer, "jurisdiction", at.Regions), false)
	add(p.termOf("nights", string(at.Longest)), false)
	add(p.termOf("meet", string(at.Meet)), false)
	return strings.Join(parts, " · ")
}

// counted says how long ago beds were counted: what is old may be taken.
func (p *page) counted(at time.Time) string {
	if at.IsZero() {
		return p.Text("counted.never")
	}
	switch ago := time.Since(at); {
	case ago < 2*time.Minute:
		return p.Text("counted.now")
	case ago < 2*time.Hour:
		return p.Text("counted.minutes", "count", int(ago.Minutes()))
	case ago < 48*time.Hour:
		return p.Text("counted.hours", "count", int(ago.Hours()))
	default:
		return p.Text("counted.days", "count", int(ago.Hours()/24))
	}
}
