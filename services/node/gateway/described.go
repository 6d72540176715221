package gateway

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
)

// The description and the pages about problems are for whoever asks, whether or not the
// vault is open: there is nothing in them that is anybody's.
const (
	yamlRoute  = "GET /openapi.yaml"
	jsonRoute  = "GET /openapi.json"
	kindsRoute = "GET " + kindsAt + "{key}"
)

// described is the API's description (OpenAPI 3.1). What it says of an operation is what the
// library reads and writes by: the Go types. Written by hand is what no type says, which is
// how requests are refused.
type described struct{ yaml, json []byte }

// description is made when it is first asked for.
var description = sync.OnceValue(func() described {
	api := New(Config{}).register(http.NewServeMux(), nil)
	introduce(api)
	describePublic(api)
	for path, item := range api.Paths {
		for _, op := range operations(item) {
			op.Tags = []string{subject(path)}
			describeAnswers(op)
			if op.Security == nil {
				describeScope(op)
			}
		}
	}
	problem := api.Components.Schemas.Schema(reflect.TypeFor[client.Problem](), true, "Problem")
	kept := api.Components.Schemas.Schema(reflect.TypeFor[client.Kept](), true, "Kept")
	api.Components.Responses = map[string]*huma.Response{}
	for _, a := range otherAnswers() {
		content := map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}
		if a.status < http.StatusBadRequest {
			content = map[string]*huma.MediaType{"application/json": {Schema: kept}}
		}
		answer := &huma.Response{Description: a.means, Content: content}
		if a.status == http.StatusTooManyRequests {
			answer.Headers = map[string]*huma.Param{"Retry-After": {Description: "In how many seconds.", Schema: &huma.Schema{Type: huma.TypeInteger}}}
		}
		api.Components.Responses[a.name] = answer
	}
	maps.DeleteFunc(api.Components.Schemas.Map(), func(name string, _ *huma.Schema) bool { return strings.HasPrefix(name, "Error") })
	var d described
	// What cannot be written is a defect, which the tests see: they read both.
	d.yaml, _ = api.YAML()
	d.json, _ = json.Marshal(api)
	return d
})

// public answers what is for whoever asks; everything else goes on.
func public(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	write := func(kind string, text func() []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			// A caller that hung up has its answer.
			_, _ = w.Write(text())
		}
	}
	mux.HandleFunc(yamlRoute, write("application/yaml", func() []byte { return description().yaml }))
	mux.HandleFunc(jsonRoute, write("application/json", func() []byte { return description().json }))
	mux.HandleFunc(kindsRoute, kind)
	mux.HandleFunc(docsRoute, docs)
	mux.HandleFunc(styleRoute, write("text/css; charset=utf-8", func() []byte { return docsStyle }))
	mux.Handle("/", next)
	return mux
}

func introduce(api *huma.OpenAPI) {
	api.Info.Description = "One agency's node: cases, consents, referrals and needs, as whoever asks may see them. " +
		"Every request but the public ones is a member of staff's and shows her token, or that of her session. " +
		"Every refusal is a problem (RFC 9457): what happened, what was kept, what to do next, in the language of Accept-Language. " +
		"It quotes nothing of what was sent. " +
		"A list that grows is answered a part at a time, the newest first: where there is more, the header Link (RFC 8288) has where, with rel=next. How long it is nobody is told."
	api.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	api.Servers = []*huma.Server{{URL: "http://127.0.0.1:7070", Description: "A node as it is installed: on this machine alone."}}
	api.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token of a member of staff (posada token add), or of her session: it is for all she may do. " +
			"A program's is made with a name and scopes, and is for what they cover: what is named with an operation. What needs " + byPerson + " is for no program."},
	}
	api.Security = []map[string][]string{{"token": {}}}
}

// describePublic adds what the library does not serve: what is answered without a token, and
// what while the vault is closed.
func describePublic(api *huma.OpenAPI) {
	text := &huma.Schema{Type: huma.TypeString}
	answers := func(kind string, schema *huma.Schema) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{kind: {Schema: schema}}}}
	}
	add := func(route string, op huma.Operation) {
		op.Method, op.Path, _ = strings.Cut(route, " ")
		op.Security = []map[string][]string{}
		api.AddOperation(&op)
	}
	add(yamlRoute, huma.Operation{OperationID: "describe-yaml", Summary: "This description, as YAML", Responses: answers("application/yaml", text)})
	add(jsonRoute, huma.Operation{OperationID: "describe-json", Summary: "This description, as JSON", Responses: answers("application/json", &huma.Schema{Type: huma.TypeObject})})
	var kinds []any
	for _, key := range fault.Keys() {
		kinds = append(kinds, string(key))
	}
	languages := []any{"en", "es"}
	add(kindsRoute, huma.Operation{OperationID: "explain-problem", Summary: "What a kind of problem means: a problem's type is this address", Parameters: []*huma.Param{
		{Name: "key", In: "path", Required: true, Description: "The kind.", Schema: &huma.Schema{Type: huma.TypeString, Enum: kinds}},
		{Name: "lang", In: "query", Description: "Without it, as Accept-Language says.", Schema: &huma.Schema{Type: huma.TypeString, Enum: languages}},
	}, Responses: answers("text/html", text)})
	lock := api.Components.Schemas.Schema(reflect.TypeFor[client.Lock](), true, "Lock")
	most := maxPassphrase
	add(UnlockRoute, huma.Operation{OperationID: "unlock", Summary: "Open the vault with its passphrase, byte for byte", RequestBody: &huma.RequestBody{
		Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", MaxLength: &most}}},
	}, Responses: answers("application/json", lock)})
	_, signIn, _ := strings.Cut(signInRoute, " ")
	api.Paths[signIn].Post.Security = []map[string][]string{}
}

// otherAnswer is an answer that many operations have.
type otherAnswer struct {
	status      int
	name, means string
}

func otherAnswers() []otherAnswer {
	return []otherAnswer{
		{http.StatusAccepted, "Kept", "The node is locked, and keeps what it was asked, sealed: it is carried out when somebody unlocks it. Nothing of it was checked."},
		{http.StatusBadRequest, "Malformed", "The body is no JSON as it is read here, or it did not come whole; or a cursor is not one of this list, for whoever asks."},
		{http.StatusUnauthorized, "Unauthenticated", "Who asks is not known."},
		{http.StatusForbidden, "Refused", "Consent or policy does not cover it; or the token is a program's, and its scopes do not; or a page from elsewhere asks."},
		{http.StatusNotFound, "Withheld", "It is not there, or not for whoever asks: the two look alike."},
		{http.StatusRequestTimeout, "Slow", "The body did not come in time."},
		{http.StatusConflict, "Conflict", "It has moved on since whoever asks looked."},
		{http.StatusPreconditionFailed, "Changed", "It is not as it was looked at."},
		{http.StatusRequestEntityTooLarge, "TooLarge", "The body is too large."},
		{http.StatusUnsupportedMediaType, "WrongType", "The body is of another type, or compressed."},
		{http.StatusMisdirectedRequest, "Misdirected", "The node was asked under another machine's name."},
		{http.StatusUnprocessableEntity, "Invalid", "Something in the request is wrong; the problem says where."},
		{http.StatusPreconditionRequired, "Unmatched", "If-Match does not say what was looked at."},
		{http.StatusTooManyRequests, "TooOften", "A program asks more often than its token may; Retry-After says in how many seconds it may again."},
		{http.StatusInternalServerError, "Unexpected", "A defect. What was saved is kept; this request was not carried out."},
		{http.StatusServiceUnavailable, "Unavailable", "Not now: the node is locked, or what it needs is away."},
	}
}

// describeAnswers adds the answers that follow from what an operation is.
func describeAnswers(op *huma.Operation) {
	has := []int{http.StatusMisdirectedRequest}
	if op.Security == nil || op.Method != http.MethodGet { // what is for whoever asks is there, and always
		has = append(has, http.StatusInternalServerError, http.StatusServiceUnavailable)
	}
	if op.Security == nil {
		has = append(has, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests)
	}
	if len(op.Parameters) > 0 {
		has = append(has, http.StatusNotFound)
	}
	// A text is taken as it is: there is nothing of that name.
	if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Schema.Type != huma.TypeString }) {
		has = append(has, http.StatusUnprocessableEntity)
	}
	if op.Method != http.MethodGet {
		has = append(has, http.StatusForbidden, http.StatusUnauthorized, http.StatusConflict, http.StatusUnsupportedMediaType)
	}
	if op.Method != http.MethodGet && op.Method+" "+op.Path != UnlockRoute {
		// A body is refused, where it must be, whether or not one is wanted. A passphrase is
		// bytes of any form.
		has = append(has, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
	}
	if op.Method == http.MethodPost && op.Security == nil {
		has = append(has, http.StatusUnprocessableEntity)
		least, most := 1, maxKey
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: onceHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &most},
			Description: "Whoever asks again with the same key and body is answered as before, and nothing is done twice.",
		})
	}
	takes := func(name string) bool {
		return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == name })
	}
	if takes("If-Match") {
		has = append(has, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if takes("cursor") {
		has = append(has, http.StatusBadRequest)
	}
	if op.RequestBody != nil {
		op.RequestBody.Required = true
		has = append(has, http.StatusUnprocessableEntity)
	}
	if slices.Contains(handsIn(), op.Method+" "+op.Path) {
		has = append(has, http.StatusAccepted)
	}
	delete(op.Responses, "default")
	for _, a := range otherAnswers() {
		if slices.Contains(has, a.status) {
			op.Responses[strconv.Itoa(a.status)] = &huma.Response{Ref: "#/components/responses/" + a.name}
		}
	}
}

// operations are those of one path.
func operations(item *huma.PathItem) []*huma.Operation {
	list := []*huma.Operation{item.Get, item.Post, item.Put, item.Delete, item.Patch}
	return slices.DeleteFunc(list, func(op *huma.Operation) bool { return op == nil })
}

// subject is what operations on the same things have in common.
func subject(path string) string {
	steps := strings.Split(strings.TrimPrefix(path, "/v1"), "/")
	if strings.HasPrefix(path, "/v1/") {
		return steps[1]
	}
	return "about"
}

// namesIn are the names of all that requests are made of.
func namesIn(api *huma.OpenAPI) map[string]bool {
	names := map[string]bool{"body": true, "path": true, "query": true, "header": true}
	for _, s := range api.Components.Schemas.Map() {
		for name := range s.Properties {
			names[name] = true
		}
	}
	for _, item := range api.Paths {
		for _, op := range operations(item) {
			for _, p := range op.Parameters {
				names[p.Name] = true
			}
		}
	}
	return names
}
