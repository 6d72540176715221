package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Book gives the keys of the directory. fault.DirectoryKeys: they are not those of the one
// that is in force.
type Book interface {
	Give(by posada.StaffID, keys directory.Keys) (members int, err error)
	// Class is of an agency without a node, as stewards signed it and as it counts; empty of
	// everybody else.
	Class(posada.AgencyID) posada.AgencyClass
}

// givesDirectory reports whether she may have this node give what opens the directory.
func givesDirectory(p Person) bool { return p.Administers() || p.Roles.Has(posada.RoleSteward) }

func (g *Gateway) registerBook(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "give-directory", Method: http.MethodPost, Path: "/v1/directory/keys", Summary: "Give each member what opens its directory",
	}, answerTo(g, givesDirectory, func(_ context.Context, by Person, in *body[client.DirectoryKeys]) (*body[client.DirectoryGiven], error) {
		count, err := g.c.Book.Give(by.ID, in.Body.Keys)
		return &body[client.DirectoryGiven]{client.DirectoryGiven{Members: count}}, err
	}))
}
