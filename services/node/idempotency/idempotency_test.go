package idempotency

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	she     = posada.IDFrom[posada.StaffID]([16]byte{1})
	another = posada.IDFrom[posada.StaffID]([16]byte{2})
	agreed  = posada.IDFrom[posada.ConsentID]([16]byte{3})
	secret  = vault.Key([32]byte{1})
)

// place is a vault that processes open and die with.
type place struct {
	*testing.T
	dir   string
	now   time.Time
	vault *vault.Vault
	keys  *Keys
}

func newPlace(t *testing.T) *place {
	p := &place{T: t, dir: t.TempDir(), now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)}
	must(t, vault.Create(p.dir, secret, rand.Reader))
	p.open()
	t.Cleanup(func() { must(t, p.vault.Close()) })
	return p
}

func (p *place) open() {
	p.Helper()
	var err error
	p.vault, err = vault.Open(p.dir, secret, rand.Reader)
	must(p, err)
	p.keys, err = Open(p.vault, func() time.Time { return p.now })
	must(p, err)
}

// again is another process, which knows what the last one wrote.
func (p *place) again() {
	p.Helper()
	must(p, p.vault.Close())
	p.open()
}

func (p *place) acts(by posada.StaffID, act audit.Act) {
	p.Helper()
	must(p, p.vault.Update(func(tx *vault.Tx) error {
		return audit.Append(tx, audit.Entry{At: p.now, By: by, Act: act, Consent: agreed})
	}))
}

// asked is what somebody with a key is told: whether it was done, and the status it had.
func (p *place) asked(by posada.StaffID, key, what string) string {
	p.Helper()
	done, status, err := p.keys.Begin(by, key, []byte(what))
	if err != nil {
		return string(fault.From(err).Key)
	}
	if done == nil {
		return "new"
	}
	return fmt.Sprint(status, " ", done.Act, " ", done.Consent == agreed)
}

func (p *place) expect(got, want string) {
	p.Helper()
	if got != want {
		p.Errorf("it is %q; want %q", got, want)
	}
}

const done = "201 consent_recorded true"

// TestWhatWasDoneIsKnownInTheNextProcess, and whose it was, and for what.
func TestWhatWasDoneIsKnownInTheNextProcess(t *testing.T) {
	p := newPlace(t)
	p.expect(p.asked(she, "k", "a"), "new")
	p.acts(she, audit.ConsentRecorded)
	must(t, p.keys.End(she, "k", http.StatusCreated))
	for range 2 {
		p.expect(p.asked(she, "k", "a"), done)
		p.expect(p.asked(she, "k", "b"), string(fault.KeyUsed))
		p.again()
	}
	p.expect(p.asked(another, "k", "a"), "new")
}

// TestWhereTheProcessDiedTheAccountSays whether it was done: before it was, after it was, and
// with what others did meanwhile, and what was only looked at.
func TestWhereTheProcessDiedTheAccountSays(t *testing.T) {
	for name, c := range map[string]struct {
		acts func(*place)
		want string
	}{
		"before anything":      {func(*place) {}, "new"},
		"after it was done":    {func(p *place) { p.acts(she, audit.ConsentRecorded) }, "0 consent_recorded true"},
		"others acted":         {func(p *place) { p.acts(another, audit.ConsentRecorded); p.acts("", audit.Delivered) }, "new"},
		"she looked at things": {func(p *place) { p.acts(she, audit.ReferralLookedAt) }, "new"},
		"done, and looked at":  {func(p *place) { p.acts(she, audit.ConsentRecorded); p.acts(she, audit.ReferralLookedAt) }, "0 consent_recorded true"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.acts(she, audit.ConsentRecorded) // before
			p.expect(p.asked(she, "k", "a"), "new")
			c.acts(p)
			p.again()
			p.acts(she, audit.ConsentRecorded) // after: it says nothing of what was asked before
			p.expect(p.asked(she, "k", "a"), c.want)
		})
	}
}

// TestWhatWasRefusedMayBeAskedAgain, and what failed, unless it was done all the same.
func TestWhatWasRefusedMayBeAskedAgain(t *testing.T) {
	p := newPlace(t)
	for i, c := range []struct {
		status int
		acts   bool
		want   string
	}{
		{http.StatusForbidden, false, "new"}, {http.StatusConflict, true, "new"},
		{http.StatusInternalServerError, false, "new"}, {http.StatusInternalServerError, true, "500 consent_recorded true"},
		{http.StatusOK, false, "new"},
	} {
		key := fmt.Sprint(i)
		p.expect(p.asked(she, key, "a"), "new")
		if c.acts {
			p.acts(she, audit.ConsentRecorded)
		}
		must(t, p.keys.End(she, key, c.status))
		p.expect(p.asked(she, key, "a"), c.want)
	}
}

// TestKeysAreKeptForADayAndNotTooMany, on the disk as in memory.
func TestKeysAreKeptForADayAndNotTooMany(t *testing.T) {
	p := newPlace(t)
	begin := func(key string) {
		p.expect(p.asked(she, key, "a"), "new")
		p.acts(she, audit.ConsentRecorded)
		must(t, p.keys.End(she, key, http.StatusCreated))
	}
	begin("old")
	p.now = p.now.Add(Life - time.Second)
	begin("new")
	p.expect(p.asked(she, "old", "a"), done)
	p.now = p.now.Add(time.Second)
	begin("newest") // the oldest goes
	p.again()
	if len(p.keys.kept) != 2 || len(p.keys.order) != 2 {
		t.Errorf("%d are kept", len(p.keys.kept))
	}
	p.expect(p.asked(she, "new", "a"), done)
	p.expect(p.asked(she, "old", "a"), "new")

	for i := range 2 * Most { // in memory alone: what the disk has goes with it, above
		p.keys.enter(fmt.Sprint(i), asked{At: p.now, By: she})
	}
	if len(p.keys.kept) != Most || len(p.keys.order) != Most {
		t.Errorf("%d are kept", len(p.keys.kept))
	}
}

// TestAKeyIsNowhereOnTheDisk, nor what was asked with it.
func TestAKeyIsNowhereOnTheDisk(t *testing.T) {
	p := newPlace(t)
	const canary = "XOCHITL-KEY-41"
	p.asked(she, canary, canary)
	must(t, p.keys.End(she, canary, http.StatusCreated))
	files, err := filepath.Glob(filepath.Join(p.dir, "*"))
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		if strings.Contains(string(text), canary) {
			t.Errorf("%s has it", file)
		}
	}
	if row := p.keys.kept[name(she, canary)]; strings.Contains(fmt.Sprintf("%+v", row), canary) {
		t.Error(row)
	}
}

// TestWhatCannotBeNotedIsNotBegun: without it a crash could double it.
func TestWhatCannotBeNotedIsNotBegun(t *testing.T) {
	p := newPlace(t)
	closed := p.keys
	must(t, p.vault.Close())
	if _, _, err := closed.Begin(she, "k", nil); !errors.Is(err, vault.ErrClosed) {
		t.Error(err)
	}
	p.open()
	p.expect(p.asked(she, "k", ""), "new")
}
