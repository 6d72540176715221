package gateway

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
)

// Asking is how a need is asked.
type Asking interface {
	Preview(ctx context.Context, by handoff.Asker, d need.Draft) (need.Preview, error)
	Post(ctx context.Context, by handoff.Asker, digest, note string) (need.View, error)
	Page(ctx context.Context, by handoff.Asker, a page.Asked) (page.Of[need.View], error)
	Show(ctx context.Context, by handoff.Asker, id posada.NeedID) (need.View, error)
}

// Needs is what the API asks of needs.
type Needs interface {
	Asking
	Choose(ctx context.Context, by handoff.Asker, id posada.NeedID, from posada.AgencyID) (need.View, error)
	Refuse(ctx context.Context, by handoff.Asker, id posada.NeedID, from posada.AgencyID, why string) (need.View, error)
	End(ctx context.Context, by handoff.Asker, id posada.NeedID, how posada.NeedState) (need.View, error)
	Called(ctx context.Context, by handoff.Asker, id posada.NeedID, from posada.AgencyID, said need.Call) (need.View, error)
	Order(ctx context.Context, by handoff.Asker, label string, first []posada.NeedID) ([]need.View, error)
	Waits(ctx context.Context, by handoff.Asker) (need.Waits, error)
	Counts() ([]need.Count, error)
}

type needPath struct {
	ID string `path:"id" doc:"The need's id."`
}

type choicePath struct {
	ID   string `path:"id" doc:"The need's id."`
	Body client.NewChoice
}

func (g *Gateway) registerNeeds(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "preview-need", Method: http.MethodPost, Path: "/v1/needs/preview",
		Summary: "See exactly what would be asked, and of whom; nothing leaves",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewNeed]) (*body[client.NeedPreview], error) {
		draft, err := g.readNeed(in.Body)
		if err != nil {
			return nil, err
		}
		p, err := g.c.Needs.Preview(ctx, by.Asker, draft)
		if err != nil {
			return nil, err
		}
		return &body[client.NeedPreview]{client.NeedPreview{
			Instead: p.Draft.Instead, Digest: p.Digest, Until: p.Until, Profile: profile(p.Draft.Profile), Asks: g.agencies(p.Asks), Excluded: g.agencies(p.Excluded), Warning: warning(p.Warning), Call: g.telephoned(),
		}}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "post-need", Method: http.MethodPost, Path: "/v1/needs", DefaultStatus: http.StatusCreated,
		Summary: "Ask for a place, after the person said that it may be asked",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewPosting]) (*body[client.Need], error) {
		switch {
		case !handoff.IsDigest(in.Body.Digest):
			return nil, fault.New(fault.Invalid, fault.NotADigest)
		case !in.Body.Permission:
			return nil, fault.New(fault.Refused, fault.NeedPermission)
		}
		return g.oneNeed(g.c.Needs.Post(ctx, by.Asker, in.Body.Digest, in.Body.Note))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "list-needs", Method: http.MethodGet, Path: "/v1/needs", Summary: "List needs, the newest first",
	}, answer(g, func(ctx context.Context, by Person, in *Parted) (*listed[client.Need], error) {
		take := func(a page.Asked) (page.Of[need.View], error) { return g.c.Needs.Page(ctx, by.Asker, a) }
		return partOf(ctx, list{g, by, "/v1/needs", *in}, take, each(g.showNeed))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "order-needs", Method: http.MethodPost, Path: "/v1/needs/order",
		Summary: "Put the needs of a case in the person's order, and list them so; nothing of it leaves",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewNeedOrder]) (*body[[]client.Need], error) {
		return g.manyNeeds(g.c.Needs.Order(ctx, by.Asker, label(in.Body.Case), in.Body.Needs))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-need", Method: http.MethodGet, Path: "/v1/needs/{id}", Summary: "Show a need and where each agency stands that was asked",
	}, answer(g, func(ctx context.Context, by Person, in *needPath) (*body[client.Need], error) {
		return g.oneNeed(g.c.Needs.Show(ctx, by.Asker, posada.NeedID(in.ID)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "count-needs", Method: http.MethodGet, Path: "/v1/need-counts", Summary: "How this agency's needs ended, by month and kind",
	}, answer(g, func(_ context.Context, _ Person, _ *struct{}) (*body[[]client.NeedCount], error) {
		list, err := g.c.Needs.Counts()
		out := make([]client.NeedCount, len(list))
		for i, c := range list {
			out[i] = client.NeedCount(c)
		}
		return &body[[]client.NeedCount]{out}, err
	}))
	g.registerChoices(api)
}

// registerChoices: what the person chose, and what was said on the telephone.
func (g *Gateway) registerChoices(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "choose-offer", Method: http.MethodPost, Path: "/v1/needs/{id}/choose", DefaultStatus: http.StatusCreated,
		Summary: "The person says yes to an offer: the agency is asked to hold the place",
	}, answer(g, func(ctx context.Context, by Person, in *choicePath) (*body[client.Need], error) {
		from, err := g.find("agency", in.Body.Agency)
		if err != nil {
			return nil, err
		}
		return g.oneNeed(g.c.Needs.Choose(ctx, by.Asker, posada.NeedID(in.ID), from))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "refuse-offer", Method: http.MethodPost, Path: "/v1/needs/{id}/refuse", DefaultStatus: http.StatusCreated,
		Summary: "The person says no to an offer; why stays here",
	}, answer(g, func(ctx context.Context, by Person, in *choicePath) (*body[client.Need], error) {
		from, err := g.find("agency", in.Body.Agency)
		if err != nil {
			return nil, err
		}
		return g.oneNeed(g.c.Needs.Refuse(ctx, by.Asker, posada.NeedID(in.ID), from, in.Body.Why))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "end-need", Method: http.MethodPost, Path: "/v1/needs/{id}/end", DefaultStatus: http.StatusCreated,
		Summary: "End a need: filled, withdrawn, or no placement found",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The need's id."`
		Body client.NewNeedEnd
	}) (*body[client.Need], error) {
		var r reader
		how := word[posada.NeedState](&r, "how", in.Body.How)
		if r.err != nil {
			return nil, r.err
		}
		return g.oneNeed(g.c.Needs.End(ctx, by.Asker, posada.NeedID(in.ID), how))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "record-call", Method: http.MethodPost, Path: "/v1/needs/{id}/calls", DefaultStatus: http.StatusCreated,
		Summary: "Record what an agency said on the telephone",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The need's id."`
		Body client.NewCall
	}) (*body[client.Need], error) {
		from, err := g.find("agency", in.Body.Agency)
		if err != nil {
			return nil, err
		}
		said, err := readCall(in.Body)
		if err != nil {
			return nil, err
		}
		return g.oneNeed(g.c.Needs.Called(ctx, by.Asker, posada.NeedID(in.ID), from, said))
	}))
}

// noAnswer is said of a call that nobody took.
const noAnswer = "no_answer"

// readCall reads what was said on the telephone; of a call that nobody took, nothing.
func readCall(in client.NewCall) (said need.Call, err error) {
	if in.Answer == noAnswer {
		return said, nil
	}
	var r reader
	said.Says = word[posada.PlaceReply](&r, "answer", in.Answer)
	if said.Says == posada.ReplyDeclined {
		said.Reason = word[posada.DeclineReason](&r, "reason", in.Reason)
	}
	if most := int(need.HoldLasts / time.Hour); in.Hours < 0 || in.Hours > most {
		r.refuse(fault.New(fault.Invalid, fault.HoldHours, "most", strconv.Itoa(most)))
	}
	said.Hold = time.Duration(in.Hours) * time.Hour
	return said, r.err
}

func (g *Gateway) readNeed(in client.NewNeed) (need.Draft, error) {
	var r reader
	d := need.Draft{Case: label(in.Case), Profile: need.Profile{
		Priority: word[posada.Priority](&r, "priority", in.Priority), Services: posada.SetOf(wordList[posada.ServiceType](&r, "services", in.Services)...),
		Gender: optional(&r, "gender", in.Gender, posada.Gender("")), Age: optional(&r, "age", in.Age, posada.AgeBand("")),
		Size: optional(&r, "size", in.Size, posada.HouseholdSize("")), With: posada.SetOf(wordList[posada.HouseholdKind](&r, "with", in.With)...),
		Exploitation: optional(&r, "exploitation", in.Exploitation, posada.ExploitationKind("")),
		Languages:    texts[need.Language](in.Languages), Interpreter: in.Interpreter,
		Access: posada.SetOf(wordList[posada.AccessNeed](&r, "access", in.Access)...), Pets: in.Pets, Region: need.Region(in.Region),
		Nights: optional(&r, "nights", in.Nights, posada.Nights("")), Wishes: wordList[posada.Wish](&r, "wishes", in.Wishes),
	}, Leave: r.agencies(g, "leave", in.Leave), Instead: in.Instead}
	return d, r.err
}

// texts is a list of words that are no closed vocabulary.
func texts[To, From ~string](list []From) []To {
	out := make([]To, len(list))
	for i, text := range list {
		out[i] = To(text)
	}
	return out
}

func profile(p need.Profile) client.NeedProfile {
	return client.NeedProfile{
		Priority: p.Priority, Services: p.Services.List(), Gender: p.Gender, Age: p.Age, Size: p.Size, With: there(p.With.List()), Exploitation: p.Exploitation,
		Languages: texts[string](p.Languages), Interpreter: p.Interpreter, Access: there(p.Access.List()), Pets: p.Pets, Region: string(p.Region),
		Nights: p.Nights, Wishes: there(p.Wishes),
	}
}

// there is a list that is never absent.
func there[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func warning(w need.Warning) client.NeedWarning {
	return client.NeedWarning{Rare: texts[string](w.Rare), Many: w.Many, Leave: texts[string](w.Leave)}
}

func (g *Gateway) oneNeed(v need.View, err error) (*body[client.Need], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Need]{g.showNeed(v)}, nil
}

func (g *Gateway) manyNeeds(list []need.View, err error) (*body[[]client.Need], error) {
	if err != nil {
		return nil, err
	}
	out, err := each(g.showNeed)(list)
	return &body[[]client.Need]{out}, err
}

func (g *Gateway) showNeed(v need.View) client.Need {
	out := client.Need{
		ID: v.ID, Case: v.Case, Turn: v.Turn, State: v.Life.State, Posted: v.Posted, Until: v.Life.Until, Profile: profile(v.Profile), Warning: warning(v.Warning),
		NotSent: v.NotSent, Note: v.Note, Hers: v.Hers, Asked: []client.NeedLine{}, Anew: v.Anew, Silence: followed(v.Silence),
	}
	if out.Silence != nil {
		out.Silence.Told = v.Told
	}
	for _, l := range v.Lines {
		out.Asked = append(out.Asked, client.NeedLine{Agency: g.agency(l.Agency), State: l.State, Reason: l.Reason, Until: l.Until, Phoned: l.Phoned, Why: l.Why, Meet: l.Meet})
	}
	if v.NotSent || len(v.Life.Asked) == len(v.Phoned) {
		out.Call = g.telephoned()
	}
	// Whoever reads it out begins with what can be taken.
	slices.SortStableFunc(out.Asked, func(a, b client.NeedLine) int { return turnOf(a.State) - turnOf(b.State) })
	return out
}

// followed is how far it is with what nobody answers; nil where somebody did, or no step is
// to follow.
func followed(s silence.Standing) *client.Silence {
	if s == (silence.Standing{}) {
		return nil
	}
	return &client.Silence{Step: s.Step, Since: s.Since, Next: s.Next, At: s.At}
}

func turnOf(s posada.AskedState) int {
	if i := slices.Index([]posada.AskedState{posada.AskedHolds, posada.AskedChosen, posada.AskedOffers}, s); i >= 0 {
		return i
	}
	return 3
}
