package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/services/hub"
)

// said runs a command line of the hub.
func said(t *testing.T, env []string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(args, append([]string{"LANG=C"}, env...), &o, &e)
	return code, o.String(), e.String()
}

func TestEveryMistakeSaysWhatWasKeptAndWhatIsNext(t *testing.T) {
	misspelt := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(misspelt, []byte("listn: 127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"frob"}, "posada-hub does not know “frob”"},
		{[]string{"--frob"}, "unknown flag: --frob"},
		{[]string{"--config"}, "--config needs a value"},
		{[]string{"help", "frob"}, "posada-hub does not know “frob”"},
		{[]string{"--lang", "fr"}, "--lang takes en or es"},
		{[]string{"config", "check"}, "config check FILE"},
		{[]string{"--config", "nothere.yaml"}, "there is no file nothere.yaml"},
		{[]string{"config", "check", misspelt}, "line 1: “listn” is not known here"},
	} {
		code, _, text := said(t, nil, c.args...)
		if code != exitUsage || !strings.Contains(text, c.says) || !strings.Contains(text, "\n  kept  ") || !strings.Contains(text, "\n  next  ") {
			t.Errorf("%v: %d, %s", c.args, code, text)
		}
	}
	if code, _, text := said(t, nil, "--lang", "es", "--frob"); code != exitUsage || !strings.Contains(text, "no existe la opción --frob") {
		t.Errorf("%d, %s", code, text)
	}
}

func TestTheHubSaysItsVersionAndItsConfiguration(t *testing.T) {
	if code, out, _ := said(t, nil, "--version"); code != exitOK || !strings.HasPrefix(out, "posada-hub ") {
		t.Errorf("%d, %q", code, out)
	}
	code, out, _ := said(t, nil, "config", "print")
	if code != exitOK || !strings.Contains(out, "listen: 127.0.0.1:4222") {
		t.Fatalf("%d, %q", code, out)
	}
	// The hub's environment is its own: a node in the same shell has another.
	whole := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(whole, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := said(t, []string{"POSADA_LISTEN=127.0.0.1:7", "POSADA_HUB_ADMIN=127.0.0.1:8"}, "config", "print", whole); code != exitOK ||
		!strings.Contains(out, "listen: 127.0.0.1:4222") || !strings.Contains(out, "admin: 127.0.0.1:8\n") {
		t.Errorf("%d, %q", code, out)
	}
}

// TestAKeyIsMadeOnceAndSaysTheSameEachTime, and its secret half is said nowhere.
func TestAKeyIsMadeOnceAndSaysTheSameEachTime(t *testing.T) {
	dir := t.TempDir()
	for kind, lines := range map[string]int{"tls": 1, "relay": 4, "registry": 3} {
		file := filepath.Join(dir, kind)
		code, made, text := said(t, nil, "key", kind, file)
		if code != exitOK || strings.Count(made, "\n") != lines || text != "" {
			t.Fatalf("%s: %d, %q, %s", kind, code, made, text)
		}
		secret, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.Fields(string(secret)) {
			if len(word) > 20 && strings.Contains(made, word) {
				t.Errorf("%s: a secret was said", kind)
			}
		}
		if code, again, _ := said(t, nil, "key", kind, file); code != exitOK || again != made {
			t.Errorf("%s: %d, %q; want %q", kind, code, again, made)
		}
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, secret) {
			t.Errorf("%s: the file was written over: %v", kind, err)
		}
	}
	for _, args := range [][]string{{"key", "tls", filepath.Join(dir, "relay")}, {"key", "relay", filepath.Join(dir, "tls")}, {"key", "relay", filepath.Join(dir, "registry")}, {"key", "tls", "credential:tls"}, {"key", "tls"}} {
		if code, out, text := said(t, nil, args...); code != exitUsage || out != "" || strings.Contains(text, "SU") {
			t.Errorf("%v: %d, %q, %s", args, code, out, text)
		}
	}
}

// TestAHubIsMadeOnce, with a public file in which no secret is.
func TestAHubIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hub")
	code, out, text := said(t, nil, "init", dir, "--operator", "Invented Hub", "--address", "hub.example:4222")
	if code != exitOK || text != "" || !strings.Contains(out, "hub.pub") {
		t.Fatalf("%d, %q, %s", code, out, text)
	}
	public, err := os.ReadFile(filepath.Join(dir, "hub.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if h, err := enrol.ReadHub(public); err != nil || h.Operator != "Invented Hub" || h.Address != "tls://hub.example:4222" || len(h.Pins) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	for _, name := range []string{"tls.key", "online.key", "receipt.key"} {
		secret, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || bytes.Contains(public, bytes.TrimSpace(secret)) {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	settings, err := hub.ReadConfig(filepath.Join(dir, "hub.yaml"), map[string]string{})
	if err != nil || settings.Listen != "0.0.0.0:4222" {
		t.Errorf("%+v, %v", settings, err)
	}
	if code, _, text := said(t, nil, "init", dir, "--operator", "x", "--address", "hub.example:4222"); code != exitUsage || !strings.Contains(text, "is there already") {
		t.Errorf("%d, %s", code, text)
	}
	for _, address := range []string{"hub.example", "tls://hub.example:4222", "", "hub.example:4222/x", "a b:1", "h:1\nadmin: x"} {
		other := filepath.Join(t.TempDir(), "other")
		if code, _, _ := said(t, nil, "init", other, "--operator", "x", "--address", address); code != exitUsage || !absent(other) {
			t.Errorf("%q: %d", address, code)
		}
	}
}

func TestTheCommandLineSaysWhichServicesRun(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(whole, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--run", "relay"}, "nats must say where it is"},
		{[]string{"--run", "ledger"}, "ledger"},
		{[]string{"--nats", "tls://203.0.113.7:4222"}, "for a process without the broker"},
	} {
		if code, _, text := said(t, []string{"POSADA_HUB_RUN=broker,connect"}, append(c.args, "--config", whole)...); code != exitUsage || !strings.Contains(text, c.says) {
			t.Errorf("%v: %d, %s", c.args, code, text)
		}
	}
}
