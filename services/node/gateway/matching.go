package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/posada-exchange/posada/pkg/fault"
)

// tagged is an answer with what it is known by (RFC 9110, section 8.8.3): who changes it says
// what she looked at.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"What this is known by, as it is now."`
	Body T
}

// Matching is the header in which she says it. It has to be there: a change to what somebody
// else changed meanwhile is seldom what was meant. * is whatever it is now.
type Matching struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what is to be changed, as it was looked at; * is whatever it is now. Without it nothing is changed (428)."`
}

func tag[T any](of T, err error) (*tagged[T], error) {
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(of)
	sum := sha256.Sum256(text)
	return &tagged[T]{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, of}, err
}

// matches refuses what was asked of something that is not as it was looked at.
func matches[T any](ctx context.Context, in Matching, now func() (T, error)) error {
	said := strings.TrimSpace(in.IfMatch)
	if said == "" {
		return refusal(ctx, http.StatusPreconditionRequired, fault.MatchMissing)
	}
	if said == "*" {
		return nil
	}
	is, err := tag(now())
	if err != nil {
		return err
	}
	for one := range strings.SplitSeq(said, ",") {
		if strings.TrimSpace(one) == is.ETag {
			return nil
		}
	}
	return refusal(ctx, http.StatusPreconditionFailed, fault.MatchFailed)
}
