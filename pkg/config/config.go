// Package config reads a program's configuration, strictly.
//
// Guarantee: an unknown key, a key twice and a value of another type are
// errors that name the line; nothing is guessed. Environment variables
// (POSADA_… for a node, POSADA_HUB_… for the hub) win over the file. Limit:
// secrets do not belong in either: their keys hold paths to files.
package config

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// What environment variables begin with. The two programs run in one shell
// when somebody tries them out, so each has its own.
const (
	Prefix    = "POSADA_"     // a node's
	PrefixHub = "POSADA_HUB_" // the hub's
)

// ErrConfig says that a configuration does not load; the message says where.
var ErrConfig = errors.New("configuration")

// Load reads YAML over the defaults in c, then a node's environment over both.
func Load[C any](text io.Reader, environment map[string]string, c C) (C, error) {
	return load(text, Prefix, environment, c)
}

func load[C any](text io.Reader, prefix string, environment map[string]string, c C) (C, error) {
	if err := Document(text, &c); err != nil {
		return c, err
	}
	if environment == nil {
		// The library would take the process's own.
		environment = map[string]string{}
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: prefix, Environment: environment}); err != nil {
		return c, fmt.Errorf("%w: environment: %w", ErrConfig, err)
	}
	return c, nil
}

// File reads a configuration file over the defaults in c, then the environment
// over both; nil is an environment without variables. paths are its settings
// that hold paths; what is not absolute is taken from the file's folder. An
// empty one stays empty, and a credential's name stays a name.
func File[C any](path, prefix string, environment map[string]string, c C, paths func(*C) []*string) (C, error) {
	file, err := os.Open(path)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	defer file.Close()
	if c, err = load(file, prefix, environment, c); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range paths(&c) {
		if *p != "" && !strings.HasPrefix(*p, credential) && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
	return c, nil
}

// Named reads the file that a setting names, by its own reader.
func Named[T any](setting, path string, read func([]byte) (T, error)) (T, error) {
	var none T
	text, err := os.ReadFile(path)
	if err != nil {
		return none, fmt.Errorf("%w: %s: %w", ErrConfig, setting, err)
	}
	value, err := read(text)
	if err != nil {
		return none, fmt.Errorf("%w: %s: %w", ErrConfig, path, err)
	}
	return value, nil
}

// Roster reads the roster that a configuration names.
func Roster(path string) (*roster.Roster, error) { return Named("roster", path, roster.Read) }

// Founding reads what a network was founded with, as a configuration names it.
func Founding(path string) (trust.Founding, error) {
	return Named("network", path, trust.ReadFounding)
}

// Announced reads the announcements of keys that a configuration names; there
// may be no such file.
func Announced(path string, members *roster.Roster) ([]roster.Announcement, error) {
	list, err := Named("announced", path, func(text []byte) ([]roster.Announcement, error) {
		return roster.ReadAnnouncements(text, members)
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return list, err
}

// Print writes a configuration as YAML that Load reads.
func Print(w io.Writer, c any) error {
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	return errors.Join(encoder.Encode(c), encoder.Close())
}

// Address refuses what is not an address and a port to listen on. A name is not
// looked up: whoever answers for it would decide.
func Address(address string) error {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return Refusal{WhyNoAddress, address}
	}
	return nil
}

// Loopback refuses an address that others than this machine could reach.
func Loopback(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return Refusal{WhyNoAddress, address}
	}
	if !a.Addr().IsLoopback() {
		return Refusal{WhyOpenAddress, address}
	}
	return nil
}
