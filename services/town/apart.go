package town

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/services/hub"
)

// Apart writes configurations for a hub whose services run apart: one process
// with the broker and connect, and so many relays, each with keys of its own.
// Members find it where they find the hub of one process.
func (l Laid) Apart(relays int) (broker string, each []string, err error) {
	whole, err := hub.ReadConfig(l.HubConfig(), nil)
	if err != nil {
		return "", nil, err
	}
	whole.Relays = relays
	ports, err := freePorts(l.Plan.Host, relays)
	if err != nil {
		return "", nil, err
	}
	folder := filepath.Join(l.Dir, "hub")
	var known strings.Builder
	for i := range relays {
		c := whole
		c.Run, c.NATS, c.Admin = "relay", "tls://"+whole.Listen, ports[i]
		c.ServiceKeys = filepath.Join(folder, fmt.Sprintf("relay-%d.keys", i+1))
		public, err := newServiceKeys(c.ServiceKeys)
		if err != nil {
			return "", nil, err
		}
		known.Write(public)
		path := filepath.Join(folder, fmt.Sprintf("relay-%d.yaml", i+1))
		if err := writeConfig(path, c); err != nil {
			return "", nil, err
		}
		each = append(each, path)
	}
	c := whole
	c.Run, c.Services = "broker,connect", filepath.Join(folder, "services")
	if err := os.WriteFile(c.Services, []byte(known.String()), 0o600); err != nil {
		return "", nil, err
	}
	broker = filepath.Join(folder, "broker.yaml")
	return broker, each, writeConfig(broker, c)
}

// newServiceKeys makes a relay's keys and gives what its broker must know.
func newServiceKeys(path string) ([]byte, error) {
	keys, err := hub.NewServiceKeys()
	if err != nil {
		return nil, err
	}
	if err := config.WriteSecret(path, keys.Text()); err != nil {
		return nil, err
	}
	public, err := keys.Public()
	return public.Text(), err
}
