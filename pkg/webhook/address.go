package webhook

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// maxURL is the longest address in bytes.
const maxURL = 512

// ErrURL says that an address is none that anything is sent to.
var ErrURL = errors.New("not an address of a webhook: want https://host/path")

// CheckURL reads an endpoint's address: https, a host, and neither a name to sign in by nor
// a fragment. Where loopback is allowed, http or https to this machine as 127.0.0.1, ::1 or
// localhost too. What the host's name leads to is looked at each time (Public).
func CheckURL(text string, loopback bool) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil || len(text) > maxURL || at.Hostname() == "" || at.User != nil || at.Fragment != "" || at.Opaque != "" || strings.Contains(at.Host, "%") {
		return nil, ErrURL
	}
	if at.Scheme != "https" && (at.Scheme != "http" || !loopback || !ThisMachine(at.Hostname())) {
		return nil, ErrURL
	}
	return at, nil
}

// ThisMachine reports whether a host names the machine itself.
func ThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}

// Public reports whether an address is one of the internet at large, as the registries of
// special-purpose addresses have it (RFC 6890): not this machine, not a network's own, not
// a link's, not for many, not for documents or tests; none within which another stands
// that could be any of these (6to4, Teredo, NAT64); and none by which a cloud answers what
// runs in it.
func Public(address netip.Addr) bool {
	if !address.IsValid() || address.Zone() != "" {
		return false
	}
	address = address.Unmap()
	inside := func(p netip.Prefix) bool { return p.Contains(address) }
	if address.Is4() {
		return !slices.ContainsFunc(never4(), inside)
	}
	return netip.MustParsePrefix("2000::/3").Contains(address) && !slices.ContainsFunc(never6(), inside)
}

func never4() []netip.Prefix {
	return prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // a cloud's own, though it looks like any other
	)
}

func never6() []netip.Prefix {
	return prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
