package broker

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
)

// The subjects of the exchange. A caller is known by the token at the end, its
// route: it may publish to its own and nobody else's.
const (
	subjectPrefix = "posada.v1."

	SubmitPrefix  = subjectPrefix + "submit."
	CollectPrefix = subjectPrefix + "collect."
	RecallPrefix  = subjectPrefix + "recall."
	SyncPrefix    = subjectPrefix + "sync."
	inboxPrefix   = subjectPrefix + "inbox."
)

// Route is the token a connection is known by.
type Route string

// RouteOf derives the route from who connects: a member by its agency's id, so
// that it stays when the key turns over; a service of the hub by its public
// nkey. 128 bits of a SHA-256: subjects do not carry the id itself, and need no
// table.
func RouteOf(who string) Route {
	sum := sha256.Sum256([]byte("posada/route/v1\x00" + who))
	return Route(base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// Inbox is the prefix a connection's answers come in on.
func (r Route) Inbox() string { return inboxPrefix + string(r) }

// Bell names where a connection hears that mail waits for it. It is drawn for
// each connection and told to the hub alone: a member may have the hub's answers
// sent to any subject it can name, so one that could be named by others could be
// rung by them.
type Bell [16]byte

// Ring is what a bell says. One that nobody knows says what the first does.
type Ring byte

// What bells say.
const (
	RingMail    Ring = 1 // mail may wait
	RingDecided Ring = 2 // stewards decided something
)

// ringOf reads what a bell says.
func ringOf(body []byte) Ring {
	if len(body) == 1 && Ring(body[0]) == RingDecided {
		return RingDecided
	}
	return RingMail
}

// Bell is the subject of a bell, within the connection's own inbox.
func (r Route) Bell(b Bell) string { return r.Inbox() + ".bell." + hex.EncodeToString(b[:]) }
