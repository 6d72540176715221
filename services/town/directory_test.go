package town_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// Canaries of a directory: what must be read by members alone.
const (
	houseName  = "Casa Xochitl 7f"
	houseShort = "XOCHITL ASSISTANCE"
	housePhone = "+19155550177"
)

// slowly is how often nodes look, so that what they ask of the registry within a second stays
// below what it answers.
const slowly = 300 * time.Millisecond

// listedTown is a town of practice whose NGO gives the directory; it lists the legal aid, and
// a house that has no node.
func listedTown(t *testing.T) town.Laid {
	t.Helper()
	p := plan()
	p.Practice = true
	p.Agencies[0].Staff = []town.Person{{Name: "Invented Steward", Roles: []posada.StaffRole{posada.RoleAgencyAdmin, posada.RoleAdvocate}}}
	p.Agencies[3].Staff[0].Roles = append(p.Agencies[3].Staff[0].Roles, posada.RoleAgencyAdmin)
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

func bookOf(laid town.Laid, version uint64) directory.Book {
	return directory.Book{Network: laid.Network, Version: version, Entries: []directory.Entry{
		{ID: directory.IDFrom([16]byte{1}, 4), Member: laid.Members["legal"].ID, Name: directory.Name{EN: houseShort + " Legal Aid", ES: houseShort + " Apoyo Legal"}},
		{
			ID: directory.IDFrom([16]byte{2}, 4), Name: directory.Name{EN: houseName, ES: houseName}, Confidential: true, Phones: []directory.Phone{{Number: housePhone}},
			Services: []directory.Service{{ID: directory.IDFrom([16]byte{3}, 4), Type: posada.ServiceShelterEmergency}},
		},
	}}
}

// largest is a directory of the largest size that is carried.
func largest(laid town.Laid, version uint64) directory.Book {
	b := bookOf(laid, version)
	for i := range 600 {
		id := [16]byte{9, byte(i >> 8), byte(i)}
		name := fmt.Sprintf("Invented %c%c %s", 'a'+i/26, 'a'+i%26, strings.Repeat("n", 60))
		b.Entries = append(b.Entries, directory.Entry{ID: directory.IDFrom(id, 4), Name: directory.Name{EN: name, ES: name}, Phones: []directory.Phone{{Number: housePhone}}})
	}
	return b
}

// list has the stewards sign a directory, and an agency's node bring it.
func list(t *testing.T, w *town.Town, b directory.Book, by string) ([]byte, directory.Keys) {
	t.Helper()
	text, keys, err := b.Seal(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign(t, w, text, by)
	return text, keys
}

func sign(t *testing.T, w *town.Town, text []byte, by string) {
	t.Helper()
	publish(t, w, by, sure(w.Council.Decide(trust.RoleDirectory, text, time.Now())))
}

// publish has an agency's node bring what was signed. A hub that is asked often is busy; and
// what may have been done is refused when it is brought again.
func publish(t *testing.T, w *town.Town, by string, p trust.Proposal) {
	t.Helper()
	unsure := false
	eventually(t, "the hub taking it", func() bool {
		err := ask(t, w, by).Publish(t.Context(), []client.Signed{{Document: p.Document, Target: p.Target}})
		switch again := errors.Is(err, client.ErrUnsure) || err != nil && faultOf(err) == "hub_away"; {
		case again:
			unsure = true
		case err != nil && !unsure:
			t.Fatal(err)
		default:
			return true
		}
		return false
	})
}

// give has the NGO's node give the keys to so many, as soon as it has followed what was signed.
func give(t *testing.T, w *town.Town, keys directory.Keys, members int) {
	t.Helper()
	eventually(t, "the keys being given", func() bool {
		given, err := ask(t, w, "ngo").GiveDirectory(t.Context(), keys)
		if err == nil && given.Members != members {
			t.Errorf("they are given to %d", given.Members)
		}
		return err == nil
	})
}

// opens reports whether an agency's node has opened a version, and how many names it has.
func opens(t *testing.T, w *town.Town, key string, version uint64, names int) func() bool {
	return func() bool {
		n, err := ask(t, w, key).Network(t.Context())
		if err != nil || n.Directory != version {
			return false
		}
		list, err := ask(t, w, key).Agencies(t.Context())
		if err != nil {
			return false
		}
		named := 0
		for _, a := range list {
			if a.Name != string(a.ID) {
				named++
			}
		}
		return named == names
	}
}

// collected notes what each agency's node was given by the hub: how long each envelope is.
type collected struct {
	mu   sync.Mutex
	size map[string][]int
}

type noting struct {
	post.Hub
	of  *collected
	key string
}

func (n noting) Collect(ctx context.Context, done []posada.MessageID) ([][]byte, bool, error) {
	list, more, err := n.Hub.Collect(ctx, done)
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	for _, e := range list {
		n.of.size[n.key] = append(n.of.size[n.key], len(e))
	}
	return list, more, err
}

// tableOf is a table of a node that is not running.
func tableOf[R any](t *testing.T, laid town.Laid, key, table string) map[string]R {
	t.Helper()
	seed, err := config.ReadSeed(filepath.Join(laid.Dir, key, "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(laid.Dir, key, "vault"), vault.Key(seed), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	all := map[string]R{}
	err = v.View(func(tx *vault.Tx) error {
		return vault.Table[R]{Name: vault.Bucket(table), Version: 1}.Each(tx, func(name string, r R) error { all[name] = r; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// file is how a node keeps a file of the registry.
type file struct {
	Text []byte `json:"text"`
}

// TestADirectoryIsEverybodysInSizeAndTheMembersInContent: over a real hub and real nodes. A
// body to be feared is sent and fetches as much as anybody, and nothing it has opens an entry;
// the hub's disk has no name, number or id of one.
func TestADirectoryIsEverybodysInSizeAndTheMembersInContent(t *testing.T) {
	t.Parallel()
	laid := listedTown(t)
	came := &collected{size: map[string][]int{}}
	w, err := town.Start(t.Context(), laid, town.Options{Poll: slowly, Hub: func(key string, h post.Hub) post.Hub { return noting{h, came, key} }})
	if err != nil {
		t.Fatal(err)
	}
	text, keys := list(t, w, bookOf(laid, 1), "ngo")
	give(t, w, keys, 3)
	for key, names := range map[string]int{"ngo": 1, "legal": 1, "shelter": 1, "police": 0} {
		eventually(t, "what "+key+" opens", opens(t, w, key, 1, names))
	}
	p, err := ask(t, w, "legal").Agencies(t.Context())
	if err != nil || !slices.ContainsFunc(p, func(a client.Agency) bool { return a.Name == houseShort+" Legal Aid" }) {
		t.Errorf("%+v, %v", p, err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	for key, sizes := range came.size {
		if slices.ContainsFunc(sizes, func(n int) bool { return n != sizes[0] }) || sizes[0] != came.size["legal"][0] {
			t.Errorf("%s was sent %v", key, sizes)
		}
	}
	files, theirs := tableOf[file](t, laid, "police", "trust"), tableOf[file](t, laid, "legal", "trust")
	const name = "targets/directory.json"
	if !bytes.Equal(files[name].Text, text) || !bytes.Equal(theirs[name].Text, text) {
		t.Error("what was fetched is not the same for everybody")
	}
	sealed, err := directory.ReadSealed(files[name].Text)
	if err != nil {
		t.Fatal(err)
	}
	had := tableOf[directory.Key](t, laid, "police", "directory_keys")
	if len(had) != 1 {
		t.Errorf("the police has %d keys", len(had))
	}
	for _, key := range had {
		if _, err := sealed.Open(laid.Network, posada.ClassNGO, key); !errors.Is(err, directory.ErrKey) {
			t.Errorf("the police's key opens the members' sheet: %v", err)
		}
		if b, err := sealed.Open(laid.Network, posada.ClassLawEnforcement, key); err != nil || len(b.Entries) != 0 {
			t.Errorf("%d entries, %v", len(b.Entries), err)
		}
	}
	for of, entry := range tableOf[struct {
		Text []byte `json:"text"`
	}](t, laid, "police", "directory") {
		if bytes.Contains(entry.Text, []byte(houseShort)) || bytes.Contains(entry.Text, []byte(housePhone)) {
			t.Errorf("the police has an entry in %s", of)
		}
	}
	carriedUnread(t, filepath.Join(laid.Dir, "hub"), houseName, houseShort, housePhone, string(directory.IDFrom([16]byte{2}, 4)))
}

func sure[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

// encodings are what base64 makes of the middle of a text, wherever it begins. What is left of
// a short text would be found in any ciphertext.
func encodings(t *testing.T, text string) (list []string) {
	t.Helper()
	for begin := range 3 {
		coded := base64.StdEncoding.EncodeToString(append(make([]byte, begin), text...))
		middle := coded[4 : len(coded)-4]
		if len(middle) < 8 {
			t.Fatalf("%q is too short to be looked for", text)
		}
		list = append(list, middle)
	}
	return list
}

// carriedUnread looks for texts in every file of a folder, and for what base64 makes of them.
func carriedUnread(t *testing.T, dir string, texts ...string) {
	t.Helper()
	carried := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		carried = carried || bytes.Contains(content, []byte(".directory.json"))
		for _, text := range texts {
			for _, form := range append(encodings(t, text), text) {
				if bytes.Contains(content, []byte(form)) {
					t.Errorf("%s has %q", filepath.Base(path), text)
				}
			}
		}
		return err
	})
	if err != nil || !carried {
		t.Fatalf("no directory was carried, %v", err)
	}
}

// TestWhoIsAdmittedLaterIsGivenTheKeyAndWhoIsRemovedNone, nor can it open the next version
// with anything it has.
func TestWhoIsAdmittedLaterIsGivenTheKeyAndWhoIsRemovedNone(t *testing.T) {
	t.Parallel()
	laid := listedTown(t)
	w, err := town.Start(t.Context(), laid, town.Options{Poll: slowly})
	if err != nil {
		t.Fatal(err)
	}
	stand := func(key string, to posada.Standing) {
		t.Helper()
		s := following(sure(roster.Read(w.Council.InForce[trust.RoleRoster].Target)))
		for i, a := range s.Agencies {
			if a.ID == laid.Members[key].ID {
				s.Agencies[i].Standing = to
			}
		}
		publish(t, w, "ngo", sure(w.Council.Roster(s, time.Now())))
	}
	stand("shelter", posada.StandingSuspended)
	_, first := list(t, w, bookOf(laid, 1), "ngo")
	give(t, w, first, 2)
	eventually(t, "what the legal aid opens", opens(t, w, "legal", 1, 1))
	stand("shelter", posada.StandingActive)
	eventually(t, "what the shelter opens, which came later", opens(t, w, "shelter", 1, 1))
	stand("legal", posada.StandingRemoved)
	text, second := list(t, w, bookOf(laid, 2), "ngo")
	give(t, w, second, 2)
	eventually(t, "what the shelter opens of the next", opens(t, w, "shelter", 2, 1))
	if !opens(t, w, "legal", 1, 1)() {
		t.Error("what it had read is gone, or it has read more")
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	sealed := sure(directory.ReadSealed(text))
	had := tableOf[directory.Key](t, laid, "legal", "directory_keys")
	for _, key := range had {
		for _, class := range posada.Members[posada.AgencyClass]() {
			if _, err := sealed.Open(laid.Network, class, key); !errors.Is(err, directory.ErrKey) {
				t.Errorf("it opens the next as %s: %v", class, err)
			}
		}
	}
	if len(had) == 0 {
		t.Error("it had no key at all")
	}
}

// TestWhatIsNoDirectoryTakesNoOnesPlace: stewards may sign what cannot be read, and members
// may send what opens nothing; what was open stays, and the node works on.
func TestWhatIsNoDirectoryTakesNoOnesPlace(t *testing.T) {
	t.Parallel()
	laid := listedTown(t)
	w := start(t, laid, town.Options{Poll: slowly, Skip: []string{"shelter", "police"}})
	old, keys := list(t, w, bookOf(laid, 1), "ngo")
	if _, err := ask(t, w, "legal").GiveDirectory(t.Context(), keys); faultOf(err) != "not_your_role" {
		t.Errorf("a lawyer gives it: %v", err)
	}
	give(t, w, keys, 3)
	eventually(t, "what the legal aid opens", opens(t, w, "legal", 1, 1))
	for _, wrong := range [][]byte{old, []byte("no directory"), bytes.Repeat([]byte{1}, 300<<10)} {
		sign(t, w, wrong, "ngo")
		version := sure(trust.VersionOf(w.Council.InForce[trust.RoleDirectory].Document))
		eventually(t, "what the legal aid follows", func() bool {
			n, err := ask(t, w, "legal").Network(t.Context())
			if err != nil {
				return false
			}
			at, err := trust.VersionOf(n.InForce[string(trust.RoleDirectory)].Document)
			return err == nil && at == version
		})
		if _, err := ask(t, w, "ngo").GiveDirectory(t.Context(), keys); err == nil {
			t.Error("the keys of another are given")
		}
		for _, key := range []string{"ngo", "legal"} {
			if !opens(t, w, key, 1, 1)() {
				t.Errorf("%s has another", key)
			}
		}
	}
	text, next := list(t, w, largest(laid, 5), "ngo")
	if len(text) < 2*directory.SheetSizes()[1] {
		t.Errorf("%d bytes are not the most there can be", len(text))
	}
	give(t, w, next, 3)
	eventually(t, "the next that is one", opens(t, w, "legal", 5, 1))
}
