package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Person is a member of staff who has shown who she is.
type Person struct {
	handoff.Asker
	Name    string
	Token   posada.TokenID // what she showed: a token or a session
	Sitting Sitting        // of a session

	Scopes posada.Set[posada.Scope] // of a program's token
	Rate   int                      // how many requests a minute it is answered
}

// Staff is who works here: Authenticate finds who a token belongs to.
type Staff interface {
	Authenticate(token string) (Person, error)
	Roll
	Tokens
	Shifts
	Accounts
	Sessions
}

// Roll is the list of those who work here.
//
//  1. What is asked with a token is answered by the roles of its owner as they
//     are then; when Disable returns none of hers is anybody's.
//  2. fault.NothingThere: there is nobody of that id. fault.LastAdmin: nobody
//     would be left who may change the list; nothing was changed.
type Roll interface {
	People() ([]client.Staff, error)
	AddPerson(by posada.StaffID, name string, roles []posada.StaffRole) (client.AddedStaff, error)
	SetRoles(by, id posada.StaffID, roles []posada.StaffRole) (client.Staff, error)
	Disable(by, id posada.StaffID) (client.Staff, error)
}

// Tokens are what people show themselves with; an empty of is everybody.
type Tokens interface {
	Tokens(of posada.StaffID) ([]client.Token, error)
	AddToken(by, of posada.StaffID) (client.AddedToken, error)
	AddProgram(by, of posada.StaffID, name string, scopes []posada.Scope, rate int) (client.AddedToken, error)
	RevokeToken(by, of posada.StaffID, id posada.TokenID) error
}

type staffPath struct {
	ID string `path:"id" doc:"The person's id."`
}

func administers(p Person) bool { return p.Administers() }

// registerStaff: who works at an agency is known to whoever administers it.
func (g *Gateway) registerStaff(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-staff", Method: http.MethodGet, Path: "/v1/staff", Summary: "Who works here, and who did",
	}, answerTo(g, administers, func(context.Context, Person, *struct{}) (*body[[]client.Staff], error) {
		list, err := g.c.Staff.People()
		return &body[[]client.Staff]{list}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "add-staff", Method: http.MethodPost, Path: "/v1/staff", DefaultStatus: http.StatusCreated,
		Summary: "Add a person; the answer holds her token, which is shown this once",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *body[client.NewStaff]) (*body[client.AddedStaff], error) {
		var r reader
		roles := wordList[posada.StaffRole](&r, "roles", in.Body.Roles)
		if r.err != nil {
			return nil, r.err
		}
		if err := confirmedFirst(by); err != nil {
			return nil, err
		}
		out, err := g.c.Staff.AddPerson(by.ID, in.Body.Name, roles)
		return &body[client.AddedStaff]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "set-roles", Method: http.MethodPut, Path: "/v1/staff/{id}/roles", Summary: "Say anew what a person does",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The person's id."`
		Body client.NewRoles
	}) (*body[client.Staff], error) {
		var r reader
		roles := wordList[posada.StaffRole](&r, "roles", in.Body.Roles)
		if r.err != nil {
			return nil, r.err
		}
		out, err := g.c.Staff.SetRoles(by.ID, posada.StaffID(in.ID), roles)
		return &body[client.Staff]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "disable-staff", Method: http.MethodPost, Path: "/v1/staff/{id}/disable", Summary: "End what a person can do here, at once",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *staffPath) (*body[client.Staff], error) {
		out, err := g.c.Staff.Disable(by.ID, posada.StaffID(in.ID))
		return &body[client.Staff]{out}, err
	}))
}

// registerTokens: everybody may see, add and revoke her own, sessions too; whoever
// administers the agency, anybody's.
func (g *Gateway) registerTokens(api huma.API) {
	anybody := func(Person) bool { return true }
	huma.Register(api, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/v1/tokens", Summary: "One's own tokens and sessions; for an administrator, everybody's",
	}, answerTo(g, anybody, func(_ context.Context, by Person, _ *struct{}) (*body[[]client.Token], error) {
		list, err := g.c.Staff.Tokens(within(by))
		for i := range list {
			list[i].Asks = list[i].ID == by.Token
		}
		return &body[[]client.Token]{list}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "add-token", Method: http.MethodPost, Path: "/v1/tokens", DefaultStatus: http.StatusCreated,
		Summary: "Add a token, one's own or with name and scopes a program's; the answer holds it, and it is shown this once",
	}, answerTo(g, anybody, func(ctx context.Context, by Person, in *body[client.NewToken]) (*body[client.AddedToken], error) {
		of := by.ID
		if in.Body.Of != "" && in.Body.Of != string(by.ID) {
			if _, err := role(ctx, administers); err != nil {
				return nil, err
			}
			of = posada.StaffID(in.Body.Of)
		}
		if err := confirmedFirst(by); err != nil {
			return nil, err
		}
		out, err := g.addToken(by.ID, of, in.Body)
		return &body[client.AddedToken]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: "/v1/tokens/{id}", Summary: "End a token or a session, at once",
	}, answerTo(g, anybody, func(_ context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The token's id."`
	}) (*body[client.RevokedToken], error) {
		err := g.c.Staff.RevokeToken(by.ID, within(by), posada.TokenID(in.ID))
		return &body[client.RevokedToken]{client.RevokedToken{Revoked: posada.TokenID(in.ID)}}, err
	}))
}

// addToken adds a person's own token or, where anything is said of a program, a program's.
func (g *Gateway) addToken(by, of posada.StaffID, in client.NewToken) (client.AddedToken, error) {
	if in.Name == "" && len(in.Scopes) == 0 && in.Rate == 0 {
		return g.c.Staff.AddToken(by, of)
	}
	var r reader
	scopes := wordList[posada.Scope](&r, "scopes", in.Scopes)
	if r.err != nil {
		return client.AddedToken{}, r.err
	}
	return g.c.Staff.AddProgram(by, of, in.Name, scopes, in.Rate)
}

// within is whose tokens a person may touch; empty: everybody's.
func within(p Person) posada.StaffID {
	if p.Administers() {
		return ""
	}
	return p.ID
}

// colleague finds somebody whose work cases can be, by name or by id. Whoever
// gives a case away is told who there is: she works with them.
func (g *Gateway) colleague(name string) (handoff.Asker, error) {
	asker := func(m client.Staff) handoff.Asker { return handoff.Asker{ID: m.ID, Roles: posada.SetOf(m.Roles...)} }
	m, err := g.person(name, fault.CannotAssign, func(m client.Staff) bool { return m.Disabled.IsZero() && asker(m).WorksCases() })
	if err != nil {
		return handoff.Asker{}, err
	}
	return asker(m), nil
}

// person finds somebody of those who may be meant, by name or by id. Where it is nobody
// it is told who there is. Of two who were called alike it is the one who works here.
func (g *Gateway) person(name string, nobody fault.Key, may func(client.Staff) bool) (client.Staff, error) {
	list, err := g.c.Staff.People()
	if err != nil {
		return client.Staff{}, err
	}
	slices.SortStableFunc(list, func(a, b client.Staff) int { return a.Disabled.Compare(b.Disabled) })
	var names []string
	for _, m := range list {
		if !may(m) {
			continue
		}
		if strings.EqualFold(m.Name, strings.TrimSpace(name)) || string(m.ID) == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return client.Staff{}, fault.New(fault.Invalid, nobody, "names", strings.Join(names, ", "))
}

// workers gives the names of those whose work something is.
func (g *Gateway) workers() (func([]posada.StaffID) []string, error) {
	list, err := g.c.Staff.People()
	return func(ids []posada.StaffID) []string {
		names := []string{}
		for _, m := range list {
			if slices.Contains(ids, m.ID) {
				names = append(names, m.Name)
			}
		}
		return names
	}, err
}
