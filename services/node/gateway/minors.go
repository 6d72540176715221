package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/pdp"
)

// registerMinors: a form says to a minor who agrees alone whom those may tell who help
// them, and whoever makes one asks for the table here. Nothing of it is of anybody.
func (g *Gateway) registerMinors(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "minors", Method: http.MethodGet, Path: "/v1/minors", Summary: "What the law of each place lets a minor consent to alone, as this program reads it",
	}, func(ctx context.Context, _ *struct{}) (*body[[]client.Alone], error) {
		rows, err := pdp.MinorsAlone()
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		out := make([]client.Alone, len(rows))
		for i, row := range rows {
			out[i] = client.Alone(row)
		}
		return &body[[]client.Alone]{out}, nil
	})
}
