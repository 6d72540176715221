package broker

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/posada-exchange/posada/pkg/roster"
)

// Errors of a connection that would not be safe.
var (
	ErrAddress = errors.New("not an address of a bus, like tls://203.0.113.7:4222")
	// ErrPlain says that members on other machines could be read on the way.
	ErrPlain = errors.New("without pins a bus is reached on loopback alone, as nats://")
	// ErrNotTLS says that there are pins, and so no plain connection.
	ErrNotTLS = errors.New("with pins a bus is reached by TLS alone, as tls://")
	// ErrPin says that whoever answered does not hold a key that was announced.
	ErrPin = errors.New("the key that was shown is not pinned")
)

// Server's and client's handshake is this key agreement and nothing else:
// X25519 with ML-KEM-768, so that what is recorded today is not read by a
// later quantum computer (T36). It needs TLS 1.3. A client that offers only
// the classical one is refused, not met halfway.
func handshake() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519MLKEM768},
		// A resumed session would rest on an earlier handshake's keys.
		SessionTicketsDisabled: true,
	}
}

// ClientTLS speaks to whoever holds one of the keys that are pinned at the time
// of each handshake.
//
// It is safe to skip the library's verification because VerifyConnection takes
// its place: it runs in every handshake, a resumed one too (and none is: there
// is no session cache), after the library has checked the server's signature
// over the handshake with the key in the certificate (RFC 8446 section 4.4.3).
// So who shows a pinned key holds it. Names, dates and issuers in the
// certificate say nothing; who may be the hub is said in the roster alone. The
// price is that a lost key is turned over by the roster, not by an authority.
func ClientTLS(pins func() []roster.Pin) *tls.Config {
	c := handshake()
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if s.Version != tls.VersionTLS13 || s.CurveID != tls.X25519MLKEM768 || len(s.PeerCertificates) == 0 ||
			!roster.PinOf(s.PeerCertificates[0].RawSubjectPublicKeyInfo).In(pins()) {
			return ErrPin
		}
		return nil
	}
	return c
}

// ServerTLS shows a certificate, which is made by whoever holds its key.
func ServerTLS(c tls.Certificate) *tls.Config {
	t := handshake()
	t.Certificates = []tls.Certificate{c}
	return t
}

// PinOf is the pin of a TLS key.
func PinOf(key ed25519.PublicKey) (roster.Pin, error) {
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return roster.Pin{}, fmt.Errorf("pin: %w", err)
	}
	return roster.PinOf(spki), nil
}

// CheckURL refuses an address where what is said would not be safe: with pins
// it must be tls://host:port; without, nats:// and an address on loopback. A
// name is not looked up: whoever answers for it would decide.
func CheckURL(address string, pinned bool) error {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(address, ",") {
		return ErrAddress
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil || host == "" || port == "" || u.Scheme != "tls" && u.Scheme != "nats" {
		return ErrAddress
	}
	if pinned {
		if u.Scheme != "tls" {
			return ErrNotTLS
		}
		return nil
	}
	if a, err := netip.ParseAddr(host); err != nil || !a.IsLoopback() || u.Scheme != "nats" {
		return ErrPlain
	}
	return nil
}
