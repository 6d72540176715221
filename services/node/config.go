package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
	_ "time/tzdata" // a machine without the rules of zones must not tell another time

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Config is a node's configuration. Paths are taken from the folder of the
// file they stand in.
type Config struct {
	Listen     string        `yaml:"listen" env:"LISTEN"`         // the API: address and port
	Admin      string        `yaml:"admin" env:"ADMIN"`           // /livez, /readyz and /metrics
	Hub        string        `yaml:"hub" env:"HUB"`               // tls://host:port
	Vault      string        `yaml:"vault" env:"VAULT"`           // folder of the vault
	VaultKey   string        `yaml:"vault_key" env:"VAULT_KEY"`   // file: 32 random bytes; or
	Passphrase string        `yaml:"passphrase" env:"PASSPHRASE"` // file: a passphrase; or Ask
	AutoLock   time.Duration `yaml:"auto_lock" env:"AUTO_LOCK"`   // with Ask: locked when no staff asked for so long; 0: never
	Joined     string        `yaml:"joined" env:"JOINED"`         // file: which network, and where its hub is
	Directory  string        `yaml:"directory" env:"DIRECTORY"`   // file: what its members are called; there may be none
	Book       string        `yaml:"book" env:"BOOK"`             // file: how agencies are reached, those without a node too; there may be none
	Poll       time.Duration `yaml:"poll" env:"POLL"`             // how often the mailbox is looked into without a bell
	Sync       time.Duration `yaml:"sync" env:"SYNC"`             // how often decisions and members' keys are asked for
	Zone       string        `yaml:"zone" env:"ZONE"`             // the clock on the agency's wall: America/Denver; the machine's own where it is empty

	Nudge      string        `yaml:"nudge" env:"NUDGE"`             // program: tells who is on call that something waits; nobody is told where it is empty
	NudgeAfter time.Duration `yaml:"nudge_after" env:"NUDGE_AFTER"` // unanswered for so long, the next is told

	WebhookLoopback bool `yaml:"webhook_loopback" env:"WEBHOOK_LOOPBACK"` // a program on this machine may be told what came

	Console        string `yaml:"console" env:"CONSOLE"`                 // the pages for people: address and port; none where it is empty
	ConsoleNames   string `yaml:"console_names" env:"CONSOLE_NAMES"`     // hosts they are served under, with spaces between
	ConsoleCert    string `yaml:"console_cert" env:"CONSOLE_CERT"`       // file: the certificate chain for them
	ConsoleKey     string `yaml:"console_key" env:"CONSOLE_KEY"`         // file: its private key
	ConsoleNeutral string `yaml:"console_neutral" env:"CONSOLE_NEUTRAL"` // where leaving in a hurry leads: https://…
}

// Ask is the passphrase setting of a node that starts locked and waits for a
// person to unlock it. A file of that name is written ./ask.
const Ask = "ask"

// Asks reports whether a person types the passphrase.
func (c Config) Asks() bool { return c.Passphrase == Ask }

// Defaults is what a configuration need not say.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:7070", Admin: "127.0.0.1:7080", Hub: "tls://127.0.0.1:4222",
		Vault: "vault", VaultKey: "vault.key", AutoLock: 10 * time.Minute, Joined: "joined.json", Directory: "directory.json", Book: "book.json", Poll: 30 * time.Second, Sync: 2 * time.Minute,
		NudgeAfter: 10 * time.Minute,
	}
}

// ReadConfig reads a configuration and resolves its paths.
func ReadConfig(path string, environment map[string]string) (Config, error) {
	asks := false
	c, err := config.File(path, config.Prefix, environment, Defaults(), func(c *Config) []*string {
		paths := []*string{&c.Vault, &c.VaultKey, &c.Joined, &c.Directory, &c.Book, &c.Nudge, &c.ConsoleCert, &c.ConsoleKey}
		if asks = c.Asks(); !asks {
			paths = append(paths, &c.Passphrase)
		}
		return paths
	})
	if err != nil {
		return Config{}, err
	}
	if !asks && c.Asks() { // a file of that name, in this folder
		c.Passphrase = "." + string(filepath.Separator) + Ask
	}
	return c, c.check()
}

// maxSync keeps a promise to stewards: what one of them suspends has no effect
// any more at a node that is online, within five minutes.
const maxSync = 4 * time.Minute

func (c Config) check() error {
	var wrong []error
	for _, address := range []string{c.Listen, c.Admin} {
		wrong = append(wrong, config.Loopback(address))
	}
	if c.Poll < 10*time.Millisecond || c.Poll > time.Hour {
		wrong = append(wrong, fmt.Errorf("%w: poll must be 10ms to 1h", config.ErrConfig))
	}
	if c.Sync < 10*time.Millisecond || c.Sync > maxSync {
		wrong = append(wrong, fmt.Errorf("%w: sync must be 10ms to %s", config.ErrConfig, maxSync))
	}
	if c.AutoLock != 0 && (c.AutoLock < time.Minute || c.AutoLock > 24*time.Hour) {
		wrong = append(wrong, fmt.Errorf("%w: auto_lock must be 1m to 24h, or 0 for never", config.ErrConfig))
	}
	if c.Nudge != "" {
		if _, err := exec.LookPath(c.Nudge); err != nil {
			wrong = append(wrong, fmt.Errorf("%w: nudge must be a program that can be run", config.ErrConfig))
		}
	}
	if c.NudgeAfter < time.Minute || c.NudgeAfter > 4*time.Hour {
		wrong = append(wrong, fmt.Errorf("%w: nudge_after must be 1m to 4h", config.ErrConfig))
	}
	if c.Console != "" {
		wrong = append(wrong, c.pages().Check())
	}
	_, err := c.Location()
	return errors.Join(append(wrong, err)...)
}

// Location is the zone of the clock on the agency's wall.
func (c Config) Location() (*time.Location, error) {
	if c.Zone == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("%w: zone must be a name like America/Denver, or empty for the machine's own", config.ErrConfig)
	}
	return zone, nil
}

// secret is what opens the vault of a node that no person unlocks: the
// passphrase where there is one, else the key file.
func (c Config) secret() (vault.Secret, error) {
	if c.Passphrase != "" {
		text, err := config.ReadSecret(c.Passphrase)
		return vault.Passphrase(text), err
	}
	key, err := config.ReadSeed(c.VaultKey)
	return vault.Key(key), err
}

// CheckVault reads the secret and opens the vault with it, as the node will. A
// vault that a running node has open was opened with this secret, too: the
// secret is tried before the files are.
// Where a person types the passphrase it is not known here: then only whether
// there is a vault that one opens.
func (c Config) CheckVault() error {
	if c.Asks() {
		return c.checkLocked()
	}
	secret, err := c.secret()
	if err != nil {
		return err
	}
	v, err := vault.Open(c.Vault, secret, rand.Reader)
	if errors.Is(err, vault.ErrInUse) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Vault, err)
	}
	return v.Close()
}

func (c Config) checkLocked() error {
	stretched, err := vault.OpensByPassphrase(c.Vault)
	if err == nil && !stretched {
		err = vault.ErrSecret
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Vault, err)
	}
	return nil
}

// Load reads everything the configuration names but the vault.
func (c Config) Load(ctx context.Context) (Parts, error) {
	anchor, err := config.Named("joined", c.Joined, trust.ReadAnchor)
	if err != nil {
		return Parts{}, err
	}
	if err := busRefusal(c.Hub, anchor.Pins); err != nil {
		return Parts{}, err
	}
	names, err := config.Named("directory", c.Directory, roster.ReadDirectory)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Parts{}, err
	}
	book, err := config.Named("book", c.Book, directory.Read)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Parts{}, err
	}
	engine, err := pdp.Shipped()
	if err != nil {
		return Parts{}, err
	}
	return Parts{Anchor: anchor, Directory: names, Book: book, Policy: engine}, nil
}

// busRefusal says why the hub cannot be reached safely where it is said to be.
func busRefusal(address string, pins []roster.Pin) error {
	switch err := broker.CheckURL(address, len(pins) > 0); {
	case err == nil:
		return nil
	case errors.Is(err, broker.ErrNotTLS):
		return config.Refusal{Why: config.WhyPlainBus, Subject: address}
	case errors.Is(err, broker.ErrPlain):
		return config.Refusal{Why: config.WhyUnpinnedBus, Subject: address}
	}
	return config.Refusal{Why: config.WhyNoBus, Subject: address}
}
