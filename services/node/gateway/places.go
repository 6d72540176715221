package gateway

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// registerPlaces: whom the places here take, and what is free.
func (g *Gateway) registerPlaces(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-places", Method: http.MethodGet, Path: "/v1/places", Summary: "List the places of this agency, whom each takes and what is free",
	}, answerTo(g, keepsPlaces, func(_ context.Context, by Person, _ *struct{}) (*body[[]client.Place], error) {
		return g.places(by)
	}))
	huma.Register(api, huma.Operation{
		OperationID: "describe-place", Method: http.MethodPost, Path: "/v1/places", DefaultStatus: http.StatusCreated,
		Summary: "Say whom a place takes; it leaves this agency in nothing",
	}, answerTo(g, Person.KeepsPlaces, func(_ context.Context, by Person, in *body[client.NewPlace]) (*body[client.Place], error) {
		rules, err := readRules(in.Body)
		if err != nil {
			return nil, err
		}
		p, err := g.c.Places.Describe(by.Asker, in.Body.Place, rules)
		if err == nil && in.Body.Free != nil {
			p, err = g.c.Places.Count(by.Asker, p.Name, *in.Body.Free)
		}
		if err != nil {
			return nil, err
		}
		return &body[client.Place]{place(p)}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "count-beds", Method: http.MethodPost, Path: "/v1/places/count", DefaultStatus: http.StatusCreated,
		Summary: "Say how many beds of a place are free",
	}, answerTo(g, keepsPlaces, func(_ context.Context, by Person, in *body[client.NewBedCount]) (*body[client.Place], error) {
		p, err := g.c.Places.Count(by.Asker, in.Body.Place, in.Body.Free)
		if err != nil {
			return nil, err
		}
		return &body[client.Place]{place(p)}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "remove-place", Method: http.MethodPost, Path: "/v1/places/remove", Summary: "Forget a place, and list those that are left",
	}, answerTo(g, Person.KeepsPlaces, func(_ context.Context, by Person, in *body[client.PlaceNamed]) (*body[[]client.Place], error) {
		if err := g.c.Places.Remove(by.Asker, in.Body.Place); err != nil {
			return nil, err
		}
		return g.places(by)
	}))
}

func (g *Gateway) places(by Person) (*body[[]client.Place], error) {
	list, err := g.c.Places.Places(by.Asker)
	out := make([]client.Place, len(list))
	for i, p := range list {
		out[i] = place(p)
	}
	return &body[[]client.Place]{out}, err
}

func place(p need.Place) client.Place {
	r := p.Rules
	return client.Place{
		Place: p.Name, Free: p.Free, Held: p.Held, Counted: p.Counted,
		Services: there(r.Services.List()), Genders: there(r.Genders.List()), Ages: there(r.Ages.List()), With: there(r.With.List()),
		Exploitation: there(r.Exploitation.List()), Languages: texts[string](r.Languages), Interpreters: r.Interpreters,
		Access: there(r.Access.List()), Pets: r.Pets, Regions: texts[string](r.Regions), Longest: r.Longest, Meet: r.Meet,
	}
}

// readRules reads whom a place takes. Where genders, ages, company or exploitation are
// not said it takes all; what it has of access is only what is said.
func readRules(in client.NewPlace) (need.Rules, error) {
	var r reader
	alone := slices.Equal(in.With, []string{nobody})
	if alone {
		in.With = nil
	}
	rules := need.Rules{
		Services:     posada.SetOf(wordList[posada.ServiceType](&r, "services", in.Services)...),
		Genders:      posada.SetOf(allUnlessSaid(wordList[posada.Gender](&r, "genders", in.Genders), posada.Members[posada.Gender]())...),
		Ages:         posada.SetOf(allUnlessSaid(wordList[posada.AgeBand](&r, "ages", in.Ages), posada.Members[posada.AgeBand]())...),
		With:         posada.SetOf(allUnlessSaid(wordList[posada.HouseholdKind](&r, "with", in.With), posada.Members[posada.HouseholdKind]())...),
		Exploitation: posada.SetOf(allUnlessSaid(wordList[posada.ExploitationKind](&r, "exploitation", in.Exploitation), posada.Members[posada.ExploitationKind]())...),
		Languages:    texts[need.Language](in.Languages), Interpreters: in.Interpreters,
		Access: posada.SetOf(wordList[posada.AccessNeed](&r, "access", in.Access)...), Pets: in.Pets,
		Regions: texts[need.Region](in.Regions), Longest: optional(&r, "longest", in.Longest, posada.Nights("")),
		Meet: optional(&r, "meet", in.Meet, posada.Meeting("")),
	}
	if alone {
		rules.With = 0
	}
	return rules, r.err
}

// nobody is said of with where a place takes people who come alone.
const nobody = "nobody"

func allUnlessSaid[T any](said, all []T) []T {
	if len(said) == 0 {
		return all
	}
	return said
}
