package hub

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/pdp"
)

// Services are the public connection keys of the hub's services, each with the
// kind of connection it may be.
type Services map[string]pdp.ConnectionKind

// ServiceKeys are the hub's own connection keys (nkey seeds), one a kind. In
// one process they are made at each start and never leave it: there is nothing
// to steal between starts. Services that run apart read theirs from a file.
type ServiceKeys map[pdp.ConnectionKind][]byte

// relayKinds is the kinds of connection a relay uses.
func relayKinds() []pdp.ConnectionKind {
	return []pdp.ConnectionKind{pdp.KindRelay, pdp.KindRelayStore, pdp.KindDoorbell}
}

// registryKinds is the kinds of connection a registry uses.
func registryKinds() []pdp.ConnectionKind {
	return []pdp.ConnectionKind{pdp.KindRegistry, pdp.KindRegistryStore}
}

// serviceKinds is all of them, in the order files have them.
func serviceKinds() []pdp.ConnectionKind { return append(relayKinds(), registryKinds()...) }

// NewServiceKeys makes a key for each kind.
func NewServiceKeys() (ServiceKeys, error) {
	keys := ServiceKeys{}
	var problems []error
	for _, kind := range serviceKinds() {
		seed, _, err := broker.NewKey()
		problems = append(problems, err)
		keys[kind] = seed
	}
	return keys, errors.Join(problems...)
}

// Public is the keys' public halves: what a broker must know to let them on.
func (k ServiceKeys) Public() (Services, error) {
	public := Services{}
	for kind, seed := range k {
		key, err := broker.PublicKey(seed)
		if err != nil {
			return nil, err
		}
		public[key] = kind
	}
	return public, nil
}

// Text is the keys as their file has them: secret.
func (k ServiceKeys) Text() []byte {
	var text bytes.Buffer
	for _, kind := range serviceKinds() {
		fmt.Fprintf(&text, "%s %s\n", kind, k[kind])
	}
	return text.Bytes()
}

// Text is the public keys as a broker's services file has them.
func (s Services) Text() []byte {
	var text bytes.Buffer
	for _, kind := range serviceKinds() {
		for key, of := range s {
			if of == kind {
				fmt.Fprintf(&text, "%s %s\n", kind, key)
			}
		}
	}
	return text.Bytes()
}

// ReadServiceKeys reads the file that a process's service_keys names; it must
// have a key of each kind that is needed.
func ReadServiceKeys(path string, needed ...pdp.ConnectionKind) (ServiceKeys, error) {
	text, err := config.ReadSecret(path)
	if err != nil {
		return nil, err
	}
	keys := ServiceKeys{}
	for n, line := range lines(text) {
		kind, seed, ok := strings.Cut(line, " ")
		_, twice := keys[pdp.ConnectionKind(kind)]
		if _, err := broker.PublicKey([]byte(seed)); !ok || err != nil || twice || !known(kind) {
			return nil, badLine(path, n)
		}
		keys[pdp.ConnectionKind(kind)] = []byte(seed)
	}
	for _, kind := range needed {
		if keys[kind] == nil {
			return nil, fmt.Errorf("%w: %s holds no key for %s", config.ErrConfig, path, kind)
		}
	}
	return keys, nil
}

// readServices reads the services file: a line for each key.
func readServices(path string) (Services, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: services: %w", config.ErrConfig, err)
	}
	services := Services{}
	for n, line := range lines(text) {
		kind, key, ok := strings.Cut(line, " ")
		_, twice := services[key]
		if !ok || twice || !known(kind) || !broker.IsPublicKey(key) {
			return nil, badLine(path, n)
		}
		services[key] = pdp.ConnectionKind(kind)
	}
	return services, nil
}

// lines are the lines that say something, by their number from 1.
func lines(text []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !yield(n, line) {
				return
			}
		}
	}
}

// badLine tells nothing of what the line holds: it may be a secret.
func badLine(path string, n int) error {
	return fmt.Errorf("%w: %s: line %d is not a kind of connection and a key of it, once", config.ErrConfig, path, n)
}

func known(kind string) bool {
	for _, k := range serviceKinds() {
		if string(k) == kind {
			return true
		}
	}
	return false
}
