package story_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	demo "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/town/story"
)

// notAsTold plays a story on other files or rules, and expects it to end at a step.
func notAsTold(t *testing.T, tale, name, step string, rules, files fs.FS) {
	t.Helper()
	out, err := playTale(t, tale, i18n.English, false, rules, files)
	if !errors.Is(err, story.ErrNotAsTold) || !strings.Contains(err.Error(), step+":") {
		t.Errorf("%s: %v; want %s\n%s", name, err, step, out)
	}
}

// TestTheFilesDecideTheNight changes one file at a time so that a step can no longer be as
// told, and expects the demo to notice.
func TestTheFilesDecideTheNight(t *testing.T) {
	for name, c := range sampled.Rows(map[string]struct {
		file  string
		pairs []string
		step  string
	}{
		"the police call themselves an NGO":   {"town.yaml", []string{"class: law_enforcement", "class: ngo"}, "story.a.read"},
		"the women's shelter takes him":       {"place-luna.yaml", []string{"[woman]", "[woman, man]", "[sexual]", "[sexual, labour]"}, "story.a.luna"},
		"the fund has two vouchers":           {"place-puente.yaml", []string{"free: 1", "free: 2"}, "story.a.nobody"},
		"the fund has none":                   {"place-puente.yaml", []string{"free: 1", "free: 0"}, "story.a.voucher"},
		"nobody may know of his injuries":     {"consent-health.yaml", []string{", medical]", "]"}, "story.a.medical"},
		"it is for longer than was told":      {"consent-health.yaml", []string{"days: 7", "days: 8"}, "story.a.medical"},
		"the worker centre is told who he is": {"referral-wages.yaml", []string{"psd_SafeContact: Through Casa Girasol only, before noon", "psd_PreferredName: Chuy"}, "story.a.wages"},
	}, few(2)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notAsTold(t, "a", name, c.step, nil, altered.Files(t, demo.Files, "a/"+c.file, c.pairs...))
		})
	}
}

// TestOnePermissionMoreForThePoliceAndTheNightIsNotAsTold widens what the police may hear.
func TestOnePermissionMoreForThePoliceAndTheNightIsNotAsTold(t *testing.T) {
	rules := altered.Files(t, policy.Files, "connect/connect.rego",
		`"subscribe": {subject | some role in permitted; some subject in subscribe[role]},`,
		`"subscribe": {subject | some role in permitted; some subject in subscribe[role]} | {s | input.class == "law_enforcement"; s := "posada.v1.inbox.>"},`)
	notAsTold(t, "a", "every inbox", "story.a.heard", rules, demo.Files)
}
