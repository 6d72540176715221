package town

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
)

// Apart is the configurations of a hub whose services run apart.
type Apart struct {
	Broker   string // with connect
	Registry string
	Relays   []string
}

// Apart writes configurations for a hub whose services run apart: one process
// with the broker and connect, one with the registry, and so many relays, each
// with keys of its own. Members find it where they find the hub of one process.
func (l Laid) Apart(relays int) (a Apart, err error) {
	whole, err := hub.ReadConfig(l.HubConfig(), nil)
	if err != nil {
		return a, err
	}
	whole.Relays = relays
	taken, err := l.addresses(whole)
	if err != nil {
		return a, err
	}
	ports, err := freePorts(l.Plan.Host, relays+1, taken...)
	if err != nil {
		return a, err
	}
	folder := filepath.Join(l.Dir, "hub")
	var known strings.Builder
	service := func(run, name, admin string) (string, error) {
		c := whole
		c.Run, c.NATS, c.Admin = run, "tls://"+whole.Listen, admin
		c.ServiceKeys = filepath.Join(folder, name+".keys")
		public, err := newServiceKeys(run, c.ServiceKeys)
		if err != nil {
			return "", err
		}
		known.Write(public)
		path := filepath.Join(folder, name+".yaml")
		return path, writeConfig(path, c)
	}
	if a.Registry, err = service("registry", "registry", ports[relays]); err != nil {
		return a, err
	}
	for i := range relays {
		relay, err := service("relay", fmt.Sprintf("relay-%d", i+1), ports[i])
		if err != nil {
			return a, err
		}
		a.Relays = append(a.Relays, relay)
	}
	c := whole
	c.Run, c.Services = "broker,connect", filepath.Join(folder, "services")
	if err := os.WriteFile(c.Services, []byte(known.String()), 0o600); err != nil {
		return a, err
	}
	a.Broker = filepath.Join(folder, "broker.yaml")
	return a, writeConfig(a.Broker, c)
}

// addresses is where the hub and every node will listen.
func (l Laid) addresses(h hub.Config) ([]string, error) {
	all := []string{h.Listen, h.Admin}
	for _, agency := range l.Plan.Agencies {
		c, err := node.ReadConfig(l.NodeConfig(agency.Key), nil)
		if err != nil {
			return nil, err
		}
		all = append(all, c.Listen, c.Admin)
	}
	return all, nil
}

// newServiceKeys makes a service's keys and gives what its broker must know.
func newServiceKeys(service, path string) ([]byte, error) {
	keys, err := hub.NewServiceKeys(service)
	if err != nil {
		return nil, err
	}
	if err := config.WriteSecret(path, keys.Text()); err != nil {
		return nil, err
	}
	public, err := keys.Public()
	return public.Text(), err
}
