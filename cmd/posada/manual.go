package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// manual writes man pages of all commands, in every language, as man(1) looks for them below
// a folder: man1/ and, for Spanish, es/man1/.
func (c *cli) manual() *cobra.Command {
	cmd := c.command("manual FOLDER", "posada")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		c.subject = args[0]
		for _, l := range i18n.Languages() {
			if err := writeManual(args[0], l); err != nil {
				return err
			}
		}
		return c.print(map[string]string{"folder": args[0]}, func(p *page) {
			p.say("manual.written", "folder", args[0])
			p.next("manual.next")
			p.line("  " + line("man", "-M", args[0], "posada-doctor"))
		})
	}
	return cmd
}

// writeManual writes the pages in one language. Whose environment it is does not show in them.
func writeManual(folder string, l i18n.Language) error {
	if l != i18n.English {
		folder = filepath.Join(folder, string(l))
	}
	folder = filepath.Join(folder, "man1")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	c := &cli{Printer: i18n.For(l), env: map[string]string{}}
	root := c.root()
	root.InitDefaultCompletionCmd()
	root.DisableAutoGenTag = true
	return doc.GenManTreeFromOpts(root, doc.GenManTreeOptions{
		Header: &doc.GenManHeader{Section: "1", Source: "posada " + commandline.Version(), Manual: c.Text("manual.title")},
		Path:   folder, CommandSeparator: "-",
	})
}
