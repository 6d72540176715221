package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	files "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/story"
)

// playing is how the demo is to be played.
type playing struct {
	once, asJSON, console bool
	files, keep, story    string
}

func (c *cli) demo() *cobra.Command {
	var how playing
	cmd := c.command("demo", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&how.once, "once", false, c.Text("flag.once"))
	cmd.Flags().BoolVar(&how.asJSON, "json", false, c.Text("flag.json"))
	cmd.Flags().BoolVar(&how.console, "console", false, c.Text("flag.demo_console"))
	cmd.Flags().StringVar(&how.story, "story", story.Tales()[0].Name, c.Text("flag.story", "names", tales(c.Printer)))
	cmd.Flags().StringVar(&how.files, "files", "", c.Text("flag.files"))
	cmd.Flags().StringVar(&how.keep, "keep", "", c.Text("flag.keep"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		how.asJSON = how.asJSON || c.output.ForPrograms()
		c.subject = how.keep
		if !slices.ContainsFunc(story.Tales(), func(t story.Tale) bool { return t.Name == how.story }) {
			c.subject = tales(c.Printer)
			return story.ErrNoTale
		}
		return c.play(cmd, how)
	}
	return cmd
}

// tales names the stories there are, each with what it tells.
func tales(p i18n.Printer) string {
	var all []string
	for _, t := range story.Tales() {
		all = append(all, t.Name+" ("+p.Text(t.Title)+")")
	}
	return strings.Join(all, "; ")
}

// play tells the story in a folder that is gone afterwards, or in the one that
// is to be kept.
func (c *cli) play(cmd *cobra.Command, how playing) (err error) {
	dir, err := how.folder()
	if err != nil {
		return err
	}
	if how.keep == "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	var from fs.FS = files.Files
	if how.files != "" {
		from = os.DirFS(how.files)
	}
	if !how.asJSON {
		fmt.Fprintln(c.out, c.Text("story.opening"))
	}
	s := story.New(story.Config{
		Dir: dir, Tale: how.story, Files: from, Printer: c.Printer, Out: c.out, JSON: how.asJSON, Now: time.Now, Console: how.console,
	})
	err = s.Play(cmd.Context())
	if errors.Is(err, story.ErrNotAsTold) {
		err = fmt.Errorf("%w: %w", errNotTold, err)
	}
	if err == nil && !how.once {
		c.sayStays(s)
		if err := c.sayPages(s, how); err != nil {
			return errors.Join(err, s.Close())
		}
		<-cmd.Context().Done()
	}
	err = errors.Join(err, s.Close())
	if err != nil || how.keep == "" || how.asJSON {
		return err
	}
	return c.sayKept(s.Town.Laid, s.Nodes())
}

// folder makes the folder the town is laid in. One to be kept must be empty or
// absent: what is in it could be somebody's real network.
func (p playing) folder() (string, error) {
	if p.keep == "" {
		return os.MkdirTemp("", "posada-demo-")
	}
	there, err := os.ReadDir(p.keep)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	case len(there) > 0:
		return "", errKeepFull
	}
	if err := os.MkdirAll(p.keep, 0o700); err != nil {
		return "", err
	}
	// Keys belong in no repository, and these will be tried out in one.
	const never = "# Every key in this folder is invented. Never use it for real people.\n*\n"
	return filepath.Clean(p.keep), os.WriteFile(filepath.Join(p.keep, ".gitignore"), []byte(never), 0o600)
}

// sayStays says what can be typed while the network stays up.
func (c *cli) sayStays(s *story.Story) {
	fmt.Fprintln(c.out, c.Text("story.stays"))
	if temporary() {
		fmt.Fprintln(c.out, "  make build")
	}
	for _, t := range s.Typed() {
		fmt.Fprintln(c.out, "  "+as(s.Town.API(t.Agency), s.Town.TokenFile(t.Agency))+" "+command(t.Words...))
	}
}

// sayPages says where each agency's people open their pages, and what signs them in. Their
// tokens open nothing but this throw-away network, which only this machine reaches.
func (c *cli) sayPages(s *story.Story, how playing) error {
	if how.console {
		fmt.Fprintln(c.out, c.Text("story.pages"))
		for _, a := range s.Town.Plan.Agencies {
			if s.Town.Console(a.Key) == "" {
				continue
			}
			token, err := s.Town.Token(a.Key)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.out, c.Text("story.pages_of", "agency", a.Name, "person", a.Staff[0].Name, "at", s.Town.Console(a.Key)+"/sign-in/first", "token", token))
		}
	}
	ends := i18n.Key("story.ends")
	if how.keep != "" {
		ends = "story.ends_kept"
	}
	fmt.Fprintln(c.out, c.Text(ends))
	return nil
}

// as says for a shell whose commands those that follow are.
func as(api, token string) string {
	return "POSADA_NODE=" + api + " POSADA_TOKEN_FILE=" + quoted(token)
}

// sayKept says how to start what was kept, each program on its own: the hub, and the nodes
// of some agencies.
func (c *cli) sayKept(laid town.Laid, nodes []string) error {
	fmt.Fprintln(c.out, c.Text("story.kept", "dir", laid.Dir))
	if temporary() {
		fmt.Fprintln(c.out, "  make build")
	}
	fmt.Fprintln(c.out, "  "+line(program("posada-hub"), "--config", laid.HubConfig()))
	for _, key := range nodes {
		fmt.Fprintln(c.out, "  "+command("node", "--config", laid.NodeConfig(key)))
	}
	fmt.Fprintln(c.out, c.Text("story.kept_ask"))
	for _, key := range nodes {
		settings, err := node.ReadConfig(laid.NodeConfig(key), map[string]string{})
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, "  "+as("http://"+settings.Listen, laid.TokenFile(key))+" "+command("status"))
	}
	fmt.Fprintln(c.out, c.Text("story.kept_never"))
	return nil
}
