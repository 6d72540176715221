package config_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/config"
)

// written puts a text into a new file with these permissions.
func written(t *testing.T, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// Chmod, because the process's mask would take bits off.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASecretIsItsFileWithoutTheLinesEnd(t *testing.T) {
	for text, want := range map[string]string{
		"open sesame": "open sesame", "open sesame\n": "open sesame", "open sesame\r\n": "open sesame",
		" open\nsesame \n": " open\nsesame ", "": "", "\n": "",
	} {
		if got, err := config.ReadSecret(written(t, text, 0o600)); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestASecretThatOthersMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows keeps no such bits")
	}
	for _, mode := range []fs.FileMode{0o604, 0o640, 0o644, 0o660, 0o602, 0o620, 0o610, 0o777} {
		path := written(t, "open sesame", mode)
		got, err := config.ReadSecret(path)
		if !errors.Is(err, config.ErrConfig) || got != nil {
			t.Errorf("%o: %q, %v", mode, got, err)
		} else if !strings.Contains(err.Error(), "chmod 600 "+path) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%o: %v; want the command that mends it, and nothing of the secret", mode, err)
		}
		if _, err := config.ReadSeed(path); !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%o, as a seed: %v", mode, err)
		}
	}
	for _, mode := range []fs.FileMode{0o600, 0o400, 0o700} {
		if _, err := config.ReadSecret(written(t, "open sesame", mode)); err != nil {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

// What counts is the file that is read, not the link that leads to it, which
// everybody may read; service managers hand out secrets by links.
func TestALinkIsAsGoodAsTheFileItLeadsTo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows keeps no such bits")
	}
	for mode, want := range map[fs.FileMode]error{0o600: nil, 0o644: config.ErrConfig} {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(written(t, "open sesame", mode), link); err != nil {
			t.Fatal(err)
		}
		if _, err := config.ReadSecret(link); !errors.Is(err, want) {
			t.Errorf("to a file of %o: %v; want %v", mode, err, want)
		}
	}
}

func TestASecretThatIsNotThereIsAMistakeInTheConfiguration(t *testing.T) {
	if _, err := config.ReadSecret(filepath.Join(t.TempDir(), "none")); !errors.Is(err, config.ErrConfig) || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := config.ReadSecret(t.TempDir()); !errors.Is(err, config.ErrConfig) {
		t.Errorf("a folder: %v", err)
	}
}

func TestANewSeedIsReadBackAndForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seed")
	drawn := bytes.Repeat([]byte{0xa7}, 32)
	made, err := config.NewSeed(path, bytes.NewReader(drawn))
	if err != nil || !bytes.Equal(made[:], drawn) {
		t.Fatalf("%x, %v", made, err)
	}
	if again, err := config.ReadSeed(path); err != nil || again != made {
		t.Errorf("%x, %v", again, err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A key that was there opens something: nothing may write over it.
func TestASecretIsNeverWrittenOver(t *testing.T) {
	path := written(t, "the only key\n", 0o600)
	if err := config.WriteSecret(path, []byte("another")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if _, err := config.NewSeed(path, bytes.NewReader(make([]byte, 32))); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if got, err := config.ReadSecret(path); err != nil || string(got) != "the only key" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAShortDrawMakesNoSeed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seed")
	if _, err := config.NewSeed(path, bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("31 bytes made a seed")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was left behind: %v", err)
	}
}

func TestASeedHasOneSpelling(t *testing.T) {
	good := strings.Repeat("A", 42) + "E"
	if _, err := config.ReadSeed(written(t, good+"\n", 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "a character less": good[1:], "a character more": "A" + good, "padded": good + "=",
		"the other alphabet": "+" + good[1:], "bits that mean nothing": good[:42] + "F",
		"white space before": " " + good, "hexadecimal": strings.Repeat("0a", 32), "raw": strings.Repeat("\x07", 32),
	} {
		seed, err := config.ReadSeed(written(t, text, 0o600))
		if !errors.Is(err, config.ErrConfig) || seed != [32]byte{} {
			t.Errorf("%s: %x, %v", name, seed, err)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

// handedOut is a folder of credentials as a service manager makes one.
func handedOut(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", folder)
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// TestACredentialIsReadWhereTheServiceManagerPutIt: 0400 is how systemd leaves
// it where it can give the file away, 0440 where it uses an access control list.
func TestACredentialIsReadWhereTheServiceManagerPutIt(t *testing.T) {
	seed := strings.Repeat("A", 42) + "E"
	for _, mode := range []fs.FileMode{0o400, 0o440} {
		handedOut(t, "receipt", seed+"\n", mode)
		if got, err := config.ReadSecret("credential:receipt"); err != nil || string(got) != seed {
			t.Errorf("%o: %q, %v", mode, got, err)
		}
		if got, err := config.ReadSeed("credential:receipt"); err != nil || got == [32]byte{} {
			t.Errorf("%o: %v", mode, err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, mode := range []fs.FileMode{0o404, 0o444, 0o460, 0o420, 0o450, 0o441} {
		handedOut(t, "receipt", seed, mode)
		if _, err := config.ReadSecret("credential:receipt"); err == nil || !strings.Contains(err.Error(), "may be read by others") {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

func TestACredentialThatWasNotHandedOutIsAMistakeInTheConfiguration(t *testing.T) {
	why := func(name string) config.Why {
		_, err := config.ReadSecret(name)
		if !errors.Is(err, config.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
		r, _ := errors.AsType[config.Refusal](err)
		return r.Why
	}
	for _, folder := range []string{"", "relative/folder"} {
		t.Setenv("CREDENTIALS_DIRECTORY", folder)
		if got := why("credential:receipt"); got != config.WhyNoCredentials {
			t.Errorf("in %q: %s", folder, got)
		}
	}
	handedOut(t, "receipt", "open sesame", 0o400)
	if err := os.WriteFile(filepath.Join(filepath.Dir(os.Getenv("CREDENTIALS_DIRECTORY")), "outside"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"credential:", "credential:../outside", "credential:a/b", "credential:.", "credential:..", `credential:a\b`, "credential:/etc/passwd"} {
		if got := why(name); got != config.WhyNoCredential {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, err := config.ReadSecret("credential:another"); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, config.ErrConfig) {
		t.Error(err)
	}
	// To make one is for the service manager; nothing is left in this folder.
	t.Chdir(t.TempDir())
	if err := config.WriteSecret("credential:receipt", []byte("x")); !errors.Is(err, config.ErrConfig) {
		t.Error(err)
	}
	if list, err := os.ReadDir("."); err != nil || len(list) != 0 {
		t.Errorf("%d files were made, %v", len(list), err)
	}
}
