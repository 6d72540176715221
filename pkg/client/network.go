package client

import (
	"context"
	"net/http"
	"time"

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
	Waiting   []Waiting         `json:"waiting" doc:"What was published and does not run here yet."`
	Brakes    []Brake           `json:"brakes" doc:"Those that hold."`
	SignedAt  time.Time         `json:"signed_at,omitzero" doc:"When the hub last signed what is newest."`
	Member    bool              `json:"member" doc:"Whether the roster has this node's agency."`
	// InForce is what stewards signed last, by role: root, targets, roster,
	// policy, packs, brake-…. What comes next is proposed on top of it.
	InForce map[string]Signed `json:"in_force" doc:"What stewards signed last, by role."`
}

// Waiting is an edition that was published and does not run at this node yet.
type Waiting struct {
	Role    string    `json:"role" doc:"roster, policy or packs."`
	Version uint64    `json:"version"`
	From    time.Time `json:"from" doc:"When it begins to run here."`
}

// Brake is a brake that holds: what one steward stopped alone.
type Brake struct {
	Steward posada.AgencyID   `json:"steward"`
	Suspend []posada.AgencyID `json:"suspend"`
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
