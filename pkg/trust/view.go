package trust

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Edition is a version of what stewards share, as a node verified it.
type Edition struct {
	Version uint64 `json:"version"`
	Digest  string `json:"digest"` // SHA-256 of the file, hexadecimal
	All     bool   `json:"all"`    // every steward signed it, not only enough
}

// View is what the network has decided, as far as this node could verify.
// What of it runs is Activation's to say.
type View struct {
	Network   posada.NetworkID `json:"network"`
	Practice  bool             `json:"practice"`
	Root      uint64           `json:"root"` // version
	Stewards  []Steward        `json:"stewards"`
	Threshold int              `json:"threshold"`

	Roster        roster.Snapshot `json:"roster"`
	RosterEdition Edition         `json:"roster_edition"`
	Policy        []byte          `json:"policy"` // JSON, as signed; its reader checks it
	PolicyEdition Edition         `json:"policy_edition"`
	Packs         []byte          `json:"packs"` // nil if there are none
	PacksEdition  Edition         `json:"packs_edition"`
	// Directory is the edition of the sealed directory that is kept; version 0: none was ever
	// signed. Its file is InForce's: it is large, and a view is written whenever the hub signs.
	Directory Edition `json:"directory"`

	Brakes   []SeenBrake `json:"brakes"`    // all ever seen that had not ended when the hub signed
	SignedAt time.Time   `json:"signed_at"` // when the hub said so last
	Chain    Head        `json:"chain"`
}

// Versions are the roster and policy versions somebody knows of.
type Versions struct{ Roster, Policy uint64 }

// Versions of a view are the newest that were seen, whether they run or not.
func (v View) Versions() Versions {
	return Versions{Roster: v.RosterEdition.Version, Policy: v.PolicyEdition.Version}
}

// Behind reports that somebody runs what this node's hub has never shown it:
// the hub is frozen, for this node at least.
func Behind(mine, theirs Versions) bool {
	return theirs.Roster > mine.Roster || theirs.Policy > mine.Policy
}

// Limits of staleness.
const (
	liveFor  = time.Hour
	freshFor = 24 * time.Hour
)

// Fresh says how old what the hub signed is: live for an hour, fresh for a
// day. A time further ahead than honest clocks are apart is stale.
func Fresh(signedAt, now time.Time) posada.Staleness {
	switch age := now.Sub(signedAt); {
	case age < -Tolerance || age > freshFor:
		return posada.StalenessStale
	case age > liveFor:
		return posada.StalenessFresh
	}
	return posada.StalenessLive
}
