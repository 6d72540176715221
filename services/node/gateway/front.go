package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Door is what the API tells and asks of who opened the vault for it.
//
//  1. Seen says that a request was authenticated now.
//  2. Lock returns when the vault is closed; the caller's own request no longer
//     counts as one under way.
//  3. HandedIn is what became of work that came in while it was closed.
type Door interface {
	Seen()
	Lock(ctx context.Context, by posada.StaffID) error
	HandedIn() (client.HandedIn, error)
}

// Keeper is what the API asks while the vault may be closed.
//
//  1. Unlock returns nil when the node does its work.
//  2. Keep returns nil when the work is on the disk, sealed. Any error means
//     that nothing was kept.
type Keeper interface {
	Unlock(ctx context.Context, passphrase []byte) error
	Keep(Work) error
}

// Work is a request that hands something in, as it was asked.
type Work struct {
	Method, Path, Language, Token string
	Body                          []byte
	Key                           string // that it was asked with, if any: so it is done once, also where it was done before
}

// String hides the request.
func (Work) String() string { return "(redacted)" }

// GoString hides the request.
func (Work) GoString() string { return "(redacted)" }

// handsIn lists the requests that a locked node keeps: what staff may be sure of
// without seeing an answer. A preview is to be read, so it is none.
func handsIn() []string {
	return []string{"POST /v1/consents", "POST /v1/referrals", "POST /v1/referrals/{id}/marks", "POST /v1/cases/exclusions", "POST /v1/cases/papers", "POST /v1/consents/{id}/answer", "POST /v1/consents/{id}/renew", "POST /v1/consents/{id}/end", "POST /v1/withdrawals"}
}

// UnlockRoute is the one request that is answered while the node is locked.
const UnlockRoute = "POST /v1/unlock"

// maxPassphrase is the longest passphrase in bytes.
const maxPassphrase = 1 << 10

// front answers while the vault is closed.
type front struct {
	*Gateway
	keeper Keeper
}

// Front is the API of a node whose vault is closed: it can be unlocked, and
// everything else has one answer, whoever asks and whatever there is.
func Front(k Keeper, log obs.Log) http.Handler {
	f := front{New(Config{Log: log}), k}
	mux := http.NewServeMux()
	mux.HandleFunc(UnlockRoute, f.unlock)
	for _, route := range handsIn() {
		mux.HandleFunc(route, f.keep)
	}
	mux.HandleFunc("/", f.locked)
	return f.shell(mux)
}

// unlock takes the passphrase as the body, byte for byte: what JSON makes of a
// text could not be overwritten. The type of the body is one that no page can
// send to another origin without asking first.
func (f front) unlock(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") != "application/octet-stream" {
		writeProblem(w, refusal(r.Context(), http.StatusUnsupportedMediaType, fault.WrongContentType))
		return
	}
	text := make([]byte, maxPassphrase+1)
	defer clear(text)
	n, err := io.ReadFull(r.Body, text)
	if err == nil || n == 0 || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		writeProblem(w, f.problem(r.Context(), fault.New(fault.Invalid, fault.BadPassphrase)))
		return
	}
	// The connection's buffers held it: they are let go with the connection.
	w.Header().Set("Connection", "close")
	if err := f.keeper.Unlock(r.Context(), text[:n]); err != nil {
		writeProblem(w, f.problem(r.Context(), err))
		return
	}
	writeJSON(w, http.StatusOK, client.Lock{Locked: false})
}

// maxWork is the largest request that is kept, and maxWords the longest of what
// stands before its body.
const (
	maxWork  = 64 << 10
	maxWords = 256
)

// keep takes work into the letterbox. Whether the token is anybody's cannot be
// known now; without any it could never be carried out, and a session may be over by
// then: whoever signed in keeps their work where they wrote it.
func (f front) keep(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" || strings.HasPrefix(token, handoff.SessionPrefix) {
		f.locked(w, r)
		return
	}
	text, refused := written(r)
	if refused != nil {
		refused.ServeHTTP(w, r)
		return
	}
	defer clear(text)
	err, key := error(fault.New(fault.Invalid, fault.LetterTooLarge)), r.Header.Get(onceHeader)
	if len(text) <= maxWork && len(token) <= maxWords && len(r.URL.Path) <= maxWords && len(key) <= maxKey {
		err = f.keeper.Keep(Work{r.Method, r.URL.Path, string(languageOf(r.Context())), token, text, key})
	}
	if err != nil {
		writeProblem(w, f.problem(r.Context(), err))
		return
	}
	p := i18n.For(languageOf(r.Context()))
	writeJSON(w, http.StatusAccepted, client.Kept{Kept: true, Title: p.Text("locked.kept.what"), Next: p.Text("locked.kept.next")})
}

// CarryOut asks the API what was kept, as if it were asked now, and gives the
// status and, where it was refused, the problem.
func CarryOut(ctx context.Context, api http.Handler, work Work) (int, *client.Problem) {
	r, err := http.NewRequestWithContext(handedIn(ctx), work.Method, (&url.URL{Scheme: "http", Host: "localhost", Path: work.Path}).String(), bytes.NewReader(work.Body))
	if err != nil {
		return http.StatusBadRequest, &client.Problem{Code: string(fault.Invalid), Key: string(fault.BadRequest)}
	}
	r.Header.Set("Authorization", "Bearer "+work.Token)
	r.Header.Set("Accept-Language", work.Language)
	r.Header.Set("Content-Type", "application/json")
	if work.Key != "" {
		r.Header.Set(onceHeader, work.Key)
	}
	r.Header.Set("If-Match", "*") // while it was closed nobody could look
	out := answered{miss: miss{header: http.Header{}, status: http.StatusOK}}
	api.ServeHTTP(&out, r)
	if out.status < http.StatusMultipleChoices {
		return out.status, nil
	}
	p := &client.Problem{}
	if err := json.Unmarshal(out.text.Bytes(), p); err != nil || p.Code == "" {
		p.Code, p.Key = string(fault.Internal), string(fault.UnexpectedFailure)
	}
	return out.status, p
}

// answered keeps the answer to work that was kept.
type answered struct {
	miss
	text bytes.Buffer
}

func (a *answered) Write(text []byte) (int, error) { return a.text.Write(text) }

func (f front) locked(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, f.problem(r.Context(), fault.New(fault.Unavailable, fault.NodeLocked)))
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that hung up has its answer.
	_ = json.NewEncoder(w).Encode(answer)
}
