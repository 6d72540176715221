// Package config reads a program's configuration, strictly.
//
// Guarantee: an unknown key, a key twice and a value of another type are
// errors that name the line; nothing is guessed. Environment variables
// (POSADA_…) win over the file. Limit: secrets do not belong in either: their
// keys hold paths to files.
package config

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"
)

// Prefix begins every environment variable.
const Prefix = "POSADA_"

// ErrConfig says that a configuration does not load; the message says where.
var ErrConfig = errors.New("configuration")

// Load reads YAML over the defaults in c, then the environment over both.
func Load[C any](text io.Reader, environment map[string]string, c C) (C, error) {
	if err := Document(text, &c); err != nil {
		return c, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: Prefix, Environment: environment}); err != nil {
		return c, fmt.Errorf("%w: environment: %w", ErrConfig, err)
	}
	return c, nil
}

// Document reads one YAML document into v, as strictly as a configuration. An
// empty one changes nothing.
func Document(text io.Reader, v any) error {
	decoder := yaml.NewDecoder(text)
	decoder.KnownFields(true)
	if err := decoder.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %s", ErrConfig, plain(err))
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: one document is wanted, and nothing after it", ErrConfig)
	}
	return nil
}

// plain takes the library's prefix off and joins its lines.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n")
	return strings.Join(strings.Fields(text), " ")
}

// Print writes a configuration as YAML that Load reads.
func Print(w io.Writer, c any) error {
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	return errors.Join(encoder.Encode(c), encoder.Close())
}

// Loopback refuses an address that others than this machine could reach.
func Loopback(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is not an address and a port, like 127.0.0.1:4222", ErrConfig, address)
	}
	if !a.Addr().IsLoopback() {
		return fmt.Errorf("%w: %s can be reached by others; without TLS only 127.0.0.1 or [::1] is taken", ErrConfig, address)
	}
	return nil
}
