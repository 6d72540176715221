package cases

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// The members: we ourselves, and two others.
func us() posada.AgencyID     { return agency(1) }
func feared() posada.AgencyID { return agency(2) }
func other() posada.AgencyID  { return agency(3) }
func ana() posada.StaffID     { return posada.IDFrom[posada.StaffID]([16]byte{9}) }
func worker() handoff.Asker   { return asker(9, posada.RoleAdvocate) }

func asker(n byte, roles ...posada.StaffRole) handoff.Asker {
	return handoff.Asker{ID: posada.IDFrom[posada.StaffID]([16]byte{n}), Roles: posada.SetOf(roles...)}
}

func agency(n byte) posada.AgencyID {
	return posada.IDFrom[posada.AgencyID]([16]byte(bytes.Repeat([]byte{n}, 16)))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the unit on a vault of its own, with a clock that stands.
type bench struct {
	*Cases
	dir     string
	now     time.Time
	changed int
}

var secret = vault.Key([32]byte{1, 2, 3})

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)}
	members := invented.Roster(t, invented.New(t, 1, b.now), invented.New(t, 2, b.now), invented.New(t, 3, b.now))
	must(t, vault.Create(b.dir, secret, rand.Reader))
	shipped, err := pdp.Shipped()
	must(t, err)
	b.Cases = New(Config{
		Agency: us(), Members: roster.NewCurrent(members), Policy: pdp.NewCurrent(shipped), Now: func() time.Time { return b.now }, Random: rand.Reader,
		Changed: func() { b.changed++ },
	})
	b.open(t)
	t.Cleanup(func() { must(t, b.c.Vault.Close()) })
	return b
}

func (b *bench) open(t testing.TB) {
	t.Helper()
	v, err := vault.Open(b.dir, secret, rand.Reader)
	must(t, err)
	b.c.Vault = v
}

// reopen closes the vault and opens it again, as a restart does.
func (b *bench) reopen(t testing.TB) {
	t.Helper()
	must(t, b.c.Vault.Close())
	b.open(t)
}

func (b *bench) view(t testing.TB, fn func(tx *vault.Tx)) {
	t.Helper()
	must(t, b.c.Vault.View(func(tx *vault.Tx) error { fn(tx); return nil }))
}

// start opens a case and lets a minute pass.
func (b *bench) start(t testing.TB) Listed {
	t.Helper()
	l, err := b.Start(worker())
	must(t, err)
	b.now = b.now.Add(time.Minute)
	return l
}

// acts are the entries of the audit.
func (b *bench) acts(t testing.TB) (list []audit.Entry) {
	t.Helper()
	b.view(t, func(tx *vault.Tx) {
		must(t, audit.Each(tx, 1, func(_ uint64, e audit.Entry) error { list = append(list, e); return nil }))
	})
	return list
}

func TestACaseIsKeptAsItWasOpened(t *testing.T) {
	b := newBench(t)
	first, second := b.start(t), b.start(t)
	if first.ID == second.ID || first.Label == second.Label || first.Key == second.Key || first.ID == "" {
		t.Error("two cases have something in common")
	}
	b.reopen(t)
	list, err := b.List(t.Context(), worker())
	if err != nil || !reflect.DeepEqual(list, []Listed{second, first}) { // the newest first
		t.Errorf("%d cases, %v", len(list), err)
	}
	b.view(t, func(tx *vault.Tx) {
		if got, err := b.Of(tx, first.Label); err != nil || !reflect.DeepEqual(got, first.Case) {
			t.Errorf("another one: %v", err)
		}
		for _, label := range []string{"", "wren-10", strings.ToUpper(first.Label), first.Label + " "} {
			got, err := b.Of(tx, label)
			if told := fault.From(err); told.Key != fault.UnknownCase || got.ID != "" {
				t.Errorf("%q: %v", label, err)
			}
		}
	})
}

// drawFor is the draw that gives a label.
func drawFor(t testing.TB, label string) []byte {
	t.Helper()
	bird, number, _ := strings.Cut(label, "-")
	var n uint32
	if _, err := fmt.Sscan(number, &n); err != nil {
		t.Fatal(err)
	}
	count := uint32(len(birds()))
	return binary.BigEndian.AppendUint32(nil, (n-10)*count+uint32(slices.Index(birds(), bird)))
}

// A label is a bird and a number: it cannot be made from a person, and two
// cases never have one.
func TestLabelsSayNothingAndAreNobodyElses(t *testing.T) {
	b := newBench(t)
	shape := regexp.MustCompile(`^[a-z]+-[1-9][0-9]{1,3}$`)
	seen := map[string]bool{}
	for range 20 {
		label := b.start(t).Label
		if !shape.MatchString(label) || seen[label] {
			t.Errorf("%q", label)
		}
		seen[label] = true
	}
	birdsSeen := map[string]bool{}
	for _, bird := range birds() {
		if birdsSeen[bird] || !shape.MatchString(bird+"-10") {
			t.Errorf("%q", bird)
		}
		birdsSeen[bird] = true
	}
	// The same draw again finds its label taken and draws once more.
	draw := func(random ...byte) (label string, err error) {
		b.view(t, func(tx *vault.Tx) { label, err = newLabel(tx, bytes.NewReader(random)) })
		return label, err
	}
	for label := range seen {
		n := drawFor(t, label)
		if again, err := draw(append(n, 0, 0, 0, 0)...); err != nil || again != "wren-10" && !seen["wren-10"] {
			t.Errorf("%s drawn again gives %q, %v", label, again, err)
		}
		if _, err := draw(n...); err == nil {
			t.Errorf("%s was given twice", label)
		}
	}
}

// TestEveryCaseComesBackAsItWasPut: an empty word or identifier that could be
// written and not be read would take every case with it.
func TestEveryCaseComesBackAsItWasPut(t *testing.T) {
	b := newBench(t)
	least := file{ID: posada.CaseID(agency(60)), Label: "wren-10", By: ana()}
	most := file{ID: posada.CaseID(agency(61)), Label: "wren-11", Opened: b.now, By: ana(), Assigned: []posada.StaffID{ana(), worker().ID}, Excluded: []posada.AgencyID{feared(), other()}}
	must(t, b.c.Vault.Update(func(tx *vault.Tx) (err error) {
		if most.Key, err = tx.NewKey(); err != nil {
			return err
		}
		return errors.Join(put(tx, least), put(tx, most))
	}))
	b.reopen(t)
	b.view(t, func(tx *vault.Tx) {
		for _, want := range []file{least, most} {
			if got, err := get(tx, want.Label); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s came back as another: %v", want.Label, err)
			}
		}
	})
}

func TestACaseOfANewerFormIsRefused(t *testing.T) {
	b := newBench(t)
	newer := vault.Table[file]{Name: files.Name, Version: files.Version + 1}
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error { return newer.Put(tx, "wren-10", vault.KeyID{}, file{}) }))
	if _, err := b.List(t.Context(), worker()); !errors.Is(err, vault.ErrNewer) {
		t.Errorf("listed: %v", err)
	}
	if _, err := b.Exclude(t.Context(), worker(), "wren-10", feared()); !errors.Is(err, vault.ErrNewer) {
		t.Errorf("excluded: %v", err)
	}
}

// Destroying a case's key destroys what it holds, and whom it excludes is known
// no more; nothing of it is another's.
func TestACaseWhoseKeyWasDestroyedIsGone(t *testing.T) {
	b := newBench(t)
	gone, kept := b.start(t), b.start(t)
	_, err := b.Exclude(t.Context(), worker(), gone.Label, feared())
	must(t, err)
	must(t, b.c.Vault.Erase(gone.Key))
	if list, err := b.List(t.Context(), worker()); err != nil || len(list) != 1 || list[0].ID != kept.ID {
		t.Errorf("%d cases are left, %v", len(list), err)
	}
	if _, err := b.Exclude(t.Context(), worker(), gone.Label, other()); fault.From(err).Key != fault.UnknownCase {
		t.Errorf("excluded from it: %v", err)
	}
	// Its label is not given to another: somebody may still say it on the phone.
	b.view(t, func(tx *vault.Tx) {
		if label, err := newLabel(tx, bytes.NewReader(drawFor(t, gone.Label))); err == nil {
			t.Errorf("%s was given again", label)
		}
	})
}

// An exclusion lasts, is the case's alone, is noted with who set it, and has
// what waits to be sent decided again. Said twice it is said once.
func TestWhomACaseExcludesStaysExcluded(t *testing.T) {
	b := newBench(t)
	feared1, elsewhere := b.start(t), b.start(t)
	for range 2 {
		l, err := b.Exclude(t.Context(), worker(), feared1.Label, feared())
		if err != nil || !slices.Equal(l.Excluded, []posada.AgencyID{feared()}) {
			t.Errorf("%d are excluded, %v", len(l.Excluded), err)
		}
	}
	if b.changed != 2 {
		t.Errorf("what waits was decided again %d times", b.changed)
	}
	b.reopen(t)
	b.view(t, func(tx *vault.Tx) {
		for label, want := range map[string]int{feared1.Label: 1, elsewhere.Label: 0} {
			if got, err := b.Of(tx, label); err != nil || len(got.Excluded) != want {
				t.Errorf("%d are excluded, %v; want %d", len(got.Excluded), err, want)
			}
		}
	})
	var noted []audit.Entry
	for _, e := range b.acts(t) {
		if e.Act == audit.CaseExcluded {
			noted = append(noted, e)
		}
	}
	if len(noted) != 1 || noted[0].By != ana() || noted[0].Case != feared1.ID || noted[0].Peer != feared() {
		t.Errorf("noted: %+v", noted)
	}
	text, err := json.Marshal(b.acts(t))
	if err != nil || strings.Contains(string(text), feared1.Label) {
		t.Errorf("the account says what a case is called: %v", err)
	}
}

func TestAnExclusionThatCannotBeIsRefusedAndLeavesNothing(t *testing.T) {
	b := newBench(t)
	of := b.start(t)
	for name, c := range map[string]struct {
		label  string
		agency posada.AgencyID
		want   fault.Key
	}{
		"we ourselves":      {of.Label, us(), fault.ExcludesOurselves},
		"a stranger":        {of.Label, agency(8), fault.UnknownAgency},
		"nobody":            {of.Label, "", fault.UnknownAgency},
		"a case nobody has": {"wren-10", feared(), fault.UnknownCase},
	} {
		if l, err := b.Exclude(t.Context(), worker(), c.label, c.agency); fault.From(err).Key != c.want || fault.From(err).Code != fault.Invalid || l.ID != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(b.acts(t)); n != 1 || b.changed != 0 {
		t.Errorf("%d entries, %d changes", n, b.changed)
	}
	b.view(t, func(tx *vault.Tx) {
		must(t, b.Each(tx, func(c handoff.Case) error {
			if len(c.Excluded) != 0 {
				t.Errorf("%d are excluded", len(c.Excluded))
			}
			return nil
		}))
	})
}
