package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// How long one attempt may take, and how much of an answer is read; it is kept nowhere.
const (
	maxTime   = 10 * time.Second
	maxAnswer = 4 << 10
	maxHeader = 8 << 10
)

// errForbidden says that a name leads to where nothing is sent.
var errForbidden = errors.New("its address is not one of the internet at large")

// reach is how endpoints are reached. A name is resolved once for each attempt, and what it
// leads to is looked at before that very address is dialled: whoever has a name lead
// elsewhere between two questions gains nothing by it. One address that is not allowed
// forbids all of them.
type reach struct {
	loopback bool
	resolve  func(ctx context.Context, host string) ([]netip.Addr, error)
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	allowed  func(netip.Addr) bool
	trust    *tls.Config
}

func newReach(loopback bool) reach {
	return reach{
		loopback: loopback,
		resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		dial:    (&net.Dialer{}).DialContext,
		allowed: webhook.Public,
		trust:   &tls.Config{MinVersion: tls.VersionTLS12},
	}
}

// connect dials an address that a name leads to.
func (r reach) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	list, err := r.leads(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		here := r.loopback && webhook.ThisMachine(host) && a.Unmap().IsLoopback()
		if !here && !r.allowed(a) {
			return nil, errForbidden
		}
	}
	err = errForbidden // a name that leads nowhere
	for _, a := range list {
		var conn net.Conn
		if conn, err = r.dial(ctx, network, netip.AddrPortFrom(a.Unmap(), uint16(port)).String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// leads is where a host leads.
func (r reach) leads(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return r.resolve(ctx, host)
}

// client asks nobody's proxy, follows nowhere, and opens a connection for each attempt.
func (r reach) client() *http.Client {
	return &http.Client{
		Timeout:       maxTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: r.connect, TLSClientConfig: r.trust.Clone(), TLSHandshakeTimeout: maxTime,
			DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
		},
	}
}

// send tells an endpoint one thing. What it answers but the status is read as far as to let
// it finish, and forgotten.
func (w *Webhooks) send(ctx context.Context, e endpoint, id posada.EventID, of happened) (status int, outcome posada.WebhookOutcome, err error) {
	at, err := webhook.CheckURL(e.URL, w.c.Loopback)
	if err != nil {
		return 0, posada.WebhookForbidden, nil // the configuration allows it no more
	}
	m, err := w.message(e, id, of)
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(m.Body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", webhook.ContentType)
	r.Header.Set("User-Agent", "posada")
	r.Header.Set(webhook.HeaderID, m.ID)
	r.Header.Set(webhook.HeaderTimestamp, m.Timestamp)
	r.Header.Set(webhook.HeaderSignature, m.Signature)
	answer, err := w.reach.client().Do(r)
	switch {
	case errors.Is(err, errForbidden):
		return 0, posada.WebhookForbidden, nil
	case err != nil: // its text names the address: nobody is told it
		return 0, posada.WebhookNoAnswer, nil
	}
	defer answer.Body.Close()
	// An endpoint that answered took it, whatever becomes of the rest of what it says.
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	if answer.StatusCode/100 == 2 {
		return answer.StatusCode, posada.WebhookDelivered, nil
	}
	return answer.StatusCode, posada.WebhookRefused, nil
}

// message is what an endpoint is sent of something.
func (w *Webhooks) message(e endpoint, id posada.EventID, of happened) (webhook.Message, error) {
	name := func(of ...string) string {
		return string(posada.IDFrom[posada.EventID](w.c.Vault.Pseudonym(append([]string{"webhook", string(e.ID)}, of...)...)))
	}
	subject := ""
	if of.Thing != (thing{}) {
		subject = name("subject", string(of.Thing.Referral), string(of.Thing.Need), string(of.Thing.Placement))
	}
	body, err := webhook.NewEvent(id, name("source"), subject, of.Type, of.At).Body()
	if err != nil {
		return webhook.Message{}, err
	}
	now := w.c.Now()
	keys, err := e.keys(now)
	if err != nil {
		return webhook.Message{}, err
	}
	return webhook.Signed(string(id), now, body, keys...), nil
}
