package client

import (
	"context"
	"net/http"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Alone is one row of the table of minors: what the law of some places lets a minor
// consent to alone, as this program reads it. It is not legal advice.
type Alone struct {
	Jurisdictions []posada.Jurisdiction `json:"jurisdictions"`
	Services      []posada.ServiceType  `json:"services"`
	Youngest      posada.AgeBand        `json:"youngest" doc:"The youngest band of which every age may."`
	Cosigned      bool                  `json:"cosigned" doc:"It counts only where the child advocate or a legal representative signed too."`
	Provided      map[string]string     `json:"provided,omitempty" doc:"What whoever signs too answers for, by language."`
	Tells         map[string]string     `json:"tells,omitempty" doc:"Whom whoever gives the service may tell, by language."`
	Source        string                `json:"source" doc:"Statute and section."`
}

// MinorsAlone is what the law of each place lets a minor consent to alone.
func (c *Client) MinorsAlone(ctx context.Context) (out []Alone, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/minors", nil, &out)
}
