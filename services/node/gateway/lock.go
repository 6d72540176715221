package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
)

// registerLock lets any of the staff lock the node: to lock takes nothing from
// anybody, and whoever is by the machine when it must be shut should be able to.
func (g *Gateway) registerLock(api huma.API, d Door) {
	huma.Register(api, huma.Operation{
		OperationID: "lock", Method: http.MethodPost, Path: "/v1/lock", Summary: "Close the vault until somebody types the passphrase",
	}, func(ctx context.Context, _ *struct{}) (*body[client.Lock], error) {
		if err := d.Lock(ctx, principal(ctx).ID); err != nil {
			return nil, g.problem(ctx, err)
		}
		return &body[client.Lock]{client.Lock{Locked: true}}, nil
	})
}
