package town_test

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/services/town"
)

// layLockedNGO is a town whose NGO, which sends, is unlocked by a person.
func layLockedNGO(t testing.TB) town.Laid {
	t.Helper()
	p := plan()
	p.Agencies[0].Passphrase = passphrase
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return laid
}

// kept asks for what an error must say was kept.
func kept(t testing.TB, _ any, err error) {
	t.Helper()
	if _, ok := errors.AsType[*client.Kept](err); !ok {
		t.Fatalf("it was not kept: %v", err)
	}
}

// TestWhatIsHandedInWhileLockedIsCarriedOutAsIfAskedThen: consents, a send and a
// mark, in their order, and what would be refused is refused and told.
func TestWhatIsHandedInWhileLockedIsCarriedOutAsIfAskedThen(t *testing.T) {
	t.Parallel()
	laid := layLockedNGO(t)
	w := start(t, laid, town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	if _, err := ngo.AddConsent(t.Context(), newConsent()); faultOf(err) != "node_locked" {
		t.Errorf("before the vault was ever open: %v", err)
	}
	unlock(t, ngo)
	agreed := agree(t, ngo)
	first := send(t, ngo, agreed.Case)
	delivered(t, w, string(first.ID))
	preview, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil {
		t.Fatal(err)
	}
	lock(t, ngo)

	_, err = ngo.Preview(t.Context(), newPreview(agreed.Case))
	if faultOf(err) != "node_locked" {
		t.Errorf("a preview: %v", err)
	}
	again := newConsent() // of another person: it opens a case
	out, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest})
	kept(t, out, err)
	twice, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest})
	kept(t, twice, err)
	consented, err := ngo.AddConsent(t.Context(), again)
	kept(t, consented, err)
	marked, err := ngo.Mark(t.Context(), first.ID, client.NewMark{State: "recalled"})
	kept(t, marked, err)
	stranger := client.New(w.API("ngo"), "XOCHITLTOKENZ", "en")
	strange, err := stranger.AddConsent(t.Context(), again)
	kept(t, strange, err)

	unlock(t, ngo)
	consents, err := ngo.Consents(t.Context())
	if err != nil || len(consents) != 2 {
		t.Errorf("%d consents, %v", len(consents), err)
	}
	referrals, err := ngo.Referrals(t.Context())
	if err != nil || len(referrals) != 2 {
		t.Fatalf("%d referrals, %v", len(referrals), err)
	}
	status, err := ngo.Status(t.Context())
	if err != nil || status.HandedIn.Waiting != 0 || !status.Audit.Whole {
		t.Errorf("%+v, %v", status, err)
	}
	told := map[string]int{}
	for _, r := range status.HandedIn.Refused {
		told[r.Code+" "+r.Key] = r.Count
	}
	// The second send finds no preview; whoever the stranger is, she is nobody.
	if len(told) != 2 || told["conflict preview_gone"] != 1 || told["unauthenticated unknown_token"] != 1 {
		t.Errorf("%v", told)
	}
	eventually(t, "it arrives", func() bool {
		list, err := legal.Referrals(t.Context())
		for _, r := range list {
			if r.ID == referrals[0].ID {
				return true
			}
		}
		return err != nil
	})
	lock(t, ngo)
	unlock(t, ngo)
	if list, err := ngo.Referrals(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("it is done again: %d, %v", len(list), err)
	}
}

// TestADiskWithoutThePassphraseTellsNothing is T24 and T25: a token in every
// field of what was handed in while the node was locked, and of what is in its
// vault, and then every byte of the disk and the log, after the process ended.
func TestADiskWithoutThePassphraseTellsNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	laid := layLockedNGO(t)
	var logs lockedBuffer
	w, err := town.Start(t.Context(), laid, town.Options{Log: obs.NewLog(&logs), Skip: []string{"shelter", "police", "legal"}})
	if err != nil {
		t.Fatal(err)
	}
	ngo := ask(t, w, "ngo")
	unlock(t, ngo)
	in := newConsent()
	in.TextVersion = "XOCHITLVAULTZ"
	inside, err := ngo.AddConsent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	lock(t, ngo)

	strange := client.New(w.API("ngo"), "XOCHITLTOKENZ", "es")
	fields := client.NewConsent{
		Case: "XOCHITL01Z", Allow: []client.NewAllowance{{To: "XOCHITL02Z", Purpose: "XOCHITL03Z", Share: []string{"XOCHITL04Z"}, Onward: []string{"XOCHITL05Z"}}},
		Exclude: []string{"XOCHITL06Z"}, Withhold: []string{"XOCHITL07Z"}, Services: []string{"XOCHITL08Z"}, GivenBy: "XOCHITL09Z", AgeBand: "XOCHITL10Z",
		Jurisdiction: "XOCHITL10J", Assent: "XOCHITL11Z", Conflict: "XOCHITL12Z", CoSigned: []string{"XOCHITL13Z"}, Method: "XOCHITL14Z", Language: "XOCHITL15Z",
		Informed: []string{"XOCHITL16Z"}, Condition: "XOCHITL17Z", Form: "XOCHITL18Z", TextVersion: "XOCHITL19Z",
	}
	consented, err := strange.AddConsent(t.Context(), fields)
	kept(t, consented, err)
	sent, err := strange.Send(t.Context(), client.NewSend{Digest: "XOCHITL20Z"})
	kept(t, sent, err)
	marked, err := strange.Mark(t.Context(), "XOCHITL21Z", client.NewMark{State: "XOCHITL22Z", Reason: "XOCHITL23Z", Outcome: "XOCHITL24Z"})
	kept(t, marked, err)
	letters, err := filepath.Glob(filepath.Join(laid.Dir, "ngo", "vault", "letters", "*.letter"))
	if err != nil || len(letters) != 3 {
		t.Fatalf("%q, %v", letters, err)
	}
	if _, err := ngo.Unlock(t.Context(), []byte("XOCHITLWRONGZ")); faultOf(err) != "wrong_passphrase" {
		t.Error(err)
	}
	token, err := laid.Token("ngo")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	// What a person keeps elsewhere is not on the node's disk.
	for _, own := range []string{laid.PassphraseFile("ngo"), laid.TokenFile("ngo")} {
		if err := os.Remove(own); err != nil {
			t.Fatal(err)
		}
	}
	places := map[string][]byte{"logs": logs.bytes()}
	maps.Copy(places, filesIn(t, laid.Dir, temp))
	for place, text := range places {
		for _, secret := range []string{"XOCHITL", passphrase, token, inside.Case, "/marks", "/v1/consents"} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds %s", place, secret)
			}
		}
	}
	if len(places) < 10 {
		t.Errorf("only %d places", len(places))
	}
}

// TestALockedNodesLetterboxIsBounded, and says so.
func TestALockedNodesLetterboxIsBounded(t *testing.T) {
	t.Parallel()
	w := start(t, layLockedNGO(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	unlock(t, ngo)
	lock(t, ngo)
	count := 0
	for ; ; count++ {
		_, err := ngo.Send(t.Context(), client.NewSend{Digest: strings.Repeat("a", 52)})
		if faultOf(err) == "letterbox_full" {
			break
		}
		kept(t, nil, err)
	}
	if count != 100 {
		t.Errorf("%d letters", count)
	}
	unlock(t, ngo)
	s, err := ngo.Status(t.Context())
	if err != nil || len(s.HandedIn.Refused) != 1 || s.HandedIn.Refused[0].Count != 100 {
		t.Errorf("%+v, %v", s.HandedIn, err)
	}
	if got := call(t, http.MethodGet, w.API("ngo")+"/v1/status", "", func(*http.Request) {}); got.status != http.StatusUnauthorized {
		t.Error(got.status)
	}
}
