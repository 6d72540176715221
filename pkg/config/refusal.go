package config

import "fmt"

// Why is why a setting, or a file it names, cannot be used.
type Why string

// Why something cannot be used.
const (
	WhyOpenAddress Why = "open_address" // others than this machine could reach it
	WhyNoAddress   Why = "no_address"   // it is not an address and a port
	WhyOpenSecret  Why = "open_secret"  // others on the machine may read the file
	WhyNoKey       Why = "no_key"       // the file does not hold a key

	WhyNoCredential  Why = "no_credential"  // it is not the name of a credential
	WhyNoCredentials Why = "no_credentials" // no service manager handed any out
	WhyPlainBus      Why = "plain_bus"      // there are pins, and so no plain connection
	WhyUnpinnedBus   Why = "unpinned_bus"   // there are no pins, and others could listen
	WhyNoBus         Why = "no_bus"         // it is not the address of a bus
	WhyThrowAway     Why = "throw_away"     // the network's keys were all made on one machine
)

// Refusal is one setting, or one file it names, that cannot be used. It is an
// ErrConfig. Subject is the address or the path, never what a file holds.
type Refusal struct {
	Why     Why
	Subject string
}

func (r Refusal) Error() string {
	what := r.Subject
	switch r.Why {
	case WhyOpenAddress:
		what += " can be reached by others; without TLS only 127.0.0.1 or [::1] is taken"
	case WhyNoAddress:
		what = fmt.Sprintf("%q is not an address and a port, like 127.0.0.1:4222", r.Subject)
	case WhyOpenSecret:
		what += " may be read by others; run: chmod 600 " + r.Subject
	case WhyNoKey:
		what += " is not a key: 43 characters of base64url are wanted"
	case WhyNoCredential:
		what += " does not name a credential: credential: and a file's name are wanted"
	case WhyNoCredentials:
		what += " cannot be read: CREDENTIALS_DIRECTORY is not set, so no service manager hands out credentials here"
	case WhyPlainBus:
		what += " is not encrypted, and the roster announces TLS keys; write tls:// instead of nats://"
	case WhyUnpinnedBus:
		what += " cannot be trusted: the roster announces no TLS key, so only nats:// on 127.0.0.1 or [::1] is taken"
	case WhyNoBus:
		what = fmt.Sprintf("%q is not the address of a hub, like tls://203.0.113.7:4222", r.Subject)
	case WhyThrowAway:
		what += " can be reached by others, and every key of this network was made on one machine, to be thrown away; only 127.0.0.1 or [::1] is taken"
	}
	return ErrConfig.Error() + ": " + what
}

// Unwrap makes it an ErrConfig.
func (r Refusal) Unwrap() error { return ErrConfig }
