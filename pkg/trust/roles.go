package trust

import (
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Role is a TUF role of ours. Each document says in its signed part which role
// it is of, so that one signed for the roster is not taken for a policy by the
// same keys.
type Role string

// The roles. Every steward has a brake besides: BrakeRole.
const (
	RoleRoot      Role = metadata.ROOT
	RoleTargets   Role = metadata.TARGETS
	RoleSnapshot  Role = metadata.SNAPSHOT
	RoleTimestamp Role = metadata.TIMESTAMP
	RoleRoster    Role = "roster"    // who is a member
	RolePolicy    Role = "policy"    // what stewards allow within the guard
	RolePacks     Role = "packs"     // words, forms and other data of the network
	RoleDirectory Role = "directory" // what agencies say of themselves, sealed (pkg/directory)
)

const brakePrefix = "brake-"

// shortKey is how much of a key's id names its brake: 16 hexadecimal digits.
// Two stewards whose digits agree are refused together.
const shortKey = 16

// BrakeRole names the role in which one steward brakes alone: brake- and the
// first 16 hexadecimal digits of her key's TUF id, so that it is a file name.
func BrakeRole(s Steward) (Role, error) {
	id, _, err := tufKey(s.Key)
	if err != nil {
		return "", err
	}
	return brakeRole(id), nil
}

func brakeRole(keyID string) Role { return Role(brakePrefix + keyID[:shortKey]) }

func (r Role) brake() bool { return strings.HasPrefix(string(r), brakePrefix) }

// file is the name of the role's one target, and of its metadata in a snapshot.
func (r Role) file() string { return string(r) + ".json" }

// shared lists the roles that m stewards sign.
func shared() []Role { return []Role{RoleRoster, RolePolicy, RolePacks, RoleDirectory} }

// spare reports whether a network goes on without the role: one that is over is passed over,
// and stops nothing else.
func (r Role) spare() bool { return r == RolePacks || r == RoleDirectory || r.brake() }

// Lifetimes of what is signed.
const (
	lifeOfStewards = 365 * 24 * time.Hour // root, targets, and what m stewards share
	lifeOfSnapshot = 30 * 24 * time.Hour
	renewSnapshot  = 10 * 24 * time.Hour // with less left, Renew signs a new one
	lifeOfPulse    = 24 * time.Hour      // timestamp
	// BrakeLife is how long a brake may last.
	BrakeLife = 72 * time.Hour
	// Tolerance is how far two honest clocks may be apart.
	Tolerance = posada.ClocksDiffer
)

// Largest files. Nothing longer is read, whatever a signed length says.
const (
	maxMetadata = 512 << 10
	MaxPulse    = 16 << 10 // of the timestamp
	maxBrake    = 64 << 10
	maxTarget   = 8 << 20 // a roster of some thousand members
	maxPage     = 64 << 10
	maxRoots    = 1024 // root rotations a node can sleep through
)

func (r Role) maxTarget() int64 {
	if r.brake() {
		return maxBrake
	}
	return maxTarget
}
