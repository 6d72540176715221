package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Shifts is who can be reached when. EndOnCall takes away all of a person's hours
// where which is nil.
type Shifts interface {
	OnCall() (client.OnCall, error)
	SetOnCall(by, of posada.StaffID, h oncall.Hours) error
	EndOnCall(by, of posada.StaffID, which *oncall.Hours) error
	SetReach(by, of posada.StaffID, address string) error
}

// setsHours reports whether somebody says who is on call.
func setsHours(p Person) bool {
	return p.Administers() || p.ID != "" && p.Roles.Has(posada.RoleCoordinator)
}

// registerOnCall: everybody who works here sees whom to call tonight; weekly hours,
// by which somebody could be waited for, only those who set them.
func (g *Gateway) registerOnCall(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "on-call", Method: http.MethodGet, Path: "/v1/on-call", Summary: "Who is on call now and in the next 24 hours",
	}, answerTo(g, func(Person) bool { return true }, func(_ context.Context, by Person, _ *struct{}) (*body[client.OnCall], error) {
		return g.onCall(by)
	}))
	huma.Register(api, huma.Operation{
		OperationID: "set-on-call", Method: http.MethodPost, Path: "/v1/on-call", Summary: "Set weekly hours on call of somebody, or take them away",
	}, answerTo(g, setsHours, func(_ context.Context, by Person, in *body[client.NewOnCall]) (*body[client.OnCall], error) {
		h, err := readHours(in.Body)
		if err != nil {
			return nil, err
		}
		who, err := g.anybody(in.Body.Name, in.Body.Remove)
		switch {
		case err != nil:
		case in.Body.Remove:
			err = g.c.Staff.EndOnCall(by.ID, who, h)
		case h != nil:
			err = g.c.Staff.SetOnCall(by.ID, who, *h)
		}
		if err == nil && in.Body.Reach != nil {
			err = g.c.Staff.SetReach(by.ID, who, *in.Body.Reach)
		}
		if err != nil {
			return nil, err
		}
		return g.onCall(by)
	}))
}

func (g *Gateway) onCall(by Person) (*body[client.OnCall], error) {
	out, err := g.c.Staff.OnCall()
	if !setsHours(by) {
		out.Hours = nil
	}
	return &body[client.OnCall]{out}, err
}

// readHours reads weekly hours: all of them or, where hours are to be taken away,
// none, which is all the person has.
func readHours(in client.NewOnCall) (*oncall.Hours, error) {
	if (in.Remove || in.Reach != nil) && len(in.Days) == 0 && in.From+in.Until == "" {
		return nil, nil
	}
	if len(in.Days) == 0 || in.From == "" || in.Until == "" {
		return nil, fault.New(fault.Invalid, fault.OnCallIncomplete)
	}
	var r reader
	h := oncall.Hours{Days: posada.SetOf(wordList[posada.Weekday](&r, "days", in.Days)...)}
	for _, c := range []struct {
		where, text string
		to          *oncall.Clock
	}{{"from", in.From, &h.From}, {"until", in.Until, &h.Until}} {
		var err error
		if *c.to, err = oncall.ReadClock(c.text); err != nil {
			r.refuse(fault.New(fault.Invalid, fault.BadClock, "where", c.where).Because(err))
		}
	}
	return &h, r.err
}

// optionalColleague finds somebody who works here, where one is named.
func (g *Gateway) optionalColleague(name string) (posada.StaffID, error) {
	if name == "" {
		return "", nil
	}
	return g.anybody(name, false)
}

// anybody finds somebody by name or by id, in whatever role; also one who was
// disabled, where former is set. Whoever asks works with them, and is told who
// there is.
func (g *Gateway) anybody(name string, former bool) (posada.StaffID, error) {
	m, err := g.person(name, fault.UnknownColleague, func(m client.Staff) bool { return former || m.Disabled.IsZero() })
	return m.ID, err
}
