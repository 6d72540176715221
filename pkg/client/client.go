package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrUnreachable says that the node did not answer.
var ErrUnreachable = errors.New("the node does not answer")

// ErrUnsure says, beside one of the other two, that the node may have done what it was
// asked: the question went out, and no answer of a node's came.
var ErrUnsure = errors.New("whether it was done is not known")

// ErrNotANode says that the address is no node's: it is not like
// http://127.0.0.1:7070, or something else answers there.
var ErrNotANode = errors.New("what answers there is not a node")

// Client asks a node. It is safe for concurrent use.
type Client struct {
	base     string
	token    string
	language string
	key      string
	again    int // how often more it asks
	http     *http.Client
}

// New makes a client of the node at base (http://127.0.0.1:7070) for the
// person a token belongs to; language (en, es) is what problems are told in.
func New(base, token, language string) *Client {
	return &Client{
		base: strings.TrimRight(base, "/"), token: token, language: language,
		http: &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Keeping is the same client with connections of its own, of which up to most stay open
// for the next question: for a program that asks for many people at once.
func (c *Client) Keeping(most int) *Client {
	kept := *c
	own := *c.http
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConns, t.MaxIdleConnsPerHost = most, most
		own.Transport = t
	}
	kept.http = &own
	return &kept
}

// As is the same node, asked for another person over the same connections.
func (c *Client) As(token, language string) *Client {
	other := *c
	other.token, other.language = token, language
	return &other
}

// Once is the same client for one thing to be done: whoever asks it again, with the same key,
// because no answer came, is answered as before, and it is not done twice; where the node was
// locked or restarted in between, with what it became, as it is now. A node knows a key for a
// day. The key is random, of at most 255 characters, and has nothing of a case in it.
func (c *Client) Once(key string) *Client {
	other := *c
	other.key = key
	return &other
}

// Close closes the connections that nobody uses now. Later questions open others.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// AddConsent records a consent, or that she was asked. It, Send and Mark give a *Kept as their error
// where the node is locked and has kept what it was asked.
func (c *Client) AddConsent(ctx context.Context, in NewConsent) (out Consent, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/consents", in, &out)
}

// AnswerConsent records what she says to what she was asked before. As what is handed
// in goes, so do it and RenewConsent.
func (c *Client) AnswerConsent(ctx context.Context, id posada.ConsentID, in NewAnswer) (out Consent, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/consents/"+url.PathEscape(string(id))+"/answer", in, &out)
}

// RenewConsent records that she agrees again to what a consent says, asked anew: a
// new consent.
func (c *Client) RenewConsent(ctx context.Context, id posada.ConsentID, in NewConsent) (out Consent, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/consents/"+url.PathEscape(string(id))+"/renew", in, &out)
}

// OptIn records that she asked, with counsel there, that a consent may be used for
// law enforcement. It counts a day later.
func (c *Client) OptIn(ctx context.Context, id posada.ConsentID, in NewOptIn) (out Consent, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/consents/"+url.PathEscape(string(id))+"/opt-in", in, &out)
}

// Consents lists consents, the newest first.
func (c *Client) Consents(ctx context.Context) ([]Consent, error) { return all(c.EachConsent(ctx)) }

// EachConsent goes through them a part at a time; it is the same list.
func (c *Client) EachConsent(ctx context.Context) iter.Seq2[Consent, error] {
	return parts[Consent](ctx, c, "/v1/consents")
}

// EndConsent ends a consent: what was not read under it is stopped.
func (c *Client) EndConsent(ctx context.Context, id posada.ConsentID, in NewEnding) (out Consent, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/consents/"+url.PathEscape(string(id))+"/end", in, &out)
}

// PassOn shows exactly what would be passed on of a referral that came in; it is sent as
// every preview is.
func (c *Client) PassOn(ctx context.Context, id posada.ReferralID, in NewPassing) (out Preview, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/"+url.PathEscape(string(id))+"/pass-on", in, &out)
}

// Preview shows exactly what would be shared; nothing leaves.
func (c *Client) Preview(ctx context.Context, in NewPreview) (out Preview, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/preview", in, &out)
}

// Send sends what was previewed.
func (c *Client) Send(ctx context.Context, in NewSend) (out Referral, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals", in, &out)
}

// Print gives what was previewed for an agency without a node, to be read out or printed.
func (c *Client) Print(ctx context.Context, in NewSend) (out Printed, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/print", in, &out)
}

// Referrals lists referrals, the newest first, without content.
func (c *Client) Referrals(ctx context.Context) ([]Referral, error) { return all(c.EachReferral(ctx)) }

// EachReferral goes through them a part at a time; it is the same list.
func (c *Client) EachReferral(ctx context.Context) iter.Seq2[Referral, error] {
	return parts[Referral](ctx, c, "/v1/referrals")
}

// Referral shows one referral with its content.
func (c *Client) Referral(ctx context.Context, id posada.ReferralID) (out Referral, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/referrals/"+url.PathEscape(string(id)), nil, &out)
}

// Mark sets a referral's state on this side.
func (c *Client) Mark(ctx context.Context, id posada.ReferralID, in NewMark) (out Referral, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/"+url.PathEscape(string(id))+"/marks", in, &out)
}

// AssignReferral gives a referral that came in to a colleague.
func (c *Client) AssignReferral(ctx context.Context, id posada.ReferralID, in NewAssignment) (out Referral, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/"+url.PathEscape(string(id))+"/assignments", in, &out)
}

// Status is how the node is.
func (c *Client) Status(ctx context.Context) (out Status, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/status", nil, &out)
}

// Agencies lists the members.
func (c *Client) Agencies(ctx context.Context) (out []Agency, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/agencies", nil, &out)
}

// SheltersBut is what the shelters of a list are called, but for the agency whose node
// answered, and the one that something is for: to it, its own name tells nothing.
func SheltersBut(list []Agency, to posada.AgencyID) (names []string) {
	for _, a := range list {
		if a.Class == posada.ClassShelter && !a.Self && a.ID != to {
			names = append(names, a.Name)
		}
	}
	return names
}

// Unlock opens the node's vault with its passphrase, for which no token is
// needed, and returns when the node does its work. The passphrase is the body
// and stands nowhere else.
func (c *Client) Unlock(ctx context.Context, passphrase []byte) (out Lock, err error) {
	return out, c.send(ctx, http.MethodPost, "/v1/unlock", "application/octet-stream", bytes.NewReader(passphrase), &out)
}

// Lock closes the node's vault and returns when it is closed.
func (c *Client) Lock(ctx context.Context) (out Lock, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/lock", nil, &out)
}

// do asks, in JSON, and reads the answer, or the problem.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	if in == nil {
		return c.try(ctx, method, func(c *Client) error { return c.send(ctx, method, path, "", http.NoBody, out) })
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(in); err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	return c.try(ctx, method, func(c *Client) error {
		return c.send(ctx, method, path, "application/json", bytes.NewReader(body.Bytes()), out)
	})
}

func (c *Client) send(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	request, err := c.request(ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unsure(method, path, fmt.Errorf("%w: %w", ErrUnreachable, err))
	}
	defer response.Body.Close()
	return unsure(method, path, read(response, out))
}

// maxAnswer is the longest line of a stream in bytes.
const maxAnswer = 1 << 20

// stream asks for events that go on until one side ends them, behind the last one.
func (c *Client) stream(ctx context.Context, path, last string) (io.ReadCloser, error) {
	request, err := c.request(ctx, http.MethodGet, path, "", http.NoBody)
	if err != nil {
		return nil, err
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	patient := *c.http
	patient.Timeout = 0
	response, err := patient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return response.Body, nil
	}
	defer response.Body.Close()
	return nil, read(response, &struct{}{})
}

func (c *Client) request(ctx context.Context, method, path, kind string, body io.Reader) (*http.Request, error) {
	if at, err := url.Parse(c.base); err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil, fmt.Errorf("%w: %s", ErrNotANode, c.base)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNotANode, c.base)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	request.Header.Set("Accept-Language", c.language)
	if method != http.MethodGet {
		request.Header.Set("If-Match", "*") // the units say what has moved on
	}
	if c.key != "" && method == http.MethodPost {
		request.Header.Set("Idempotency-Key", c.key)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	return request, nil
}

// unsure says of a question without a node's answer that it may have been carried out, where
// it would have changed something and a connection was made.
func unsure(method, path string, err error) error {
	lost := errors.Is(err, ErrUnreachable) || errors.Is(err, ErrNotANode)
	looks := method == http.MethodGet || strings.HasSuffix(path, "/preview") || strings.HasSuffix(path, "/pass-on")
	if no, ok := errors.AsType[*net.OpError](err); !lost || looks || ok && no.Op == "dial" {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnsure, err)
}

// read reads an answer, or the problem. What is neither was not said by a node.
func read(response *http.Response, out any) error {
	decoder := json.NewDecoder(response.Body)
	if response.StatusCode >= http.StatusBadRequest {
		p := &Problem{}
		if err := decoder.Decode(p); err != nil || p.Title == "" || p.Code == "" {
			return fmt.Errorf("%w: %s", ErrNotANode, response.Status)
		}
		p.Status, p.RetryAfter = response.StatusCode, retryAfter(response.Header)
		return p
	}
	if response.StatusCode == http.StatusAccepted {
		k := &Kept{}
		if err := decoder.Decode(k); err != nil || !k.Kept {
			return fmt.Errorf("%w: %s", ErrNotANode, response.Status)
		}
		return k
	}
	if kind := response.Header.Get("Content-Type"); response.StatusCode >= http.StatusMultipleChoices || !strings.HasPrefix(kind, "application/json") {
		return fmt.Errorf("%w: %s", ErrNotANode, response.Status)
	}
	err := decoder.Decode(out)
	if _, broke := errors.AsType[net.Error](err); broke || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrUnreachable, err) // it ended in the middle of its answer
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if more, is := out.(interface{ readHeader(http.Header) }); is {
		more.readHeader(response.Header)
	}
	return nil
}
