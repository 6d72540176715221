package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
)

func (g *Gateway) registerWatch(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "watch-placements", Method: http.MethodGet, Path: "/v1/placements/watch",
		Summary: "Be told of each need that waits for an answer here and fits, as it comes (server-sent events)",
		Responses: map[string]*huma.Response{"200": {
			Description: "Events of type placement, with what GET /v1/placements/{id} shows as data, and an id each; comments keep the line alive. " +
				"A stream ends after ten minutes, or when the node is locked: ask again with the last id.",
			Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, answerTo(g, Person.AnswersNeeds, func(ctx context.Context, by Person, in *struct {
		Last string `header:"Last-Event-ID" maxLength:"64" doc:"The id of the last event that was read: the stream goes on behind it. Without it, or with one of before the node was locked, it begins with all that waits."`
	}) (*huma.StreamResponse, error) {
		if _, err := g.c.Places.List(by.Asker, false); err != nil {
			return nil, err
		}
		if !g.inbox.enter(by.ID) {
			p := Problem(i18n.For(languageOf(ctx)), fault.New(fault.Unavailable, fault.WatchesMany, "most", fmt.Sprint(mostWatchers)))
			p.Status = http.StatusTooManyRequests
			return nil, p
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			defer g.inbox.leave(by.ID)
			g.watch(c, g.inbox.number(in.Last))
		}}, nil
	}))
}

// How often a watcher's needs are looked through, how often one that has nothing new is told
// that it is still there, how long it may take to read, and how long one stream goes on.
const (
	watchEvery = time.Second
	watchAlive = 15 // looks
	watchReads = 10 * time.Second
	watchLasts = 10 * 60 // looks
)

// watch tells somebody of each need that waits here and fits and stands behind a number of
// the inbox, once for as long as it waits. Whoever it is shows each time that she still may:
// a token that was revoked tells of nothing more.
func (g *Gateway) watch(c huma.Context, told uint64) {
	_, w := humago.Unwrap(c)
	out := http.NewResponseController(w)
	// The server ends what is read for long, and this is only written.
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	token := strings.TrimPrefix(c.Header("Authorization"), "Bearer ")
	for look := range watchLasts {
		by, err := g.c.Staff.Authenticate(token)
		if err != nil || !by.AnswersNeeds() {
			return
		}
		text, upTo, err := g.waits(by, told)
		if err == nil && (len(text) > 0 || look%watchAlive == 0) {
			if len(text) == 0 {
				text = []byte(": nothing new\n\n")
			}
			slow := time.AfterFunc(watchReads, func() { _ = out.SetWriteDeadline(time.Unix(1, 0)) })
			if _, err = w.Write(text); err == nil {
				err = out.Flush()
			}
			slow.Stop()
		}
		if err != nil || strings.HasPrefix(token, handoff.SessionPrefix) {
			return // a session is told once: to watch is not to be there
		}
		told = upTo
		select {
		case <-c.Context().Done():
			return
		case <-time.After(g.watchEvery):
		}
	}
}

// waits is what waits behind a number, as events, and the number of the last of them.
func (g *Gateway) waits(by Person, told uint64) (text []byte, upTo uint64, err error) {
	list, err := g.inbox.behind(told, func() ([]need.Received, error) { return g.c.Places.List(by.Asker, false) })
	if err != nil {
		return nil, told, err
	}
	for _, r := range list {
		event, err := json.Marshal(g.placement(r.Received))
		if err != nil {
			return nil, told, err
		}
		told = r.at
		text = fmt.Appendf(text, "event: placement\nid: %s\ndata: %s\n\n", g.inbox.id(r.at), event)
	}
	return text, told, nil
}
