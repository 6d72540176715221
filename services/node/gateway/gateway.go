// Package gateway is a node's HTTP/JSON API.
//
// Holds: nothing. May reach: the node's units. If compromised: what the units
// let the caller it serves see and do.
//
// Every request is a member of staff's: without a token, or that of a session, which
// proves who asks there is no answer but to whoever signs in. It listens on loopback; a Host that is not a name of this
// machine, and a request that a page of another origin sent, are refused.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Quarantined is something that came and was not taken in.
type Quarantined struct {
	At    time.Time
	Code  string
	From  posada.AgencyID
	Count int
}

// Mail is what waits to be sent and what came, as far as that is not as it must be.
type Mail struct {
	Waiting, AtHub, Missing int
	Quarantined             []Quarantined
	Doubted                 []Doubted
}

// Doubted is an agency whose sequence is not believed; Ours says that it is this node's
// store that is one of before.
type Doubted struct {
	Agency posada.AgencyID
	Ours   bool
}

// Health is how the node is.
type Health interface {
	Connected() (bool, time.Time)
	Mail() (Mail, error)
	Audit() (client.Audit, error)
}

// Config is what the gateway needs.
type Config struct {
	Agency    posada.AgencyID
	Members   *roster.Current
	Known     func() *directory.Known // what is known of agencies
	Book      Book
	Policy    *pdp.Current
	Staff     Staff
	Cases     Cases
	Consents  Consents
	Referrals Referrals
	Records   Records
	Imports   Imports
	Needs     Needs
	Places    Places
	Decisions Decisions
	Motions   Motions
	Webhooks  Webhooks
	// Withdrawals are her three doors.
	Withdrawals Withdrawals
	Health      Health
	Network     Network
	Past        Past
	Idempotency Idempotency // nil: keys count as long as the handler lives
	// Secret is the vault's, for cursors alone.
	Secret [32]byte
	Log    obs.Log
}

// Gateway answers the API.
type Gateway struct {
	c     Config
	names map[string]bool // of all that may be in a request
	own   sync.Mutex      // of whoever changes the agency's own policy
	inbox *inbox

	cursors cursors
	// watchEvery is how often a watcher's needs are looked through.
	watchEvery time.Duration
}

// New makes a gateway. It has no side effects.
func New(c Config) *Gateway {
	return &Gateway{c: c, inbox: newInbox(), cursors: newCursors(c.Secret), watchEvery: watchEvery}
}

// maxBody is the largest request in bytes.
const maxBody = 1 << 20

// Handler is the API of an open vault.
func (g *Gateway) Handler(d Door) http.Handler {
	mux := http.NewServeMux()
	g.register(mux, d)
	limits, once := &rates{now: time.Now}, &answers{next: routed(mux), mux: mux, beyond: g.c.Idempotency, failed: g.failed}
	return g.shell(g.authenticated(d, limits.limited(scoped(mux, reading(once.once())))))
}

// register tells the library's router of every operation of an open vault, and gives what
// the library has to say of them.
func (g *Gateway) register(mux *http.ServeMux, d Door) *huma.OpenAPI {
	config := huma.DefaultConfig("Posada node", "1")
	// The library's documentation page loads from elsewhere, its schema links name this
	// host in every answer, and its description is not yet ours.
	config.DocsPath, config.SchemasPath, config.OpenAPIPath, config.CreateHooks = "", "", "", nil
	config.Transformers = []huma.Transformer{g.localise}
	// A body is read before the library sees it (reading). Its own limit would begin then, be
	// held against the connection, and end whatever takes longer as though the caller had gone.
	config.OnAddOperation = append(config.OnAddOperation, func(_ *huma.OpenAPI, op *huma.Operation) { op.BodyReadTimeout = -1 })
	api := humago.New(mux, config)
	g.registerCases(api)
	g.registerPapers(api)
	g.registerConsents(api)
	g.registerMinors(api)
	g.registerReferrals(api)
	g.registerRecords(api)
	g.registerImports(api)
	g.registerNeeds(api)
	g.registerPlacements(api)
	g.registerPlaces(api)
	g.registerWithdrawals(api)
	g.registerStatus(api, d)
	g.registerDecisions(api)
	g.registerLock(api, d)
	g.registerNetwork(api)
	g.registerPolicy(api)
	g.registerPast(api)
	g.registerBook(api)
	g.registerMotions(api)
	g.registerWebhooks(api)
	g.registerStaff(api)
	g.registerTokens(api)
	g.registerOnCall(api)
	g.registerAccounts(api)
	g.registerSessions(api, d)
	g.names = namesIn(api.OpenAPI())
	return api.OpenAPI()
}

// shell is what stands before every request, whether or not the vault is open.
func (g *Gateway) shell(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(refuse(http.StatusForbidden, fault.OtherOrigin))
	return spoken(quiet(local(g.recovered(http.MaxBytesHandler(origins.Handler(public(next)), maxBody)))))
}

// spoken puts the language a caller asked for into the request's context.
func spoken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), languageKey{}, i18n.Match(r.Header.Get("Accept-Language")))))
	})
}

// recovered answers a request that made this program panic like any other
// defect. What the panic says may quote a record; it goes nowhere.
func (g *Gateway) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				writeProblem(w, g.problem(r.Context(), errPanicked))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

var errPanicked = errors.New("a request made this program panic")

// local refuses what does not name this machine.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !obs.ForThisMachine(r) {
			refuse(http.StatusMisdirectedRequest, fault.WrongHost).ServeHTTP(w, r)
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

// failed answers what could not be begun, or not be noted.
func (g *Gateway) failed(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, g.problem(r.Context(), err))
}

type principalKey struct{}

// authenticated puts who asks into the request's context. Whoever signs in has nothing to
// show yet; everything else is somebody's.
func (g *Gateway) authenticated(d Door, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if r.Method+" "+r.URL.Path == signInRoute {
			next.ServeHTTP(w, r)
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
		d.Seen()
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, principalKey{}, person)))
	})
}

// principal is who asks. Its zero value may nothing.
func principal(ctx context.Context) Person {
	p, _ := ctx.Value(principalKey{}).(Person)
	return p
}

// role is who asks, if her role is one of those. Whoever's is not is told so
// whatever she asked for, and so learns nothing of what there is.
func role(ctx context.Context, may func(Person) bool) (Person, error) {
	p := principal(ctx)
	if p.ID == "" || !may(p) {
		return Person{}, fault.New(fault.Withheld, fault.NotYourRole)
	}
	return p, nil
}

// agency is a member as people know it.
func (g *Gateway) agency(id posada.AgencyID) client.Agency {
	known := g.c.Known()
	a := client.Agency{ID: id, Name: known.Name(id), Class: g.c.Members.Get().Class(id), Standing: g.c.Members.Get().Standing(id), Self: id == g.c.Agency}
	if e, listed := known.Of(id); listed {
		a.Phone, a.ByPhone = numbers(e), e.ByPhone()
	}
	if class := g.c.Book.Class(id); a.ByPhone && class != "" {
		a.Class, a.Standing = class, posada.StandingListed
	}
	if a.Standing == posada.StandingJoining {
		joining := g.c.Network.Joining()
		a.Joining = &joining
	}
	return a
}

// numbers are the telephone numbers of an agency's front desk.
func numbers(e directory.Entry) string {
	var list []string
	for _, p := range e.Phones {
		number := p.Number
		if p.Extension > 0 {
			number = fmt.Sprintf("%s ext. %d", number, p.Extension)
		}
		list = append(list, number)
	}
	return strings.Join(list, ", ")
}

// telephoned are the agencies without a node that give people a place to be.
func (g *Gateway) telephoned() []client.Agency {
	list := []client.Agency{}
	for _, e := range g.c.Known().Entries() {
		if e.ByPhone() && e.GivesPlace() {
			list = append(list, g.agency(e.Agency()))
		}
	}
	return list
}

func (g *Gateway) agencies(ids []posada.AgencyID) []client.Agency {
	list := make([]client.Agency, len(ids))
	for i, id := range ids {
		list[i] = g.agency(id)
	}
	return list
}

// find is a member by name or by id, asked for at a place of the request.
func (g *Gateway) find(where, name string) (posada.AgencyID, error) {
	if id, ok := g.c.Known().Find(name); ok {
		return id, nil
	}
	if slices.ContainsFunc(g.c.Members.Get().Agencies(), func(a roster.Agency) bool { return string(a.ID) == name }) {
		return posada.AgencyID(name), nil
	}
	return "", fault.New(fault.Invalid, fault.UnknownAgency, "where", where)
}
