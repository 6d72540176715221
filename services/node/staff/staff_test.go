package staff

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"reflect"
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

// unit is the unit on an empty vault of its own.
func unit(t testing.TB) *Staff {
	t.Helper()
	v, _ := opened(t)
	t.Cleanup(func() { closed(t, v) })
	return New(v, rand.Reader, now)
}

func roles(list ...posada.StaffRole) Roles { return posada.SetOf(list...) }

// add adds somebody whom nobody was there to add.
func add(t testing.TB, s *Staff, name string, list ...posada.StaffRole) (Member, string) {
	t.Helper()
	m, token, err := s.Add("", name, roles(list...))
	must(t, err)
	return m, token
}

// says is the key of what a person is told.
func says(err error) fault.Key {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// acts are the entries of the audit.
func acts(t testing.TB, s *Staff) (list []audit.Entry) {
	t.Helper()
	must(t, s.vault.View(func(tx *vault.Tx) error {
		return audit.Each(tx, 1, func(_ uint64, e audit.Entry) error { list = append(list, e); return nil })
	}))
	return list
}

func TestATokenShowsWhoSheIsAlsoAfterReopening(t *testing.T) {
	v, dir := opened(t)
	s := New(v, rand.Reader, now)
	tokens := map[string]Member{}
	for _, role := range posada.Members[posada.StaffRole]() {
		m, token := add(t, s, " Ana \t"+string(role), role, posada.RoleAdvocate)
		if m.Name != "Ana "+string(role) || m.Roles != roles(role, posada.RoleAdvocate) || m.ID == "" || !m.Added.Equal(now()) {
			t.Errorf("%+v", m)
		}
		tokens[token] = m
	}
	if len(tokens) != len(posada.Members[posada.StaffRole]()) {
		t.Error("two people have one token")
	}
	closed(t, v)
	v = open(t, dir)
	defer closed(t, v)
	s = New(v, rand.Reader, now)
	for token, want := range tokens {
		if got, _, err := s.Authenticate(token); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

func TestATokenIs256BitsOfTheSource(t *testing.T) {
	v, _ := opened(t)
	defer closed(t, v)
	// 16 bytes become the person's identifier, 16 the token's, 32 the token.
	drawn := append(append(bytes.Repeat([]byte{0x11}, 16), bytes.Repeat([]byte{0x22}, 16)...), bytes.Repeat([]byte{0xff}, 32)...)
	m, token, err := New(v, bytes.NewReader(drawn), now).Add("", "Ana", roles(posada.RoleAdvocate))
	if err != nil || m.ID != posada.IDFrom[posada.StaffID]([16]byte(drawn[:16])) || token != strings.Repeat("_", 42)+"8" {
		t.Errorf("%+v, %q, %v", m, token, err)
	}
}

func TestAnUnknownTokenIsRefusedAndNothingIsTold(t *testing.T) {
	s := unit(t)
	_, token := add(t, s, "Ana", posada.RoleAdvocate)
	for name, wrong := range map[string]string{
		"none": "", "a beginning": token[:42], "one more": token + "A", "its hash": hashed(token), "in other case": strings.ToUpper(token) + "a",
		"white space": token + " ", "another": strings.Repeat("A", 43), "her name": "Ana",
	} {
		m, with, err := s.Authenticate(wrong)
		told := fault.From(err)
		if m != (Member{}) || with != (Token{}) || told.Code != fault.Unauthenticated || told.Key != fault.UnknownToken || len(told.Args) != 0 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// Whoever reads a backup of the opened vault finds names, and no way in.
func TestOnlyTheTokensHashIsKept(t *testing.T) {
	s := unit(t)
	_, token := add(t, s, "Ana", posada.RoleAdvocate)
	must(t, s.vault.View(func(tx *vault.Tx) error {
		return errors.Join(
			tokens.Each(tx, func(name string, kept Token) error {
				text, err := json.Marshal(kept)
				if name != hashed(token) || strings.Contains(string(text), token[:8]) {
					t.Errorf("%s %s holds the token", name, text)
				}
				return err
			}),
			people.Each(tx, func(name string, kept Member) error {
				text, err := json.Marshal(kept)
				if strings.Contains(name+string(text), token[:8]) || strings.Contains(name+string(text), hashed(token)) {
					t.Errorf("%s %s leads to the token", name, text)
				}
				return err
			}))
	}))
	if hashed(token) == hashed(token+"x") {
		t.Error("two tokens have one hash")
	}
}

func TestSomebodyWithoutANameOrARoleIsNotAdded(t *testing.T) {
	s := unit(t)
	for _, c := range []struct {
		name  string
		roles Roles
	}{{"", roles(posada.RoleAdvocate)}, {" \t", roles(posada.RoleAdvocate)}, {"Ana", 0}} {
		m, token, err := s.Add("", c.name, c.roles)
		if says(err) != fault.StaffIncomplete || m != (Member{}) || token != "" {
			t.Errorf("%+v: %+v, %q, %v", c, m, token, err)
		}
	}
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("%d people, %v", len(list), err)
	}
}

// Two who are called alike could not be told apart; a name is free again when
// whoever had it works here no more.
func TestANameIsOnePersons(t *testing.T) {
	s := unit(t)
	ana, _ := add(t, s, "Ana Luz", posada.RoleAdvocate)
	if _, token, err := s.Add("", "ana  LUZ", roles(posada.RoleLegal)); says(err) != fault.StaffNameTaken || token != "" {
		t.Errorf("a second one: %v", err)
	}
	_, err := s.Disable("", ana.ID)
	must(t, err)
	add(t, s, "Ana Luz", posada.RoleLegal)
	if list, err := s.List(); err != nil || len(list) != 2 {
		t.Errorf("%d people, %v", len(list), err)
	}
}

// A short draw would be a token somebody could guess.
func TestWhereNothingCanBeDrawnNobodyIsAdded(t *testing.T) {
	dry := errors.New("no randomness")
	for _, enough := range []int{0, 15, 16, 31, 32, 63} {
		v, _ := opened(t)
		source := io.MultiReader(bytes.NewReader(make([]byte, enough)), iotest.ErrReader(dry))
		s := New(v, source, now)
		if _, token, err := s.Add("", "Ana", roles(posada.RoleAdvocate)); !errors.Is(err, dry) || token != "" {
			t.Errorf("after %d bytes: %q, %v", enough, token, err)
		}
		if list, err := s.List(); err != nil || len(list) != 0 {
			t.Errorf("after %d bytes: %d people, %v", enough, len(list), err)
		}
		closed(t, v)
	}
}

// What is done to somebody stands in the account with who did it, and nothing
// of what was done there: no name, no token.
func TestWhatIsDoneToSomebodyIsInTheAudit(t *testing.T) {
	s := unit(t)
	luz, _ := add(t, s, "Luz", posada.RoleAgencyAdmin)
	ana, token, err := s.Add(luz.ID, "Ana", roles(posada.RoleAdvocate))
	must(t, err)
	_, err = s.SetRoles(luz.ID, ana.ID, roles(posada.RoleLegal))
	must(t, err)
	more, _, err := s.AddToken(luz.ID, ana.ID)
	must(t, err)
	must(t, s.RevokeToken(luz.ID, "", more.ID))
	_, err = s.Disable(luz.ID, ana.ID)
	must(t, err)
	want := []audit.Act{audit.StaffAdded, audit.StaffAdded, audit.StaffRoles, audit.TokenAdded, audit.TokenRevoked, audit.StaffDisabled}
	list := acts(t, s)
	if len(list) != len(want) {
		t.Fatalf("%d entries", len(list))
	}
	for i, e := range list {
		if e.Act != want[i] || !e.At.Equal(now()) || i > 0 && (e.By != luz.ID || e.Staff != ana.ID) {
			t.Errorf("%d: %+v", i, e)
		}
		text, err := json.Marshal(e)
		if err != nil || strings.Contains(string(text), "Ana") || strings.Contains(string(text), token[:8]) {
			t.Errorf("the audit names her: %s, %v", text, err)
		}
	}
}

// What she asks next is answered by her roles as they are then, and whoever was
// disabled is nobody, with every token she had.
func TestAChangeCountsFromTheNextQuestionOn(t *testing.T) {
	s := unit(t)
	ana, first := add(t, s, "Ana", posada.RoleAdvocate)
	_, second, err := s.AddToken("", ana.ID)
	must(t, err)
	_, other := add(t, s, "Luz", posada.RoleLegal)
	_, err = s.SetRoles("", ana.ID, roles(posada.RoleAuditor))
	must(t, err)
	for _, token := range []string{first, second} {
		if m, _, err := s.Authenticate(token); err != nil || m.Roles != roles(posada.RoleAuditor) {
			t.Errorf("%+v, %v", m, err)
		}
	}
	_, err = s.Disable("", ana.ID)
	must(t, err)
	for _, token := range []string{first, second} {
		if m, _, err := s.Authenticate(token); says(err) != fault.UnknownToken || m != (Member{}) {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if _, _, err := s.Authenticate(other); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	for what, got := range map[string]error{
		"roles":   func() error { _, err := s.SetRoles("", ana.ID, roles(posada.RoleLegal)); return err }(),
		"a token": func() error { _, _, err := s.AddToken("", ana.ID); return err }(),
		"again":   func() error { _, err := s.Disable("", ana.ID); return err }(),
	} {
		if says(got) != fault.StaffIsDisabled {
			t.Errorf("%s for somebody who was disabled: %v", what, got)
		}
	}
}

func TestSomebodyWhoIsNotThereIsWithheld(t *testing.T) {
	s := unit(t)
	add(t, s, "Ana", posada.RoleAdvocate)
	before := len(acts(t, s))
	for _, id := range []posada.StaffID{"", "nobody", posada.IDFrom[posada.StaffID]([16]byte{9})} {
		_, roleErr := s.SetRoles("", id, roles(posada.RoleLegal))
		_, disableErr := s.Disable("", id)
		_, _, tokenErr := s.AddToken("", id)
		revokeErr := s.RevokeToken("", "", posada.TokenID(id))
		for _, err := range []error{roleErr, disableErr, tokenErr, revokeErr} {
			if fault.From(err).Code != fault.Withheld || says(err) != fault.NothingThere {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	if _, err := s.SetRoles("", "nobody", 0); says(err) != fault.StaffIncomplete {
		t.Errorf("no role: %v", err)
	}
	if after := len(acts(t, s)); after != before {
		t.Errorf("%d entries more", after-before)
	}
}

// Without one who administers the agency nobody could ever change anything
// again: whichever way the last one would go, she stays.
func TestTheLastAdministratorStays(t *testing.T) {
	s := unit(t)
	luz, token := add(t, s, "Luz", posada.RoleAgencyAdmin, posada.RoleAdvocate)
	add(t, s, "Ana", posada.RoleAdvocate)
	_, shownBy, err := s.Authenticate(token)
	must(t, err)
	with := shownBy.ID
	ways := map[string]func() error{
		"other roles":    func() error { _, err := s.SetRoles(luz.ID, luz.ID, roles(posada.RoleAdvocate)); return err },
		"disabled":       func() error { _, err := s.Disable(luz.ID, luz.ID); return err },
		"her last token": func() error { return s.RevokeToken(luz.ID, luz.ID, with) },
	}
	for name, way := range ways {
		if err := way(); says(err) != fault.LastAdmin || fault.From(err).Code != fault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
		if m, _, err := s.Authenticate(token); err != nil || m.Roles != luz.Roles {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	if n := len(acts(t, s)); n != 2 {
		t.Errorf("%d entries for what was not done", n)
	}
	// One who has no token cannot be asked: she does not count.
	eva, shown := add(t, s, "Eva", posada.RoleAgencyAdmin)
	_, other, err := s.Authenticate(shown)
	must(t, err)
	hers := other.ID
	must(t, s.RevokeToken(luz.ID, eva.ID, hers))
	for name, way := range ways {
		if err := way(); says(err) != fault.LastAdmin {
			t.Errorf("beside one without a token, %s: %v", name, err)
		}
	}
	_, _, err = s.AddToken(luz.ID, eva.ID)
	must(t, err)
	_, err = s.Disable(eva.ID, luz.ID)
	must(t, err)
}

// A token is ended alone; whose it has to be is held to.
func TestATokenIsRevokedAloneAndOnlyByWhoMay(t *testing.T) {
	s := unit(t)
	ana, first := add(t, s, "Ana", posada.RoleAdvocate)
	luz, theirs := add(t, s, "Luz", posada.RoleLegal)
	added, second, err := s.AddToken(ana.ID, ana.ID)
	must(t, err)
	if err := s.RevokeToken(luz.ID, luz.ID, added.ID); says(err) != fault.NothingThere {
		t.Errorf("somebody else's: %v", err)
	}
	if _, with, err := s.Authenticate(second); err != nil || with.ID != added.ID {
		t.Errorf("%+v, %v", with, err)
	}
	if list, err := s.Tokens(ana.ID); err != nil || len(list) != 2 {
		t.Errorf("%d are hers, %v", len(list), err)
	}
	if list, err := s.Tokens(""); err != nil || len(list) != 3 {
		t.Errorf("%d are everybody's, %v", len(list), err)
	}
	must(t, s.RevokeToken(ana.ID, ana.ID, added.ID))
	if _, _, err := s.Authenticate(second); says(err) != fault.UnknownToken {
		t.Errorf("revoked: %v", err)
	}
	for _, token := range []string{first, theirs} {
		if _, _, err := s.Authenticate(token); err != nil {
			t.Errorf("another: %v", err)
		}
	}
}

// A failure of the store must not pass for a wrong token, nor for a right one.
func TestWhatTheStoreCannotAnswerIsNoRefusal(t *testing.T) {
	v, _ := opened(t)
	newer := vault.Table[Token]{Name: tokens.Name, Version: tokens.Version + 1}
	must(t, v.Update(func(tx *vault.Tx) error { return newer.Put(tx, hashed("token"), vault.KeyID{}, Token{}) }))
	s := New(v, rand.Reader, now)
	if m, _, err := s.Authenticate("token"); !errors.Is(err, vault.ErrNewer) || m != (Member{}) {
		t.Errorf("a record of a newer form: %+v, %v", m, err)
	}
	closed(t, v)
	if m, _, err := s.Authenticate("token"); !errors.Is(err, vault.ErrClosed) || m != (Member{}) {
		t.Errorf("a closed vault: %+v, %v", m, err)
	}
	if _, _, err := s.Add("", "Ana", roles(posada.RoleAdvocate)); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("a closed vault: %v", err)
	}
}
