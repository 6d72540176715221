package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/hsds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// directory works on files, and proposes one to stewards.
func (c *cli) directory() *cobra.Command {
	group := c.group("directory", "posada")
	group.AddCommand(c.directoryCheck(), c.directoryImport(), c.directoryExport(), c.directoryPropose(), c.directoryGive())
	return group
}

// checkedBook is what the check answers to a program.
type checkedBook struct {
	Version      uint64    `json:"version"`
	Agencies     int       `json:"agencies"`
	ByPhone      int       `json:"by_phone"`
	Confidential int       `json:"confidential"`
	Mistakes     []mistake `json:"mistakes"`
}

// mistake is something that is wrong, or was left out, for a program and for people.
type mistake struct {
	Where string `json:"where"`
	Why   string `json:"why"`
	Name  string `json:"name,omitempty"`
}

func (c *cli) directoryCheck() *cobra.Command {
	cmd := c.command("check FILE", "posada", "directory")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		b, err := readFile(c, args[0], directory.Read)
		list := c.mistakes(err)
		if err != nil && len(list) == 0 {
			return err
		}
		return errors.Join(c.print(counted(b, list), func(p *page) {
			if len(list) > 0 {
				p.say("directory.wrong", "file", args[0], "count", len(list))
				p.mistakes(list)
				return
			}
			of := counted(b, nil)
			p.say("directory.right", "file", args[0], "version", of.Version, "agencies", of.Agencies, "by_phone", of.ByPhone, "confidential", of.Confidential)
		}), wrongBook(list))
	}
	return cmd
}

func wrongBook(list []mistake) error {
	if len(list) > 0 {
		return errWrongBook
	}
	return nil
}

func counted(b directory.Book, list []mistake) checkedBook {
	out := checkedBook{b.Version, len(b.Entries), 0, 0, append([]mistake{}, list...)}
	for _, e := range b.Entries {
		if e.ByPhone() {
			out.ByPhone++
		}
		if e.Confidential {
			out.Confidential++
		}
	}
	return out
}

// asked is how a file is to be read, as it is typed.
type asked struct {
	into, network, terms, zone, country, out string
	replace                                  bool
}

func (c *cli) directoryImport() *cobra.Command {
	var a asked
	cmd := c.command("import FILE", "posada", "directory")
	cmd.Args = c.exactly(1)
	f := cmd.Flags()
	f.StringVar(&a.into, "into", "", c.Text("flag.directory_into"))
	f.StringVar(&a.network, "network", "", c.Text("flag.directory_network"))
	f.StringVar(&a.terms, "terms", "", c.Text("flag.directory_terms"))
	f.StringVar(&a.zone, "zone", "", c.Text("flag.directory_zone"))
	f.StringVar(&a.country, "country", "", c.Text("flag.directory_country"))
	f.StringVar(&a.out, "out", "", c.Text("flag.out"))
	f.BoolVar(&a.replace, "replace", false, c.Text("flag.directory_replace"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		in, err := c.meant(a)
		if err != nil {
			return err
		}
		before, err := c.before(a)
		if err != nil {
			return err
		}
		taken, err := readFile(c, args[0], func(text []byte) (hsds.Taken, error) { return hsds.Import(text, in) })
		if err != nil {
			return err
		}
		return c.imported(a, before, taken)
	}
	return cmd
}

// meant is what was typed of a file that does not say it itself.
func (c *cli) meant(a asked) (hsds.In, error) {
	in := hsds.In{Now: time.Now(), Zone: directory.Zone(a.zone), Country: a.country, Locate: time.LoadLocation}
	if a.zone != "" && !in.Zone.Known() {
		return in, commandline.UsageError(c.Text("directory.no_zone", "zones", strings.Join(posada.Texts(directory.Zones()), ", ")))
	}
	if a.country != "" && (len(a.country) < 2 || len(a.country) > 4 || a.country[0] != '+' || strings.Trim(a.country[1:], "0123456789") != "") {
		return in, commandline.UsageError(c.Text("directory.no_country"))
	}
	if a.terms == "" {
		return in, nil
	}
	type meaning struct {
		Taxonomy string `yaml:"taxonomy"`
		Code     string `yaml:"code"`
		Service  string `yaml:"service"`
	}
	said, err := readFile(c, a.terms, func(text []byte) (list []meaning, err error) {
		return list, config.Document(bytes.NewReader(text), &list)
	})
	in.Terms = map[hsds.Term]posada.ServiceType{}
	for _, m := range said {
		service, wrong := posada.Parse[posada.ServiceType](m.Service)
		if wrong != nil {
			return in, commandline.UsageError(c.Text("directory.no_service", "file", a.terms, "service", m.Service))
		}
		in.Terms[hsds.Term{Taxonomy: m.Taxonomy, Code: m.Code}] = service
	}
	return in, err
}

// before is the book that is added to: one there is, or the first of a network.
func (c *cli) before(a asked) (b directory.Book, err error) {
	if a.into != "" {
		b, err = readFile(c, a.into, directory.Read)
		if len(directory.Mistakes(err)) > 0 {
			return b, errBookBefore
		}
		return b, err
	}
	if a.network != "" {
		b.Network, err = posada.ParseID[posada.NetworkID](a.network)
		if err != nil {
			return b, commandline.UsageError("--network: " + c.why(err))
		}
	}
	return b, nil
}

// taken is what an import answers to a program.
type taken struct {
	Entries []directory.Entry `json:"entries"`
	Left    []mistake         `json:"left"`
	Unread  map[string]int    `json:"unread"`
	Out     string            `json:"out,omitempty"`
}

// imported adds what was taken, where it is said to what, and says what was not.
func (c *cli) imported(a asked, before directory.Book, in hsds.Taken) error {
	out := taken{append([]directory.Entry{}, in.Entries...), []mistake{}, in.Unread, ""}
	for _, l := range in.Left {
		whys := directory.Mistakes(l.Why)
		for _, m := range whys {
			out.Left = append(out.Left, mistake{l.Path + " " + m.Where, c.why(m.Why), l.Name})
		}
		if len(whys) == 0 {
			out.Left = append(out.Left, mistake{l.Path, c.why(l.Why), l.Name})
		}
	}
	out.Entries = slices.DeleteFunc(out.Entries, func(e directory.Entry) bool {
		if a.replace || !otherwise(before, e) {
			return false
		}
		out.Left = append(out.Left, mistake{string(e.ID), c.Text("directory.why.listed"), e.Name.EN})
		return true
	})
	var list []mistake
	if before.Network != "" {
		next := before.With(out.Entries...)
		text, err := directory.Write(next)
		if list = c.mistakes(err); err != nil && len(list) == 0 {
			return err
		}
		if err == nil {
			out.Out = or(a.out, fmt.Sprintf("directory-%d.json", next.Version))
			if err := c.writeNew(out.Out, text); err != nil {
				return err
			}
		}
	}
	return errors.Join(c.print(out, func(p *page) { p.taken(out, list) }), wrongBook(list))
}

// otherwise reports whether an agency is listed already and otherwise. Whoever publishes a
// list knows the ids of another, and could write her own telephone beside them.
func otherwise(b directory.Book, e directory.Entry) bool {
	i := slices.IndexFunc(b.Entries, func(old directory.Entry) bool { return old.ID == e.ID })
	if i < 0 {
		return false
	}
	e.Member, e.Class = b.Entries[i].Member, b.Entries[i].Class
	return !reflect.DeepEqual(b.Entries[i], e)
}

func (p *page) taken(t taken, wrong []mistake) {
	p.say("directory.taken", "count", len(t.Entries))
	var rows [][]string
	for _, e := range t.Entries {
		var services []posada.ServiceType
		for _, s := range e.Services {
			services = append(services, s.Type)
		}
		rows = append(rows, []string{posada.Brief(e.ID), e.Name.EN, i18n.Terms(p.Printer, "service", services)})
	}
	p.table(nil, rows)
	if len(t.Left) > 0 {
		p.heading("directory.left", "count", len(t.Left))
		p.mistakes(t.Left)
	}
	if len(t.Unread) > 0 {
		p.heading("directory.unread", "fields", strings.Join(slices.Sorted(maps.Keys(t.Unread)), ", "))
	}
	p.line("")
	switch {
	case len(wrong) > 0:
		p.say("directory.not_written", "count", len(wrong))
		p.mistakes(wrong)
	case t.Out == "":
		p.say("directory.looked")
	default:
		p.say("directory.written", "file", t.Out)
		p.line("  " + command("directory", "check", t.Out))
	}
}

// readBook reads a directory whose entries are all as they must be.
func (c *cli) readBook(path string) (directory.Book, error) {
	b, err := readFile(c, path, directory.Read)
	if len(directory.Mistakes(err)) > 0 {
		err = errBookBefore
	}
	return b, err
}

func (c *cli) directoryExport() *cobra.Command {
	var out string
	cmd := c.command("export FILE", "posada", "directory")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		b, err := c.readBook(args[0])
		if err != nil {
			return err
		}
		text, err := hsds.Export(b, hsds.Out{Now: time.Now(), Locate: time.LoadLocation, Say: c.Term})
		if err != nil {
			return err
		}
		if out == "" {
			_, err = fmt.Fprintln(c.out, string(text))
			return err
		}
		if err := c.writeNew(out, append(text, '\n')); err != nil {
			return err
		}
		return c.print(map[string]string{"out": out}, func(p *page) { p.say("directory.exported", "file", out) })
	}
	return cmd
}
