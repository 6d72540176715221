package torture

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

// Told is how many callers were told what.
type Told struct {
	Sent    int `json:"sent"`    // the node said that it sent it
	Refused int `json:"refused"` // it said that it did not
	Unsure  int `json:"unsure"`  // it gave no answer, or not in time
}

// word is what a caller was told of one referral.
type word int

const (
	sent word = iota
	refused
	unsure
)

// entry is one referral that somebody asked for.
type entry struct {
	to   string // key of the agency it is for
	told word
}

// ledger is what all callers were told, by the mark of what they asked for.
type ledger struct {
	mu      sync.Mutex
	entries map[string]entry
	next    int
}

// mark gives out one that was not given out before.
func (l *ledger) mark(from string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return fmt.Sprintf("Invented %s %d", from, l.next)
}

func (l *ledger) note(mark string, e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = map[string]entry{}
	}
	l.entries[mark] = e
}

func (l *ledger) all() map[string]entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.entries)
}

func (l *ledger) told() (t Told) {
	for _, e := range l.all() {
		switch e.told {
		case sent:
			t.Sent++
		case refused:
			t.Refused++
		default:
			t.Unsure++
		}
	}
	return t
}

// agree records, before anything goes wrong, one consent at each sender, and gives the label of
// its case by the sender's key.
func (w *world) agree(ctx context.Context) (map[string]string, error) {
	cases := map[string]string{}
	for _, a := range senders() {
		// Its neighbours may not have announced their keys yet.
		var made client.Consent
		var err error
		for begun := time.Now(); ; {
			if made, err = w.asks[a.key].AddConsent(ctx, agreed()); err == nil || time.Since(begun) > patience || !waits(ctx, 200*time.Millisecond) {
				break
			}
		}
		if err != nil {
			return nil, fmt.Errorf("agree at %s: %w", a.key, err)
		}
		cases[a.key] = made.Case
	}
	return cases, nil
}

// sendsOn refers again and again, whatever becomes of it, until ctx ends.
func (w *world) sendsOn(ctx context.Context, key, label string, random *rand.Rand) {
	for waits(ctx, time.Duration(random.Int64N(int64(100*time.Millisecond)))) {
		to := targets()[random.IntN(len(targets()))]
		mark := w.ledger.mark(key)
		w.ledger.note(mark, entry{to.key, sends(w.asks[key], referral(to, label, mark))})
	}
}

// callPatience is how long a caller waits for an answer: short, so that many are unsure.
const callPatience = 4 * time.Second

// sends asks for a preview and sends it, and says what the caller was told. It does not end
// with the run, so that no call is given up half way.
func sends(ask *client.Client, in client.NewPreview) word {
	ctx, stop := context.WithTimeout(context.Background(), callPatience)
	defer stop()
	shown, err := ask.Preview(ctx, in)
	if err != nil || shown.Digest == "" {
		return refused // a preview leaves nothing
	}
	_, err = ask.Send(ctx, client.NewSend{Digest: shown.Digest})
	if _, no := errors.AsType[*client.Problem](err); no {
		return refused
	}
	switch {
	case err == nil:
		return sent
	case errors.Is(err, client.ErrUnsure), ctx.Err() != nil:
		return unsure
	default:
		return refused // nobody was there to be asked
	}
}
