package client

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// NewNeed is a need as it would be asked: nothing that says who somebody is, and no
// field to say it in. All but priority and services may be left out.
type NewNeed struct {
	Case         string   `yaml:"case" json:"case,omitempty" doc:"Label of an open case; empty opens one when the need is posted."`
	Priority     string   `yaml:"priority" json:"priority,omitempty" doc:"tonight (2 hours), emergency (24 hours), urgent (72 hours) or normal (14 days)."`
	Services     []string `yaml:"services" json:"services,omitempty" doc:"Services that give a place to be."`
	Gender       string   `yaml:"gender" json:"gender,omitempty"`
	Age          string   `yaml:"age" json:"age,omitempty" doc:"An age band."`
	Size         string   `yaml:"size" json:"size,omitempty" doc:"How many people need a place together: 1, 2, 3-4, 5-6, 7+."`
	With         []string `yaml:"with" json:"with,omitempty" doc:"Who is with the person."`
	Exploitation string   `yaml:"exploitation" json:"exploitation,omitempty"`
	Languages    []string `yaml:"languages" json:"languages,omitempty" doc:"ISO 639-3, three letters each."`
	Interpreter  bool     `yaml:"interpreter" json:"interpreter,omitempty"`
	Access       []string `yaml:"access" json:"access,omitempty" doc:"What the person cannot do without."`
	Pets         bool     `yaml:"pets" json:"pets,omitempty"`
	Region       string   `yaml:"region" json:"region,omitempty" doc:"Where a place is looked for: us-tx, mx. Nothing smaller."`
	Nights       string   `yaml:"nights" json:"nights,omitempty"`
	Wishes       []string `yaml:"wishes" json:"wishes,omitempty" doc:"In the person's order."`
	Leave        []string `yaml:"leave" json:"leave,omitempty" doc:"Agencies that are not to be asked this time."`

	Instead posada.NeedID `yaml:"-" json:"instead,omitempty" doc:"A need that this one takes the place of: it ends when this one is posted, and this one is of its case."`
}

// NeedProfile is what every agency that is asked is told, and all of it.
type NeedProfile struct {
	Priority     posada.Priority         `json:"priority,omitempty" doc:"Absent, as all of it, of a need that is closed."`
	Services     []posada.ServiceType    `json:"services"`
	Gender       posada.Gender           `json:"gender,omitempty"`
	Age          posada.AgeBand          `json:"age,omitempty"`
	Size         posada.HouseholdSize    `json:"size,omitempty"`
	With         []posada.HouseholdKind  `json:"with"`
	Exploitation posada.ExploitationKind `json:"exploitation,omitempty"`
	Languages    []string                `json:"languages"`
	Interpreter  bool                    `json:"interpreter"`
	Access       []posada.AccessNeed     `json:"access"`
	Pets         bool                    `json:"pets"`
	Region       string                  `json:"region,omitempty"`
	Nights       posada.Nights           `json:"nights,omitempty"`
	Wishes       []posada.Wish           `json:"wishes"`
}

// Again is a profile as it would be asked anew.
func (p NeedProfile) Again() NewNeed {
	return NewNeed{
		Priority: string(p.Priority), Services: posada.Texts(p.Services), Gender: string(p.Gender), Age: string(p.Age), Size: string(p.Size), With: posada.Texts(p.With),
		Exploitation: string(p.Exploitation), Languages: p.Languages, Interpreter: p.Interpreter, Access: posada.Texts(p.Access), Pets: p.Pets,
		Region: p.Region, Nights: string(p.Nights), Wishes: posada.Texts(p.Wishes),
	}
}

// NeedWarning is what in a profile may point at somebody. No number of people who look
// alike is known, and none is claimed.
type NeedWarning struct {
	Rare  []string `json:"rare" doc:"Parts whose answer few people have."`
	Many  int      `json:"many" doc:"How many parts are said, where those are many; else 0."`
	Leave []string `json:"leave" doc:"What to leave out, the least needed first."`
}

// NeedPreview is what would be said, and to whom: what is read to the person before the
// question whether it may be asked.
type NeedPreview struct {
	Instead  posada.NeedID `json:"instead,omitempty" doc:"The need that ends when this one is posted."`
	Digest   string        `json:"digest" doc:"It is posted by. Where nobody can be asked, what is said on the telephone is of it."`
	Until    time.Time     `json:"until" doc:"It can be posted until then."`
	Profile  NeedProfile   `json:"profile"`
	Asks     []Agency      `json:"asks" doc:"Each would be sent the profile and nothing else."`
	Excluded []Agency      `json:"excluded" doc:"That could be asked, had the person not excluded them."`
	Warning  NeedWarning   `json:"warning"`
	Call     []Agency      `json:"call" doc:"Agencies without a node that give people a place to be: they are telephoned."`
}

// NewPosting posts a need that was read to the person.
type NewPosting struct {
	Digest     string `json:"digest,omitempty"`
	Permission bool   `json:"permission,omitempty" doc:"The profile and the list of agencies were read to the person, who said: ask them."`
	Note       string `json:"note,omitempty" doc:"For those who work on the case: whom the person fears. It leaves this agency in nothing."`
}

// NeedLine is one agency that was asked.
type NeedLine struct {
	Agency Agency               `json:"agency"`
	State  posada.AskedState    `json:"state"`
	Reason posada.DeclineReason `json:"reason,omitempty"`
	Until  time.Time            `json:"until,omitzero" doc:"The offer, or the hold, lasts until then."`
	Phoned bool                 `json:"phoned" doc:"It was called; nothing is written to it."`
	Why    string               `json:"why,omitempty" doc:"Why the person refused; kept here."`
	Meet   posada.Meeting       `json:"meet,omitempty" doc:"It holds the place: how one meets. Never where."`
}

// Need is a need at the agency that asked.
type Need struct {
	ID      posada.NeedID    `json:"id"`
	Case    string           `json:"case"`
	Turn    int              `json:"turn" doc:"Where the person wants it among the needs of the case: the lowest first. It leaves this agency in nothing."`
	State   posada.NeedState `json:"state"`
	Posted  time.Time        `json:"posted"`
	Until   time.Time        `json:"until" doc:"It is over then, if not before."`
	Profile NeedProfile      `json:"profile"`
	Warning NeedWarning      `json:"warning"`
	Asked   []NeedLine       `json:"asked"`
	NotSent bool             `json:"not_sent" doc:"It is for tonight, and after a minute the hub has not all of it: take up the telephone."`
	Note    string           `json:"note,omitempty"`
	Call    []Agency         `json:"call,omitempty" doc:"Agencies without a node to telephone, where not all of it is sent or nobody could be asked."`
	Hers    bool             `json:"hers" doc:"It is the work of whoever asks."`
	Silence *Silence         `json:"silence,omitempty" doc:"Where nobody offers a place that can be taken: what follows, by the network's policy."`
	Anew    posada.NeedID    `json:"anew,omitempty" doc:"It was asked anew, as this one."`
}

// Silence is what follows on no answer. Nothing in it leaves by itself.
type Silence struct {
	Step  posada.SilenceStep `json:"step,omitempty" doc:"What is due: reminder, coordinator, wider_region or voucher_fund. Absent: nothing yet."`
	Since time.Time          `json:"since,omitzero" doc:"When it came due."`
	Next  posada.SilenceStep `json:"next,omitempty" doc:"What follows."`
	At    time.Time          `json:"at,omitzero" doc:"When that comes due."`
	Told  bool               `json:"told,omitempty" doc:"Of a need: whoever asks is to be told, as whose work it is or who leads."`
}

// NewChoice names one agency of those that were asked.
type NewChoice struct {
	Agency string `json:"agency,omitempty"`
	Why    string `json:"why,omitempty" doc:"Why it is refused, for those who work on the case; it leaves this agency in nothing."`
}

// NewNeedOrder says in which order the person wants what was asked for a case.
type NewNeedOrder struct {
	Case  string          `json:"case,omitempty" doc:"The case's label."`
	Needs []posada.NeedID `json:"needs,omitempty" doc:"These come first, as they are named; the others follow as they were."`
}

// NewNeedEnd says how a need ended.
type NewNeedEnd struct {
	How string `json:"how,omitempty" doc:"filled, withdrawn or no_placement_found."`
}

// NewCall is what an agency said on the telephone.
type NewCall struct {
	Agency string `json:"agency,omitempty"`
	Answer string `json:"answer,omitempty" doc:"offer, declined, held, gone, arrived, or no_answer."`
	Reason string `json:"reason,omitempty" doc:"Why it declined."`
	Hours  int    `json:"hours,omitempty" doc:"How long it holds the place: 4 at most, and unless said."`
}

// NeedCount is how often a need of one kind ended in one way, in one month.
type NeedCount struct {
	Month        string                  `json:"month"`
	Service      posada.ServiceType      `json:"service"`
	Gender       posada.Gender           `json:"gender,omitempty"`
	Minor        bool                    `json:"minor"`
	Exploitation posada.ExploitationKind `json:"exploitation,omitempty"`
	Ended        posada.NeedState        `json:"ended"`
	Needs        int                     `json:"needs"`
}

func aNeed(id posada.NeedID) string { return "/v1/needs/" + url.PathEscape(string(id)) }

// PreviewNeed shows what would be said and to whom. Nothing leaves.
func (c *Client) PreviewNeed(ctx context.Context, in NewNeed) (out NeedPreview, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/needs/preview", in, &out)
}

// PostNeed asks the agencies that were read to the person.
func (c *Client) PostNeed(ctx context.Context, in NewPosting) (out Need, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/needs", in, &out)
}

// Needs lists needs, the newest first.
func (c *Client) Needs(ctx context.Context) ([]Need, error) { return all(c.EachNeed(ctx)) }

// EachNeed goes through them a part at a time; it is the same list.
func (c *Client) EachNeed(ctx context.Context) iter.Seq2[Need, error] {
	return parts[Need](ctx, c, "/v1/needs")
}

// OrderNeeds puts the needs of a case in the person's order, and lists them so.
func (c *Client) OrderNeeds(ctx context.Context, in NewNeedOrder) (out []Need, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/needs/order", in, &out)
}

// InOrder are the needs of a case, of a list, in the person's order. Of one that was asked
// anew the other stands there.
func InOrder(list []Need, label string) (in []Need) {
	for _, n := range list {
		if strings.EqualFold(n.Case, strings.TrimSpace(label)) && n.Anew == "" {
			in = append(in, n)
		}
	}
	slices.SortFunc(in, func(a, b Need) int {
		return cmp.Or(cmp.Compare(a.Turn, b.Turn), a.Posted.Compare(b.Posted), cmp.Compare(a.ID, b.ID))
	})
	return in
}

// Need is one need.
func (c *Client) Need(ctx context.Context, id posada.NeedID) (out Need, err error) {
	return out, c.do(ctx, http.MethodGet, aNeed(id), nil, &out)
}

// ChooseOffer is the person's yes to an offer: the agency is asked to hold the place.
func (c *Client) ChooseOffer(ctx context.Context, id posada.NeedID, in NewChoice) (out Need, err error) {
	return out, c.do(ctx, http.MethodPost, aNeed(id)+"/choose", in, &out)
}

// RefuseOffer is the person's no.
func (c *Client) RefuseOffer(ctx context.Context, id posada.NeedID, in NewChoice) (out Need, err error) {
	return out, c.do(ctx, http.MethodPost, aNeed(id)+"/refuse", in, &out)
}

// EndNeed ends a need.
func (c *Client) EndNeed(ctx context.Context, id posada.NeedID, in NewNeedEnd) (out Need, err error) {
	return out, c.do(ctx, http.MethodPost, aNeed(id)+"/end", in, &out)
}

// RecordCall records what an agency said on the telephone.
func (c *Client) RecordCall(ctx context.Context, id posada.NeedID, in NewCall) (out Need, err error) {
	return out, c.do(ctx, http.MethodPost, aNeed(id)+"/calls", in, &out)
}

// NeedCounts are how needs of this agency ended, the newest month first.
func (c *Client) NeedCounts(ctx context.Context) (out []NeedCount, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/need-counts", nil, &out)
}

// Placement is a need at an agency that was asked for a place.
type Placement struct {
	ID      posada.NeedID         `json:"id"`
	From    Agency                `json:"from"`
	Came    time.Time             `json:"came"`
	Until   time.Time             `json:"until" doc:"Answer before."`
	State   posada.PlacementState `json:"state"`
	Profile NeedProfile           `json:"profile"`
	Place   string                `json:"place,omitempty" doc:"It was offered."`
	Beds    int                   `json:"beds,omitempty"`
	Lasts   time.Time             `json:"lasts,omitzero" doc:"The offer, or the hold, lasts until then."`
	Fits    []PlacementFit        `json:"fits" doc:"Places here that it fits now."`
}

// PlacementFit is one place that fits.
type PlacementFit struct {
	Place string                 `json:"place"`
	Free  int                    `json:"free"`
	Ask   []posada.DeclineReason `json:"ask" doc:"What is not said and may be a reason: ask before you offer."`
}

// NewOffer offers a place.
type NewOffer struct {
	Place string `json:"place,omitempty"`
	Beds  int    `json:"beds,omitempty" doc:"As many as the household certainly fits in, unless said."`
}

// NewDecline says no.
type NewDecline struct {
	Reason string `json:"reason,omitempty" doc:"It goes to whoever asked, and to nobody else."`
}

// NewPlace says whom a place takes. It leaves this agency in nothing.
type NewPlace struct {
	Place        string   `yaml:"place" json:"place,omitempty" doc:"What it is called here."`
	Services     []string `yaml:"services" json:"services,omitempty"`
	Genders      []string `yaml:"genders" json:"genders,omitempty" doc:"Whom it takes; all unless said, as with ages, with, exploitation and access."`
	Ages         []string `yaml:"ages" json:"ages,omitempty"`
	With         []string `yaml:"with" json:"with,omitempty" doc:"Who may come with the person; nobody, where people come alone."`
	Exploitation []string `yaml:"exploitation" json:"exploitation,omitempty"`
	Languages    []string `yaml:"languages" json:"languages,omitempty" doc:"Spoken there; any unless said."`
	Interpreters bool     `yaml:"interpreters" json:"interpreters,omitempty" doc:"There is one by telephone for any other language."`
	Access       []string `yaml:"access" json:"access,omitempty" doc:"What it has; nothing unless said."`
	Pets         bool     `yaml:"pets" json:"pets,omitempty"`
	Regions      []string `yaml:"regions" json:"regions,omitempty" doc:"Where people are taken from; anywhere unless said."`
	Longest      string   `yaml:"longest" json:"longest,omitempty" doc:"How long somebody may stay."`
	Meet         string   `yaml:"meet" json:"meet,omitempty" doc:"How one meets, told to whom a place is held for; never where: call_when_near, we_call, in_public, we_fetch, brought."`
	Free         *int     `yaml:"free" json:"free,omitempty" doc:"Beds that are free now, if they are counted too."`
}

// NewBedCount says how many beds are free.
type NewBedCount struct {
	Place string `json:"place,omitempty"`
	Free  int    `json:"free" doc:"Beds that nobody is in and nobody is promised."`
}

// PlaceNamed names a place.
type PlaceNamed struct {
	Place string `json:"place,omitempty"`
}

// Place is one place at this agency.
type Place struct {
	Place        string                    `json:"place"`
	Free         int                       `json:"free"`
	Held         int                       `json:"held" doc:"Beds that are promised, or taken by somebody who came since the count."`
	Counted      time.Time                 `json:"counted,omitzero"`
	Services     []posada.ServiceType      `json:"services"`
	Genders      []posada.Gender           `json:"genders"`
	Ages         []posada.AgeBand          `json:"ages"`
	With         []posada.HouseholdKind    `json:"with"`
	Exploitation []posada.ExploitationKind `json:"exploitation"`
	Languages    []string                  `json:"languages"`
	Interpreters bool                      `json:"interpreters"`
	Access       []posada.AccessNeed       `json:"access"`
	Pets         bool                      `json:"pets"`
	Regions      []string                  `json:"regions"`
	Longest      posada.Nights             `json:"longest,omitempty"`
	Meet         posada.Meeting            `json:"meet,omitempty"`
}

func aPlacement(id posada.NeedID) string { return "/v1/placements/" + url.PathEscape(string(id)) }

// Placements lists needs that came and fit, or that were answered here, with every those too
// that no place here fits: what waits first, by when it must be answered.
func (c *Client) Placements(ctx context.Context, every bool) ([]Placement, error) {
	list, err := all(c.EachPlacement(ctx, every))
	turns := []posada.PlacementState{posada.PlacementAsked, posada.PlacementHeld, posada.PlacementOffered}
	turn := func(p Placement) int {
		if i := slices.Index(turns, p.State); i >= 0 {
			return i
		}
		return len(turns)
	}
	slices.SortFunc(list, func(a, b Placement) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// EachPlacement goes through them a part at a time, the newest first.
func (c *Client) EachPlacement(ctx context.Context, every bool) iter.Seq2[Placement, error] {
	path := "/v1/placements"
	if every {
		path += "?all=true"
	}
	return parts[Placement](ctx, c, path)
}

// Placement is one need that came.
func (c *Client) Placement(ctx context.Context, id posada.NeedID) (out Placement, err error) {
	return out, c.do(ctx, http.MethodGet, aPlacement(id), nil, &out)
}

// Offer offers a place: it may be chosen for half an hour, and nothing is held.
func (c *Client) Offer(ctx context.Context, id posada.NeedID, in NewOffer) (out Placement, err error) {
	return out, c.do(ctx, http.MethodPost, aPlacement(id)+"/offer", in, &out)
}

// Decline says no, or takes back an offer that was not chosen.
func (c *Client) Decline(ctx context.Context, id posada.NeedID, in NewDecline) (out Placement, err error) {
	return out, c.do(ctx, http.MethodPost, aPlacement(id)+"/decline", in, &out)
}

// Arrived says that whoever the place is held for is there.
func (c *Client) Arrived(ctx context.Context, id posada.NeedID) (out Placement, err error) {
	return out, c.do(ctx, http.MethodPost, aPlacement(id)+"/arrive", struct{}{}, &out)
}

// Places are the places described at this agency.
func (c *Client) Places(ctx context.Context) (out []Place, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/places", nil, &out)
}

// DescribePlace says whom a place takes.
func (c *Client) DescribePlace(ctx context.Context, in NewPlace) (out Place, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/places", in, &out)
}

// CountBeds says how many beds of a place are free.
func (c *Client) CountBeds(ctx context.Context, in NewBedCount) (out Place, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/places/count", in, &out)
}

// RemovePlace forgets a place, and gives those that are left.
func (c *Client) RemovePlace(ctx context.Context, in PlaceNamed) (out []Place, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/places/remove", in, &out)
}
