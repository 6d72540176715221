package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// TestWhatThePagesTellToTypeIsUnderstood holds every posada command of the
// README and the guides against the commands there are: its words, its flags
// and how many arguments it takes.
func TestWhatThePagesTellToTypeIsUnderstood(t *testing.T) {
	pages, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil {
		t.Fatal(err)
	}
	spanish, err := filepath.Glob("../../docs/guides/es/*.md")
	if err != nil || len(spanish) < 2 {
		t.Fatal(spanish, err)
	}
	typed := regexp.MustCompile(`(?m)^(?:bin/|go run \./cmd/)?posada ([^#\n]*)`)
	seen := 0
	for _, page := range append(append(pages, spanish...), "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			for _, line := range typed.FindAllStringSubmatch(block[1], -1) {
				seen++
				if err := understood(strings.Fields(line[1])); err != nil {
					t.Errorf("%s: posada %s: %v", filepath.Base(page), line[1], err)
				}
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d commands were found", seen)
	}
}

func understood(args []string) error {
	c := &cli{Printer: i18n.For(i18n.English), env: map[string]string{}}
	cmd, rest, err := c.root().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}
