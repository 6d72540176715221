package town_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"

	"time"
)

// hand plays an agency by hand, with its real keys: it collects and opens what
// its node would, and may send what its node never would.
type hand struct {
	node.Credentials
	bus     *post.Bus
	members *roster.Roster
	now     func() time.Time
}

func newHand(t testing.TB, w *town.Town, key string) *hand {
	t.Helper()
	c, err := w.Credentials(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	members := decided(t, w.Laid)
	h := &hand{Credentials: c, members: members, now: time.Now}
	for _, a := range w.Announced {
		h.members = h.members.With(a)
	}
	h.bus = post.NewBus(lineOf(t, w, c), members.Network(), func() jose.PublicKey { return members.Hub().Receipt }, func() {})
	return h
}

// tester is a test, or one draw of a property.
type tester interface {
	rapid.TB
	Context() context.Context
}

// take collects and opens everything that waits. That others are there is none of
// what it waits for.
func (h *hand) take(t tester) []event.Statement {
	var all []event.Statement
	var done []posada.MessageID
	for {
		list, _, err := h.bus.Collect(t.Context(), done)
		if errors.Is(err, mail.ErrBusy) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return all
		}
		done = nil
		for _, wire := range list {
			e, err := envelope.Parse(wire)
			if err != nil {
				t.Fatal(err)
			}
			o, err := seal.Open(e, seal.Receiver{
				Agency: h.Agency, Mailbox: h.Mailbox, Members: h.members, Now: h.now(),
				Identities: func(e posada.Epoch) (seal.Identity, bool) { i, ok := h.Identities[e]; return i, ok },
			})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, slices.DeleteFunc(o.Statements(), func(s event.Statement) bool { return s.Type() == event.TypeAlive })...)
			done = append(done, e.Header().Message)
		}
	}
}

// cells reads the network policy's row for one class and purpose, apart from
// the code that decides with it.
func cells(t testing.TB, class posada.AgencyClass, purpose posada.Purpose) map[posada.Category]string {
	t.Helper()
	text, err := policy.Files.ReadFile(policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cells map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string `json:"cells"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cells[class][purpose]
}

// TestCarriedIsTheIntersectionAndPreviewIsThePayload draws consents and
// referrals, asks the real node, and, where it sends, plays the recipient by
// hand:
//
//	carried = requested ∩ consented ∩ guard ∩ network
//	what was previewed = what the recipient decrypts, byte for byte
//	anything requested and not covered is refused, and named
func TestCarriedIsTheIntersectionAndPreviewIsThePayload(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo, legal := ask(t, w, "ngo"), newHand(t, w, "legal")
	row := cells(t, posada.ClassLegalAid, posada.PurposeLegal)
	guard := posada.SetOf(posada.Members[posada.Category]()[:22]...).Minus(posada.SetOf(posada.CategoryLocationShelter))
	var fields []htcds.Field
	for _, f := range htcds.Fields(htcds.Survivor) {
		if f.Check("Invented") == nil {
			fields = append(fields, f)
		}
	}
	sent, refused := 0, 0
	label := "" // of the case; what she said last counts
	rapid.Check(t, func(t2 *rapid.T) {
		all := posada.Members[posada.Category]()
		consented := posada.SetOf(posada.CategoryNeeds).With(rapid.SampledFrom(all).Draw(t2, "one"))
		for _, c := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 20).Draw(t2, "consented") {
			consented = consented.With(c)
		}
		in := newConsent()
		in.Case, in.Allow[0].Share = label, posada.Texts(consented.List())
		recorded, err := ngo.AddConsent(t2.Context(), in)
		if err != nil {
			t2.Fatal(err)
		}
		if label = recorded.Case; rapid.IntRange(0, 9).Draw(t2, "the next is another's") == 0 {
			label = "" // a case's first grant draws its code, which is made to take long
		}
		draft := newPreview(recorded.Case)
		values := map[string]string{}
		requested := posada.SetOf(posada.CategoryNeeds)
		for _, f := range rapid.SliceOfN(rapid.SampledFrom(fields), 1, 6).Draw(t2, "fields") {
			if rapid.IntRange(0, 3).Draw(t2, "within") > 0 && !consented.Has(f.Category) {
				continue
			}
			values[f.Name] = "Invented " + rapid.StringMatching(`[a-zñ日 &<>"\\'/]{1,12}`).Draw(t2, "value")
			requested = requested.With(f.Category)
		}
		draft.Records = []client.NewRecord{{Role: string(htcds.Survivor), Fields: values}}
		if len(values) == 0 {
			draft.Records = nil
		}
		var network posada.Set[posada.Category]
		for c, mode := range row {
			if mode == "consent" {
				network = network.With(c)
			}
		}
		want := requested.And(consented).And(guard).And(network)

		preview, err := ngo.Preview(t2.Context(), draft)
		if err != nil {
			t2.Fatal(err)
		}
		var carried, named posada.Set[posada.Category]
		for _, f := range preview.Carried {
			carried = carried.With(f.Category)
		}
		for _, u := range preview.Uncovered {
			named = named.With(u.Category)
		}
		if carried != want || named != requested.Minus(want) {
			t2.Fatalf("carried %v, want %v; named %v, want %v", carried.List(), want.List(), named.List(), requested.Minus(want).List())
		}
		if requested != want {
			refused++
			if preview.Digest != "" || preview.Data != "" || preview.Grant != "" {
				t2.Fatal("something not covered could be sent")
			}
			return
		}
		if _, err := ngo.Send(t2.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
			t2.Fatal(err)
		}
		var got []event.Statement
		for deadline := time.Now().Add(2 * time.Minute); len(got) == 0 && time.Now().Before(deadline); {
			got = slices.DeleteFunc(legal.take(t2), func(s event.Statement) bool { return s.Type() != event.TypeReferral || s.Grant() != preview.Grant })
		}
		if len(got) != 1 {
			t2.Fatalf("%d disclosures arrived", len(got))
		}
		if !bytes.Equal(got[0].Data(), []byte(preview.Data)) || got[0].Grant() != preview.Grant || got[0].Obligations() != *preview.Obligations {
			t2.Fatalf("what was decrypted is not what was previewed:\n%s\n%s", got[0].Data(), preview.Data)
		}
		grant, err := consent.ReadGrant(got[0].Grant(), w.Members["ngo"].ID, legal.Agency, time.Now(), legal.members)
		if err != nil || grant.Categories != carried || grant.Obligations != got[0].Obligations() {
			t2.Fatalf("the grant: %v, %v", grant.Categories.List(), err)
		}
		sent++
	})
	if sent < 10 || refused < 10 {
		t.Errorf("only %d were sent and %d refused: this shows little", sent, refused)
	}
	t.Logf("%d sent and compared byte for byte, %d refused by name", sent, refused)
}
