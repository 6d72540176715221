package hub_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/hub"
)

// described is a configuration's file in a folder of its own.
func described(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAConfigurationNeedSayNothing(t *testing.T) {
	path := described(t, "")
	got, err := hub.ReadConfig(path, map[string]string{})
	want := hub.Defaults()
	for _, p := range []*string{&want.Store, &want.Roster, &want.ReceiptKey} {
		*p = filepath.Join(filepath.Dir(path), *p)
	}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestPathsAreTakenFromTheFilesFolder(t *testing.T) {
	absolute := filepath.Join(t.TempDir(), "kept")
	path := described(t, "store: "+absolute+"\nroster: ../roster.json\n")
	folder := filepath.Dir(path)
	got, err := hub.ReadConfig(path, map[string]string{"POSADA_HUB_RECEIPT_KEY": "keys/receipt.key"})
	if err != nil || got.Store != absolute || got.Roster != filepath.Join(filepath.Dir(folder), "roster.json") ||
		got.ReceiptKey != filepath.Join(folder, "keys", "receipt.key") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAConfigurationThatCannotBeMeantIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"an unknown key":         {"shards: 4\nlisen: 127.0.0.1:1\n", "line 2: field lisen not found"},
		"a key in the file":      {"receipt_seed: AAAA\n", "line 1: field receipt_seed not found"},
		"members from elsewhere": {"listen: 0.0.0.0:4222\n", "0.0.0.0:4222 can be reached by others"},
		"admin from elsewhere":   {"admin: 192.168.0.7:4280\n", "192.168.0.7:4280 can be reached by others"},
		"a name to listen on":    {"listen: localhost:4222\n", "not an address and a port"},
		"no shard":               {"shards: 0\n", "shards must be 1 to 64"},
		"less than none":         {"shards: -1\n", "shards must be 1 to 64"},
		"too many shards":        {"shards: 65\n", "shards must be 1 to 64"},
		"nobody may send":        {"per_second: 0\n", "above zero"},
		"less than nobody":       {"per_second: -1\n", "above zero"},
		"nothing at once":        {"burst: 0\n", "above zero"},
		"room for nothing":       {"max_bytes: 1048575\n", "at least 1 MiB"},
		"a number as a word":     {"shards: four\n", "line 1"},
	} {
		_, err := hub.ReadConfig(described(t, c.text), map[string]string{})
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want it to say %q", name, err, c.says)
		}
	}
	for name, environment := range map[string]map[string]string{
		"members from elsewhere": {"POSADA_HUB_LISTEN": "0.0.0.0:4222"}, "no shard": {"POSADA_HUB_SHARDS": "0"}, "a word": {"POSADA_HUB_BURST": "many"},
	} {
		if _, err := hub.ReadConfig(described(t, ""), environment); !errors.Is(err, config.ErrConfig) {
			t.Errorf("%s, from the environment: %v", name, err)
		}
	}
	// A node in the same shell has its own.
	if c, err := hub.ReadConfig(described(t, ""), map[string]string{"POSADA_LISTEN": "0.0.0.0:1", "POSADA_SHARDS": "0"}); err != nil || c.Listen != hub.Defaults().Listen {
		t.Errorf("a node's environment: %+v, %v", c, err)
	}
	if _, err := hub.ReadConfig(filepath.Join(t.TempDir(), "none.yaml"), map[string]string{}); !errors.Is(err, config.ErrConfig) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestTheEndsOfEveryRangeAreTaken(t *testing.T) {
	for _, text := range []string{
		"shards: 1\n", "shards: 64\n", "per_second: 0.01\n", "burst: 1\n", "max_bytes: 1048576\n",
		"listen: '[::1]:0'\n", "admin: 127.0.0.1:0\n",
	} {
		if _, err := hub.ReadConfig(described(t, text), map[string]string{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEveryMistakeOfTheConfigurationIsTold(t *testing.T) {
	_, err := hub.ReadConfig(described(t, "listen: 0.0.0.0:1\nadmin: 0.0.0.0:2\nshards: 0\nburst: 0\n"), map[string]string{})
	for _, says := range []string{"0.0.0.0:1", "0.0.0.0:2", "shards", "burst"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not tell of %s", err, says)
		}
	}
}

func TestThePrintedConfigurationIsReadBack(t *testing.T) {
	want, err := hub.ReadConfig(described(t, "shards: 8\nper_second: 0.5\n"), map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := config.Print(&text, want); err != nil {
		t.Fatal(err)
	}
	if got, err := hub.ReadConfig(described(t, text.String()), map[string]string{}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if strings.Contains(text.String(), "seed") || !strings.Contains(text.String(), "receipt.key") {
		t.Errorf("a secret is not named by its file:\n%s", text.String())
	}
}

// laid is a folder with everything a configuration names.
func laid(t *testing.T, announced jose.PublicKey, seed []byte) string {
	t.Helper()
	path := described(t, "")
	members, err := json.Marshal(roster.Snapshot{Network: "nnnnnnnnnnnnnnnnnnnnnnnnna", Version: 1, Hub: roster.Hub{Operator: "Invented Hub", Receipt: announced}})
	if err != nil {
		t.Fatal(err)
	}
	key := []byte(base64.RawURLEncoding.EncodeToString(seed) + "\n")
	for name, content := range map[string][]byte{"roster.json": members, "receipt.key": key} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestWhatTheConfigurationNamesMustBeThereAndFit: a hub that signs with another
// key than the roster announces would have every receipt refused.
func TestWhatTheConfigurationNamesMustBeThereAndFit(t *testing.T) {
	own, err := jose.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := jose.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		announced jose.PublicKey
		change    func(folder string) error
		says      string // empty: it loads
	}{
		"all of it":           {own.Public(), func(string) error { return nil }, ""},
		"another's key":       {other.Public(), func(string) error { return nil }, "receipt_key is not the key the roster announces"},
		"no roster":           {own.Public(), func(f string) error { return os.Remove(filepath.Join(f, "roster.json")) }, "roster"},
		"no key":              {own.Public(), func(f string) error { return os.Remove(filepath.Join(f, "receipt.key")) }, "receipt_key"},
		"a roster of nothing": {own.Public(), func(f string) error { return os.WriteFile(filepath.Join(f, "roster.json"), []byte("{}"), 0o600) }, "roster.json"},
		"half a key":          {own.Public(), func(f string) error { return os.Truncate(filepath.Join(f, "receipt.key"), 20) }, "not a key"},
		"a key others read":   {own.Public(), func(f string) error { return os.Chmod(filepath.Join(f, "receipt.key"), 0o644) }, "chmod 600"},
	} {
		path := laid(t, c.announced, own.Seed())
		if err := c.change(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		settings, err := hub.ReadConfig(path, map[string]string{})
		if err != nil {
			t.Fatal(err)
		}
		parts, err := settings.Load(t.Context())
		switch {
		case c.says == "" && (err != nil || parts.Members.Version() != 1 || parts.ReceiptKey.Public().ID() != own.Public().ID() || parts.Policy == nil):
			t.Errorf("%s: %v", name, err)
		case c.says != "" && (!errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v; want it to say %q", name, err, c.says)
		}
	}
}
