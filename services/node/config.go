package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/policy"
)

// Config is a node's configuration. Paths are taken from the folder of the
// file they stand in.
type Config struct {
	Listen     string        `yaml:"listen" env:"LISTEN"`         // the API: address and port
	Admin      string        `yaml:"admin" env:"ADMIN"`           // /livez, /readyz and /metrics
	Hub        string        `yaml:"hub" env:"HUB"`               // tls://host:port
	Vault      string        `yaml:"vault" env:"VAULT"`           // folder of the vault
	VaultKey   string        `yaml:"vault_key" env:"VAULT_KEY"`   // file: 32 random bytes; or
	Passphrase string        `yaml:"passphrase" env:"PASSPHRASE"` // file: a passphrase
	Roster     string        `yaml:"roster" env:"ROSTER"`         // file: who the members are
	Directory  string        `yaml:"directory" env:"DIRECTORY"`   // file: what they are called
	Poll       time.Duration `yaml:"poll" env:"POLL"`             // how often the mailbox is looked into without a bell
	Sync       time.Duration `yaml:"sync" env:"SYNC"`             // how often members' keys are asked for
}

// Defaults is what a configuration need not say.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:7070", Admin: "127.0.0.1:7080", Hub: "tls://127.0.0.1:4222",
		Vault: "vault", VaultKey: "vault.key", Roster: "roster.json", Directory: "directory.json", Poll: 30 * time.Second, Sync: 2 * time.Minute,
	}
}

// ReadConfig reads a configuration and resolves its paths.
func ReadConfig(path string, environment map[string]string) (Config, error) {
	c, err := config.File(path, config.Prefix, environment, Defaults(), func(c *Config) []*string {
		return []*string{&c.Vault, &c.VaultKey, &c.Passphrase, &c.Roster, &c.Directory}
	})
	if err != nil {
		return Config{}, err
	}
	return c, c.check()
}

func (c Config) check() error {
	var wrong []error
	for _, address := range []string{c.Listen, c.Admin} {
		wrong = append(wrong, config.Loopback(address))
	}
	if c.Poll < 10*time.Millisecond || c.Poll > time.Hour {
		wrong = append(wrong, fmt.Errorf("%w: poll must be 10ms to 1h", config.ErrConfig))
	}
	if c.Sync < 10*time.Millisecond || c.Sync > time.Hour {
		wrong = append(wrong, fmt.Errorf("%w: sync must be 10ms to 1h", config.ErrConfig))
	}
	return errors.Join(wrong...)
}

// secret is what opens the vault: the passphrase where there is one, else the
// key file.
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
func (c Config) CheckVault() error {
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

// Load reads everything the configuration names but the vault.
func (c Config) Load(ctx context.Context) (Parts, error) {
	members, err := config.Roster(c.Roster)
	if err != nil {
		return Parts{}, err
	}
	if err := busRefusal(c.Hub, members.Hub()); err != nil {
		return Parts{}, err
	}
	text, err := os.ReadFile(c.Directory)
	if err != nil {
		return Parts{}, fmt.Errorf("%w: directory: %w", config.ErrConfig, err)
	}
	names, err := roster.ReadDirectory(text)
	if err != nil {
		return Parts{}, fmt.Errorf("%w: %s: %w", config.ErrConfig, c.Directory, err)
	}
	engine, err := pdp.New(ctx, policy.Files)
	if err != nil {
		return Parts{}, err
	}
	return Parts{Members: members, Directory: names, Policy: engine}, nil
}

// busRefusal says why the hub cannot be reached safely where it is said to be.
func busRefusal(address string, hub roster.Hub) error {
	switch err := broker.CheckURL(address, len(hub.Pins) > 0); {
	case err == nil:
		return nil
	case errors.Is(err, broker.ErrNotTLS):
		return config.Refusal{Why: config.WhyPlainBus, Subject: address}
	case errors.Is(err, broker.ErrPlain):
		return config.Refusal{Why: config.WhyUnpinnedBus, Subject: address}
	}
	return config.Refusal{Why: config.WhyNoBus, Subject: address}
}
