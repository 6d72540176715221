package pdp

import (
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Disclosure asks: may these categories be given to this agency for this
// purpose, under this consent, now. It is comparable and finite.
type Disclosure struct {
	Recipient Recipient                      `json:"recipient"`
	Purpose   posada.Purpose                 `json:"purpose"`
	Services  posada.Set[posada.ServiceType] `json:"services"`
	Asked     posada.Set[posada.Category]    `json:"asked"`
	Consent   consent.Facts                  `json:"consent"`
	Staleness posada.Staleness               `json:"staleness"`
}

// Recipient is what is known of the agency that would receive.
type Recipient struct {
	Class    posada.AgencyClass `json:"class"`
	Standing posada.Standing    `json:"standing"`
	Naming   posada.Naming      `json:"naming"` // what her consent says of it
}

// Reception asks: may we take in these categories from this sender under this
// grant, now.
type Reception struct {
	Sender    Party                       `json:"sender"`
	Self      Party                       `json:"self"`
	Purpose   posada.Purpose              `json:"purpose"`
	Carried   posada.Set[posada.Category] `json:"carried"`
	Grant     GrantFacts                  `json:"grant"`
	Staleness posada.Staleness            `json:"staleness"`
	// Issuer is how old the time is up to which everything the grant's issuer said
	// to us came: a withdrawal of before it is not missing.
	Issuer posada.Staleness `json:"issuer"`
}

// Party is what is known of an agency.
type Party struct {
	Class    posada.AgencyClass `json:"class"`
	Standing posada.Standing    `json:"standing"`
}

// GrantFacts is what a grant says, reduced.
type GrantFacts struct {
	Window     posada.Window               `json:"window"`
	Purpose    posada.Purpose              `json:"purpose"`
	Categories posada.Set[posada.Category] `json:"categories"`
}

// Passing asks: may we pass on these categories, of what another agency shared with us
// under this grant, to a third, now. Recipient.Naming is what the grant says of it.
type Passing struct {
	Recipient Recipient                   `json:"recipient"`
	Self      Party                       `json:"self"`
	Purpose   posada.Purpose              `json:"purpose"`
	Asked     posada.Set[posada.Category] `json:"asked"`
	Grant     GrantFacts                  `json:"grant"`
	Holding   posada.Holding              `json:"holding"`
	Staleness posada.Staleness            `json:"staleness"`
	Issuer    posada.Staleness            `json:"issuer"` // as in Reception: of whoever shared it with us
}

// Asking asks: may this need, which names nobody, be between these two: an agency that asks
// for a place under her permission to ask, and one that is asked. Asked at both ends.
type Asking struct {
	Recipient  Recipient                      `json:"recipient"` // Naming: what the list that was read to her says of it
	Asker      Party                          `json:"asker"`
	Services   posada.Set[posada.ServiceType] `json:"services"`
	Asked      posada.Set[posada.Category]    `json:"asked"` // always needs alone
	Permission AskFacts                       `json:"permission"`
	Staleness  posada.Staleness               `json:"staleness"`
}

// AskFacts is a permission to ask, reduced.
type AskFacts struct {
	Status posada.ConsentStatus `json:"status"`
	Window posada.Window        `json:"window"`
}

// Viewing asks: may this person look at these categories of a case, now. It is
// comparable and finite.
type Viewing struct {
	Roles      posada.Set[posada.StaffRole] `json:"roles"`
	Assignment posada.Assignment            `json:"assignment"`
	Origin     posada.Origin                `json:"origin"`
	Purpose    posada.Purpose               `json:"purpose"` // it was shared for
	Window     posada.Window                `json:"window"`  // in which we may hold it; of what is our own, always within
	Issuer     posada.Staleness             `json:"issuer"`  // as in Reception; of what is our own, always live
	Asked      posada.Set[posada.Category]  `json:"asked"`
}

// ConnectionKind is what somebody wants to be on the bus.
type ConnectionKind string

// Kinds of connections: members, and the hub's own services.
const (
	KindMember     ConnectionKind = "member"
	KindRelay      ConnectionKind = "relay"       // answers members
	KindRelayStore ConnectionKind = "relay_store" // keeps mail; answers nobody
	KindDoorbell   ConnectionKind = "doorbell"    // tells a member that mail waits
	// The registry answers members; its store keeps what they announced.
	KindRegistry      ConnectionKind = "registry"
	KindRegistryStore ConnectionKind = "registry_store"
	// A follower hears what stewards decided, for a process of the hub.
	KindFollower ConnectionKind = "follower"
)

// KeyStanding is what is known of the key a connection proved it holds.
type KeyStanding string

// Key standings.
const (
	KeyVouched KeyStanding = "vouched" // a member's identity key vouches for it, now
	KeyOwn     KeyStanding = "own"     // the hub made it for this service
	KeyUnknown KeyStanding = "unknown"
)

// Connection asks: may this key be on the bus as this kind.
type Connection struct {
	Kind     ConnectionKind     `json:"kind"`
	Key      KeyStanding        `json:"key"`
	Class    posada.AgencyClass `json:"class"`
	Standing posada.Standing    `json:"standing"`
}
