package story_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	demo "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/town/processes"
	"github.com/posada-exchange/posada/services/town/story"
)

var all = flag.Bool("all", false, "every tale in every language, and every file and rule that is altered")

// few is how many rows of a long table are gone through: all of them with -all.
func few(rows int) int {
	if *all {
		return 0
	}
	return rows
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(ending{m}) }

// ending gives what is ending when the tests are over the time that it takes on a busy machine.
type ending struct{ *testing.M }

func (e ending) Run() int {
	code := e.M.Run()
	for deadline := time.Now().Add(time.Minute); goleak.Find() != nil && time.Now().Before(deadline); {
	}
	return code
}

// play plays the first story and stops its town.
func play(t *testing.T, l i18n.Language, asJSON bool, rules, files fs.FS) (string, error) {
	t.Helper()
	return playTale(t, "", l, asJSON, rules, files)
}

// playTale plays a story and stops its town.
func playTale(t *testing.T, name string, l i18n.Language, asJSON bool, rules, files fs.FS) (string, error) {
	t.Helper()
	var out bytes.Buffer
	s := story.New(story.Config{
		Dir: t.TempDir(), Tale: name, Files: files, Policy: rules, Printer: i18n.For(l), Out: &out, JSON: asJSON, Now: time.Now, Stretch: processes.Unstretched,
	})
	err := s.Play(t.Context())
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return out.String(), err
}

func TestTheStoryIsAsToldInEachLanguage(t *testing.T) {
	steps := map[string]int{"referral": 15, "a": 17, "b": 15}
	// The counterexample is a sentence, in the language of whoever reads it.
	says := map[string]string{
		"b en": `somebody agrees that a body of the kind "prosecution" may have "what is needed" for "support of a prosecution", and does no more than that`,
		"b es": `alguien acepta que una institución del tipo «fiscalía» tenga «lo que se necesita» para «apoyo a un proceso penal», y no hace nada más`,
	}
	for i, tale := range story.Tales() {
		for j, l := range i18n.Languages() {
			if !*all && (i+j)%2 != 0 {
				continue // each tale in one language, in turn
			}
			t.Run(tale.Name+" "+string(l), func(t *testing.T) {
				t.Parallel()
				out, err := playTale(t, tale.Name, l, false, nil, demo.Files)
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if strings.Count(out, "✓") != steps[tale.Name] || strings.Contains(out, "story.") || strings.Contains(out, "<no value>") || !strings.Contains(out, says[tale.Name+" "+string(l)]) {
					t.Errorf("%s:\n%s", l, out)
				}
			})
		}
	}
}

func TestAStoryThatNobodyKnowsIsNotTold(t *testing.T) {
	if out, err := playTale(t, "nobody", i18n.English, false, nil, demo.Files); !errors.Is(err, story.ErrNoTale) || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheStoryAsJSONIsOneObjectAStep(t *testing.T) {
	out, err := play(t, i18n.English, true, nil, demo.Files)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, line := range lines {
		var step struct {
			Step int
			OK   bool
		}
		if err := json.Unmarshal([]byte(line), &step); err != nil || step.Step != i+1 || !step.OK {
			t.Errorf("%s: %v", line, err)
		}
	}
	if len(lines) != 15 {
		t.Errorf("%d lines", len(lines))
	}
}

// TestOnePermissionMoreForThePoliceAndTheStoryIsNotAsTold widens what the
// police department may hear, one subject at a time, and expects the demo to
// notice.
func TestOnePermissionMoreForThePoliceAndTheStoryIsNotAsTold(t *testing.T) {
	for name, extra := range sampled.Rows(map[string]string{
		"every inbox":      `"posada.v1.inbox.>"`,
		"every submission": `"posada.v1.submit.*"`,
		"every bell":       `"posada.v1.inbox.*.bell.*"`,
		"everything":       `">"`,
	}, few(1)) {
		rules := altered.Files(t, policy.Files, "connect/connect.rego",
			`"subscribe": {subject | some role in permitted; some subject in subscribe[role]},`,
			`"subscribe": {subject | some role in permitted; some subject in subscribe[role]} | {s | input.class == "law_enforcement"; s := `+extra+`},`)
		out, err := play(t, i18n.English, false, rules, demo.Files)
		if !errors.Is(err, story.ErrNotAsTold) || !strings.Contains(err.Error(), "story.heard") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestTheFilesDecideTheStory changes the demo's files so that a step can no
// longer be as told.
func TestTheFilesDecideTheStory(t *testing.T) {
	for name, c := range sampled.Rows(map[string]struct {
		file  string
		pairs []string
		step  string
	}{
		"he consents to his status being shared": {"consent.yaml", []string{"documents]", "documents, immigration_status]"}, "story.uncovered"},
		"he excludes nobody":                     {"consent.yaml", []string{"exclude: [Refugio Mesquite]", "exclude: []"}, ""},
		"he was told too little":                 {"consent.yaml", []string{"withdrawal, storage", "storage"}, "story.consent"},
		"a field nobody knows":                   {"referral.yaml", []string{"psd_PreferredName", "psd_Nickname"}, "story.preview"},
		"he did not consent to his name":         {"consent.yaml", []string{"safe_contact, identity", "safe_contact"}, "story.preview"},
	}, few(2)) {
		out, err := play(t, i18n.English, false, nil, altered.Files(t, demo.Files, c.file, c.pairs...))
		if c.step == "" {
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
			continue
		}
		if !errors.Is(err, story.ErrNotAsTold) || !strings.Contains(err.Error(), c.step) {
			t.Errorf("%s: %v; want %s\n%s", name, err, c.step, out)
		}
	}
}
