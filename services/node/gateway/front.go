package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Door is what the API tells and asks of who opened the vault for it.
//
//  1. Seen says that a request was authenticated now.
//  2. Lock returns when the vault is closed; the caller's own request no longer
//     counts as one under way.
type Door interface {
	Seen()
	Lock(ctx context.Context, by posada.StaffID) error
}

// Keeper is what the API asks while the vault may be closed.
//
// Unlock returns nil when the node does its work; it overwrites the passphrase.
type Keeper interface {
	Unlock(ctx context.Context, passphrase []byte) error
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

func (f front) locked(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, f.problem(r.Context(), fault.New(fault.Unavailable, fault.NodeLocked)))
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that hung up has its answer.
	_ = json.NewEncoder(w).Encode(answer)
}
