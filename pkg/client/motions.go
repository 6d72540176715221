package client

import (
	"context"
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Motion is what stewards are asked to sign and did not decide yet, as this node keeps it.
type Motion struct {
	ID       posada.MotionID   `json:"id" doc:"The same at every agency, whoever has signed it."`
	From     posada.AgencyID   `json:"from" doc:"Whose steward sent it first."`
	Came     time.Time         `json:"came" doc:"When it came here first."`
	Proposes []Proposes        `json:"proposes" doc:"What is proposed, together or not at all."`
	Signed   []posada.AgencyID `json:"signed" doc:"Whose stewards signed all that they have a part in."`
	Lacks    int               `json:"lacks" doc:"How many signatures it still needs."`
}

// Proposes is one document of a motion.
type Proposes struct {
	Role    string `json:"role" doc:"roster, policy, packs, directory, root or targets."`
	Version uint64 `json:"version"`
}

// Motions is the answer to a question for what is not decided yet.
type Motions struct {
	Motions []Motion `json:"motions"`
}

// NewMotion is a motion's file, to be sent to every other agency that has a steward.
type NewMotion struct {
	Motion []byte `json:"motion" maxLength:"131072" doc:"The file, in base64; signed or not."`
}

// SentMotion is the answer to NewMotion.
type SentMotion struct {
	ID       posada.MotionID `json:"id"`
	Agencies int             `json:"agencies" doc:"To how many other agencies it goes."`
}

// MotionFile is a motion with every signature that came of it, beside what is in force at this node.
type MotionFile struct {
	Motion []byte `json:"motion" doc:"The file, in base64."`
}

// Motions are what is not decided yet, the newest first.
func (c *Client) Motions(ctx context.Context) (out Motions, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/motions", nil, &out)
}

// Motion is the file of one.
func (c *Client) Motion(ctx context.Context, id posada.MotionID) (out MotionFile, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/motions/"+string(id), nil, &out)
}

// SendMotion has the node send a motion, or more signatures of one, to every other agency that has a steward.
func (c *Client) SendMotion(ctx context.Context, motion []byte) (out SentMotion, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/motions", NewMotion{Motion: motion}, &out)
}
