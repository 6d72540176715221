package town_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/town"
)

// TestTwoRecipientsHaveNothingInCommonButContent joins all that two agencies keep of
// one person's two referrals, under one consent of hers: beside the content itself,
// and what everybody's referrals have in common, no value is in both stores.
func TestTwoRecipientsHaveNothingInCommonButContent(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"police"}})
	if err != nil {
		t.Fatal(err)
	}
	ngo := ask(t, w, "ngo")
	both := newConsent()
	other := both.Allow[0]
	other.To, other.Purpose, other.Share = "Invented Shelter", "shelter", []string{"needs"}
	both.Allow = append(both.Allow, other)
	both.Exclude, both.Services = nil, append(both.Services, "shelter_emergency")
	agreed, err := ngo.AddConsent(t.Context(), both)
	if err != nil {
		t.Fatal(err)
	}
	send(t, ngo, agreed.Case)
	draft := newPreview(agreed.Case)
	draft.To, draft.Purpose, draft.Services, draft.Records = "Invented Shelter", "shelter", []string{"shelter_emergency"}, nil
	preview, err := ngo.Preview(t.Context(), draft)
	if err != nil || preview.Digest == "" {
		t.Fatalf("%+v, %v", preview.Uncovered, err)
	}
	if _, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"legal", "shelter"} {
		taken(t, ask(t, w, key), 1)
	}
	// Somebody else's, of the same agency and the same day: what she has in common
	// with him says nothing of her. To the second, it would.
	time.Sleep(1100 * time.Millisecond)
	his, err := ngo.AddConsent(t.Context(), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	send(t, ngo, his.Case)
	taken(t, ask(t, w, "legal"), 2)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	legal, shelter := values(t, laid, "legal"), values(t, laid, "shelter")
	if len(legal) != 2 || len(shelter) != 1 {
		t.Fatalf("%d and %d referrals", len(legal), len(shelter))
	}
	joined := 0
	for value := range shelter[0] {
		if legal[0][value] != legal[1][value] { // of her, or of him, alone
			joined++
			t.Errorf("both have %q", value)
		}
	}
	t.Logf("%d values at the one, %d and %d at the other; %d join them", len(shelter[0]), len(legal[0]), len(legal[1]), joined)
}

// values are all values in each referral that an agency keeps, those of its grant
// among them, but for single letters, small numbers and when it came.
func values(t *testing.T, laid town.Laid, key string) (all []map[string]bool) {
	t.Helper()
	v := storeOf(t, laid, key)
	defer v.Close()
	err := v.View(func(tx *vault.Tx) error {
		return tx.Each("referrals", func(_ string, value []byte) error {
			found := map[string]bool{}
			gather(t, value[strings.IndexByte(string(value), '{'):], found)
			all = append(all, found)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// now reports whether a value is a time of today: when something came is no secret
// of whoever it came to.
func now(text json.RawMessage) bool {
	var at time.Time
	var seconds int64
	if json.Unmarshal(text, &at) != nil && json.Unmarshal(text, &seconds) == nil {
		at = time.Unix(seconds, 0)
	}
	return time.Since(at).Abs() < 24*time.Hour
}

func gather(t *testing.T, text json.RawMessage, found map[string]bool) {
	t.Helper()
	var object map[string]json.RawMessage
	var list []json.RawMessage
	var word string
	switch {
	case json.Unmarshal(text, &object) == nil:
		for _, each := range object {
			gather(t, each, found)
		}
	case json.Unmarshal(text, &list) == nil && len(list) > 0:
		for _, each := range list {
			gather(t, each, found)
		}
	case json.Unmarshal(text, &word) == nil && strings.Count(word, ".") == 2 && strings.HasPrefix(word, "eyJ"):
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(word, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		gather(t, claims, found)
	case len(text) > 4 && !now(text):
		found[string(text)] = true
	}
}
