package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

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
	Hub        string        `yaml:"hub" env:"HUB"`               // nats://address:port
	Vault      string        `yaml:"vault" env:"VAULT"`           // folder of the vault
	VaultKey   string        `yaml:"vault_key" env:"VAULT_KEY"`   // file: 32 random bytes; or
	Passphrase string        `yaml:"passphrase" env:"PASSPHRASE"` // file: a passphrase
	Roster     string        `yaml:"roster" env:"ROSTER"`         // file: who the members are
	Directory  string        `yaml:"directory" env:"DIRECTORY"`   // file: what they are called
	Poll       time.Duration `yaml:"poll" env:"POLL"`             // how often the mailbox is looked into without a bell
}

// Defaults is what a configuration need not say.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:7070", Admin: "127.0.0.1:7080", Hub: "nats://127.0.0.1:4222",
		Vault: "vault", VaultKey: "vault.key", Roster: "roster.json", Directory: "directory.json", Poll: 30 * time.Second,
	}
}

// ReadConfig reads a configuration and resolves its paths.
func ReadConfig(path string, environment map[string]string) (Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", config.ErrConfig, err)
	}
	defer file.Close()
	c, err := config.Load(file, environment, Defaults())
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range []*string{&c.Vault, &c.VaultKey, &c.Passphrase, &c.Roster, &c.Directory} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
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

// Load reads everything the configuration names but the vault.
func (c Config) Load(ctx context.Context) (Parts, error) {
	text, err := os.ReadFile(c.Roster)
	if err != nil {
		return Parts{}, fmt.Errorf("%w: roster: %w", config.ErrConfig, err)
	}
	members, err := roster.Read(text)
	if err != nil {
		return Parts{}, fmt.Errorf("%w: %s: %w", config.ErrConfig, c.Roster, err)
	}
	if text, err = os.ReadFile(c.Directory); err != nil {
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
