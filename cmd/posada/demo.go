package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	files "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/town/story"
)

func (c *cli) demo() *cobra.Command {
	var once, asJSON bool
	var dir string
	cmd := c.command("demo", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&once, "once", false, c.Text("flag.once"))
	cmd.Flags().BoolVar(&asJSON, "json", false, c.Text("flag.json"))
	cmd.Flags().StringVar(&dir, "files", "", c.Text("flag.files"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var from fs.FS = files.Files
		if dir != "" {
			from = os.DirFS(dir)
		}
		return c.play(cmd, from, once, asJSON || c.output == "json")
	}
	return cmd
}

// play tells the story in a folder that is gone afterwards.
func (c *cli) play(cmd *cobra.Command, from fs.FS, once, asJSON bool) (err error) {
	dir, err := os.MkdirTemp("", "posada-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if !asJSON {
		fmt.Fprintln(c.out, c.Text("story.opening"))
	}
	s := story.New(story.Config{
		Dir: dir, Files: from, Printer: c.Printer, Out: c.out, JSON: asJSON, Now: time.Now,
	})
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.Play(cmd.Context())
	if errors.Is(err, story.ErrNotAsTold) {
		return fmt.Errorf("%w: %w", errNotTold, err)
	}
	if err != nil || once {
		return err
	}
	fmt.Fprintln(c.out, c.Text("story.stays"))
	for _, a := range []struct{ key, line string }{
		{"girasol", "posada referral list"}, {"frontera", "posada referral list"}, {"luna", "posada status"},
	} {
		fmt.Fprintf(c.out, "  POSADA_NODE=%s POSADA_TOKEN_FILE=%s %s\n", s.Town.API(a.key), s.Town.TokenFile(a.key), a.line)
	}
	fmt.Fprintln(c.out, c.Text(i18n.Key("story.ends")))
	<-cmd.Context().Done()
	return nil
}
