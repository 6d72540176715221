package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLinksLeadSomewhere: every relative link of every page.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	seen := 0
	for name, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(root(t), filepath.Dir(name), found[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, found[1])
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links were found: this test sees nothing", seen)
	}
}

// TestEveryTestThePagesNameExists: the threat model rests on tests; one that
// was renamed or dropped leaves a row without ground.
func TestEveryTestThePagesNameExists(t *testing.T) {
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	for _, p := range list(t, module+"...") {
		for _, file := range append(p.TestGoFiles, p.XTestGoFiles...) {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
				tests[found[1]] = true
			}
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w+)`")
	seen := 0
	for name, text := range pages(t) {
		for _, found := range named.FindAllStringSubmatch(text, -1) {
			if seen++; !tests[found[1]] {
				t.Errorf("%s names %s, which is not there", name, found[1])
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d tests were named", seen)
	}
}

// TestTheThreatModelHasEveryRow: T1 to T38, each said once, and none without a
// test or an admission.
func TestTheThreatModelHasEveryRow(t *testing.T) {
	text := pages(t)["docs/threat-model.md"]
	rows := map[string]int{}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) != 8 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "T") {
			continue
		}
		for id := range strings.SplitSeq(cells[1], ",") {
			rows[strings.TrimSpace(id)]++
		}
		if shown := strings.TrimSpace(cells[6]); !strings.Contains(shown, "`") && shown != "not built" && shown != "a choice to be made" {
			t.Errorf("%s rests on %q", cells[1], shown)
		}
	}
	for i := 1; i <= 38; i++ {
		if id := "T" + strconv.Itoa(i); rows[id] != 1 {
			t.Errorf("%s stands there %d times", id, rows[id])
		}
	}
}
