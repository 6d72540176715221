package hub

import (
	"fmt"
	"strings"

	"github.com/posada-exchange/posada/pkg/config"
)

// process is which of the hub's services run in this process.
type process struct{ broker, registry, relay bool }

// process reads run. The broker asks connect in its own process, so the two
// run together. Where there is no broker, there must be one elsewhere.
func (c Config) process() (process, error) {
	asked := map[string]bool{"broker": false, "connect": false, "registry": false, "relay": false}
	for name := range strings.SplitSeq(c.Run, ",") {
		name = strings.TrimSpace(name)
		if twice, known := asked[name]; !known || twice {
			return process{}, fmt.Errorf("%w: run: %q is no service, or stands there twice; broker, connect, registry and relay are", config.ErrConfig, name)
		}
		asked[name] = true
	}
	p := process{broker: asked["broker"], registry: asked["registry"], relay: asked["relay"]}
	switch {
	case p.broker != asked["connect"]:
		return process{}, fmt.Errorf("%w: run: broker and connect run in one process", config.ErrConfig)
	case p.broker && (c.NATS != "" || c.ServiceKeys != ""):
		return process{}, fmt.Errorf("%w: nats and service_keys are for a process without the broker", config.ErrConfig)
	case !p.broker && (c.NATS == "" || c.ServiceKeys == ""):
		return process{}, fmt.Errorf("%w: without the broker, nats must say where it is and service_keys what it knows this process by", config.ErrConfig)
	}
	return p, nil
}

// apart is the names of this process's services that use the bus.
func (p process) apart() (services []string) {
	if p.registry {
		services = append(services, "registry")
	}
	if p.relay {
		services = append(services, "relay")
	}
	return services
}
