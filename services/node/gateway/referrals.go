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
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Sending is how a referral leaves.
type Sending interface {
	Preview(ctx context.Context, by handoff.Asker, d referral.Draft) (referral.Preview, error)
	PassOn(ctx context.Context, by handoff.Asker, p referral.Passing) (referral.Preview, error)
	Send(ctx context.Context, by handoff.Asker, digest string) (referral.View, error)
	Print(ctx context.Context, by handoff.Asker, digest string) (referral.Printed, error)
}

// Following is how a referral lives.
type Following interface {
	List(ctx context.Context, by handoff.Asker) ([]referral.View, error)
	Page(ctx context.Context, by handoff.Asker, a page.Asked) (page.Of[referral.View], error)
	Show(ctx context.Context, by handoff.Asker, id posada.ReferralID) (referral.View, error)
	Assign(ctx context.Context, by handoff.Asker, id posada.ReferralID, to handoff.Asker, instead bool) (referral.View, error)
	Unconfirmed() (int, error)
	Set(ctx context.Context, by handoff.Asker, id posada.ReferralID, m referral.Mark) (referral.View, error)
}

// Referrals is what the API asks of the referrals unit.
type Referrals interface {
	Sending
	Following
	Questioning
}

type referralPath struct {
	ID string `path:"id" doc:"The referral's id."`
}

type markPath struct {
	ID   string `path:"id" doc:"The referral's id."`
	Body client.NewMark
}

func (g *Gateway) registerReferrals(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "preview-referral", Method: http.MethodPost, Path: "/v1/referrals/preview",
		Summary: "See exactly what would be shared; nothing leaves",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewPreview]) (*body[client.Preview], error) {
		draft, err := g.readDraft(i18n.For(languageOf(ctx)), in.Body)
		if err != nil {
			return nil, err
		}
		p, err := g.c.Referrals.Preview(ctx, by.Asker, draft)
		if err != nil {
			return nil, err
		}
		return &body[client.Preview]{g.showPreview(p)}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "send-referral", Method: http.MethodPost, Path: "/v1/referrals", DefaultStatus: http.StatusCreated,
		Summary: "Send what was previewed",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewSend]) (*body[client.Referral], error) {
		if !handoff.IsDigest(in.Body.Digest) {
			return nil, fault.New(fault.Invalid, fault.NotADigest)
		}
		return g.oneReferral(g.c.Referrals.Send(ctx, by.Asker, in.Body.Digest))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "print-referral", Method: http.MethodPost, Path: "/v1/referrals/print", DefaultStatus: http.StatusCreated,
		Summary: "Read out or print what was previewed, for an agency without a node",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewSend]) (*body[client.Printed], error) {
		if !handoff.IsDigest(in.Body.Digest) {
			return nil, fault.New(fault.Invalid, fault.NotADigest)
		}
		out, err := g.c.Referrals.Print(ctx, by.Asker, in.Body.Digest)
		if err != nil {
			return nil, err
		}
		shown, err := g.showReferrals(out.View)
		if err != nil {
			return nil, err
		}
		return &body[client.Printed]{client.Printed{Referral: shown[0], Data: string(out.Data)}}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "list-referrals", Method: http.MethodGet, Path: "/v1/referrals", Summary: "List referrals, the newest first, without content",
	}, answer(g, func(ctx context.Context, by Person, in *Parted) (*listed[client.Referral], error) {
		take := func(a page.Asked) (page.Of[referral.View], error) { return g.c.Referrals.Page(ctx, by.Asker, a) }
		return partOf(ctx, list{g, by, "/v1/referrals", *in}, take, func(rows []referral.View) ([]client.Referral, error) { return g.showReferrals(rows...) })
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-referral", Method: http.MethodGet, Path: "/v1/referrals/{id}", Summary: "Show a referral with what of its content is for whoever asks; that she looked is noted",
	}, answer(g, func(ctx context.Context, by Person, in *referralPath) (*body[client.Referral], error) {
		return g.oneReferral(g.c.Referrals.Show(ctx, by.Asker, posada.ReferralID(in.ID)))
	}))
	g.registerPassingOn(api)
	g.registerLife(api)
	g.registerQuestions(api)
}

// registerPassingOn: what came in goes on to whom its grant names.
func (g *Gateway) registerPassingOn(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "pass-on", Method: http.MethodPost, Path: "/v1/referrals/{id}/pass-on",
		Summary: "See exactly what would be passed on of a referral that came in; it is sent by its digest, and nothing leaves before",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The referral's id."`
		Body client.NewPassing
	}) (*body[client.Preview], error) {
		var r reader
		p := referral.Passing{
			Of: posada.ReferralID(in.ID), To: r.agency(g, "to", in.Body.To),
			Categories: posada.SetOf(wordList[posada.Category](&r, "categories", in.Body.Categories)...),
			Services:   posada.SetOf(wordList[posada.ServiceType](&r, "services", in.Body.Services)...),
		}
		if r.err != nil {
			return nil, r.err
		}
		out, err := g.c.Referrals.PassOn(ctx, by.Asker, p)
		if err != nil {
			return nil, err
		}
		return &body[client.Preview]{g.showPreview(out)}, nil
	}))
}

// registerLife: whose work a referral is, and where it stands.
func (g *Gateway) registerLife(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "assign-referral", Method: http.MethodPost, Path: "/v1/referrals/{id}/assignments", DefaultStatus: http.StatusCreated,
		Summary: "Give a referral that came in to a colleague, as her work too or instead of one's own",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The referral's id."`
		Body client.NewAssignment
	}) (*body[client.Referral], error) {
		to, err := g.colleague(in.Body.To)
		if err != nil {
			return nil, err
		}
		return g.oneReferral(g.c.Referrals.Assign(ctx, by.Asker, posada.ReferralID(in.ID), to, in.Body.Instead))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "set-referral-state", Method: http.MethodPost, Path: "/v1/referrals/{id}/marks", DefaultStatus: http.StatusCreated,
		Summary: "Set a state on this side and tell the other",
	}, answer(g, func(ctx context.Context, by Person, in *markPath) (*body[client.Referral], error) {
		var r reader
		m := referral.Mark{
			State:   word[posada.ReferralState](&r, "state", in.Body.State),
			Reason:  optional(&r, "reason", in.Body.Reason, posada.DeclineReason("")),
			Outcome: optional(&r, "outcome", in.Body.Outcome, posada.Outcome("")),
		}
		if r.err != nil {
			return nil, r.err
		}
		return g.oneReferral(g.c.Referrals.Set(ctx, by.Asker, posada.ReferralID(in.ID), m))
	}))
}

func (g *Gateway) oneReferral(v referral.View, err error) (*body[client.Referral], error) {
	if err != nil {
		return nil, err
	}
	out, err := g.showReferrals(v)
	if err != nil {
		return nil, err
	}
	return &body[client.Referral]{out[0]}, nil
}

func (g *Gateway) showReferrals(list ...referral.View) ([]client.Referral, error) {
	names, err := g.workers()
	if err != nil {
		return nil, err
	}
	out := make([]client.Referral, len(list))
	for i, v := range list {
		out[i] = g.showReferral(v)
		out[i].Assigned = names(v.Assigned)
	}
	return out, nil
}

func (g *Gateway) readDraft(p i18n.Printer, in client.NewPreview) (referral.Draft, error) {
	var r reader
	d := referral.Draft{Case: label(in.Case), To: r.agency(g, "to", in.To), Content: referral.Content{
		Purpose:  word[posada.Purpose](&r, "purpose", in.Purpose),
		Services: posada.SetOf(wordList[posada.ServiceType](&r, "services", in.Services)...),
		Priority: word[posada.Priority](&r, "priority", in.Priority),
	}}
	for _, record := range in.Records {
		d.Content.Records = append(d.Content.Records, referral.Record{Role: htcds.Role(record.Role), Fields: record.Fields})
	}
	if r.err != nil {
		return d, r.err
	}
	if d.To == g.c.Agency {
		return d, fault.New(fault.Invalid, fault.ToOurselves)
	}
	if slices.Contains(in.LeaveOut, "priority") {
		return d, fault.New(fault.Invalid, fault.NeedsPriority)
	}
	less, unknown := d.Content.Without(in.LeaveOut...)
	if len(unknown) > 0 {
		return d, fault.New(fault.Invalid, fault.LeaveOutUnknown, "places", strings.Join(places(d.Content), ", "))
	}
	d.Content = less
	return d, checkContent(p, less)
}

// places is everything of a content that can be left out.
func places(c referral.Content) []string {
	var list []string
	if !c.Services.Empty() {
		list = append(list, "services")
	}
	c.Each(func(at referral.Place, _ htcds.Field, _ string) { list = append(list, at.String()) })
	return list
}

func (g *Gateway) showPreview(p referral.Preview) client.Preview {
	out := client.Preview{
		Digest: p.Digest, To: g.agency(p.Draft.To), Purpose: p.Draft.Content.Purpose, Carried: carried(p.Carried), Data: string(p.Data), Grant: p.Grant, Until: p.Until, Paper: p.Paper,
		Uncovered: []client.Uncovered{}, Decision: p.Decision,
	}
	if p.Digest != "" {
		out.Obligations = &p.Obligations
	}
	for _, u := range p.Uncovered {
		out.Uncovered = append(out.Uncovered, client.Uncovered{Place: u.Place, Category: u.Category, Lacks: u.Lacks})
	}
	return out
}

// carried lists a content field by field; services and priority first.
func carried(c referral.Content) []client.Carried {
	list := []client.Carried{}
	for _, s := range c.Services.List() {
		list = append(list, client.Carried{Place: "services", Category: posada.CategoryNeeds, Value: string(s)})
	}
	if c.Priority != "" {
		list = append(list, client.Carried{Place: "priority", Category: posada.CategoryNeeds, Value: string(c.Priority)})
	}
	if c.Need != "" {
		list = append(list, client.Carried{Place: "need", Category: posada.CategoryNeeds, Value: string(c.Need)})
	}
	c.Each(func(at referral.Place, field htcds.Field, value string) {
		list = append(list, client.Carried{Place: at.String(), Category: field.Category, Value: value})
	})
	return list
}

func (g *Gateway) showReferral(v referral.View) client.Referral {
	out := client.Referral{
		ID: v.ID, Side: v.Side, Peer: g.agency(v.Peer), Case: v.Case, Consent: v.Consent, Alias: v.Alias, Purpose: v.Purpose,
		Priority: v.Content.Priority, Services: v.Content.Services.List(), State: v.State,
		Sent: v.Sent, AnswerBy: v.AnswerBy, Overdue: v.Overdue, Silence: followed(v.Silence), Delivered: v.Delivered, Paper: v.Paper, More: v.More, Unheard: v.Unheard, Confirm: v.Confirm, Unconfirmed: v.Unconfirmed, Of: v.Of, Onward: g.agencies(v.Onward), May: v.May, Marks: marks(v.Life),
		Questions: showQuestions(v.Questions), Asks: v.Asks, Open: v.Open, Decision: v.Decision,
	}
	if !v.Shredded.At.IsZero() {
		out.Shredded = &client.Shredded{At: v.Shredded.At, Read: v.Shredded.Read}
	}
	if out.May == nil {
		out.May = []posada.ReferralState{}
	}
	if len(v.Content.Records) > 0 {
		out.Carried, out.Obligations = carried(v.Content), &v.Obligations
	}
	return out
}

// marks is both sides' marks as one story, by time. Clocks differ; the order of
// one side's own marks is kept.
func marks(l referral.Life) []client.Mark {
	list := []client.Mark{}
	source, target := l.Source, l.Target
	for len(source)+len(target) > 0 {
		side, next := referral.Target, &target
		if len(target) == 0 || len(source) > 0 && !target[0].At.Before(source[0].At) {
			side, next = referral.Source, &source
		}
		m := (*next)[0]
		*next = (*next)[1:]
		list = append(list, client.Mark{By: side, State: m.State, Reason: m.Reason, Outcome: m.Outcome, At: m.At})
	}
	return list
}
