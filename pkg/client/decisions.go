package client

import (
	"context"
	"net/http"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Explanation is why a decision was as it was. Decisions alike on one day are one.
type Explanation struct {
	ID      posada.DecisionID `json:"id"`
	Day     string            `json:"day" doc:"YYYY-MM-DD, UTC."`
	Entry   string            `json:"entry" doc:"disclose, receive, onward or ask."`
	Version uint64            `json:"version" doc:"Of the network's policy then."`
	Since   bool              `json:"since" doc:"Another policy decides now: the network's, or the agency's own."`
	Facts   []Fact            `json:"facts" doc:"All that it rested on."`
	Parts   []DecisionPart    `json:"parts"`
}

// Fact is one fact of a decision.
type Fact struct {
	Fact  string   `json:"fact" doc:"As the rules name it, without input."`
	Words []string `json:"words"`
}

// DecisionPart is a decision as far as it is about one category.
type DecisionPart struct {
	Cell      matrix.Cell        `json:"cell" doc:"Where the tables speak of it."`
	Network   posada.Mode        `json:"network" doc:"What the network's table says there now."`
	Own       posada.Mode        `json:"own,omitempty" doc:"What the agency's own policy says there now."`
	Permitted bool               `json:"permitted"`
	Lacks     []posada.Condition `json:"lacks" doc:"Ids of conditions; docs/policy.md has their sentences. L1: the agency's own policy."`
	Now       bool               `json:"now" doc:"It would be permitted by what decides now."`
	Ways      [][]Departure      `json:"ways" doc:"What would change that: each is enough, and the smallest there is."`
}

// Departure is one fact, or the cell of a table, that would have to say something else.
type Departure struct {
	Fact string `json:"fact" doc:"As the rules name it, without input; network and own are the cell."`
	Word string `json:"word" doc:"What it would say; of a set, what would be in it or not."`
}

// NewReplay asks what another policy would change.
type NewReplay struct {
	Policy  string `json:"policy,omitempty" doc:"A network policy, as text."`
	Waiting bool   `json:"waiting,omitempty" doc:"Instead: the one that enough stewards signed and that does not run yet."`
}

// Replay is what of the decisions that are kept another network policy would change.
type Replay struct {
	Version   uint64        `json:"version" doc:"Of the other policy."`
	First     string        `json:"first,omitempty" doc:"The oldest day of which any is kept."`
	Decisions int           `json:"decisions" doc:"Those that are kept; alike on one day they are one."`
	Changed   int           `json:"changed" doc:"Those of which anything would be another."`
	Groups    []ReplayGroup `json:"groups"`
}

// ReplayGroup is what would be the same change.
type ReplayGroup struct {
	Count   int                `json:"count"`
	Entry   string             `json:"entry"`
	Cell    matrix.Cell        `json:"cell"`
	Permits bool               `json:"permits" doc:"By the other policy; now it is refused. Else the other way round."`
	Lacks   []posada.Condition `json:"lacks" doc:"What is lacking by the one that refuses."`
	Example posada.DecisionID  `json:"example"`
}

// Beside is what a policy that waits would have answered since it does.
type Beside struct {
	Version   uint64 `json:"version"`
	Decisions int    `json:"decisions"`
	Differ    int    `json:"differ" doc:"Those it would have answered otherwise."`
	Failed    int    `json:"failed,omitempty" doc:"Those it gave no answer to. Nothing was decided by it."`
}

// OwnPolicy is the agency's own policy: what it asks for beyond the network's.
type OwnPolicy struct {
	RetainDays int           `json:"retain_days,omitempty" doc:"0: as the network has it."`
	Cells      []OwnCell     `json:"cells"`
	Hides      []matrix.Look `json:"hides" doc:"What the network's policy shows a role here, and this does not."`
	Policy     string        `json:"policy" doc:"As it is set, as text."`
}

// OwnCell is a cell of it.
type OwnCell struct {
	matrix.Cell
	Network posada.Mode `json:"network"`
	Own     posada.Mode `json:"own"`
	Idle    bool        `json:"idle,omitempty" doc:"The network asks for as much by itself, or for more."`
}

// NewOwnPolicy is another policy of the agency's own.
type NewOwnPolicy struct {
	Policy string `json:"policy" doc:"Cells that ask for more than the network's, fewer days, and roles that see less, as text."`
}

// Explain tells of a decision that this node made and keeps.
func (c *Client) Explain(ctx context.Context, id posada.DecisionID) (out Explanation, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/decisions/"+string(id), nil, &out)
}

// Replay asks what of the decisions that are kept another network policy would change.
func (c *Client) Replay(ctx context.Context, in NewReplay) (out Replay, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/decisions/replay", in, &out)
}

// OwnPolicy is the agency's own policy as it counts now.
func (c *Client) OwnPolicy(ctx context.Context) (out OwnPolicy, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/policy/own", nil, &out)
}

// SetOwnPolicy puts another in its place.
func (c *Client) SetOwnPolicy(ctx context.Context, in NewOwnPolicy) (out OwnPolicy, err error) {
	return out, c.do(ctx, http.MethodPut, "/v1/policy/own", in, &out)
}

// ClearOwnPolicy lets the network's policy count alone.
func (c *Client) ClearOwnPolicy(ctx context.Context) (out OwnPolicy, err error) {
	return out, c.do(ctx, http.MethodDelete, "/v1/policy/own", nil, &out)
}
