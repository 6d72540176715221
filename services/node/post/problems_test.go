package post

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

func TestEveryCodeIsOneWordAndHasASentenceInEveryLanguage(t *testing.T) {
	codes := Codes()
	if len(codes) < 15 {
		t.Errorf("%d codes: this test sees nothing", len(codes))
	}
	seen := map[string]bool{}
	for _, code := range codes {
		if code == "" || seen[code] || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("%q is no word, or stands twice", code)
		}
		seen[code] = true
		for _, l := range i18n.Languages() {
			key := i18n.Key("aside." + code)
			if text := i18n.For(l).Text(key); text == string(key) || text == "" {
				t.Errorf("%s has no sentence in %s", key, l)
			}
		}
	}
}

func TestAnErrorHasTheCodeOfWhatItIs(t *testing.T) {
	for _, p := range problems() {
		want := p.code
		if want == "" {
			want = "unknown"
		}
		if got := codeOf(fmt.Errorf("open: %w", p.err)); got != want {
			t.Errorf("%v: %q; want %q", p.err, got, want)
		}
		if !slices.Contains(Codes(), want) {
			t.Errorf("%q is not listed", want)
		}
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a unit's refusal":               {fmt.Errorf("take: %w", handoff.Refuse("no_grant", nil)), "no_grant"},
		"a refusal because of a problem": {handoff.Refuse("no_grant", seal.ErrStanza), "no_grant"},
		"two problems":                   {errors.Join(seal.ErrStanza, envelope.ErrMagic), "magic"}, // the first of the list
		"nobody's":                       {fs.ErrInvalid, "unknown"},
		"only its text":                  {errors.New(seal.ErrStanza.Error()), "unknown"},
	} {
		if got := codeOf(c.err); got != c.want {
			t.Errorf("%s: %q; want %q", name, got, c.want)
		}
	}
}

// An envelope that failed for a reason of ours stays at the hub; putting it
// aside would lose what somebody sent.
func TestOurOwnTroublesPutNothingAside(t *testing.T) {
	for _, err := range []error{vault.ErrClosed, vault.ErrDamaged, vault.ErrErased, ErrReceipt, handoff.ErrNotAdmitted} {
		i := slices.IndexFunc(problems(), func(p problem) bool { return errors.Is(p.err, err) })
		if i < 0 || problems()[i].code != "" {
			t.Errorf("%v has a code of its own, or no place in the log", err)
		}
	}
}

// The log tells an error's text where it is one of these, so each must be a
// sentence that never changes.
func TestWhatTheLogMayTellIsFixed(t *testing.T) {
	texts := map[string]bool{}
	for _, err := range named() {
		if err == nil || err.Error() == "" || texts[err.Error()] || errors.Unwrap(err) != nil {
			t.Errorf("%v is empty, stands twice, or holds another error's text", err)
			continue
		}
		texts[err.Error()] = true
	}
}
