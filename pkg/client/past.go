package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Past is what stewards decided until now, as far as the node followed it.
type Past struct {
	Tables  []Decided `json:"tables" doc:"The network's tables, the newest first."`
	Members []Decided `json:"members" doc:"The lists of members, the newest first."`
	Earlier bool      `json:"earlier,omitempty" doc:"There were more before those."`
}

// Decided is one edition that stewards signed and the hub published.
type Decided struct {
	Version   uint64       `json:"version"`
	Published time.Time    `json:"published" doc:"By the hub's clock."`
	Digest    string       `json:"digest" doc:"SHA-256 of the file, hexadecimal."`
	Label     matrix.Label `json:"label,omitempty" doc:"What it came to beside the one before: stricter, wider, mixed or none. None of the first, and of one whose file is not to be had."`
	First     bool         `json:"first,omitempty" doc:"There was none before it."`
	Runs      bool         `json:"runs,omitempty" doc:"It runs here now."`
	Waits     *Waiting     `json:"waits,omitempty" doc:"It does not run here yet."`
}

// Member is a member as the network has it, and what of that is about to change.
type Member struct {
	Agency   Agency        `json:"agency"`
	Sponsors []Agency      `json:"sponsors" doc:"Who spoke for it when it joined; none of those who founded the network."`
	Braked   time.Time     `json:"braked,omitzero" doc:"One steward suspended it alone, until then."`
	Change   *MemberChange `json:"change,omitempty" doc:"What waits."`
}

// MemberChange is what the list that waits says of a member.
type MemberChange struct {
	Kind     string             `json:"kind" doc:"joins, keys, class, stands or gone."`
	Class    posada.AgencyClass `json:"class,omitempty"`
	Standing posada.Standing    `json:"standing,omitempty"`
	From     time.Time          `json:"from"`
}

// Past is what stewards decided until now.
func (c *Client) Past(ctx context.Context) (out Past, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/network/past", nil, &out)
}

// PastTable is a table as it was signed once.
func (c *Client) PastTable(ctx context.Context, version uint64) (out PolicyTable, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/policy/past/"+strconv.FormatUint(version, 10), nil, &out)
}

// Members are the members and what waits for them.
func (c *Client) Members(ctx context.Context) (out []Member, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/network/members", nil, &out)
}
