package takenback

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// histories is how many random histories real nodes play; go test -histories 10000
// is the long run.
var histories = flag.Int("histories", 20, "random histories of withdrawals on real nodes")

// batch is how many histories are played on the same nodes, atOnce how many of them
// beside each other.
const (
	batch  = 250
	atOnce = 8
)

// TestRealNodesEndAsTheModelSaysOneCan plays random histories on real nodes and a
// real hub, whose calls fail at random, before or after they were carried out, and
// whose nodes end and begin anew meanwhile. Nobody is shown what she took back after
// that was known there, and what each history leads to is among what the model says
// that one like it can.
func TestRealNodesEndAsTheModelSaysOneCan(t *testing.T) {
	possible := ends(t)
	seen := map[end]int{}
	for played := 0; played < *histories; played += batch {
		seed := rand.Uint64()
		n := min(batch, *histories-played)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			p := begin(t, seed)
			for _, e := range p.play(t, n) {
				seen[e]++
				if !possible[e] {
					t.Errorf("the model has no such end: %+v", e)
				}
			}
			failed, calls := p.faults.count()
			t.Logf("%d histories; %d acts, of which %d were refused; %d of %d calls of the hub failed; %d starts",
				n, p.acts, p.refused, failed, calls, p.starts)
		})
	}
	t.Logf("%d of the model's %d ends were seen", len(seen), len(possible))
}

// end is what a history led to at one recipient, as people see it.
type end struct {
	Sent, Said bool // it was sent; she took it back
	Looked     bool // somebody there had seen it
	Arrived    bool // its receipt came
	Withdrawn  bool // so it says at the source
	Shredded   bool // the source was told
	ReadBefore bool // and that somebody had seen it
	Shown      bool // there is something to look at
}

// ends are the model's, where at least something was sent.
func ends(t *testing.T) map[end]bool {
	t.Helper()
	m := newModel(1)
	all := map[end]bool{}
	m.visit(t, func(s state) {
		src, tgt := m.copies.list[s.src], m.copies.list[s.tgt]
		all[end{
			Sent: s.src != 0, Said: s.src != 0 && s.said, Looked: s.looked, Arrived: !src.Delivered.IsZero(), Withdrawn: !src.Life.Withdrawn().IsZero(),
			Shredded: !src.Shredded.At.IsZero(), ReadBefore: src.Shredded.Read, Shown: s.tgt != 0 && !tgt.Gone,
		}] = true
	})
	return all
}

// players are the nodes that histories are played on.
type players struct {
	*town.Town
	faults *faults
	gates  map[string]*sync.RWMutex // held to restart a node; shared by who asks it

	mu            sync.Mutex
	acts, refused int
	starts        int
}

func begin(t *testing.T, seed uint64) *players {
	t.Helper()
	laid, err := town.Lay(t.TempDir(), plan(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &players{faults: &faults{random: rand.New(rand.NewPCG(seed, 1))}, gates: map[string]*sync.RWMutex{}}
	for _, a := range laid.Plan.Agencies {
		p.gates[a.Key] = new(sync.RWMutex)
	}
	p.Town, err = town.Start(t.Context(), laid, town.Options{
		Poll: 20 * time.Millisecond, Hub: func(_ string, h post.Hub) post.Hub { return faulty{h, p.faults} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// play plays so many histories at once and gives what each led to at each recipient.
func (p *players) play(t *testing.T, n int) (ends []end) {
	t.Helper()
	list := make([]*history, n)
	over := make(chan struct{})
	room := make(chan struct{}, atOnce)
	var playing, restarting sync.WaitGroup
	restarting.Go(func() { p.restartUntil(t, over) })
	for i := range list {
		list[i] = &history{
			players: p, random: rand.New(rand.NewPCG(p.faults.draw(), uint64(i))), sent: map[string]posada.ReferralID{},
			said: map[string]bool{}, looked: map[string]bool{}, known: map[string]bool{},
		}
		room <- struct{}{}
		playing.Go(func() {
			defer func() { <-room }()
			if err := list[i].play(t.Context()); err != nil {
				t.Errorf("history %d: %v\n%s", i, err, strings.Join(list[i].told, "\n"))
			}
		})
	}
	playing.Wait()
	close(over)
	restarting.Wait()
	p.faults.stop()
	p.settle(t)
	for _, h := range list {
		for _, key := range recipients() {
			e, err := h.end(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, e)
		}
	}
	return ends
}

// restartUntil ends one node after another, and runs it anew.
func (p *players) restartUntil(t *testing.T, over <-chan struct{}) {
	keys := []string{"ngo", "legal", "shelter", "aid"}
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Second):
		}
		key := keys[p.faults.draw()%4]
		p.gates[key].Lock()
		err := p.Restart(t.Context(), key)
		p.gates[key].Unlock()
		if err != nil {
			t.Error(err)
			return
		}
		p.starts++
	}
}

// settle waits until nothing is under way.
func (p *players) settle(t *testing.T) {
	t.Helper()
	quiet := 0
	for deadline := time.Now().Add(3 * time.Minute); quiet < 3; time.Sleep(100 * time.Millisecond) {
		waits, told := 0, ""
		for key := range p.gates {
			if err := p.as(key, func(c *client.Client) error {
				s, err := c.Status(t.Context())
				waits += s.Waiting + s.AtHub + s.Missing
				told += fmt.Sprintf("%s: %d waiting, %d at the hub, %d missing, %d aside\n", key, s.Waiting, s.AtHub, s.Missing, len(s.Quarantined))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if quiet++; waits > 0 {
			quiet = 0
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d things are still under way:\n%s", waits, told)
		}
	}
}

// as asks an agency's node while it is not being restarted.
func (p *players) as(key string, do func(*client.Client) error) error {
	p.gates[key].RLock()
	defer p.gates[key].RUnlock()
	c, err := p.Client(key, "en")
	if err != nil {
		return err
	}
	return do(c)
}

// count notes an act, and that it was refused: a problem that is said is an answer.
func (p *players) count(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts++
	if _, said := errors.AsType[*client.Problem](err); said {
		p.refused++
		return nil
	}
	return err
}

func recipients() []string { return []string{"legal", "shelter"} }

// history is one person's: who was sent something, and what was done then.
type history struct {
	*players
	random *rand.Rand
	label  string
	words  string
	told   []string // what was done, for whoever reads of a failure

	sent   map[string]posada.ReferralID // by recipient
	said   map[string]bool              // she took it back from there
	looked map[string]bool              // somebody there was shown something
	known  map[string]bool              // the node there had verified that it was taken back
}

// play does a few of the things that can be done, at random moments.
func (h *history) play(ctx context.Context) error {
	if err := h.open(ctx); err != nil {
		return err
	}
	// Something is shared before anything else: the model begins to count there.
	h.say("send", recipients()[h.random.IntN(2)])
	if err := h.send(ctx, strings.Fields(h.told[0])[1]); err != nil {
		return err
	}
	for range 2 + h.random.IntN(7) {
		time.Sleep(time.Duration(h.random.IntN(60)) * time.Millisecond)
		if err := h.act(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) say(words ...string) { h.told = append(h.told, strings.Join(words, " ")) }

func (h *history) open(ctx context.Context) error {
	return h.as("ngo", func(c *client.Client) error {
		agreed, err := c.AddConsent(ctx, newConsent())
		if err != nil {
			return err
		}
		h.label = agreed.Case
		words, err := c.Words(ctx, client.NewWords{Case: h.label})
		h.words = words.Spanish
		return err
	})
}

// act is one of the things that can be done.
func (h *history) act(ctx context.Context) error {
	key := recipients()[h.random.IntN(2)]
	switch do := h.random.IntN(10); do {
	case 0, 1:
		h.say("send", key)
		return h.send(ctx, key)
	case 2, 3, 4, 5:
		h.say("look", key)
		return h.look(ctx, key)
	case 6:
		from := []string{"", name("legal"), name("shelter")}[h.random.IntN(3)]
		h.say("her word at the source, from", from)
		return h.withdraw(ctx, "ngo", client.NewWithdrawal{Case: h.label, From: from}, from)
	case 7, 8:
		if h.sent[key] == "" {
			return nil
		}
		h.say("her word at", key)
		return h.word(ctx, key)
	default:
		at := []string{"aid", "ngo", "legal", "shelter"}[h.random.IntN(4)]
		h.say("her code at", at)
		return h.withdraw(ctx, at, client.NewWithdrawal{Code: h.words}, "")
	}
}

func (h *history) send(ctx context.Context, key string) error {
	if h.sent[key] != "" {
		return nil
	}
	return h.count(h.as("ngo", func(c *client.Client) error {
		preview, err := c.Preview(ctx, newPreview(h.label, key))
		if err != nil {
			return err
		}
		if preview.Digest == "" {
			return nil // nothing may be shared there any more
		}
		sent, err := c.Send(ctx, client.NewSend{Digest: preview.Digest})
		h.sent[key] = sent.ID
		return err
	}))
}

// look is somebody at a recipient who looks at what came: never at what was known
// there to be taken back.
func (h *history) look(ctx context.Context, key string) error {
	var shown client.Referral
	err := h.as(key, func(c *client.Client) (err error) {
		if h.sent[key] == "" {
			return nil
		}
		shown, err = c.Referral(ctx, h.sent[key])
		return err
	})
	if err := h.count(err); err != nil || shown.ID == "" {
		return err
	}
	taken := shown.State == posada.StateWithdrawnBySurvivor
	switch {
	case taken && len(shown.Carried) > 0:
		return errors.New("what she took back was shown")
	case !taken && h.known[key]:
		return errors.New("what was known to be taken back is there again")
	}
	h.known[key] = h.known[key] || taken
	h.looked[key] = h.looked[key] || !taken
	return nil
}

// word is her word at a recipient.
func (h *history) word(ctx context.Context, key string) error {
	done := false
	err := h.as(key, func(c *client.Client) error {
		back, err := c.Withdraw(ctx, client.NewWithdrawal{Referral: string(h.sent[key])})
		done = err == nil && len(back.Back) > 0
		return err
	})
	if done {
		h.said[key], h.known[key] = true, true
	}
	return h.count(err)
}

// withdraw is her word at the source, or her code, anywhere.
func (h *history) withdraw(ctx context.Context, at string, in client.NewWithdrawal, from string) error {
	err := h.as(at, func(c *client.Client) error {
		_, err := c.Withdraw(ctx, in)
		return err
	})
	for _, key := range recipients() {
		if err == nil && (from == "" || from == name(key)) {
			h.said[key] = true
			h.known[key] = h.known[key] || at == key
		}
	}
	return h.count(err)
}

// end is what it led to at a recipient.
func (h *history) end(ctx context.Context, key string) (end, error) {
	if h.sent[key] == "" {
		return end{}, nil
	}
	e := end{Sent: true, Said: h.said[key], Looked: h.looked[key]}
	if err := h.as("ngo", func(c *client.Client) error {
		r, err := c.Referral(ctx, h.sent[key])
		e.Arrived, e.Withdrawn, e.Shredded = !r.Delivered.IsZero(), r.State == posada.StateWithdrawnBySurvivor, r.Shredded != nil
		e.ReadBefore = r.Shredded != nil && r.Shredded.Read
		return err
	}); err != nil {
		return e, err
	}
	err := h.as(key, func(c *client.Client) error {
		list, err := c.Referrals(ctx)
		e.Shown = slices.ContainsFunc(list, func(r client.Referral) bool {
			return r.ID == h.sent[key] && r.State != posada.StateWithdrawnBySurvivor
		})
		return err
	})
	return e, err
}
