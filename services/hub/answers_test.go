package hub_test

import (
	"bytes"
	"testing"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/hub"
)

// TestAnAnswerTellsNothingOfWhatOthersDo is T12: whatever a member asks, well
// formed or not, it is answered in the same bytes, with no headers, whether
// nobody else has any mail or everybody has much in the same stream.
func TestAnAnswerTellsNothingOfWhatOthersDo(t *testing.T) {
	const count = 22 // the last is suspended
	b := start(t, count, func(c *hub.Config) { c.Shards, c.PerSecond, c.Burst = 1, 1e6, 1e6 })
	me := b.raw(t, 0)
	own, foreign := b.sealed(t, 0, envelope.Class8K), b.sealed(t, 1, envelope.Class32K)
	questions := []struct {
		what, prefix string
		body         []byte
	}{
		{"submit", broker.SubmitPrefix, foreign.Bytes()},
		{"submit the same", broker.SubmitPrefix, foreign.Bytes()},
		{"recall", broker.RecallPrefix, mail.WriteRecall(foreign.Header().Mailbox, foreign.Header().Message)},
		{"recall what is gone", broker.RecallPrefix, mail.WriteRecall(foreign.Header().Mailbox, foreign.Header().Message)},
		{"recall nothing", broker.RecallPrefix, mail.WriteRecall([16]byte{9}, [16]byte{9})},
		{"recall in another form", broker.RecallPrefix, []byte{1}},
		{"submit nothing", broker.SubmitPrefix, nil},
		{"submit to oneself", broker.SubmitPrefix, own.Bytes()},
		{"submit to nobody", broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K, func(h *envelope.Header) { h.Mailbox[5] = 9 }).Bytes()},
		{"submit to who is suspended", broker.SubmitPrefix, b.sealed(t, count-1, envelope.Class8K).Bytes()},
		{"collect", broker.CollectPrefix, mail.WriteAcknowledged(nil)},
		{"collect, acknowledging what is not one's own", broker.CollectPrefix, mail.WriteAcknowledged([]posada.MessageID{{7}, foreign.Header().Message})},
		{"collect in another form", broker.CollectPrefix, []byte{9}},
		{"sync", broker.SyncPrefix, []byte(`{"have":{}}`)},
		{"sync in another form", broker.SyncPrefix, []byte("x")},
		{"fetch nothing", broker.SyncPrefix, []byte(`{"fetch":"none"}`)},
	}
	if err := second(ask(t, b.dial(t, 1), broker.SubmitPrefix, own.Bytes())); err != nil {
		t.Fatal(err)
	}
	round := func() (answers [][]byte) {
		t.Helper()
		for _, q := range questions {
			m, err := me.nc.Request(q.prefix+string(broker.RouteOf(string(b.members[0].agency.ID))), q.body, patience)
			if err != nil {
				t.Fatal(q.what, err)
			}
			if len(m.Header) > 0 || m.Reply != "" {
				t.Errorf("%s: headers %v, reply %q", q.what, m.Header, m.Reply)
			}
			answers = append(answers, m.Data)
		}
		return answers
	}
	quiet := round()
	sent, acknowledged := 0, 0
	for n := 1; n < count-1; n++ {
		to, c := 1+n%(count-2), b.dial(t, n)
		for i := range 3 + n {
			e := b.sealed(t, to, []envelope.Class{envelope.Class8K, envelope.Class32K, envelope.Class128K}[i%3])
			if err := second(ask(t, c, broker.SubmitPrefix, e.Bytes())); err != nil {
				t.Fatal(err)
			}
			if sent++; i == 0 {
				collect(t, b.dial(t, to), e.Header().Message)
				acknowledged++
			}
		}
	}
	for i, busy := range round() {
		if !bytes.Equal(busy, quiet[i]) {
			t.Errorf("%s: another answer when others have mail: %d bytes, %d before", questions[i].what, len(busy), len(quiet[i]))
		}
	}
	t.Logf("%d answers in the same bytes before and after %d envelopes of %d others, %d of them collected", len(questions), sent, count-2, acknowledged)
}
