package staff

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

var secret = vault.Key([32]byte{1, 2, 3})

func now() time.Time { return time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, dir string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, secret, rand.Reader)
	must(t, err)
	return v
}

// opened is an empty vault and its folder.
func opened(t testing.TB) (*vault.Vault, string) {
	t.Helper()
	dir := t.TempDir()
	must(t, vault.Create(dir, secret, rand.Reader))
	return open(t, dir), dir
}

func closed(t testing.TB, v *vault.Vault) {
	t.Helper()
	must(t, v.Close())
}

// kept is every record as it is kept, by its name.
func kept(t testing.TB, v *vault.Vault) map[string]Principal {
	t.Helper()
	found := map[string]Principal{}
	must(t, v.View(func(tx *vault.Tx) error {
		return people.Each(tx, func(name string, p Principal) error { found[name] = p; return nil })
	}))
	return found
}

func TestATokenShowsWhoSheIsAlsoAfterReopening(t *testing.T) {
	v, dir := opened(t)
	s := New(v, rand.Reader, now)
	tokens := map[string]Principal{}
	for _, role := range posada.Members[posada.StaffRole]() {
		p, token, err := s.Add("Ana "+string(role), role)
		must(t, err)
		if p.Name != "Ana "+string(role) || p.Role != role || p.ID == "" {
			t.Errorf("%+v", p)
		}
		tokens[token] = p
	}
	if len(tokens) != len(posada.Members[posada.StaffRole]()) {
		t.Error("two people have one token")
	}
	closed(t, v)
	v = open(t, dir)
	defer closed(t, v)
	s = New(v, rand.Reader, now)
	for token, want := range tokens {
		if got, err := s.Authenticate(token); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

func TestATokenIs256BitsOfTheSource(t *testing.T) {
	v, _ := opened(t)
	defer closed(t, v)
	// 16 bytes become the identifier, 32 the token.
	drawn := append(bytes.Repeat([]byte{0x11}, 16), bytes.Repeat([]byte{0xff}, 32)...)
	p, token, err := New(v, bytes.NewReader(drawn), now).Add("Ana", posada.RoleAdvocate)
	if err != nil || p.ID != posada.IDFrom[posada.StaffID]([16]byte(drawn[:16])) || token != strings.Repeat("_", 42)+"8" {
		t.Errorf("%+v, %q, %v", p, token, err)
	}
}

func TestAnUnknownTokenIsRefusedAndNothingIsTold(t *testing.T) {
	v, _ := opened(t)
	defer closed(t, v)
	s := New(v, rand.Reader, now)
	_, token, err := s.Add("Ana", posada.RoleAdvocate)
	must(t, err)
	for name, wrong := range map[string]string{
		"none": "", "a beginning": token[:42], "one more": token + "A", "its hash": hashed(token), "in other case": strings.ToUpper(token) + "a",
		"white space": token + " ", "another": strings.Repeat("A", 43), "her name": "Ana",
	} {
		p, err := s.Authenticate(wrong)
		told := fault.From(err)
		if p != (Principal{}) || told.Code != fault.Unauthenticated || told.Key != fault.UnknownToken || len(told.Args) != 0 {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// Whoever reads a backup of the opened vault finds names, and no way in.
func TestOnlyTheTokensHashIsKept(t *testing.T) {
	v, _ := opened(t)
	defer closed(t, v)
	_, token, err := New(v, rand.Reader, now).Add("Ana", posada.RoleAdvocate)
	must(t, err)
	found := kept(t, v)
	if len(found) != 1 {
		t.Fatalf("%d records", len(found))
	}
	for name, p := range found {
		text, err := json.Marshal(p)
		must(t, err)
		if strings.Contains(name+string(text), token) || strings.Contains(name+string(text), token[:8]) {
			t.Errorf("%s %s holds the token", name, text)
		}
		if name != hashed(token) || hashed(token) == hashed(token+"x") {
			t.Errorf("it is found by %q", name)
		}
	}
}

func TestSomebodyWithoutANameOrAKnownRoleIsNotAdded(t *testing.T) {
	v, _ := opened(t)
	defer closed(t, v)
	s := New(v, rand.Reader, now)
	for _, c := range []struct {
		name string
		role posada.StaffRole
	}{{"", posada.RoleAdvocate}, {"Ana", ""}, {"Ana", "director"}, {"Ana", "Advocate"}} {
		p, token, err := s.Add(c.name, c.role)
		if !errors.Is(err, posada.ErrUnknownWord) || p != (Principal{}) || token != "" {
			t.Errorf("%+v: %+v, %q, %v", c, p, token, err)
		}
	}
	if found := kept(t, v); len(found) != 0 {
		t.Errorf("%d records", len(found))
	}
}

// A short draw would be a token somebody could guess.
func TestWhereNothingCanBeDrawnNobodyIsAdded(t *testing.T) {
	dry := errors.New("no randomness")
	for _, enough := range []int{0, 15, 16, 47} {
		v, _ := opened(t)
		source := io.MultiReader(bytes.NewReader(make([]byte, enough)), iotest.ErrReader(dry))
		if _, token, err := New(v, source, now).Add("Ana", posada.RoleAdvocate); !errors.Is(err, dry) || token != "" {
			t.Errorf("after %d bytes: %q, %v", enough, token, err)
		}
		if found := kept(t, v); len(found) != 0 {
			t.Errorf("after %d bytes: %d records", enough, len(found))
		}
		closed(t, v)
	}
}

func TestAddingSomebodyIsInTheAudit(t *testing.T) {
	v, _ := opened(t)
	defer closed(t, v)
	p, token, err := New(v, rand.Reader, now).Add("Ana", posada.RoleAdvocate)
	must(t, err)
	must(t, v.View(func(tx *vault.Tx) error {
		return audit.Each(tx, 1, func(n uint64, e audit.Entry) error {
			if n != 1 || e.Act != audit.StaffAdded || e.By != p.ID || !e.At.Equal(now()) {
				t.Errorf("%d: %+v", n, e)
			}
			text, err := json.Marshal(e)
			if strings.Contains(string(text), "Ana") || strings.Contains(string(text), token) {
				t.Errorf("the audit names her: %s", text)
			}
			return err
		})
	}))
	must(t, v.View(func(tx *vault.Tx) error {
		if count, _, err := audit.Verify(tx); count != 1 || err != nil {
			t.Errorf("%d entries, %v", count, err)
		}
		return nil
	}))
}

func TestOnlyThoseWhoWorkWithWholeCasesMayWorkThem(t *testing.T) {
	may := map[posada.StaffRole]bool{
		posada.RoleAdvocate: true, posada.RoleLegal: true, posada.RoleMedical: true, posada.RoleCoordinator: true,
		posada.RoleVolunteerScreener: false, posada.RoleSteward: false, posada.RoleAuditor: false, posada.RoleAgencyAdmin: false,
		"": false, "director": false,
	}
	for role, want := range may {
		if got := (Principal{Role: role}).MayWorkCases(); got != want {
			t.Errorf("%q: %v", role, got)
		}
	}
	for _, role := range posada.Members[posada.StaffRole]() {
		if _, decided := may[role]; !decided {
			t.Errorf("%s: nobody said whether it may work cases", role)
		}
	}
}

// A failure of the store must not pass for a wrong token, nor for a right one.
func TestWhatTheStoreCannotAnswerIsNoRefusal(t *testing.T) {
	v, _ := opened(t)
	newer := vault.Table[Principal]{Name: people.Name, Version: people.Version + 1}
	must(t, v.Update(func(tx *vault.Tx) error { return newer.Put(tx, hashed("token"), vault.KeyID{}, Principal{}) }))
	s := New(v, rand.Reader, now)
	if p, err := s.Authenticate("token"); !errors.Is(err, vault.ErrNewer) || p != (Principal{}) {
		t.Errorf("a record of a newer form: %+v, %v", p, err)
	}
	closed(t, v)
	if p, err := s.Authenticate("token"); !errors.Is(err, vault.ErrClosed) || p != (Principal{}) {
		t.Errorf("a closed vault: %+v, %v", p, err)
	}
	if _, _, err := s.Add("Ana", posada.RoleAdvocate); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("a closed vault: %v", err)
	}
}
