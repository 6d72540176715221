package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Papers are those that came in a case and want something of the person it is
// about. Nothing is ever sent for one: what a judge orders, a person hands over.
type Papers interface {
	Paper(ctx context.Context, by handoff.Asker, label string, p handoff.Paper) (Folder, error)
	Told(ctx context.Context, by handoff.Asker, label string, lifted posada.StaffID) (Folder, error)
}

func (g *Gateway) registerPapers(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "record-paper", Method: http.MethodPost, Path: "/v1/cases/papers", DefaultStatus: http.StatusCreated,
		Summary: "Record that a paper came which wants something of a person; of a judge's order, what exactly it names. Nothing is given or sent for it",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewPaper]) (*body[client.RecordedPaper], error) {
		out, err := g.recordPaper(ctx, by, in.Body)
		return &body[client.RecordedPaper]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "told", Method: http.MethodPost, Path: "/v1/cases/papers/told", DefaultStatus: http.StatusCreated,
		Summary: "Record that the person was told of the orders that came",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewTold]) (*body[client.Case], error) {
		lifted, err := g.optionalColleague(in.Body.Counsel)
		if err != nil {
			return nil, err
		}
		return g.oneCase(g.c.Cases.Told(ctx, by.Asker, label(in.Body.Case), lifted))
	}))
}

func (g *Gateway) recordPaper(ctx context.Context, by Person, in client.NewPaper) (client.RecordedPaper, error) {
	p, err := g.readPaper(in)
	if err != nil {
		return client.RecordedPaper{}, err
	}
	f, err := g.c.Cases.Paper(ctx, by.Asker, label(in.Case), p)
	if err != nil {
		return client.RecordedPaper{}, err
	}
	shown, err := g.showCases(f)
	if err != nil {
		return client.RecordedPaper{}, err
	}
	out := client.RecordedPaper{Case: f.Label, Paper: shown[0].Papers[len(shown[0].Papers)-1], Held: []posada.Category{}}
	if p.Order == nil {
		return out, nil
	}
	held, more, err := g.held(ctx, by, f.Label)
	out.Held, out.More = held.And(p.Order.Names).List(), more
	return out, err
}

// readPaper reads what was said of a paper. What is said of one that no judge signed
// is refused rather than kept.
func (g *Gateway) readPaper(in client.NewPaper) (handoff.Paper, error) {
	var r reader
	p := handoff.Paper{Kind: word[posada.Instrument](&r, "kind", in.Kind)}
	if r.err != nil {
		return p, r.err
	}
	said := in.Counsel+in.From+in.Until+in.By+in.Secret != "" || len(in.Names) > 0
	if !p.Kind.Judicial() && !said {
		return p, nil
	}
	p.Order = &handoff.Order{
		Names: posada.SetOf(wordList[posada.Category](&r, "names", in.Names)...),
		From:  r.date("from", in.From), Until: r.date("until", in.Until), Due: r.date("by", in.By), Secret: r.date("secret_until", in.Secret),
	}
	if r.err != nil {
		return p, r.err
	}
	var err error
	p.Order.Counsel, err = g.optionalColleague(in.Counsel)
	return p, err
}

// date reads a day that may be left out.
func (r *reader) date(where, text string) posada.Date {
	if text == "" {
		return ""
	}
	d, err := posada.ReadDate(text)
	if err != nil {
		r.refuse(fault.New(fault.Invalid, fault.BadDate, "where", where).Because(err))
	}
	return d
}

// held is which kinds there are of a case in what was sent for it and in the record of
// our own, as far as they are for her. To learn that is to look, and each look is noted
// as one.
func (g *Gateway) held(ctx context.Context, by Person, label string) (held posada.Set[posada.Category], more bool, err error) {
	list, err := g.c.Referrals.List(ctx, by.Asker)
	if err != nil {
		return 0, false, err
	}
	for _, v := range list {
		if v.Side != referral.Source || v.Case != label {
			continue
		}
		whole, err := g.c.Referrals.Show(ctx, by.Asker, v.ID)
		if fault.From(err).Key == fault.NothingThere { // it went meanwhile
			continue
		}
		if err != nil {
			return 0, false, err
		}
		held, more = held.Or(whole.Content.Categories()), more || whole.More
	}
	own, err := g.c.Records.Show(ctx, by.Asker, label)
	for _, e := range own.Entries {
		held, more = held.Or(e.Content.Categories()), more || e.More
	}
	return held, more, err
}

// showPapers is what came in a case.
func showPapers(list []handoff.Paper, name func(posada.StaffID) string) []client.Paper {
	var out []client.Paper
	for _, p := range list {
		shown := client.Paper{Kind: p.Kind, Came: p.Came, By: name(p.By)}
		if o := p.Order; o != nil {
			shown.Order = &client.Order{
				Counsel: name(o.Counsel), Names: o.Names.List(), From: o.From, Until: o.Until, By: o.Due, Secret: o.Secret,
				Told: o.Told, ToldBy: name(o.ToldBy), Lifted: name(o.Lifted),
			}
		}
		out = append(out, shown)
	}
	return out
}

// toTell counts the orders of which people are to be told, in the cases she is to
// know of.
func (g *Gateway) toTell(ctx context.Context, by Person) (count int, err error) {
	list, err := g.c.Cases.List(ctx, by.Asker)
	for _, f := range list {
		count += f.Tell
	}
	return count, err
}

// Folder is a case, when it was opened and which papers came in it.
type Folder struct {
	handoff.Case
	Opened time.Time
	Papers []handoff.Paper
	Tell   int
}
