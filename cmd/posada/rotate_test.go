package main

import (
	"os"
	"strings"
	"testing"
)

// TestEveryCommandForALostKeyIsRun: what the steward's guide says to type when a key is
// lost stands in the story of one, as it is, and that story runs.
func TestEveryCommandForALostKeyIsRun(t *testing.T) {
	story, err := os.ReadFile("testdata/script/lost-key.txtar")
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]bool{}
	for line := range strings.Lines(string(story)) {
		command, _ := strings.CutPrefix(strings.TrimSpace(line), "exec ")
		run[strings.TrimSuffix(command, " --passphrase-file pass")] = true
	}
	guide, err := os.ReadFile("../../docs/guides/steward.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(guide), "## When a key is lost")
	part, _, _ := strings.Cut(after, "\n## ")
	commands := 0
	for line := range strings.Lines(part) {
		command, _, _ := strings.Cut(line, "#")
		if command = strings.TrimSpace(command); !strings.HasPrefix(command, "posada ") {
			continue
		}
		if commands++; !run[command] {
			t.Errorf("nothing runs %q", command)
		}
	}
	if commands != 11 {
		t.Errorf("%d commands", commands)
	}
}
