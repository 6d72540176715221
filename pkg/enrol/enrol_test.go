package enrol_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

const (
	network posada.NetworkID = "nnnnnnnnnnnnnnnnnnnnnnnnna"
	another posada.NetworkID = "ooooooooooooooooooooooooea"
)

var errNone = errors.New("none")

func at() time.Time { return time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// key is one of three kinds of keys of party n.
func key(t testing.TB, n, kind byte) jose.PrivateKey {
	t.Helper()
	k, err := jose.KeyFromSeed([32]byte{n, kind})
	must(t, err)
	return k
}

func id(n byte) posada.AgencyID { return posada.IDFrom[posada.AgencyID]([16]byte{n}) }

// sponsors are the first two members.
func sponsors() [2]posada.AgencyID { return [2]posada.AgencyID{id(1), id(2)} }

func request(t testing.TB, n byte, of posada.NetworkID) enrol.Request {
	t.Helper()
	k := key(t, n, 'i')
	r := enrol.Request{Network: of, Agency: id(n), Mailbox: posada.MailboxID{n, 1}, Class: posada.ClassShelter, Identity: k.Public(), Made: at()}
	text, err := r.Sign(k)
	must(t, err)
	back, err := enrol.ReadRequest(text)
	must(t, err)
	if back.Identity.ID() != k.Public().ID() || back.Agency != r.Agency || back.Mailbox != r.Mailbox || back.Class != r.Class || !back.Made.Equal(at()) {
		t.Fatalf("%+v", back)
	}
	return back
}

func hub(t testing.TB) enrol.Hub {
	t.Helper()
	return enrol.Hub{
		Operator: "Invented Hub", Address: "tls://127.0.0.1:4222", Pins: []roster.Pin{{1, 2, 3}},
		Online: key(t, 9, 'o').Public(), Receipt: key(t, 9, 'r').Public(),
	}
}

// founding is three members, each with a steward.
func founding(t testing.TB) enrol.Founding {
	t.Helper()
	f := enrol.Founding{Draft: enrol.Draft{Network: network, Practice: true}, Hub: hub(t), Policy: []byte(`{"invented":true}`)}
	for n := byte(1); n <= 3; n++ {
		f.Members = append(f.Members, enrol.Founder{Request: request(t, n, network), Class: posada.ClassNGO})
		f.Stewards = append(f.Stewards, enrol.Claim{Network: network, Agency: id(n), Key: key(t, n, 's').Public()})
	}
	return f
}

// copied is a motion as the next steward reads it.
func copied(t testing.TB, m enrol.Motion) enrol.Motion {
	t.Helper()
	text, err := m.Write()
	must(t, err)
	back, err := enrol.ReadMotion(text)
	must(t, err)
	return back
}

func found(t testing.TB, signers ...byte) enrol.Motion {
	t.Helper()
	m, err := enrol.Found(founding(t), at())
	must(t, err)
	for _, n := range signers {
		m, err = copied(t, m).Sign(key(t, n, 's'))
		must(t, err)
	}
	return copied(t, m)
}

// TestNoByteOfAFileCanBeChangedUnseen: a file with another byte is refused, or
// says the same.
func TestNoByteOfAFileCanBeChangedUnseen(t *testing.T) {
	k := key(t, 1, 'i')
	r, err := request(t, 1, network).Sign(k)
	must(t, err)
	claim, err := enrol.SignClaim(network, id(1), k)
	must(t, err)
	for name, c := range map[string]struct {
		text []byte
		read func([]byte) (any, error)
	}{
		"request": {r, func(b []byte) (any, error) { return enrol.ReadRequest(b) }},
		"claim":   {claim, func(b []byte) (any, error) { return enrol.ReadClaim(b) }},
	} {
		want, err := c.read(c.text)
		must(t, err)
		refused := 0
		for i := range c.text {
			for _, flip := range []byte{1, 2, 0x20} {
				changed := bytes.Clone(c.text)
				changed[i] ^= flip
				got, err := c.read(changed)
				if err == nil && !reflect.DeepEqual(got, want) {
					t.Errorf("%s: byte %d changed what it says", name, i)
				}
				if err != nil {
					refused++
				}
			}
		}
		if refused < 3*len(c.text)-30 {
			t.Errorf("%s: only %d of %d changes were refused", name, refused, 3*len(c.text))
		}
	}
}

func TestOneKindOfFileIsNotTakenForAnother(t *testing.T) {
	k := key(t, 1, 'i')
	claim, err := enrol.SignClaim(network, id(1), k)
	must(t, err)
	if _, err := enrol.ReadRequest(claim); !errors.Is(err, enrol.ErrMalformed) {
		t.Error(err)
	}
	h, err := hub(t).Write()
	must(t, err)
	for name, read := range map[string]func([]byte) error{
		"draft":   func(b []byte) error { _, err := enrol.ReadDraft(b); return err },
		"request": func(b []byte) error { _, err := enrol.ReadRequest(b); return err },
		"claim":   func(b []byte) error { _, err := enrol.ReadClaim(b); return err },
		"motion":  func(b []byte) error { _, err := enrol.ReadMotion(b); return err },
	} {
		for _, text := range [][]byte{h, nil, []byte("{}"), []byte("null"), []byte(`{"proposals":[]}`), []byte(`{"proposals":[{"document":null}]}`)} {
			if err := read(text); err == nil {
				t.Errorf("%s was read out of %q", name, text)
			}
		}
	}
}

func TestAHubWithoutAPlaceOrKeysIsRefused(t *testing.T) {
	for name, change := range map[string]func(*enrol.Hub){
		"no operator": func(h *enrol.Hub) { h.Operator = "" },
		"plain":       func(h *enrol.Hub) { h.Address = "nats://127.0.0.1:4222" },
		"no port":     func(h *enrol.Hub) { h.Address = "tls://127.0.0.1" },
		"no address":  func(h *enrol.Hub) { h.Address = "" },
		"no pins":     func(h *enrol.Hub) { h.Pins = nil },
		"one key":     func(h *enrol.Hub) { h.Receipt = h.Online },
		"no key":      func(h *enrol.Hub) { h.Online = jose.PublicKey{} },
		"two lines":   func(h *enrol.Hub) { h.Address += "\nlisten: 0.0.0.0:1" },
		"an escape":   func(h *enrol.Hub) { h.Operator = "\x1b[2J" },
		"with a path": func(h *enrol.Hub) { h.Address += "/x" },
		"with a user": func(h *enrol.Hub) { h.Address = "tls://me@127.0.0.1:4222" },
	} {
		h := hub(t)
		change(&h)
		if _, err := h.Write(); err == nil {
			t.Error(name)
		}
	}
	h := hub(t)
	text, err := h.Write()
	must(t, err)
	back, err := enrol.ReadHub(text)
	must(t, err)
	a, err := h.Digest()
	must(t, err)
	b, err := back.Digest()
	must(t, err)
	back.Address = "tls://127.0.0.2:4222"
	c, err := back.Digest()
	must(t, err)
	if a != b || a == c {
		t.Error("the words of a hub are not those of all of it")
	}
}

// TestANetworkIsFoundedByEnoughStewardsAndByNobodyElse.
func TestANetworkIsFoundedByEnoughStewardsAndByNobodyElse(t *testing.T) {
	m := found(t)
	if m.Lacks() != 2 || len(m.Signed()) != 0 || !m.Founds() || !m.Charter().Practice {
		t.Fatalf("lacks %d, signed %d", m.Lacks(), len(m.Signed()))
	}
	if _, err := m.Anchor(); !errors.Is(err, enrol.ErrUnsigned) {
		t.Error(err)
	}
	if _, err := m.Sign(key(t, 7, 's')); !errors.Is(err, enrol.ErrNotYours) {
		t.Error(err)
	}
	once := found(t, 1)
	again, err := once.Sign(key(t, 1, 's'))
	must(t, err)
	if again.Lacks() != 1 || len(again.Signed()) != 1 {
		t.Error("one steward counts twice")
	}
	both, err := once.Merge(found(t, 2))
	must(t, err)
	if both.Lacks() != 0 {
		t.Fatalf("lacks %d", both.Lacks())
	}
	anchor, err := both.Anchor()
	must(t, err)
	other, err := found(t, 2, 1).Anchor()
	must(t, err)
	if !reflect.DeepEqual(anchor, other) || !anchor.Practice || anchor.Hub != hub(t).Address || len(anchor.Pins) != 1 {
		t.Errorf("in another order it is another network: %+v, %+v", anchor, other)
	}
	// A signature more would make it another root.
	if _, err := both.Sign(key(t, 3, 's')); !errors.Is(err, enrol.ErrSigned) {
		t.Error(err)
	}
	if _, err := both.Merge(found(t, 3)); !errors.Is(err, enrol.ErrSigned) {
		t.Error(err)
	}
	// The hub reads it as it stands.
	text, err := both.Write()
	must(t, err)
	read, err := trust.ReadFounding(text)
	must(t, err)
	if read.Pin() != anchor.Root || len(read.Roster().Agencies()) != 3 || read.Hub != anchor.Hub || read.ThrowAway {
		t.Errorf("%+v", read)
	}
}

func TestWhatDoesNotBelongToTheNetworkDoesNotFoundIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*enrol.Founding)
		want   error
	}{
		"a request of another network":  {func(f *enrol.Founding) { f.Members[1].Request = request(t, 2, another) }, enrol.ErrNetwork},
		"a steward of another network":  {func(f *enrol.Founding) { f.Stewards[0].Network = another }, enrol.ErrNetwork},
		"an agency twice":               {func(f *enrol.Founding) { f.Members[1] = f.Members[0] }, enrol.ErrTwice},
		"a steward of no member":        {func(f *enrol.Founding) { f.Stewards[0].Agency = id(8) }, enrol.ErrNoAgency},
		"two stewards of one agency":    {func(f *enrol.Founding) { f.Stewards[0].Agency = id(2) }, trust.ErrThreshold},
		"more signatures than stewards": {func(f *enrol.Founding) { f.Threshold = 4 }, trust.ErrThreshold},
		"one alone, and it is real":     {func(f *enrol.Founding) { f.Threshold, f.Draft.Practice = 1, false }, trust.ErrThreshold},
		"nothing wrong":                 {func(*enrol.Founding) {}, errNone},
	} {
		f := founding(t)
		c.change(&f)
		if _, err := enrol.Found(f, at()); !errors.Is(err, c.want) && (err != nil || c.want != errNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func inForce(t testing.TB) enrol.InForce {
	t.Helper()
	m := found(t, 1, 2)
	f := enrol.InForce{Root: m.Proposals[0].Document, Targets: m.Proposals[1].Document, Roster: m.Proposals[2], Policy: m.Proposals[3], Brakes: map[trust.Role]trust.Proposal{}}
	if role, err := f.Roster.RoleOf(); err != nil || role != trust.RoleRoster {
		t.Fatal(role, err)
	}
	return f
}

func TestAnAgencyJoinsOnTopOfWhatIsInForce(t *testing.T) {
	f := inForce(t)
	m, err := f.Admit(request(t, 4, network), posada.ClassShelter, sponsors(), at())
	must(t, err)
	m = copied(t, m)
	if m.Founds() || m.Lacks() != 2 {
		t.Fatalf("lacks %d", m.Lacks())
	}
	base, next, ok := m.Rosters()
	if !ok || next.Version != 2 || len(next.Agencies) != 4 {
		t.Fatal(next)
	}
	rows := enrol.Rows(base, next)
	if rows[3].Change != enrol.ChangeJoins || rows[3].Agency.Class != posada.ClassShelter || rows[0].Change != enrol.ChangeNone || len(enrol.Gone(base, next)) != 0 {
		t.Errorf("%+v", rows)
	}
	one, err := m.Sign(key(t, 3, 's'))
	must(t, err)
	two, err := m.Sign(key(t, 1, 's'))
	must(t, err)
	both, err := one.Merge(copied(t, two))
	must(t, err)
	if both.Lacks() != 0 {
		t.Error("two signatures of two stewards are not enough")
	}
	if _, err := f.Admit(request(t, 4, another), posada.ClassShelter, sponsors(), at()); !errors.Is(err, enrol.ErrNetwork) {
		t.Error(err)
	}
	if _, err := f.Admit(request(t, 1, network), posada.ClassNGO, sponsors(), at()); !errors.Is(err, enrol.ErrUnchanged) {
		t.Error(err)
	}
	stolen := request(t, 1, network)
	stolen.Agency = id(5)
	if _, err := f.Admit(stolen, posada.ClassNGO, sponsors(), at()); !errors.Is(err, enrol.ErrTwice) {
		t.Error("two members with one mailbox:", err)
	}
	impostor := request(t, 5, network)
	impostor.Agency = id(1)
	if _, err := f.Admit(impostor, posada.ClassNGO, sponsors(), at()); !errors.Is(err, enrol.ErrTwice) {
		t.Error("a member's id went to another key:", err)
	}
	if other, err := f.Admit(request(t, 1, network), posada.ClassShelter, sponsors(), at()); err != nil {
		t.Error(err)
	} else if base, next, _ := other.Rosters(); enrol.Rows(base, next)[0].Change != enrol.ChangeClass {
		t.Error("another class is not said")
	}
	if _, err := m.Merge(found(t)); err == nil {
		t.Error("two motions were merged into one")
	}
}

// TestAMemberThatLostItsNodeGoesOnUnderAnotherKey, and in no other class; who
// is no member does not come in by that door.
func TestAMemberThatLostItsNodeGoesOnUnderAnotherKey(t *testing.T) {
	f := inForce(t)
	again := request(t, 5, network)
	again.Agency, again.Class = id(2), posada.ClassLawEnforcement
	m, err := f.Readmit(again, at())
	must(t, err)
	base, next, _ := m.Rosters()
	rows := enrol.Rows(base, next)
	if len(rows) != 3 || rows[1].Change != enrol.ChangeKeys || rows[1].Agency.Class != base.Agencies[1].Class || rows[1].Agency.Identity.ID() != again.Identity.ID() {
		t.Errorf("%+v", rows)
	}
	if _, err := f.Readmit(request(t, 2, network), at()); !errors.Is(err, enrol.ErrUnchanged) {
		t.Error(err)
	}
	if _, err := f.Readmit(request(t, 5, network), at()); !errors.Is(err, enrol.ErrNoMember) {
		t.Error(err)
	}
	if _, err := f.Readmit(request(t, 5, another), at()); !errors.Is(err, enrol.ErrNetwork) {
		t.Error(err)
	}
}

func TestAMemberThatIsRemovedStaysListed(t *testing.T) {
	f := inForce(t)
	m, err := f.Stand(id(2), posada.StandingRemoved, at())
	must(t, err)
	base, next, _ := m.Rosters()
	if rows := enrol.Rows(base, next); len(rows) != 3 || rows[1].Change != enrol.ChangeStands || rows[1].Agency.Standing != posada.StandingRemoved {
		t.Errorf("%+v", rows)
	}
	if _, err := f.Stand(id(8), posada.StandingRemoved, at()); !errors.Is(err, enrol.ErrNoMember) {
		t.Error(err)
	}
	if _, err := f.Stand(id(2), posada.StandingActive, at()); !errors.Is(err, enrol.ErrUnchanged) {
		t.Error(err)
	}
}

// TestOneStewardSuspendsAlone, and what she stopped before stays stopped.
func TestOneStewardSuspendsAlone(t *testing.T) {
	f := inForce(t)
	s := trust.Steward{Agency: id(1), Key: key(t, 1, 's').Public()}
	m, err := f.Suspend(s, []posada.AgencyID{id(2)}, at().Add(time.Hour), at())
	must(t, err)
	if m.Lacks() != 1 {
		t.Errorf("lacks %d", m.Lacks())
	}
	if _, err := m.Sign(key(t, 2, 's')); !errors.Is(err, enrol.ErrNotYours) {
		t.Error("another steward signed her brake:", err)
	}
	m, err = m.Sign(key(t, 1, 's'))
	must(t, err)
	if m.Lacks() != 0 {
		t.Error("her own signature is not enough")
	}
	role, err := trust.BrakeRole(s)
	must(t, err)
	f.Brakes[role] = m.Proposals[0]
	m, err = f.Suspend(s, []posada.AgencyID{id(3)}, at().Add(2*time.Hour), at())
	must(t, err)
	b, ok := m.Braked()
	if !ok || len(b.Suspend) != 2 || m.Examined()[0].Version != 2 {
		t.Errorf("%+v", b)
	}
	if _, err := f.Suspend(s, []posada.AgencyID{id(3)}, at().Add(80*time.Hour), at()); !errors.Is(err, trust.ErrContent) {
		t.Error("a brake of eighty hours:", err)
	}
}
