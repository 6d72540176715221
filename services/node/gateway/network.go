package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Network is what the node knows of its network.
//
//  1. Network is all of it; Knows how well. Who is named in Knows is an id; the
//     gateway gives it its name.
//  2. Publish brings what stewards signed to the hub; fault.NotDecided: the hub
//     will not have it.
//  3. ConfirmClock takes a member of staff's word, and reports whether it was
//     the second.
//  4. Tables is the network's table, before what a steward stopped alone.
//  5. Joining is since when whoever is joining is known, and until when.
type Network interface {
	Network(ctx context.Context) (client.Network, error)
	Knows() (k client.Knows, frozen posada.AgencyID)
	Publish(ctx context.Context, decisions []client.Signed) error
	ConfirmClock(by posada.StaffID) (taken bool, err error)
	Tables() (client.PolicyTables, error)
	Joining() client.Joining
}

// registerNetwork: all of it is public to members, and what is brought carries
// its own signatures, so every member of staff may ask and bring.
func (g *Gateway) registerNetwork(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "network", Method: http.MethodGet, Path: "/v1/network", Summary: "What this node knows of its network",
	}, func(ctx context.Context, _ *struct{}) (*body[client.Network], error) {
		n, err := g.c.Network.Network(ctx)
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		return &body[client.Network]{n}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "publish-decisions", Method: http.MethodPost, Path: "/v1/network/decisions", Summary: "Bring what stewards signed to the hub",
	}, func(ctx context.Context, in *struct{ Body client.Decisions }) (*body[client.Published], error) {
		if err := g.c.Network.Publish(ctx, in.Body.Decisions); err != nil {
			return nil, g.problem(ctx, err)
		}
		return &body[client.Published]{client.Published{Published: len(in.Body.Decisions)}}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "confirm-clock", Method: http.MethodPost, Path: "/v1/clock/confirm", Summary: "Say that this machine's clock is right",
	}, func(ctx context.Context, _ *struct{}) (*body[client.Confirmed], error) {
		taken, err := g.c.Network.ConfirmClock(principal(ctx).ID)
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		return &body[client.Confirmed]{client.Confirmed{Taken: taken}}, nil
	})
}
