package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// TestEveryCommandHasItsPage in the manual of each language, no two in one file, and none tells
// of whoever made it.
func TestEveryCommandHasItsPage(t *testing.T) {
	t.Setenv("POSADA_TOKEN_FILE", "an-invented-token-file")
	folder := t.TempDir()
	for _, l := range i18n.Languages() {
		if err := writeManual(folder, l); err != nil {
			t.Fatal(err)
		}
		in := filepath.Join(folder, "man1")
		if l != i18n.English {
			in = filepath.Join(folder, string(l), "man1")
		}
		c := &cli{Printer: i18n.For(l), env: map[string]string{}}
		seen := map[string]string{}
		var each func(*cobra.Command)
		each = func(cmd *cobra.Command) {
			name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
			if other := seen[name]; other != "" {
				t.Errorf("%s and %s have one page", other, cmd.CommandPath())
			}
			seen[name] = cmd.CommandPath()
			text, err := os.ReadFile(filepath.Join(in, name+".1"))
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(cmd.Short, " ")
			if !strings.Contains(string(text), first) || strings.Contains(string(text), "an-invented-token-file") {
				t.Errorf("%s\n%s", name, text)
			}
			for _, below := range cmd.Commands() {
				if below.IsAvailableCommand() {
					each(below)
				}
			}
		}
		each(c.root())
	}
}
