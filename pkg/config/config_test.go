package config_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/config"
)

// settings has a field of each kind our configurations have.
type settings struct {
	Listen string        `yaml:"listen" env:"LISTEN"`
	Shards int           `yaml:"shards" env:"SHARDS"`
	Rate   float64       `yaml:"rate" env:"RATE"`
	Poll   time.Duration `yaml:"poll" env:"POLL"`
	Key    string        `yaml:"key" env:"KEY"`
}

func defaults() settings {
	return settings{Listen: "127.0.0.1:4222", Shards: 4, Rate: 1.5, Poll: 30 * time.Second, Key: "seed.key"}
}

// nothing is an environment without variables; nil would be the process's own.
func nothing() map[string]string { return map[string]string{} }

func load(text string, environment map[string]string) (settings, error) {
	return config.Load(strings.NewReader(text), environment, defaults())
}

func TestWhatIsNotSaidIsTheDefault(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "a comment": "# nothing yet\n", "an empty document": "---\n", "an empty map": "{}\n"} {
		if got, err := load(text, nothing()); err != nil || got != defaults() {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	want := defaults()
	want.Shards = 8
	if got, err := load("shards: 8\n", nothing()); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestAMistakeIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"an unknown key":       {"shards: 2\n\nlisen: 127.0.0.1:1\n", "line 3: field lisen not found"},
		"a key in other case":  {"Shards: 2\n", "line 1: field Shards not found"},
		"a key twice":          {"shards: 2\nlisten: a\nshards: 3\n", `line 3: mapping key "shards" already defined at line 1`},
		"a word for a number":  {"# how many\nshards: many\n", "line 2: cannot unmarshal"},
		"a number as text":     {`shards: "4"`, "line 1: cannot unmarshal"},
		"a list for a word":    {"listen: [127.0.0.1:1]\n", "line 1: cannot unmarshal"},
		"a time without units": {"shards: 2\npoll: soon\n", "line 2: cannot unmarshal"},
		"no map at all":        {"shards\n", "line 1: cannot unmarshal"},
		"a tab for spaces":     {"shards: 2\n\tlisten: a\n", "line 2"},
	} {
		_, err := load(c.text, nothing())
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want it to say %q", name, err, c.says)
		} else if strings.ContainsAny(err.Error(), "\n\t") || strings.Contains(err.Error(), "yaml:") {
			t.Errorf("%s: %q is not one plain line", name, err)
		}
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	_, err := load("lisen: a\nshards: many\n", nothing())
	if err == nil || !strings.Contains(err.Error(), "line 1") || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
}

// A second document would be read by nobody, and its writer would believe it
// was.
func TestOneDocumentIsWantedAndNothingAfterIt(t *testing.T) {
	for _, text := range []string{"shards: 2\n---\nshards: 3\n", "---\n---\n", "shards: 2\n---\n", "shards: 2\n...\nshards: [\n"} {
		if got, err := load(text, nothing()); !errors.Is(err, config.ErrConfig) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestTheEnvironmentWinsOverTheFileAndTheFileOverTheDefaults(t *testing.T) {
	got, err := load("shards: 8\nrate: 2\n", map[string]string{
		"POSADA_SHARDS": "16", "POSADA_POLL": "1m", "SHARDS": "32", "LISTEN": "0.0.0.0:1", "posada_rate": "9",
	})
	want := settings{Listen: "127.0.0.1:4222", Shards: 16, Rate: 2, Poll: time.Minute, Key: "seed.key"}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if _, err := load("", map[string]string{"POSADA_SHARDS": "many"}); !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), "Shards") {
		t.Errorf("a variable of another type: %v", err)
	}
}

func TestWhatPrintWritesLoadReads(t *testing.T) {
	for name, want := range map[string]settings{
		"the defaults":   defaults(),
		"nothing at all": {},
		"awkward text":   {Listen: "yes: #no\n- \"'", Shards: -1, Rate: 1e-9, Poll: 90 * time.Minute, Key: "0123"},
	} {
		var text bytes.Buffer
		if err := config.Print(&text, want); err != nil {
			t.Fatal(err)
		}
		// Read over other values, so that one that was not printed shows.
		other := settings{Listen: "x", Shards: 99, Rate: 99, Poll: 99, Key: "x"}
		if got, err := config.Load(&text, nothing(), other); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestADocumentThatFailsHalfWaySaysSo(t *testing.T) {
	broken := errors.New("the disk is gone")
	var c settings
	if err := config.Document(&failing{text: []byte("shards: 2\n"), err: broken}, &c); !errors.Is(err, config.ErrConfig) {
		t.Errorf("%+v, %v", c, err)
	}
}

// failing gives its text, then its error.
type failing struct {
	text []byte
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.text) == 0 {
		return 0, f.err
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	return n, nil
}

func TestOnlyThisMachineIsListenedTo(t *testing.T) {
	for _, address := range []string{"127.0.0.1:4222", "127.0.0.1:0", "127.8.8.8:1", "[::1]:65535", "[::ffff:127.0.0.1]:1"} {
		if err := config.Loopback(address); err != nil {
			t.Error(err)
		}
	}
	for _, address := range []string{
		"0.0.0.0:4222", "[::]:4222", "192.168.0.7:4222", "10.0.0.1:1", "203.0.113.9:1", "[fe80::1]:1", "[2001:db8::1]:1", "[::ffff:10.0.0.1]:1", "128.0.0.1:1",
	} {
		if err := config.Loopback(address); !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), "can be reached by others") {
			t.Errorf("%s: %v", address, err)
		}
	}
	// A name is not looked up: whoever answers for it would decide.
	for _, address := range []string{"", "localhost:4222", ":4222", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:4222", "127.0.0.1:http", " 127.0.0.1:1"} {
		if err := config.Loopback(address); !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), "like 127.0.0.1:4222") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
