package hub

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
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

// Apart is the services that may run without the broker beside them.
func Apart() []string { return []string{"registry", "relay"} }

// kindsOf is the kinds of connection some services use, in the order files have
// them.
func kindsOf(services ...string) (kinds []pdp.ConnectionKind) {
	kinds = append(kinds, pdp.KindFollower) // every process follows the stewards
	if slices.Contains(services, "registry") {
		kinds = append(kinds, pdp.KindRegistry, pdp.KindRegistryStore)
	}
	if slices.Contains(services, "relay") {
		kinds = append(kinds, pdp.KindRelay, pdp.KindRelayStore, pdp.KindDoorbell)
	}
	return kinds
}

// NewServiceKeys makes a key for each kind that some services use.
func NewServiceKeys(services ...string) (ServiceKeys, error) {
	keys := ServiceKeys{}
	var problems []error
	for _, kind := range kindsOf(services...) {
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
	for _, kind := range kindsOf(Apart()...) {
		if seed, ok := k[kind]; ok {
			fmt.Fprintf(&text, "%s %s\n", kind, seed)
		}
	}
	return text.Bytes()
}

// Text is the public keys as a broker's services file has them.
func (s Services) Text() []byte {
	var text bytes.Buffer
	for _, kind := range kindsOf(Apart()...) {
		for key, of := range s {
			if of == kind {
				fmt.Fprintf(&text, "%s %s\n", kind, key)
			}
		}
	}
	return text.Bytes()
}

// ReadServiceKeys reads the file that a process's service_keys names; it must
// have a key of each kind that some services use, and no other.
func ReadServiceKeys(path string, services ...string) (ServiceKeys, error) {
	text, err := config.ReadSecret(path)
	if err != nil {
		return nil, err
	}
	keys, needed := ServiceKeys{}, kindsOf(services...)
	for n, line := range lines(text) {
		kind, seed, ok := strings.Cut(line, " ")
		_, twice := keys[pdp.ConnectionKind(kind)]
		if _, err := broker.PublicKey([]byte(seed)); !ok || err != nil || twice || !slices.Contains(needed, pdp.ConnectionKind(kind)) {
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
		if !ok || twice || !slices.Contains(kindsOf(Apart()...), pdp.ConnectionKind(kind)) || !broker.IsPublicKey(key) {
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
