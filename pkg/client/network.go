package client

import (
	"context"
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Network is what this node knows of the network it is in: what was decided,
// as far as it could verify it, and what is not yet in force.
type Network struct {
	Network   posada.NetworkID  `json:"network"`
	Practice  bool              `json:"practice" doc:"Nothing in this network is real."`
	Root      string            `json:"root" doc:"SHA-256 of the first root, hexadecimal: what the join code says."`
	Hub       string            `json:"hub" doc:"Where the hub is, as this node reaches it."`
	Pins      []string          `json:"pins" doc:"Of the hub's TLS key, as the roster announces them."`
	Stewards  []posada.AgencyID `json:"stewards" doc:"Whose keys sign, by agency."`
	Threshold int               `json:"threshold" doc:"How many of them decide."`
	Roster    uint64            `json:"roster" doc:"The version that runs here."`
	Policy    uint64            `json:"policy" doc:"The version that runs here."`
	Directory uint64            `json:"directory" doc:"The version of the directory that is open here; 0: names are from a file."`
	Waiting   []Waiting         `json:"waiting" doc:"What was published and does not run here yet."`
	Brakes    []Brake           `json:"brakes" doc:"Those that hold."`
	SignedAt  time.Time         `json:"signed_at,omitzero" doc:"When the hub last signed what is newest."`
	Member    bool              `json:"member" doc:"Whether the roster has this node's agency."`
	// InForce is what stewards signed last, by role: root, targets, roster,
	// policy, packs, directory, brake-…. What comes next is proposed on top of it. The
	// directory's file is left out.
	InForce map[string]Signed `json:"in_force" doc:"What stewards signed last, by role."`
}

// Waiting is an edition that was published and does not run at this node yet.
type Waiting struct {
	Role    string    `json:"role" doc:"roster, policy or packs."`
	Version uint64    `json:"version"`
	From    time.Time `json:"from" doc:"When it begins to run here."`
	All     bool      `json:"all,omitempty" doc:"Every steward signed it: it waits an hour, not a day."`
	Stopped time.Time `json:"stopped,omitzero" doc:"A steward objects, and it does not run before then."`
}

// Brake is a brake that holds: what one steward stopped alone.
type Brake struct {
	Steward posada.AgencyID   `json:"steward"`
	Suspend []posada.AgencyID `json:"suspend"`
	Never   int               `json:"never" doc:"How many cells of the table it sets to never."`
	Cells   []matrix.Cell     `json:"cells" doc:"Those cells."`
	Objects int               `json:"objects" doc:"How many editions it objects to."`
	Until   time.Time         `json:"until"`
}

// Signed is a document that stewards signed, with the file it speaks of. Both
// are public.
type Signed struct {
	Document []byte `json:"document" doc:"TUF metadata."`
	Target   []byte `json:"target,omitempty" doc:"None for root and targets."`
}

// Decisions is what stewards decided, to be published together or not at all.
type Decisions struct {
	Decisions []Signed `json:"decisions"`
}

// Published is the answer to Decisions: the hub took them.
type Published struct {
	Published int `json:"published" doc:"How many documents."`
}

// Network is what the node knows of its network.
func (c *Client) Network(ctx context.Context) (out Network, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/network", nil, &out)
}

// Publish has the node bring what stewards signed to the hub. The hub takes
// all of it or nothing.
func (c *Client) Publish(ctx context.Context, decisions []Signed) error {
	var out Published
	return c.do(ctx, http.MethodPost, "/v1/network/decisions", Decisions{Decisions: decisions}, &out)
}

// DirectoryKeys are both keys of a version of the directory, to be given to the members.
type DirectoryKeys struct {
	Keys directory.Keys `json:"keys"`
}

// DirectoryGiven is the answer to DirectoryKeys.
type DirectoryGiven struct {
	Members int `json:"members" doc:"How many agencies are sent what opens their directory."`
}

// GiveDirectory has the node give the keys of the directory in force: to each member what
// its class is given, now and when it is admitted later.
func (c *Client) GiveDirectory(ctx context.Context, keys directory.Keys) (out DirectoryGiven, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/directory/keys", DirectoryKeys{Keys: keys}, &out)
}

// Knows is how well the node knows its network. While Age is stale it opens and
// sends nothing, and keeps all work.
type Knows struct {
	Member   bool             `json:"member" doc:"The roster has this agency, in good standing."`
	Practice bool             `json:"practice" doc:"Nothing in this network is real."`
	Age      posada.Staleness `json:"age" doc:"live, fresh or stale."`
	SignedAt time.Time        `json:"signed_at,omitzero" doc:"When the hub last signed what is newest."`
	Waiting  []Waiting        `json:"waiting" doc:"What was published and does not run here yet."`
	Held     []Held           `json:"held,omitempty" doc:"What enough stewards signed and this node does not let count, whatever time goes by."`
	Frozen   *Agency          `json:"frozen,omitempty" doc:"A member that runs what the hub never showed here."`
	Clock    *Clock           `json:"clock,omitempty" doc:"There while nobody knows what time it is."`
	NotOurs  bool             `json:"not_ours" doc:"Somebody else announces keys in this agency's name."`
}

// Held is what enough stewards signed and a node does not let count.
type Held struct {
	Role     string   `json:"role" doc:"roster: not all of it counts; policy: it does not fit the rules, and the one before runs."`
	Version  uint64   `json:"version"`
	Agencies []Agency `json:"agencies,omitempty" doc:"Whose rows in the roster do not count."`
}

// Clock is what disagrees about the time.
type Clock struct {
	Machine time.Time `json:"machine" doc:"What this machine's clock shows."`
	AtLeast time.Time `json:"at_least" doc:"What it must at least be."`
	Signed  time.Time `json:"signed,omitzero" doc:"What the hub last signed."`
}

// Confirmed is the answer to a member of staff's word that this machine's clock
// is right.
type Confirmed struct {
	Taken bool `json:"taken" doc:"A second member of staff had said so, too: it is taken."`
}

// ConfirmClock gives the caller's word that this machine's clock is right. With
// a second member of staff's within ten minutes it is taken.
func (c *Client) ConfirmClock(ctx context.Context) (out Confirmed, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/clock/confirm", nil, &out)
}
