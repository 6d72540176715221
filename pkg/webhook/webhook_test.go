package webhook_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	independent "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/webhook"
)

func newKey(t *testing.T, s posada.WebhookScheme) webhook.Key {
	t.Helper()
	k, err := webhook.NewKey(s, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// headers are a message's, as they are sent.
func headers(m webhook.Message) http.Header {
	h := http.Header{}
	h.Set(webhook.HeaderID, m.ID)
	h.Set(webhook.HeaderTimestamp, m.Timestamp)
	h.Set(webhook.HeaderSignature, m.Signature)
	return h
}

// TestAnotherImplementationAcceptsWhatWeSign, of any body, also while a key is turned over
// and beside a signature of the other scheme; and we accept what it signs.
func TestAnotherImplementationAcceptsWhatWeSign(t *testing.T) {
	old, now, other := newKey(t, posada.WebhookV1), newKey(t, posada.WebhookV1), newKey(t, posada.WebhookV1a)
	rapid.Check(t, func(r *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "body")
		id := rapid.StringMatching(`[a-z2-7]{26}`).Draw(r, "id")
		m := webhook.Signed(id, time.Now(), body, other, now, old)
		for _, k := range []webhook.Key{old, now} {
			theirs, err := independent.NewWebhook(k.Shared())
			if err != nil {
				r.Fatal(err)
			}
			if err := theirs.Verify(body, headers(m)); err != nil {
				r.Fatal(err)
			}
			if err := theirs.Verify(append(bytes.Clone(body), 'x'), headers(m)); err == nil {
				r.Fatal("another body was accepted")
			}
			signed, err := theirs.Sign(id, time.Now(), body)
			if err != nil {
				r.Fatal(err)
			}
			back := webhook.Message{ID: id, Timestamp: fmt.Sprint(time.Now().Unix()), Signature: signed, Body: body}
			if err := back.Verify(k.Shared(), time.Now()); err != nil {
				r.Fatal(err)
			}
		}
	})
}

// TestTheSpecificationsExampleIsOurs: the secret, message and signature that its documents give.
func TestTheSpecificationsExampleIsOurs(t *testing.T) {
	k, err := webhook.ReadKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	if got := k.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

// TestOnlyWhatWasSignedVerifies, by its own key, in its time, whichever scheme.
func TestOnlyWhatWasSignedVerifies(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, scheme := range posada.Members[posada.WebhookScheme]() {
		k, other := newKey(t, scheme), newKey(t, scheme)
		m := webhook.Signed("aaaa", now, []byte("body"), other, k)
		for name, c := range map[string]struct {
			change func(*webhook.Message)
			shared string
			at     time.Time
			want   error
		}{
			"as it is":              {func(*webhook.Message) {}, k.Shared(), now, nil},
			"by the one before":     {func(*webhook.Message) {}, other.Shared(), now, nil},
			"five minutes late":     {func(*webhook.Message) {}, k.Shared(), now.Add(5 * time.Minute), nil},
			"later":                 {func(*webhook.Message) {}, k.Shared(), now.Add(5*time.Minute + time.Second), webhook.ErrTime},
			"before its time":       {func(*webhook.Message) {}, k.Shared(), now.Add(-5*time.Minute - time.Second), webhook.ErrTime},
			"by a stranger's key":   {func(*webhook.Message) {}, newKey(t, scheme).Shared(), now, webhook.ErrSignature},
			"another body":          {func(m *webhook.Message) { m.Body = []byte("bodY") }, k.Shared(), now, webhook.ErrSignature},
			"another id":            {func(m *webhook.Message) { m.ID = "aaab" }, k.Shared(), now, webhook.ErrSignature},
			"another time":          {func(m *webhook.Message) { m.Timestamp = fmt.Sprint(now.Unix() + 1) }, k.Shared(), now, webhook.ErrSignature},
			"no time":               {func(m *webhook.Message) { m.Timestamp = "" }, k.Shared(), now, webhook.ErrTime},
			"no signature":          {func(m *webhook.Message) { m.Signature = "" }, k.Shared(), now, webhook.ErrSignature},
			"the other scheme":      {func(m *webhook.Message) { m.Signature = strings.ReplaceAll(m.Signature, "v1", "v2") }, k.Shared(), now, webhook.ErrSignature},
			"cut elsewhere":         {func(m *webhook.Message) { m.ID, m.Body = m.ID+"."+m.Timestamp, nil }, k.Shared(), now, webhook.ErrSignature},
			"by what is no key":     {func(*webhook.Message) {}, "whsec_", now, webhook.ErrKey},
			"by a private key":      {func(*webhook.Message) {}, newKey(t, posada.WebhookV1a).Secret(), now, webhook.ErrKey},
			"by a short public key": {func(*webhook.Message) {}, "whpk_" + base64.StdEncoding.EncodeToString([]byte("short")), now, webhook.ErrKey},
		} {
			m := m
			c.change(&m)
			if err := m.Verify(c.shared, c.at); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s, %s: %v", scheme, name, err)
			}
		}
	}
}

// TestAKeyIsReadAsItIsWritten, and prints as nothing.
func TestAKeyIsReadAsItIsWritten(t *testing.T) {
	for _, scheme := range posada.Members[posada.WebhookScheme]() {
		k := newKey(t, scheme)
		back, err := webhook.ReadKey(k.Secret())
		if err != nil || back.Shared() != k.Shared() || back.Secret() != k.Secret() {
			t.Errorf("%s: %v", scheme, err)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(text, "wh") || strings.Count(text, "(secret)") != 4 {
			t.Error(text)
		}
		if (k.Shared() == k.Secret()) != (scheme == posada.WebhookV1) {
			t.Errorf("of %s the private half is shared", scheme)
		}
	}
	whole, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(newKey(t, posada.WebhookV1a).Secret(), "whsk_"))
	whole[40] ^= 1
	for _, text := range []string{
		"", "whsec_", "whsk_", "whpk_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)),
		"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65)), "whsec_!!!!", "whsk_" + base64.StdEncoding.EncodeToString(whole),
	} {
		if _, err := webhook.ReadKey(text); !errors.Is(err, webhook.ErrKey) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := webhook.NewKey("v2", rand.Reader); !errors.Is(err, webhook.ErrKey) {
		t.Error(err)
	}
	if _, err := webhook.NewKey(posada.WebhookV1, strings.NewReader("short")); err == nil {
		t.Error("a key was drawn of too little")
	}
}

// TestItIsTriedLaterAndLater, and often enough within the patience to be called failing.
func TestItIsTriedLaterAndLater(t *testing.T) {
	var all time.Duration
	tries := 1
	for all < webhook.Patience {
		mid := webhook.After(tries, 0.5)
		if least, most := webhook.After(tries, 0), webhook.After(tries, 1); least != mid*8/10 || most != mid*12/10 || webhook.After(tries, -1) != least || webhook.After(tries, 2) != most {
			t.Errorf("%d: %s %s %s", tries, least, mid, most)
		}
		if next := webhook.After(tries+1, 0.5); next < mid || next > 24*time.Hour {
			t.Errorf("after %d it is tried %s later, then %s", tries, mid, next)
		}
		all += webhook.After(tries, 1)
		tries++
	}
	if tries < webhook.LeastOfIt || webhook.After(0, 0.5) != webhook.After(1, 0.5) {
		t.Errorf("within %s it is tried %d times", webhook.Patience, tries)
	}
}

// TestAnEventSaysWhatKindAndWhereToAskAndNothingElse: byte for byte.
func TestAnEventSaysWhatKindAndWhereToAskAndNothingElse(t *testing.T) {
	at := time.Date(2026, 3, 14, 23, 40, 1, 500, time.FixedZone("", -3600))
	body, err := webhook.NewEvent("aaaaaaaaaaaaaaaaaaaaaaaaae", "src", "sub", posada.WebhookReferral, at).Body()
	want := `{"specversion":"1.0","id":"aaaaaaaaaaaaaaaaaaaaaaaaae","source":"urn:posada:src","type":"org.posada-exchange.webhook.referral_came.v1","subject":"sub","time":"2026-03-15T00:40:01Z","datacontenttype":"application/json","data":{"fetch":"/v1/webhook-events/aaaaaaaaaaaaaaaaaaaaaaaaae"}}`
	if err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
	for _, typ := range append(posada.Members[posada.WebhookType](), posada.WebhookTest) {
		if got, ok := webhook.TypeOf(webhook.TypeName(typ)); !ok || got != typ {
			t.Errorf("%s is read as %s", typ, got)
		}
	}
	for _, name := range []string{"", "referral_came", "org.posada-exchange.referral.v1", webhook.TypeName("XOCHITL")} {
		if _, ok := webhook.TypeOf(name); ok {
			t.Errorf("%q is a type", name)
		}
	}
}
