package hub_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
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
	for _, p := range []*string{&want.TLSKey, &want.Store, &want.Network, &want.OnlineKey, &want.Announced, &want.ReceiptKey} {
		*p = filepath.Join(filepath.Dir(path), *p)
	}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestPathsAreTakenFromTheFilesFolder(t *testing.T) {
	absolute := filepath.Join(t.TempDir(), "kept")
	path := described(t, "store: "+absolute+"\nnetwork: ../network.json\n")
	folder := filepath.Dir(path)
	got, err := hub.ReadConfig(path, map[string]string{"POSADA_HUB_RECEIPT_KEY": "keys/receipt.key"})
	if err != nil || got.Store != absolute || got.Network != filepath.Join(filepath.Dir(folder), "network.json") ||
		got.ReceiptKey != filepath.Join(folder, "keys", "receipt.key") {
		t.Errorf("%+v, %v", got, err)
	}
}

// A credential's name is no path, wherever the file stands.
func TestSecretsMayBeCredentials(t *testing.T) {
	l := lay(t, "tls_key: credential:tls\nreceipt_key: credential:receipt\n")
	t.Setenv("CREDENTIALS_DIRECTORY", l.folder)
	for old, now := range map[string]string{"tls.key": "tls", "receipt.key": "receipt"} {
		if err := os.Rename(filepath.Join(l.folder, old), filepath.Join(l.folder, now)); err != nil {
			t.Fatal(err)
		}
	}
	if parts, err := l.load(t); err != nil || parts.TLSKey == nil {
		t.Error(err)
	}
}

func TestAConfigurationThatCannotBeMeantIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"an unknown key":         {"shards: 4\nlisen: 127.0.0.1:1\n", "line 2: field lisen not found"},
		"a key in the file":      {"receipt_seed: AAAA\n", "line 1: field receipt_seed not found"},
		"members from elsewhere": {"tls_key: ''\nlisten: 0.0.0.0:4222\n", "0.0.0.0:4222 can be reached by others"},
		"admin from elsewhere":   {"admin: 192.168.0.7:4280\n", "192.168.0.7:4280 can be reached by others"},
		"a name to listen on":    {"listen: localhost:4222\n", "not an address and a port"},
		"no service":             {"run: ''\n", "is no service"},
		"an unknown service":     {"run: broker,connect,ledger\n", "\"ledger\" is no service"},
		"a service twice":        {"run: broker,connect,broker\n", "stands there twice"},
		"no gate":                {"run: broker,relay\n", "broker and connect run in one process"},
		"a gate alone":           {"run: connect,relay\n", "broker and connect run in one process"},
		"a relay of no broker":   {"run: relay\n", "nats must say where it is"},
		"a relay without keys":   {"run: relay\nnats: tls://203.0.113.7:4222\n", "service_keys"},
		"two brokers":            {"nats: tls://203.0.113.7:4222\n", "for a process without the broker"},
		"keys of no use":         {"service_keys: service.keys\n", "for a process without the broker"},
		"no relay at all":        {"relays: 0\n", "relays must be 1 to 64"},
		"too many relays":        {"relays: 65\n", "relays must be 1 to 64"},
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
		"admin from elsewhere": {"POSADA_HUB_ADMIN": "0.0.0.0:4222"}, "no shard": {"POSADA_HUB_SHARDS": "0"}, "a word": {"POSADA_HUB_BURST": "many"},
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
		"listen: '[::1]:0'\n", "listen: 0.0.0.0:4222\n", "listen: '[::]:4222'\n", "run: broker, connect\n", "relays: 64\n",
		"run: relay\nnats: tls://203.0.113.7:4222\nservice_keys: service.keys\ntls_key: ''\nlisten: 0.0.0.0:1\n", "admin: 127.0.0.1:0\n",
	} {
		if _, err := hub.ReadConfig(described(t, text), map[string]string{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEveryMistakeOfTheConfigurationIsTold(t *testing.T) {
	_, err := hub.ReadConfig(described(t, "tls_key: ''\nlisten: 0.0.0.0:1\nadmin: 0.0.0.0:2\nshards: 0\nburst: 0\n"), map[string]string{})
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
type laid struct {
	path, folder  string
	receipt, tls  [32]byte
	pin, otherPin roster.Pin
	members       roster.Snapshot
}

func lay(t *testing.T, text string) laid {
	t.Helper()
	l := laid{path: described(t, text)}
	l.folder = filepath.Dir(l.path)
	for seed, name := range map[*[32]byte]string{&l.receipt: "receipt.key", &l.tls: "tls.key", new([32]byte): "online.key"} {
		var err error
		if *seed, err = config.NewSeed(filepath.Join(l.folder, name), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	l.pin, l.otherPin = pinOf(t, l.tls), pinOf(t, [32]byte{7})
	l.members = roster.Snapshot{Network: "nnnnnnnnnnnnnnnnnnnnnnnnna", Version: 1, Hub: roster.Hub{
		Operator: "Invented Hub", Receipt: publicOf(t, l.receipt), Pins: []roster.Pin{l.otherPin, l.pin},
	}}
	l.announce(t, func(*roster.Snapshot) {})
	return l
}

func pinOf(t *testing.T, seed [32]byte) roster.Pin {
	t.Helper()
	pin, err := broker.PinOf(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return pin
}

func publicOf(t *testing.T, seed [32]byte) jose.PublicKey {
	t.Helper()
	key, err := jose.KeyFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

// announce writes the roster, changed.
func (l laid) announce(t *testing.T, change func(*roster.Snapshot)) {
	t.Helper()
	s := l.members
	change(&s)
	_, council, _ := founded(t, s)
	text, err := trust.WriteFounding(council.InForce[trust.RoleRoot], council.InForce[trust.RoleTargets], council.InForce[trust.RoleRoster], council.InForce[trust.RolePolicy])
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, "network.json", string(text))
}

func (l laid) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(l.folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (l laid) remove(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(l.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func (l laid) load(t *testing.T) (hub.Parts, error) {
	t.Helper()
	settings, err := hub.ReadConfig(l.path, map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	return settings.Load(t.Context())
}

// TestWhatTheConfigurationNamesMustBeThereAndFit: a hub that signs with another
// key than the roster announces would have every receipt refused, and one that
// shows another would have no member connect.
func TestWhatTheConfigurationNamesMustBeThereAndFit(t *testing.T) {
	const plain = "tls_key: ''\n"
	for name, c := range map[string]struct {
		text   string
		change func(*testing.T, laid)
		says   string // empty: it loads
	}{
		"all of it": {"", func(*testing.T, laid) {}, ""},
		"another's key": {"", func(t *testing.T, l laid) {
			l.announce(t, func(s *roster.Snapshot) { s.Hub.Receipt = publicOf(t, l.tls) })
		}, "receipt_key is not the key the roster announces"},
		"no roster":           {"", func(t *testing.T, l laid) { l.remove(t, "network.json") }, "network"},
		"no key":              {"", func(t *testing.T, l laid) { l.remove(t, "receipt.key") }, "receipt_key"},
		"a roster of nothing": {"", func(t *testing.T, l laid) { l.write(t, "network.json", "{}") }, "network.json"},
		"half a key":          {"", func(t *testing.T, l laid) { l.write(t, "receipt.key", "AAAA") }, "not a key"},
		"a key others read": {"", func(t *testing.T, l laid) {
			if err := os.Chmod(filepath.Join(l.folder, "receipt.key"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "chmod 600"},
		"no TLS key":          {"", func(t *testing.T, l laid) { l.remove(t, "tls.key") }, "tls_key"},
		"half a TLS key":      {"", func(t *testing.T, l laid) { l.write(t, "tls.key", "AAAA") }, "not a key"},
		"an unpinned TLS key": {"", func(t *testing.T, l laid) { l.announce(t, func(s *roster.Snapshot) { s.Hub.Pins = s.Hub.Pins[:1] }) }, "tls_key is not a key the roster announces"},
		"a TLS key, no pins":  {"", func(t *testing.T, l laid) { l.announce(t, func(s *roster.Snapshot) { s.Hub.Pins = nil }) }, "tls_key is not a key the roster announces"},
		"pins, no TLS key":    {plain, func(*testing.T, laid) {}, "tls_key names none"},
		"one key for two uses": {"tls_key: receipt.key\n", func(t *testing.T, l laid) {
			l.announce(t, func(s *roster.Snapshot) { s.Hub.Pins = []roster.Pin{pinOf(t, l.receipt)} })
		}, "tls_key and receipt_key are one key"},
		"neither": {plain, func(t *testing.T, l laid) { l.announce(t, func(s *roster.Snapshot) { s.Hub.Pins = nil }) }, ""},
	} {
		l := lay(t, c.text)
		c.change(t, l)
		parts, err := l.load(t)
		switch {
		case c.says == "" && (err != nil || parts.Founding.Roster().Version() != 1 || parts.ReceiptKey.Public().ID() != publicOf(t, l.receipt).ID() || parts.Policy == nil || (parts.TLSKey == nil) != (c.text == plain)):
			t.Errorf("%s: %v", name, err)
		case c.says != "" && (!errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v; want it to say %q", name, err, c.says)
		}
	}
}

// TestAProcessReadsOnlyTheKeysItsServicesNeed takes the others away: a broker's
// machine that is seized holds no receipt key, a relay's no TLS key (T31).
func TestAProcessReadsOnlyTheKeysItsServicesNeed(t *testing.T) {
	keys, err := hub.NewServiceKeys("relay")
	if err != nil {
		t.Fatal(err)
	}
	public, err := keys.Public()
	if err != nil {
		t.Fatal(err)
	}
	l := lay(t, "run: broker,connect\nservices: services\n")
	l.remove(t, "receipt.key")
	l.write(t, "services", "# relays on another machine\n\n"+string(public.Text()))
	parts, err := l.load(t)
	if err != nil || !maps.Equal(parts.Services, public) || len(public) != 4 || parts.TLSKey == nil || parts.ServiceKeys != nil || parts.ReceiptKey.Public().ID() != "" {
		t.Errorf("the broker's: %+v, %v", parts.Services, err)
	}
	l = lay(t, "run: relay\nnats: tls://203.0.113.7:4222\nservice_keys: service.keys\n")
	l.remove(t, "tls.key")
	l.write(t, "service.keys", string(keys.Text()))
	parts, err = l.load(t)
	if err != nil || parts.TLSKey != nil || len(parts.ServiceKeys) != 4 || parts.Policy != nil || parts.ReceiptKey.Public().ID() == "" {
		t.Errorf("the relay's: %v", err)
	}
	for kind, seed := range keys {
		if !bytes.Equal(parts.ServiceKeys[kind], seed) {
			t.Errorf("%s is another's", kind)
		}
	}
}

func TestServicesThatCannotBeMeantAreRefused(t *testing.T) {
	keys, err := hub.NewServiceKeys("relay")
	if err != nil {
		t.Fatal(err)
	}
	public, err := keys.Public()
	if err != nil {
		t.Fatal(err)
	}
	one := strings.SplitAfter(string(public.Text()), "\n")[0]
	key := strings.Fields(one)[1]
	for name, c := range map[string]struct{ text, says string }{
		"a member kind":     {"member " + key + "\n", "line 1"},
		"no kind":           {key + "\n", "line 1"},
		"an unknown kind":   {one + "sys " + key + "\n", "line 2"},
		"a seed":            {"relay " + string(keys["relay"]) + "\n", "line 1"},
		"one key twice":     {one + "doorbell " + key + "\n", "line 2"},
		"not a key":         {"relay UAAA\n", "line 1"},
		"something besides": {"relay " + key + " x\n", "line 1"},
	} {
		l := lay(t, "run: broker,connect\nservices: services\n")
		l.write(t, "services", c.text)
		_, err := l.load(t)
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), string(keys["relay"])) {
			t.Errorf("%s: %v; want it to say %q", name, err, c.says)
		}
	}
	const apart = "run: relay\nservice_keys: service.keys\nnats: "
	whole := string(keys.Text())
	for name, c := range map[string]struct{ text, address, says string }{
		"a kind less":            {whole[:strings.LastIndex(whole[:len(whole)-1], "\n")+1], "tls://203.0.113.7:4222", "no key for doorbell"},
		"a kind twice":           {whole + whole, "tls://203.0.113.7:4222", "line 5"},
		"public keys":            {string(public.Text()), "tls://203.0.113.7:4222", "line 1"},
		"a broker in the clear":  {whole, "nats://203.0.113.7:4222", "with pins"},
		"no address of a broker": {whole, "203.0.113.7:4222", "not an address"},
	} {
		l := lay(t, apart+c.address+"\n")
		l.write(t, "service.keys", c.text)
		_, err := l.load(t)
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "SU") {
			t.Errorf("%s: %v; want it to say %q", name, err, c.says)
		}
	}
	l := lay(t, apart+"tls://203.0.113.7:4222\n")
	l.write(t, "service.keys", whole)
	if err := os.Chmod(filepath.Join(l.folder, "service.keys"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := l.load(t); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("keys that others read: %v", err)
	}
}

// TestAThrowAwayNetworkIsReachedByItsOwnMachineAlone: all its keys were made in
// one place, so nobody else may take it for a network.
func TestAThrowAwayNetworkIsReachedByItsOwnMachineAlone(t *testing.T) {
	for listen, throwAway := range map[string]bool{"0.0.0.0:4222": true, "[::]:4222": true, "203.0.113.7:4222": true, "127.0.0.1:4222": true, "[::1]:4222": true, "0.0.0.0:4223": false} {
		l := lay(t, "listen: '"+listen+"'\n")
		_, council, _ := founded(t, l.members)
		text, err := trust.Founding{ThrowAway: throwAway, Proposals: []trust.Proposal{
			council.InForce[trust.RoleRoot], council.InForce[trust.RoleTargets], council.InForce[trust.RoleRoster], council.InForce[trust.RolePolicy],
		}}.Write()
		if err != nil {
			t.Fatal(err)
		}
		l.write(t, "network.json", string(text))
		_, err = l.load(t)
		refused := errors.Is(err, config.ErrConfig) && strings.Contains(err.Error(), "thrown away")
		if want := throwAway && config.Loopback(listen) != nil; refused != want || !refused && err != nil {
			t.Errorf("%s, throw-away %v: %v", listen, throwAway, err)
		}
	}
}
