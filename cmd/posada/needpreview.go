package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// leaveOut is the flag that takes parts out of what would be said.
const leaveOut = "leave-out"

// needPreview shows word for word what would be asked, and of whom.
func (c *cli) needPreview() *cobra.Command {
	var typed client.NewNeed
	var without []string
	var instead string
	cmd := c.command("preview [FILE]", "posada", "need")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	c.needFlags(cmd.Flags(), &typed)
	cmd.Flags().StringSliceVar(&without, leaveOut, nil, c.Text("flag.leave_out_parts"))
	cmd.Flags().StringVar(&instead, "instead", "", c.Text("flag.need_instead"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		in, err := c.needTyped(cmd, node, args, typed, instead)
		if err != nil {
			return err
		}
		for _, part := range without {
			if err := dropPart(&in, part); err != nil {
				return err
			}
		}
		out, err := node.PreviewNeed(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { showNeedPreview(p, out, retyped(cmd, args), without) })
	}
	return cmd
}

// needTyped is a need as it was typed, over the file that says it, or over the need that it
// takes the place of.
func (c *cli) needTyped(cmd *cobra.Command, node *client.Client, args []string, typed client.NewNeed, instead string) (in client.NewNeed, err error) {
	if instead != "" {
		id, err := findNeed(cmd, node, instead)
		if err != nil {
			return in, err
		}
		n, err := node.Need(cmd.Context(), id)
		if err != nil {
			return in, err
		}
		in = n.Profile.Again()
		in.Instead = id
	}
	if len(args) == 1 {
		before := in.Instead
		if in, err = readFile(c, args[0], client.ReadNeed); err != nil {
			return in, fmt.Errorf("%s: %w", args[0], err)
		}
		in.Instead = before
	}
	typeOver(&in, typed)
	return in, nil
}

// needFlags are the parts of a need, a flag each.
func (c *cli) needFlags(f *pflag.FlagSet, in *client.NewNeed) {
	f.StringVar(&in.Case, "case", "", c.Text("flag.case"))
	f.StringVar(&in.Priority, "priority", "", c.Text("flag.need_priority"))
	f.StringSliceVar(&in.Services, "service", nil, c.Text("flag.need_service"))
	f.StringVar(&in.Gender, "gender", "", c.Text("flag.need_gender"))
	f.StringVar(&in.Age, "age", "", c.Text("flag.need_age"))
	f.StringVar(&in.Size, "size", "", c.Text("flag.need_size"))
	f.StringSliceVar(&in.With, "with", nil, c.Text("flag.need_with"))
	f.StringVar(&in.Exploitation, "exploitation", "", c.Text("flag.need_exploitation"))
	f.StringSliceVar(&in.Languages, "language", nil, c.Text("flag.need_language"))
	f.BoolVar(&in.Interpreter, "interpreter", false, c.Text("flag.need_interpreter"))
	f.StringSliceVar(&in.Access, "access", nil, c.Text("flag.need_access"))
	f.BoolVar(&in.Pets, "pets", false, c.Text("flag.need_pets"))
	f.StringVar(&in.Region, "region", "", c.Text("flag.need_region"))
	f.StringVar(&in.Nights, "nights", "", c.Text("flag.need_nights"))
	f.StringSliceVar(&in.Wishes, "wish", nil, c.Text("flag.need_wish"))
	f.StringArrayVar(&in.Leave, "leave", nil, c.Text("flag.need_leave"))
}

// typeOver puts what was typed in the place of what the file says.
func typeOver(in *client.NewNeed, typed client.NewNeed) {
	in.Case, in.Priority = or(typed.Case, in.Case), or(typed.Priority, in.Priority)
	in.Gender, in.Age, in.Size = or(typed.Gender, in.Gender), or(typed.Age, in.Age), or(typed.Size, in.Size)
	in.Exploitation, in.Region, in.Nights = or(typed.Exploitation, in.Exploitation), or(typed.Region, in.Region), or(typed.Nights, in.Nights)
	in.Interpreter, in.Pets = typed.Interpreter || in.Interpreter, typed.Pets || in.Pets
	in.Services, in.With, in.Languages = listOr(typed.Services, in.Services), listOr(typed.With, in.With), listOr(typed.Languages, in.Languages)
	in.Access, in.Wishes = listOr(typed.Access, in.Access), listOr(typed.Wishes, in.Wishes)
	in.Leave = append(in.Leave, typed.Leave...)
}

func listOr(list, otherwise []string) []string {
	if len(list) > 0 {
		return list
	}
	return otherwise
}

// dropPart takes a part out of what would be said.
func dropPart(in *client.NewNeed, part string) error {
	switch need.Part(part) {
	case need.PartWishes:
		in.Wishes = nil
	case need.PartNights:
		in.Nights = ""
	case need.PartPets:
		in.Pets = false
	case need.PartExploitation:
		in.Exploitation = ""
	case need.PartRegion:
		in.Region = ""
	case need.PartLanguages:
		in.Languages, in.Interpreter = nil, false
	case need.PartSize:
		in.Size = ""
	case need.PartWith:
		in.With = nil
	case need.PartAge:
		in.Age = ""
	case need.PartAccess:
		in.Access = nil
	case need.PartGender:
		in.Gender = ""
	default:
		return fault.New(fault.Invalid, fault.UnknownWord, "where", "--"+leaveOut, "kind", "part")
	}
	return nil
}

// retyped is the command line as it was typed, without what it left out already.
func retyped(cmd *cobra.Command, args []string) []string {
	words := append([]string{"need", cmd.Name()}, args...)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed || f.Name == leaveOut {
			return
		}
		switch list, is := f.Value.(pflag.SliceValue); {
		case f.Value.Type() == "bool":
			words = append(words, "--"+f.Name)
		case is && f.Value.Type() == "stringArray":
			for _, one := range list.GetSlice() {
				words = append(words, "--"+f.Name, one)
			}
		case is:
			words = append(words, "--"+f.Name, strings.Join(list.GetSlice(), ","))
		default:
			words = append(words, "--"+f.Name, f.Value.String())
		}
	})
	return words
}

// showNeedPreview writes what is read out to the person, what in it may point at
// somebody, and how it is asked.
func showNeedPreview(p *page, out client.NeedPreview, again, without []string) {
	p.say("need.read_aloud")
	p.heading("need.read_begins")
	p.profile(out.Profile)
	p.say("need.read_not")
	p.agenciesUnder("need.read_asks", out.Asks)
	if len(out.Excluded) > 0 {
		p.agenciesUnder("need.read_excluded", out.Excluded)
	}
	if len(out.Call) > 0 {
		p.heading("need.read_calls")
		for _, a := range out.Call {
			p.line("  " + reached(a))
		}
	}
	if len(out.Asks) > 0 {
		p.heading("need.read_ends")
	}
	p.warning(out.Warning, again, without)
	if len(out.Asks) == 0 {
		p.heading("need.nobody")
		p.line("  " + command("status", "--members"))
	}
	p.heading("need.ready", "until", moment(out.Until))
	if out.Instead != "" {
		p.say("need.instead", "id", posada.Brief(out.Instead))
	}
	p.line("  " + command("need", "post", out.Digest, "--permission"))
}

// agenciesUnder names agencies under a heading, with how many they are.
func (p *page) agenciesUnder(heading i18n.Key, list []client.Agency) {
	p.heading(heading, "count", len(list))
	for _, name := range names(list) {
		p.line("  " + name)
	}
}

// warning says what may point at somebody, with the command that says less.
func (p *page) warning(w client.NeedWarning, again, without []string) {
	if len(w.Rare) == 0 && w.Many == 0 {
		return
	}
	p.heading("need.may_point")
	if len(w.Rare) > 0 {
		p.say("need.rare", "parts", i18n.Terms(p.Printer, "part", w.Rare))
	}
	if w.Many > 0 {
		p.say("need.many", "count", w.Many)
	}
	p.say("need.say_less")
	parts := append(slices.Clone(without), w.Leave...)
	p.line("  " + command(append(again, "--"+leaveOut, strings.Join(parts, ","))...))
}
