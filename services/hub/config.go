package hub

import (
	"context"
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/policy"
)

// Config is posada-hub's configuration. Paths are taken from the folder of the
// file they stand in.
type Config struct {
	Listen     string  `yaml:"listen" env:"LISTEN"`           // where members connect: address and port
	Admin      string  `yaml:"admin" env:"ADMIN"`             // /livez, /readyz and /metrics
	Store      string  `yaml:"store" env:"STORE"`             // folder for envelopes that wait
	Roster     string  `yaml:"roster" env:"ROSTER"`           // file: who the members are
	ReceiptKey string  `yaml:"receipt_key" env:"RECEIPT_KEY"` // file: the seed that signs receipts
	Shards     int     `yaml:"shards" env:"SHARDS"`
	MaxBytes   int64   `yaml:"max_bytes" env:"MAX_BYTES"`   // one shard keeps at most this much
	PerSecond  float64 `yaml:"per_second" env:"PER_SECOND"` // envelopes one member may submit
	Burst      int     `yaml:"burst" env:"BURST"`
}

// Defaults is what a configuration need not say.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:4222", Admin: "127.0.0.1:4280",
		Store: "mail", Roster: "roster.json", ReceiptKey: "receipt.key",
		Shards: 4, MaxBytes: 1 << 30, PerSecond: 200, Burst: 400,
	}
}

// ReadConfig reads a configuration and resolves its paths.
func ReadConfig(path string, environment map[string]string) (Config, error) {
	c, err := config.File(path, config.PrefixHub, environment, Defaults(), func(c *Config) []*string {
		return []*string{&c.Store, &c.Roster, &c.ReceiptKey}
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
	if c.Shards < 1 || c.Shards > 64 {
		wrong = append(wrong, fmt.Errorf("%w: shards must be 1 to 64", config.ErrConfig))
	}
	if c.PerSecond <= 0 || c.Burst < 1 || c.MaxBytes < 1<<20 {
		wrong = append(wrong, fmt.Errorf("%w: per_second and burst must be above zero, max_bytes at least 1 MiB", config.ErrConfig))
	}
	return errors.Join(wrong...)
}

// Load reads everything the configuration names.
func (c Config) Load(ctx context.Context) (Parts, error) {
	members, err := config.Roster(c.Roster)
	if err != nil {
		return Parts{}, err
	}
	seed, err := config.ReadSeed(c.ReceiptKey)
	if err != nil {
		return Parts{}, fmt.Errorf("receipt_key: %w", err)
	}
	key, err := jose.KeyFromSeed(seed)
	if err != nil {
		return Parts{}, fmt.Errorf("receipt_key: %w", err)
	}
	if key.Public().ID() != members.Hub().Receipt.ID() {
		return Parts{}, fmt.Errorf("%w: receipt_key is not the key the roster announces for the hub", config.ErrConfig)
	}
	engine, err := pdp.New(ctx, policy.Files)
	if err != nil {
		return Parts{}, err
	}
	return Parts{Members: members, ReceiptKey: key, Policy: engine}, nil
}
