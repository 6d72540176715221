package client

import (
	"context"
	"net/http"
)

// NewReview is a file that stewards sign.
type NewReview struct {
	Motion string `json:"motion" doc:"As posada policy propose writes it, with whatever signatures it has."`
}

// Review is all that there is to say of a proposed table before a steward signs it, computed
// by this node from what is in force and not from what the file says of that.
type Review struct {
	Version    uint64          `json:"version"`
	Checked    CheckedTable    `json:"checked" doc:"What is wrong with it, else all that it changes against the one that stewards signed last."`
	InForce    uint64          `json:"in_force" doc:"The number of that one."`
	Follows    bool            `json:"follows" doc:"It was proposed on top of that one; else no hub takes it."`
	AsSigned   bool            `json:"as_signed" doc:"What stewards sign of it beside the table is what it comes to here."`
	Difference string          `json:"difference,omitempty" doc:"SHA-256 of all that changes, as computed here."`
	Proof      string          `json:"proof,omitempty" doc:"Names the proof that the guard refuses nothing of it, by the rules of this program."`
	Threshold  int             `json:"threshold"`
	Lacks      int             `json:"lacks" doc:"How many signatures are wanted still."`
	Stewards   []ReviewSteward `json:"stewards"`
	Also       []string        `json:"also" doc:"What else is in the file and would be signed with it, by role."`
	Decisions  []Signed        `json:"decisions" doc:"To be published when nothing lacks."`
}

// ReviewSteward is a steward whose signature counts, and whether she gave it.
type ReviewSteward struct {
	Agency Agency `json:"agency"`
	Key    string `json:"key" doc:"How the id of her key begins."`
	Signed bool   `json:"signed"`
}

// Review asks what a file that stewards sign comes to. Nothing of it is kept.
func (c *Client) Review(ctx context.Context, in NewReview) (out Review, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/policy/review", in, &out)
}
