// Package pull fetches records from the programs that agencies collect them with: every
// submission of a form of KoboToolbox or ODK Central, every case that somebody may see in
// Primero. They are written one a line, as JSON, and become cases through a mapping.
//
// Guarantee: the secret goes to the address that was typed and to no other: what an answer
// says comes next is followed on the same host only, and nothing redirects. A page is in
// memory at a time. Limit: it asks and changes nothing there; what it wrote is on the disk in
// clear until somebody deletes it.
package pull

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Program is what records are fetched from.
type Program string

// Programs, and how each lets somebody in.
//
//   - KoboToolbox: a token, "Authorization: Token …" (kobotoolbox/kpi, kpi/authentication.py).
//   - ODK Central: a token as Bearer, or one that /v1/sessions gives for an e-mail address and a
//     passphrase (getodk/central-backend, docs/api.yaml, Session Authentication). Its next link
//     is followed as it is.
//   - Primero: a name and a passphrase with each request, as RFC 7617 has it, for which no
//     session is kept and no CSRF token is asked (primeroIMS/primero, config/initializers/devise.rb
//     and app/controllers/concerns/csrf_protection.rb); or, where an identity provider is in
//     charge of who signs in, its token as Bearer. What /api/v2/tokens answers has no token in
//     it, whatever doc/api/tokens/post.md says (app/controllers/api/v2/tokens_controller.rb).
const (
	Kobo    Program = "kobo"    // API v2: /api/v2/assets/UID/data.json
	ODK     Program = "odk"     // Central's OData: /v1/projects/N/forms/ID.svc/Submissions
	Primero Program = "primero" // API v2: /api/v2/cases
)

// Programs lists them.
func Programs() []Program { return []Program{Kobo, ODK, Primero} }

// Errors of fetching. None quotes what was answered.
var (
	ErrAddress = errors.New("the address is not one that records can be fetched from")
	ErrAway    = errors.New("nothing answers there")
	ErrRefused = errors.New("it does not let us in")
	ErrAnswer  = errors.New("what it answers is not what the program answers")
	ErrLeads   = errors.New("its answer leads somewhere else")
)

const (
	perPage = 100
	maxPage = 32 << 20 // bytes of one answer
)

// From is where records are fetched, and as whom.
type From struct {
	Program Program
	Address string
	// Secret is a token; of ODK Central and Primero also name:password.
	Secret string
	HTTP   *http.Client // nil: as the library is
}

// String hides the secret from every log line and error.
func (From) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (From) GoString() string { return "(redacted)" }

// fetching is one fetch on its way.
type fetching struct {
	http    *http.Client
	at      *url.URL
	program Program
	shows   string // Authorization
}

// Copy writes every record there is, one a line, and says how many.
func (f From) Copy(ctx context.Context, to io.Writer) (rows int, err error) {
	at, err := f.address()
	if err != nil {
		return 0, err
	}
	on := &fetching{at: at, program: f.Program, http: &http.Client{Timeout: 2 * time.Minute}}
	if f.HTTP != nil {
		copied := *f.HTTP
		on.http = &copied
	}
	on.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if err := on.signIn(ctx, f.Secret); err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for next := on.first(); next != nil; {
		if seen[next.String()] {
			return rows, ErrLeads
		}
		seen[next.String()] = true
		page, err := on.ask(ctx, http.MethodGet, next, nil)
		if err != nil {
			return rows, err
		}
		records, after, err := on.read(page, next)
		if err != nil {
			return rows, err
		}
		for _, record := range records {
			if _, err := to.Write(append(record, '\n')); err != nil {
				return rows, fmt.Errorf("write records: %w", err)
			}
			rows++
		}
		next = after
	}
	return rows, nil
}

// address is where to ask: over TLS, or on this machine.
func (f From) address() (*url.URL, error) {
	at, err := url.Parse(f.Address)
	if err != nil || at.Host == "" || at.User != nil {
		return nil, ErrAddress
	}
	ip, err := netip.ParseAddr(at.Hostname())
	here := at.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if at.Scheme != "https" && !(at.Scheme == "http" && here) {
		return nil, ErrAddress
	}
	path := strings.TrimSuffix(at.Path, "/")
	ok := false
	switch f.Program {
	case Kobo:
		ok = strings.Contains(path, "/api/v2/assets/") && (strings.HasSuffix(path, "/data") || strings.HasSuffix(path, "/data.json"))
	case ODK:
		ok = strings.HasPrefix(path, "/v1/projects/") && strings.HasSuffix(path, ".svc/Submissions")
	case Primero:
		ok = path == "/api/v2/cases"
	}
	if !ok {
		return nil, ErrAddress
	}
	return at, nil
}

// first is the first page.
func (f *fetching) first() *url.URL {
	at := *f.at
	q := at.Query()
	switch f.program {
	case Kobo:
		q.Set("format", "json")
		q.Set("limit", strconv.Itoa(perPage))
	case ODK:
		q.Set("$top", strconv.Itoa(perPage))
		q.Set("$expand", "*") // repeats as lists within their submission
	case Primero:
		q.Set("per", strconv.Itoa(perPage))
		q.Set("page", "1")
	}
	at.RawQuery = q.Encode()
	return &at
}

// signIn finds what is shown with each request.
func (f *fetching) signIn(ctx context.Context, secret string) error {
	name, passphrase, both := strings.Cut(secret, ":")
	switch {
	case f.program == Kobo:
		f.shows = "Token " + secret
	case both && f.program == Primero:
		f.shows = "Basic " + base64.StdEncoding.EncodeToString([]byte(secret))
	case both:
		return f.beginSession(ctx, name, passphrase)
	default:
		f.shows = "Bearer " + secret
	}
	return nil
}

// beginSession begins one of ODK Central's.
func (f *fetching) beginSession(ctx context.Context, name, passphrase string) error {
	at := *f.at
	at.Path, at.RawQuery = "/v1/sessions", ""
	text, err := f.ask(ctx, http.MethodPost, &at, map[string]string{"email": name, "password": passphrase})
	if err != nil {
		return err
	}
	var session struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(text, &session) != nil || session.Token == "" {
		return ErrAnswer
	}
	f.shows = "Bearer " + session.Token
	return nil
}

func (f *fetching) ask(ctx context.Context, method string, at *url.URL, in any) ([]byte, error) {
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("write a request: %w", err)
		}
		body = strings.NewReader(string(text))
	}
	request, err := http.NewRequestWithContext(ctx, method, at.String(), body)
	if err != nil {
		return nil, ErrAddress
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	if f.shows != "" {
		request.Header.Set("Authorization", f.shows)
	}
	response, err := f.http.Do(request)
	if err != nil {
		return nil, errors.Join(ErrAway, ctx.Err()) // the library's error has the address, and whom it asks for
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		return nil, ErrRefused
	case response.StatusCode >= http.StatusMultipleChoices && response.StatusCode < http.StatusBadRequest:
		return nil, ErrLeads
	case response.StatusCode >= http.StatusBadRequest:
		return nil, ErrAnswer
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxPage+1))
	if err != nil {
		return nil, errors.Join(ErrAway, ctx.Err())
	}
	if len(text) > maxPage {
		return nil, ErrAnswer
	}
	return text, nil
}
