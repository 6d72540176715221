package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/signing"
)

func (c *cli) consent() *cobra.Command {
	group := c.group("consent", "posada")
	group.AddCommand(c.consentForm(), c.consentAdd(), c.consentAsk(), c.consentAnswer(), c.consentRenew(), c.consentList(), c.consentShow(), c.consentOptIn(), c.consentEnd())
	return group
}

func (c *cli) consentAdd() *cobra.Command {
	cmd := c.command("add FILE", "posada", "consent")
	cmd.Args = c.exactly(1)
	file := c.consentFile(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		in, err := file.read(c, args[0])
		if err != nil {
			return err
		}
		out, err := node.AddConsent(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.consented(out, args[0], in.AgeBand) })
	}
	return cmd
}

// consented says what was recorded from a file, and what to do next.
func (p *page) consented(out client.Consent, file, ageBand string) {
	if onlyAsked(out) {
		p.asked(out)
		p.remindOfDuty(ageBand)
		return
	}
	p.say("consent.recorded", "case", out.Case, "until", moment(out.Expires))
	showConsent(p, out)
	p.mayTell(out, ageBand)
	p.remindOfDuty(ageBand)
	if len(out.Lacks) > 0 {
		p.heading("consent.again")
		p.line("  " + again(out, file))
		return
	}
	p.next("consent.next")
	p.line("  " + command("referral", "preview", referralBeside(file), "--case", out.Case))
}

// again is how what lacks something is recorded once it was put right. What was asked
// first, or is renewed, has its lines from there: its file may have none of its own.
func again(k client.Consent, file string) string {
	if len(k.History) > 1 || k.Renews != "" {
		return command("consent", "renew", posada.Brief(k.ID), file)
	}
	return command("consent", "add", file, "--case", k.Case)
}

// readConsent reads a consent's file and the signed form beside it, or the one
// that was named instead. A form that was made from something else than the file
// says now is refused: what was signed is what is recorded. Days that are not zero
// count instead of the file's, and so against the form's, too.
func readConsent(file, form string, days int) (client.NewConsent, error) {
	in, beside, err := readUnsigned(file)
	if err != nil {
		return in, err
	}
	if days != 0 {
		in.Days = days
	}
	if ofAnother(in.TextVersion) {
		return in, signing.ErrText
	}
	if form == "" && beside != "" {
		form = filepath.Join(filepath.Dir(file), beside)
	}
	if form == "" {
		return in, nil
	}
	signed, err := os.ReadFile(form)
	if err != nil {
		return in, err
	}
	if of, ok := papers.MarkOf(signed); ok {
		if now, err := signing.Mark(in); err != nil || of != now {
			return in, errors.Join(errFormOther, err)
		}
	}
	in.Form = client.HashForm(signed)
	return in, nil
}

// readUnsigned reads a consent's file as it stands, and what form it says lies beside it.
func readUnsigned(file string) (in client.NewConsent, beside string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return in, "", err
	}
	if in, beside, err = client.ReadConsent(text); err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return in, beside, err
}

// consentFile is which case a consent's file is meant for, and the form that was signed,
// where somebody says so.
type consentFile struct{ label, form string }

func (c *cli) consentFile(cmd *cobra.Command) *consentFile {
	var f consentFile
	cmd.Flags().StringVar(&f.label, "case", "", c.Text("flag.case"))
	cmd.Flags().StringVar(&f.form, "form", "", c.Text("flag.form"))
	return &f
}

func (f consentFile) read(c *cli, file string) (client.NewConsent, error) {
	c.subject = file
	in, err := readConsent(file, f.form, 0)
	in.Case = or(f.label, in.Case)
	return in, err
}

// referralBeside is the referral's file that lies beside a consent's, or what
// one would be called here.
func referralBeside(file string) string {
	const name = "referral.yaml"
	beside := filepath.Join(filepath.Dir(file), name)
	if _, err := os.Stat(beside); err != nil {
		return name
	}
	return beside
}

func (c *cli) consentList() *cobra.Command {
	cmd := c.command("list", "posada", "consent")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		list, err := c.consents(cmd)
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			if len(list) == 0 {
				p.say("consent.none")
				return
			}
			var rows [][]string
			for _, k := range list {
				var to []string
				for _, a := range k.Allow {
					if !a.Withdrawn && !a.NoMore {
						to = append(to, a.To.Name)
					}
				}
				rows = append(rows, []string{k.Case, posada.Brief(k.ID), standing(p, k), moment(k.Expires), strings.Join(to, ", ")})
			}
			p.table([]i18n.Key{"column.case", "column.id", "column.status", "column.until", "column.to"}, rows)
			for _, k := range list {
				for _, why := range notValid(p, k) {
					p.line("  " + k.Case + " · " + posada.Brief(k.ID) + " · " + why)
				}
				p.remindOfAsking(k)
			}
		})
	}
	return cmd
}

func (c *cli) consents(cmd *cobra.Command) ([]client.Consent, error) {
	node, err := c.ask()
	if err != nil {
		return nil, err
	}
	return node.Consents(cmd.Context())
}

// consentShow shows the one record an id means, or all of a case: what a later
// one says does not always replace what an earlier one said.
func (c *cli) consentShow() *cobra.Command {
	cmd := c.command("show ID", "posada", "consent")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		list, err := c.consents(cmd)
		if err != nil {
			return err
		}
		found := slices.DeleteFunc(slices.Clone(list), func(k client.Consent) bool { return !strings.EqualFold(k.Case, args[0]) })
		if len(found) == 0 {
			one, err := only(list, func(k client.Consent) bool { return begins(k.ID, args[0]) })
			if err != nil {
				return err
			}
			found = append(found, one)
		}
		return c.print(found, func(p *page) {
			for i, k := range found {
				if i > 0 {
					p.line("")
				}
				p.title(k)
				showConsent(p, k)
			}
		})
	}
	return cmd
}

// standing is a consent's status in one word; one that can permit nothing is
// not called given.
func standing(p *page, k client.Consent) string {
	if len(k.Lacks) > 0 && (k.Status == posada.ConsentGiven || k.Status == posada.ConsentRenewed) {
		return p.Text("consent.not_valid_yet")
	}
	return p.Term("consent", string(k.Status))
}

// notValid says why a consent can permit nothing.
func notValid(p *page, k client.Consent) []string {
	var why []string
	for _, lack := range k.Lacks {
		if lack == "G3.informed" {
			why = append(why, p.Text("consent.missing", "what", i18n.Terms(p.Printer, "informed", k.Missing)))
			continue
		}
		why = append(why, p.Text("consent.not_valid", "what", p.Text(i18n.Key("rule."+string(lack)))))
	}
	return why
}

// showConsent writes what a consent allows, line by line.
func showConsent(p *page, k client.Consent) {
	if onlyAsked(k) {
		p.question(k)
		return
	}
	var rows [][]string
	for _, a := range k.Allow {
		use := p.Text("consent.any_use")
		if a.SingleUse {
			use = p.Text("consent.one_use")
		}
		if a.Used {
			use = p.Text("consent.used")
		}
		if a.NoMore {
			use = p.Text("consent.no_more")
		}
		if a.Withdrawn {
			use = p.Text("consent.taken_back")
		}
		rows = append(rows, []string{a.To.Name, p.Term("purpose", string(a.Purpose)), i18n.Terms(p.Printer, "category", a.Share), use})
	}
	p.heading("consent.allows")
	p.table([]i18n.Key{"column.to", "column.purpose", "column.shares", "column.use"}, rows)
	for _, a := range k.Exclude {
		p.say("consent.excludes", "agency", a.Name)
	}
	if len(k.Withhold) > 0 {
		p.say("consent.withholds", "what", i18n.Terms(p.Printer, "category", k.Withhold))
	}
	switch o := k.OptIn; {
	case o == nil:
	case time.Now().Before(o.Counts):
		p.say("consent.opt_in_rests", "asked", moment(o.Asked), "counts", moment(o.Counts))
	default:
		p.say("consent.opt_in_counts", "asked", moment(o.Asked))
	}
	if k.Renews != "" {
		p.say("consent.renews", "id", posada.Brief(k.Renews))
	}
	for _, why := range notValid(p, k) {
		p.line(why)
	}
}

// consentOptIn is the ceremony without which nothing is given to law enforcement.
// What it takes is said by whoever was there, each by itself; when it was is the
// node's to say.
func (c *cli) consentOptIn() *cobra.Command {
	var in client.NewOptIn
	cmd := c.command("opt-in ID", "posada", "consent")
	cmd.Args = c.exactly(1)
	cmd.Flags().BoolVar(&in.Asked, "asked", false, c.Text("flag.opt_in_asked"))
	cmd.Flags().BoolVar(&in.Counsel, "counsel", false, c.Text("flag.opt_in_counsel"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Consents(cmd.Context())
		if err != nil {
			return err
		}
		one, err := only(list, func(k client.Consent) bool { return begins(k.ID, args[0]) })
		if err != nil {
			return err
		}
		out, err := node.OptIn(cmd.Context(), one.ID, in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("consent.opted_in", "case", out.Case, "counts", moment(out.OptIn.Counts))
			p.line("  " + command("withdraw", out.Case))
		})
	}
	return cmd
}

// only finds the one thing an argument means.
func only[T any](list []T, is func(T) bool) (found T, err error) {
	err = errNoSuchID
	for _, x := range list {
		if !is(x) {
			continue
		}
		if err == nil {
			return found, errManyIDs
		}
		found, err = x, nil
	}
	return found, err
}

// meant is the one of a list that an id, or the beginning of one, means. Where the node
// is locked there is no list, and an id that was typed whole needs none.
func meant[T any, ID ~string](list []T, failed error, typed string, id func(T) ID, parse func(string) (ID, error)) (ID, error) {
	if p, ok := errors.AsType[*client.Problem](failed); ok && p.Key == string(fault.NodeLocked) {
		if whole, wrong := parse(typed); wrong == nil {
			return whole, nil
		}
	}
	if failed != nil {
		return "", failed
	}
	found, err := only(list, func(x T) bool { return begins(id(x), typed) })
	if err != nil {
		return "", err
	}
	return id(found), nil
}

// begins reports whether an identifier begins with what somebody typed: at
// least four characters.
func begins[T ~string](id T, typed string) bool {
	return len(typed) >= 4 && strings.HasPrefix(string(id), typed)
}
