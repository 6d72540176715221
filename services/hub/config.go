package hub

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Config is posada-hub's configuration. Paths are taken from the folder of the
// file they stand in.
type Config struct {
	Run         string        `yaml:"run" env:"RUN"`                   // services of this process, with commas between
	Listen      string        `yaml:"listen" env:"LISTEN"`             // where members connect: address and port
	TLSKey      string        `yaml:"tls_key" env:"TLS_KEY"`           // file: the seed of the key members have pinned
	Admin       string        `yaml:"admin" env:"ADMIN"`               // /livez, /readyz and /metrics
	Store       string        `yaml:"store" env:"STORE"`               // folder for envelopes that wait
	Network     string        `yaml:"network" env:"NETWORK"`           // file: what the stewards founded the network with
	OnlineKey   string        `yaml:"online_key" env:"ONLINE_KEY"`     // file: the seed that signs what is the newest
	Renew       time.Duration `yaml:"renew" env:"RENEW"`               // how often it does
	Announced   string        `yaml:"announced" env:"ANNOUNCED"`       // file: what members announced when they joined, one a line; may be missing
	Services    string        `yaml:"services" env:"SERVICES"`         // file: public keys of services that run apart
	ReceiptKey  string        `yaml:"receipt_key" env:"RECEIPT_KEY"`   // file: the seed that signs receipts
	NATS        string        `yaml:"nats" env:"NATS"`                 // tls://host:port of a broker that runs apart
	ServiceKeys string        `yaml:"service_keys" env:"SERVICE_KEYS"` // file: what services show themselves to it with
	Relays      int           `yaml:"relays" env:"RELAYS"`             // how many relays run at once, in all
	Shards      int           `yaml:"shards" env:"SHARDS"`
	MaxBytes    int64         `yaml:"max_bytes" env:"MAX_BYTES"`   // one shard keeps at most this much
	PerSecond   float64       `yaml:"per_second" env:"PER_SECOND"` // envelopes one member may submit
	Burst       int           `yaml:"burst" env:"BURST"`
}

// Defaults is what a configuration need not say.
func Defaults() Config {
	return Config{
		Run: "broker,connect,registry,relay", Listen: "127.0.0.1:4222", TLSKey: "tls.key", Admin: "127.0.0.1:4280",
		Store: "mail", Network: "network.json", OnlineKey: "online.key", Renew: 5 * time.Minute, Announced: "announced.jws", ReceiptKey: "receipt.key",
		Relays: 1, Shards: 4, MaxBytes: 1 << 30, PerSecond: 200, Burst: 400,
	}
}

// ReadConfig reads a configuration and resolves its paths.
func ReadConfig(path string, environment map[string]string) (Config, error) {
	c, err := config.File(path, config.PrefixHub, environment, Defaults(), func(c *Config) []*string {
		return []*string{&c.TLSKey, &c.Store, &c.Network, &c.OnlineKey, &c.Announced, &c.Services, &c.ReceiptKey, &c.ServiceKeys}
	})
	if err != nil {
		return Config{}, err
	}
	return c, c.Check()
}

// Check refuses a configuration that cannot be meant. ReadConfig has done so;
// whoever changes one does it again.
func (c Config) Check() error {
	wrong := []error{config.Loopback(c.Admin)}
	if p, err := c.process(); err != nil {
		wrong = append(wrong, err)
	} else if p.broker && c.TLSKey == "" {
		wrong = append(wrong, config.Loopback(c.Listen))
	} else if p.broker {
		wrong = append(wrong, config.Address(c.Listen))
	}
	if c.Shards < 1 || c.Shards > 64 {
		wrong = append(wrong, fmt.Errorf("%w: shards must be 1 to 64", config.ErrConfig))
	}
	if c.Relays < 1 || c.Relays > 64 {
		wrong = append(wrong, fmt.Errorf("%w: relays must be 1 to 64", config.ErrConfig))
	}
	if c.Renew < 10*time.Millisecond || c.Renew > time.Hour {
		wrong = append(wrong, fmt.Errorf("%w: renew must be 10ms to 1h", config.ErrConfig))
	}
	if c.PerSecond <= 0 || c.Burst < 1 || c.MaxBytes < 1<<20 {
		wrong = append(wrong, fmt.Errorf("%w: per_second and burst must be above zero, max_bytes at least 1 MiB", config.ErrConfig))
	}
	return errors.Join(wrong...)
}

// newestRoster is where a hub remembers the newest roster it followed, beside
// what the network was founded with.
const newestRoster = "roster.json"

// Load reads everything the configuration names and this process's services
// need, and nothing else: a process without the relay never sees the receipt
// key, one without the broker never the TLS key.
func (c Config) Load(ctx context.Context) (Parts, error) {
	process, err := c.process()
	if err != nil {
		return Parts{}, err
	}
	founding, err := config.Founding(c.Network)
	if err != nil {
		return Parts{}, err
	}
	// Whoever has been on the machine it was made on has every key of it. The mark
	// is signed by nobody: this is held against a mistake, not against an enemy.
	if founding.ThrowAway && errors.Join(config.Loopback(c.Listen), config.Loopback(c.Admin)) != nil {
		return Parts{}, config.Refusal{Why: config.WhyThrowAway, Subject: c.Listen}
	}
	p := Parts{Founding: founding, Members: founding.Roster(), Newest: filepath.Join(filepath.Dir(c.Network), newestRoster)}
	if newest, err := config.Roster(p.Newest); err == nil && newest.Network() == p.Members.Network() && newest.Version() > p.Members.Version() {
		p.Members = newest
	}
	members := p.Members
	if process.broker {
		if err := c.loadBroker(ctx, &p); err != nil {
			return Parts{}, err
		}
	}
	if process.registry {
		if p.OnlineKey, err = readKey("online_key", c.OnlineKey); err != nil {
			return Parts{}, err
		}
		if p.Announced, err = config.Announced(c.Announced, members); err != nil {
			return Parts{}, err
		}
	}
	if process.relay {
		if p.ReceiptKey, err = c.receiptKey(members.Hub()); err != nil {
			return Parts{}, err
		}
	}
	if process.relay && p.TLSKey != nil && bytes.Equal(p.TLSKey.Seed(), p.ReceiptKey.Seed()) {
		return Parts{}, fmt.Errorf("%w: tls_key and receipt_key are one key; each must be its own", config.ErrConfig)
	}
	if !process.broker {
		if p.ServiceKeys, err = c.apart(members.Hub(), process.apart()); err != nil {
			return Parts{}, err
		}
	}
	return p, nil
}

func (c Config) loadBroker(ctx context.Context, p *Parts) (err error) {
	if p.TLSKey, err = c.tlsKey(p.Members.Hub()); err != nil {
		return err
	}
	if c.Services != "" {
		if p.Services, err = readServices(c.Services); err != nil {
			return err
		}
	}
	p.Policy, err = pdp.Shipped()
	return err
}

// tlsKey is the key members have pinned; none where they have pinned none.
func (c Config) tlsKey(announced roster.Hub) (ed25519.PrivateKey, error) {
	if c.TLSKey == "" {
		if len(announced.Pins) > 0 {
			return nil, fmt.Errorf("%w: the roster announces TLS keys for the hub, and tls_key names none", config.ErrConfig)
		}
		return nil, nil
	}
	seed, err := config.ReadSeed(c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("tls_key: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed[:])
	pin, err := broker.PinOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("tls_key: %w", err)
	}
	if !pin.In(announced.Pins) {
		return nil, fmt.Errorf("%w: tls_key is not a key the roster announces for the hub", config.ErrConfig)
	}
	return key, nil
}

func (c Config) receiptKey(announced roster.Hub) (jose.PrivateKey, error) {
	key, err := readKey("receipt_key", c.ReceiptKey)
	if err == nil && key.Public().ID() != announced.Receipt.ID() {
		err = fmt.Errorf("%w: receipt_key is not the key the roster announces for the hub", config.ErrConfig)
	}
	return key, err
}

func readKey(setting, path string) (jose.PrivateKey, error) {
	seed, err := config.ReadSeed(path)
	if err != nil {
		return jose.PrivateKey{}, fmt.Errorf("%s: %w", setting, err)
	}
	key, err := jose.KeyFromSeed(seed)
	if err != nil {
		return jose.PrivateKey{}, fmt.Errorf("%s: %w", setting, err)
	}
	return key, nil
}

// apart is what services show themselves with to a broker in another process.
func (c Config) apart(announced roster.Hub, services []string) (ServiceKeys, error) {
	if err := broker.CheckURL(c.NATS, len(announced.Pins) > 0); err != nil {
		return nil, fmt.Errorf("%w: nats: %w", config.ErrConfig, err)
	}
	keys, err := ReadServiceKeys(c.ServiceKeys, services...)
	if err != nil {
		return nil, fmt.Errorf("service_keys: %w", err)
	}
	return keys, nil
}
