package main

import (
	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// supposed is what somebody's consent says, as it is typed; what is not typed is as it must
// be for something to be given.
type supposed struct {
	class, purpose, status, by, age, where, coSigned, optIn, standing string
	categories, services, withheld                                    []string
}

// supposition is what would be given, for a program.
type supposition struct {
	Given   []posada.Category                      `json:"given"`
	Refused map[posada.Category][]posada.Condition `json:"refused"`
	Days    int                                    `json:"retain_days"`
}

// policyWhatIf asks the rules about one person's consent that nobody recorded.
func (c *cli) policyWhatIf() *cobra.Command {
	var s supposed
	cmd := c.command("what-if [FILE]", "posada", "policy")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	f := cmd.Flags()
	f.StringVar(&s.class, "class", "", c.Text("flag.if_class"))
	f.StringVar(&s.purpose, "purpose", "", c.Text("flag.if_purpose"))
	f.StringSliceVar(&s.categories, "category", nil, c.Text("flag.if_category"))
	f.StringSliceVar(&s.withheld, "withhold", nil, c.Text("flag.if_withhold"))
	f.StringSliceVar(&s.services, "service", nil, c.Text("flag.if_service"))
	f.StringVar(&s.status, "status", "", c.Text("flag.if_status"))
	f.StringVar(&s.by, "given-by", "", c.Text("flag.if_given_by"))
	f.StringVar(&s.age, "age", "", c.Text("flag.if_age"))
	f.StringVar(&s.where, "jurisdiction", "", c.Text("flag.if_jurisdiction"))
	f.StringVar(&s.coSigned, "co-signed", "", c.Text("flag.if_co_signed"))
	f.StringVar(&s.optIn, "opt-in", "", c.Text("flag.if_opt_in"))
	f.StringVar(&s.standing, "standing", "", c.Text("flag.if_standing"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, engine, err := c.ruled(cmd.Context(), first(args))
		if err != nil {
			return err
		}
		d, err := s.facts(c)
		if err != nil {
			return err
		}
		permit, err := engine.Disclose(cmd.Context(), d)
		if err != nil {
			return err
		}
		out := supposition{permit.Categories().List(), map[posada.Category][]posada.Condition{}, permit.RetainDays()}
		for _, category := range d.Asked.Minus(permit.Categories()).List() {
			out.Refused[category] = client.Telling(permit.Unmet(category))
		}
		return c.print(out, func(p *page) { p.supposed(d, out) })
	}
	return cmd
}

// facts is what the rules are asked.
func (s supposed) facts(c *cli) (d pdp.Disclosure, err error) {
	if s.class == "" {
		return d, c.needs("--class", string(posada.ClassLegalAid))
	}
	if s.purpose == "" {
		return d, c.needs("--purpose", string(posada.PurposeLegal))
	}
	var x prove.Supposed
	var w said
	suppose(&w, c, "class", s.class, posada.Members[posada.AgencyClass](), &x.Class)
	suppose(&w, c, "purpose", s.purpose, posada.Members[posada.Purpose](), &x.Purpose)
	suppose(&w, c, "standing", s.standing, posada.Members[posada.Standing](), &x.Standing)
	suppose(&w, c, "consent", s.status, posada.Members[posada.ConsentStatus](), &x.Status)
	suppose(&w, c, "given_by", s.by, posada.Members[posada.GivenBy](), &x.GivenBy)
	suppose(&w, c, "age_band", s.age, posada.Members[posada.AgeBand](), &x.AgeBand)
	suppose(&w, c, "jurisdiction", s.where, posada.Members[posada.Jurisdiction](), &x.Jurisdiction)
	suppose(&w, c, "opt_in", s.optIn, posada.Members[posada.OptIn](), &x.OptIn)
	suppose(&w, c, "co_signed", s.coSigned, posada.Members[posada.CoSigner](), &x.CoSigned)
	supposeSome(&w, c, "category", s.categories, posada.Leaving(), &x.Categories)
	supposeSome(&w, c, "category", s.withheld, posada.Leaving(), &x.Withheld)
	supposeSome(&w, c, "service", s.services, posada.Members[posada.ServiceType](), &x.Services)
	return x.Disclosure(), w.err
}

// said remembers the first flag that says no word of its kind.
type said struct{ err error }

func suppose[T ~string](w *said, c *cli, kind, word string, all []T, into *T) {
	read, err := one(c, kind, word, all)
	if w.err == nil {
		w.err = err
	}
	if read != "" {
		*into = read
	}
}

func supposeSome[T ~string](w *said, c *cli, kind string, typed []string, all []T, into *[]T) {
	if len(typed) == 0 {
		return
	}
	list, err := wordsOf(c, kind, typed, all)
	if w.err == nil && err != nil {
		w.err = commandline.UsageError(err.Error())
	}
	*into = list
}

func (p *page) supposed(d pdp.Disclosure, out supposition) {
	who, why := p.Term("class", string(d.Recipient.Class)), p.Term("purpose", string(d.Purpose))
	if len(out.Given) == 0 {
		p.say("policy.if_nothing", "class", who, "purpose", why)
	} else {
		p.say("policy.if_given", "class", who, "purpose", why, "days", out.Days)
		for _, c := range out.Given {
			p.line("  " + p.Term("category", string(c)))
		}
	}
	if len(out.Refused) == 0 {
		return
	}
	p.heading("policy.if_refused")
	for _, a := range client.AllAlike(out.refused()) {
		p.line("  " + i18n.Terms(p.Printer, "category", a.Categories) + ":")
		for _, l := range a.Lacks {
			p.line("    - " + p.Term("rule", string(l)))
		}
	}
}

// refused is what would not be given, in the order of the vocabulary.
func (s supposition) refused() (list []client.NotGiven) {
	for _, c := range posada.Leaving() {
		if lacks, is := s.Refused[c]; is {
			list = append(list, client.NotGiven{Category: c, Lacks: lacks})
		}
	}
	return list
}
