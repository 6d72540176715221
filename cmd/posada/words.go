package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// vocabulary is the words a person types, by what they are for; the second
// name is their family in the catalogues.
func vocabulary() map[string]struct {
	family string
	words  []string
} {
	type list = struct {
		family string
		words  []string
	}
	return map[string]list{
		"class":    {"class", posada.Texts(posada.Members[posada.AgencyClass]())},
		"purpose":  {"purpose", posada.Texts(posada.Members[posada.Purpose]())},
		"category": {"category", posada.Texts(posada.Members[posada.Category]())},
		"service":  {"service", posada.Texts(posada.Members[posada.ServiceType]())},
		"priority": {"priority", posada.Texts(posada.Members[posada.Priority]())},
		"state":    {"state", posada.Texts(posada.Members[posada.ReferralState]())},
		"reason":   {"reason", posada.Texts(posada.Members[posada.DeclineReason]())},
		"outcome":  {"outcome", posada.Texts(posada.Members[posada.Outcome]())},
		"question": {"question", posada.Texts(posada.Members[posada.Question]())},
		"answer":   {"answer", posada.Texts(posada.Members[posada.Answer]())},
		"informed": {"informed", posada.Texts(posada.Members[posada.Informed]())},
		"given_by": {"given_by", posada.Texts(posada.Members[posada.GivenBy]())},
		"age_band": {"", posada.Texts(posada.Members[posada.AgeBand]())},
		"method":   {"method", posada.Texts(posada.Members[posada.ConsentMethod]())},

		"condition":    {"condition", posada.Texts(posada.Members[posada.ServiceCondition]())},
		"jurisdiction": {"jurisdiction", posada.Texts(posada.Members[posada.Jurisdiction]())},
		"assent":       {"assent", posada.Texts(posada.Members[posada.Assent]())},
		"conflict":     {"conflict", posada.Texts(posada.Members[posada.ConflictCheck]())},
		"co_signed":    {"co_signed", posada.Texts(posada.Members[posada.CoSigner]())},
		"consent":      {"consent", posada.Texts(consent.Endings())},
		"role":         {"role", posada.Texts(posada.Members[posada.StaffRole]())},
		"scope":        {"scope", posada.Texts(posada.Members[posada.Scope]())},
		"paper":        {"paper", posada.Texts(posada.Members[posada.Instrument]())},
		"day":          {"day", posada.Texts(posada.Members[posada.Weekday]())},

		"webhook": {"webhook", posada.Texts(posada.Members[posada.WebhookType]())},
		"scheme":  {"scheme", posada.Texts(posada.Members[posada.WebhookScheme]())},

		"gender":       {"gender", posada.Texts(posada.Members[posada.Gender]())},
		"size":         {"size", posada.Texts(posada.Members[posada.HouseholdSize]())},
		"with":         {"with", posada.Texts(posada.Members[posada.HouseholdKind]())},
		"exploitation": {"exploitation", posada.Texts(posada.Members[posada.ExploitationKind]())},
		"access":       {"access", posada.Texts(posada.Members[posada.AccessNeed]())},
		"nights":       {"nights", posada.Texts(posada.Members[posada.Nights]())},
		"wish":         {"wish", posada.Texts(posada.Members[posada.Wish]())},
		"meet":         {"meet", posada.Texts(posada.Members[posada.Meeting]())},
		"need_state":   {"need_state", posada.Texts(posada.Members[posada.NeedState]())},
		"reply":        {"reply", append(posada.Texts(posada.Members[posada.PlaceReply]()), "no_answer")},
		"mode":         {"cell", posada.Texts(posada.Members[posada.Mode]())},
		"part":         {"part", posada.Texts(need.Parts())},
	}
}

func (c *cli) words() *cobra.Command {
	cmd := c.command("words [KIND]", "posada")
	kinds := append(slices.Sorted(maps.Keys(vocabulary())), "fields", "minor_alone")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	cmd.ValidArgs = kinds
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.print(kinds, func(p *page) {
				p.say("words.kinds")
				for _, k := range kinds {
					p.line("  " + k)
				}
			})
		}
		switch args[0] {
		case "fields":
			return c.fields()
		case "minor_alone":
			return c.minorAlone()
		}
		list, known := vocabulary()[args[0]]
		if !known {
			return commandline.UsageError(c.Text("cli.no_such", "word", args[0], "command", "posada words"))
		}
		return c.print(list.words, func(p *page) { p.table(nil, vocabularyRows(p, args[0])) })
	}
	return cmd
}

// vocabularyRows are the words of a kind, with what each means.
func vocabularyRows(p *page, kind string) (rows [][]string) {
	list := vocabulary()[kind]
	for _, w := range list.words {
		row := []string{w}
		if list.family != "" {
			row = append(row, p.Term(list.family, w))
		}
		rows = append(rows, row)
	}
	return rows
}

// fields lists what a referral can carry, by record role.
func (c *cli) fields() error {
	type field struct {
		Role     htcds.Role      `json:"role"`
		Field    string          `json:"field"`
		Category posada.Category `json:"category,omitempty"`
	}
	var list []field
	for _, role := range htcds.Roles() {
		for _, f := range htcds.Fields(role) {
			list = append(list, field{role, f.Name, f.Category})
		}
	}
	return c.print(list, func(p *page) {
		var rows [][]string
		for _, f := range list {
			category := p.Text("preview.not_about")
			if f.Category != "" {
				category = p.Term("category", string(f.Category))
			}
			rows = append(rows, []string{string(f.Role), f.Field, category})
		}
		p.table([]i18n.Key{"column.role", "column.field", "column.category"}, rows)
	})
}

// minorAlone lists what the law of each place lets a minor consent to alone.
func (c *cli) minorAlone() error {
	table, err := pdp.MinorsAlone()
	if err != nil {
		return err
	}
	return c.print(table, func(p *page) {
		p.say("minors.reading")
		language := string(p.Language())
		for _, row := range table {
			var places []string
			for _, j := range row.Jurisdictions {
				places = append(places, p.Term("jurisdiction", string(j))+" ("+string(j)+")")
			}
			age, _, _ := strings.Cut(string(row.Youngest), "-")
			p.line("")
			p.say("minors.row", "services", strings.Join(posada.Texts(row.Services), ", "), "age", age, "places", strings.Join(places, ", "))
			if row.Cosigned {
				p.say("minors.cosigned", "provided", row.Provided[language])
			}
			if tells := row.Tells[language]; tells != "" {
				p.say("minors.told", "tells", tells)
			}
			p.line("  " + row.Source)
		}
	})
}
