package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/posada"
)

var (
	errNotWhole     = errors.New("a column has no place in the mapping")
	errChangedUnder = errors.New("the source changed while it was brought")
)

// imports brings rows of another program of this agency into cases of its own.
func (c *cli) imports() *cobra.Command {
	group := c.group("import", "posada")
	group.AddCommand(c.importFetch(), c.importDraft(), c.importPreview(), c.importRun(), c.importResume(), c.importList(), c.importEnd())
	return group
}

// sourced is what is imported, as it is typed.
type sourced struct {
	file, rules string
	text        []byte // of the mapping
	m           mapping.Mapping
}

func (c *cli) sourceFlag(cmd *cobra.Command) *sourced {
	s := &sourced{}
	cmd.Flags().StringVar(&s.rules, "mapping", "", c.Text("flag.mapping"))
	return s
}

// read reads the mapping.
func (s *sourced) read(c *cli, file string) (err error) {
	s.file = file
	if s.rules == "" {
		return commandline.UsageError(c.Text("import.no_mapping"))
	}
	c.subject = s.rules
	if s.text, err = os.ReadFile(s.rules); err != nil {
		return err
	}
	if s.m, err = mapping.Read(s.text); err == nil {
		c.subject = file
	}
	return err
}

// importDraft writes a mapping that somebody fills in.
func (c *cli) importDraft() *cobra.Command {
	var name, encoding string
	cmd := c.command("draft FILE", "posada", "import")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&name, "name", "sheet", c.Text("flag.mapping_name"))
	cmd.Flags().StringVar(&encoding, "encoding", "", c.Text("flag.encoding"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		c.subject = args[0]
		source, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer source.Close()
		format := mapping.FormatCSV
		if ext := filepath.Ext(args[0]); ext == ".json" || ext == ".jsonl" || ext == ".ndjson" {
			format = mapping.FormatJSON
		}
		columns, err := mapping.Columns(source, format, mapping.Encoding(encoding))
		if err != nil {
			return err
		}
		text, err := mapping.Draft(name, format, columns)
		if err == nil {
			_, err = c.out.Write(text)
		}
		return err
	}
	return cmd
}

// importPreview shows what would become of a source, and saves nothing.
func (c *cli) importPreview() *cobra.Command {
	var samples int
	cmd := c.command("preview FILE", "posada", "import")
	cmd.Args = c.exactly(1)
	s := c.sourceFlag(cmd)
	cmd.Flags().IntVar(&samples, "rows", 3, c.Text("flag.import_rows"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, err := c.looked(cmd.Context(), s, args[0], samples)
		return err
	}
	return cmd
}

// looked looks at a source, and shows what it saw.
func (c *cli) looked(ctx context.Context, s *sourced, file string, samples int) (imports.Seen, error) {
	node, err := c.ask()
	if err != nil {
		return imports.Seen{}, err
	}
	if err := s.read(c, file); err != nil {
		return imports.Seen{}, err
	}
	list, err := node.Agencies(ctx)
	if err != nil {
		return imports.Seen{}, err
	}
	source, err := os.Open(file)
	if err != nil {
		return imports.Seen{}, err
	}
	defer source.Close()
	known := freetext.Known{Shelters: freetext.Shelters(client.SheltersBut(list, "")...), Today: time.Now()}
	seen, err := imports.Look(s.text, s.m, source, known, samples)
	if h, ok := errors.AsType[*mapping.HeadingError](err); ok {
		seen = imports.Seen{Problems: h.Problems}
		return seen, errors.Join(c.showSeen(s, seen, false), errNotWhole)
	}
	if err != nil {
		return seen, err
	}
	if !seen.Whole() {
		return seen, errors.Join(c.showSeen(s, seen, false), errNotWhole)
	}
	return seen, c.showSeen(s, seen, true)
}

// importRun is a dry run, unless it is told what was looked at.
func (c *cli) importRun() *cobra.Command {
	var previewed string
	cmd := c.command("run FILE", "posada", "import")
	cmd.Args = c.exactly(1)
	s := c.sourceFlag(cmd)
	cmd.Flags().StringVar(&previewed, "previewed", "", c.Text("flag.previewed"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if previewed == "" {
			_, err := c.looked(cmd.Context(), s, args[0], 0)
			return err
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		seen, err := c.unchanged(s, args[0], previewed)
		if err != nil {
			return err
		}
		is, err := node.BeginImport(cmd.Context(), client.NewImport{Mapping: s.m.Name(), Digest: previewed, Rows: seen.Rows})
		if err != nil {
			return err
		}
		return c.bring(cmd.Context(), node, s, seen, is)
	}
	return cmd
}

// importResume goes on with an import that broke off.
func (c *cli) importResume() *cobra.Command {
	cmd := c.command("resume IMPORT FILE", "posada", "import")
	cmd.Args = c.exactly(2)
	s := c.sourceFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, is, err := c.findImport(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if !is.Ended.IsZero() {
			return c.print(is, func(p *page) { p.importDone(is) })
		}
		seen, err := c.unchanged(s, args[1], is.Digest)
		if err != nil {
			return err
		}
		return c.bring(cmd.Context(), node, s, seen, is)
	}
	return cmd
}

// unchanged looks again, and refuses a source or a mapping that is not what was looked at.
func (c *cli) unchanged(s *sourced, file, previewed string) (seen imports.Seen, err error) {
	if err := s.read(c, file); err != nil {
		return seen, err
	}
	source, err := os.Open(file)
	if err != nil {
		return seen, err
	}
	defer source.Close()
	seen, err = imports.Look(s.text, s.m, source, freetext.Known{}, 0)
	if err == nil && seen.Digest != previewed {
		err = imports.ErrChanged
	}
	if err == nil && !seen.Whole() {
		err = errNotWhole
	}
	return seen, err
}

// bring brings a source, showing how far it came. It is read once more, and held against what
// was looked at as it is read.
func (c *cli) bring(ctx context.Context, node *client.Client, s *sourced, seen imports.Seen, is client.Import) error {
	source, err := os.Open(s.file)
	if err != nil {
		return err
	}
	defer source.Close()
	told, done := c.progress(is.Rows)
	saved, err := imports.Save(ctx, node, is, seen, source, told)
	done()
	if errors.Is(err, imports.ErrChanged) {
		return errChangedUnder
	}
	if err != nil {
		p := &page{Printer: c.Printer}
		p.say("import.broke_off", "row", saved.Import.Through)
		p.line("  " + command("import", "resume", posada.Brief(is.ID), s.file, "--mapping", s.rules))
		fmt.Fprint(c.err, p.text.String())
		return err
	}
	return c.print(struct {
		client.Import
		Kept []imports.Kept `json:"kept"`
		More int            `json:"more,omitempty"`
	}{saved.Import, append([]imports.Kept{}, saved.Kept...), saved.More}, func(p *page) { p.brought(saved) })
}

// progress shows how far an import came: as a bar where somebody watches, and nowhere else.
func (c *cli) progress(rows int) (told func(int), done func()) {
	terminal, ok := c.err.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(rows, progressbar.OptionSetWriter(io.Writer(terminal)), progressbar.OptionShowCount(), progressbar.OptionSetDescription(c.Text("import.bar")), progressbar.OptionClearOnFinish())
	// What cannot be drawn is not missed.
	return func(row int) { _ = bar.Set(min(row, rows)) }, func() { _ = bar.Finish() }
}

func (c *cli) importList() *cobra.Command {
	cmd := c.command("list", "posada", "import")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Imports(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) { p.importsList(list) })
	}
	return cmd
}

// importEnd gives up an import that is not to go on.
func (c *cli) importEnd() *cobra.Command {
	cmd := c.command("end IMPORT", "posada", "import")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, is, err := c.findImport(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if is, err = node.EndImport(cmd.Context(), is.ID); err != nil {
			return err
		}
		return c.print(is, func(p *page) { p.importDone(is) })
	}
	return cmd
}

// findImport finds an import by how its id begins.
func (c *cli) findImport(ctx context.Context, typed string) (*client.Client, client.Import, error) {
	node, err := c.ask()
	if err != nil {
		return nil, client.Import{}, err
	}
	list, err := node.Imports(ctx)
	id, err := meant(list, err, typed, func(i client.Import) posada.ImportID { return i.ID }, posada.ParseID)
	if err != nil {
		return nil, client.Import{}, err
	}
	for _, i := range list {
		if i.ID == id {
			return node, i, nil
		}
	}
	return nil, client.Import{}, errNoSuchID
}

// printable is a text of a file for a line of a terminal, without what moves it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
