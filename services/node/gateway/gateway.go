// Package gateway is a node's HTTP/JSON API.
//
// Holds: nothing. May reach: the node's units. If compromised: what the units
// let the caller it serves see and do.
//
// Every request is a member of staff's: without a token that proves who asks
// there is no answer. It listens on loopback; a Host that is not a name of this
// machine, and a request that a page of another origin sent, are refused.
package gateway

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Quarantined is something that came and was not taken in.
type Quarantined struct {
	At   time.Time
	Code string
	From posada.AgencyID
}

// Health is how the node is.
type Health interface {
	Connected() (bool, time.Time)
	Mail() (waiting, atHub, missing int, quarantined []Quarantined, err error)
	Audit() (client.Audit, error)
}

// Config is what the gateway needs.
type Config struct {
	Agency    posada.AgencyID
	Members   *roster.Roster
	Directory roster.Directory
	Policy    *pdp.Engine
	Staff     Staff
	Consents  Consents
	Referrals Referrals
	Health    Health
	Log       obs.Log
}

// Gateway answers the API.
type Gateway struct{ c Config }

// New makes a gateway. It has no side effects.
func New(c Config) *Gateway { return &Gateway{c} }

// maxBody is the largest request in bytes.
const maxBody = 1 << 20

// Handler is the API: /v1 and its description at /v1/openapi.json.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Posada node", "1")
	// The library's documentation page loads from elsewhere, and its schema
	// links name this host in every answer.
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.OpenAPIPath = "/v1/openapi"
	config.Transformers = []huma.Transformer{g.localise}
	api := humago.New(mux, config)
	g.registerConsents(api)
	g.registerReferrals(api)
	g.registerStatus(api)
	guarded := http.NewCrossOriginProtection().Handler(g.authenticated(mux))
	return local(quiet(http.MaxBytesHandler(guarded, maxBody)))
}

// local refuses a Host that is not this machine by name or address: a page
// whose name was made to point here (DNS rebinding) sends its own.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this host is not served here", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// quiet keeps answers out of caches and other programs.
func quiet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

type principalKey struct{}

// authenticated puts who asks into the request's context. The description of
// the API is public; everything else is not.
func (g *Gateway) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), languageKey{}, i18n.Match(r.Header.Get("Accept-Language")))
		if strings.HasPrefix(r.URL.Path, "/v1/openapi") {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		person, err := Person{}, error(fault.New(fault.Unauthenticated, fault.UnknownToken))
		if ok {
			person, err = g.c.Staff.Authenticate(token)
		}
		if err != nil {
			writeProblem(w, g.problem(ctx, err))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, principalKey{}, person)))
	})
}

// Person is a member of staff who has shown who she is.
type Person struct {
	ID           posada.StaffID
	Name         string
	Role         posada.StaffRole
	MayWorkCases bool
}

// Staff finds who a token belongs to.
type Staff interface {
	Authenticate(token string) (Person, error)
}

// principal is who asks. Its zero value may nothing.
func principal(ctx context.Context) Person {
	p, _ := ctx.Value(principalKey{}).(Person)
	return p
}

// worker is who asks, if her role works with cases.
func worker(ctx context.Context) (Person, error) {
	p := principal(ctx)
	if p.ID == "" || !p.MayWorkCases {
		return Person{}, fault.New(fault.Withheld, fault.NothingThere)
	}
	return p, nil
}

// agency is a member as people know it.
func (g *Gateway) agency(id posada.AgencyID) client.Agency {
	a := client.Agency{ID: id, Name: g.c.Directory.Name(id), Standing: g.c.Members.Standing(id), Self: id == g.c.Agency}
	if member, err := g.c.Members.Agency(id); err == nil {
		a.Class = member.Class
	}
	return a
}

func (g *Gateway) agencies(ids []posada.AgencyID) []client.Agency {
	list := make([]client.Agency, len(ids))
	for i, id := range ids {
		list[i] = g.agency(id)
	}
	return list
}

// find is a member by name or by id.
func (g *Gateway) find(name string) (posada.AgencyID, error) {
	if id, ok := g.c.Directory.Find(name); ok {
		return id, nil
	}
	if slices.ContainsFunc(g.c.Members.Agencies(), func(a roster.Agency) bool { return string(a.ID) == name }) {
		return posada.AgencyID(name), nil
	}
	return "", fault.New(fault.Invalid, fault.UnknownAgency, "agency", name)
}
