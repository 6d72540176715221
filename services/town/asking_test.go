package town_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// What is asked and answered in these tests, and is looked for afterwards.
const (
	noteAsked    = "XOCHITLNOTEAZ"
	noteAnswered = "XOCHITLNOTEBZ"
)

// asks has the legal aid ask something, with a note.
func asks(t *testing.T, legal *client.Client, id posada.ReferralID, word string) client.Referral {
	t.Helper()
	r, err := legal.AskAbout(t.Context(), id, client.NewQuestion{Question: word, Note: noteAsked})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// questionOf is the last question of a word that a node shows of a referral, if there is
// one.
func questionOf(t *testing.T, node *client.Client, id posada.ReferralID, word string) (client.Question, bool) {
	t.Helper()
	r, err := node.Referral(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range slices.Backward(r.Questions) {
		if string(q.Question) == word {
			return q, true
		}
	}
	return client.Question{}, false
}

// answers has the NGO answer the question of a word, once it came.
func answers(t *testing.T, ngo *client.Client, id posada.ReferralID, word, says string) {
	t.Helper()
	var q client.Question
	eventually(t, "the question came", func() bool {
		var came bool
		q, came = questionOf(t, ngo, id, word)
		return came && q.Open
	})
	if q.Note != noteAsked {
		t.Errorf("%s came with %q", word, q.Note)
	}
	if _, err := ngo.AnswerAbout(t.Context(), id, client.NewReply{Question: string(q.ID), Answer: says, Note: noteAnswered}); err != nil {
		t.Fatal(err)
	}
}

// arrives waits until the legal aid has the answer.
func arrives(t *testing.T, legal *client.Client, id posada.ReferralID, word, says string) {
	t.Helper()
	eventually(t, "the answer came", func() bool {
		q, _ := questionOf(t, legal, id, word)
		return string(q.Answer) == says && q.Reply == noteAnswered
	})
}

// askWithTokens asks and answers with a token in each note, and gives the tokens.
func askWithTokens(t *testing.T, ngo, legal *client.Client, id posada.ReferralID) []string {
	t.Helper()
	asks(t, legal, id, "still_needed")
	answers(t, ngo, id, "still_needed", "yes")
	arrives(t, legal, id, "still_needed", "yes")
	return []string{noteAsked, noteAnswered}
}

// stutter is a hub that gives out everything it ever gave out again and again, the newest
// first.
type stutter struct {
	post.Hub
	mu   sync.Mutex
	wire [][]byte
}

func (s *stutter) Collect(ctx context.Context, ids []posada.MessageID) ([][]byte, bool, error) {
	list, more, err := s.Hub.Collect(ctx, ids)
	if err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := slices.ContainsFunc(list, func(wire []byte) bool {
		return !slices.ContainsFunc(s.wire, func(old []byte) bool { return bytes.Equal(old, wire) })
	})
	s.wire = append(s.wire, list...)
	if !fresh {
		return list, more, nil
	}
	again := slices.Clone(s.wire)
	slices.Reverse(again)
	return append(again, again...), more, nil
}

// TestWhatIsAskedAndAnsweredArrivesOnce, whatever the hub gives out again and in whatever
// order, and is the same at both ends.
func TestWhatIsAskedAndAnsweredArrivesOnce(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{
		Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { return &stutter{Hub: h} },
	})
	if err != nil {
		t.Fatal(err)
	}
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	id := send(t, ngo, agree(t, ngo).Case).ID
	settle(t, ngo, legal, 1)
	said := map[string]string{"still_needed": "yes", "when_can_come": "today", "how_to_reach": "through_us", "access_needs": "step_free", "brings_animal": "no"}
	for word, says := range said {
		asks(t, legal, id, word)
		answers(t, ngo, id, word, says)
		arrives(t, legal, id, word, says)
	}
	eventually(t, "all is receipted", func() bool {
		a, wrong := ngo.Status(t.Context())
		b, err := legal.Status(t.Context())
		return wrong == nil && err == nil && a.Waiting+a.AtHub+b.Waiting+b.AtHub == 0
	})
	for name, node := range map[string]*client.Client{"ngo": ngo, "legal": legal} {
		r, err := node.Referral(t.Context(), id)
		if err != nil || len(r.Questions) != len(said) || r.Open != 0 {
			t.Errorf("%s: %d questions, %d open, %v", name, len(r.Questions), r.Open, err)
		}
		for _, q := range r.Questions {
			if string(q.Answer) != said[string(q.Question)] || q.Note != noteAsked || q.Reply != noteAnswered {
				t.Errorf("%s: %s is answered %s", name, q.Question, q.Answer)
			}
		}
		if s, err := node.Status(t.Context()); err != nil || putAside(s) != 0 || s.ToAnswer+s.Awaited != 0 {
			t.Errorf("%s: %+v, %v", name, s.Quarantined, err)
		}
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	acts(t, laid, "legal", map[audit.Act]int{audit.QuestionAsked: len(said), audit.AnswerTaken: len(said), audit.QuestionTaken: 0})
	acts(t, laid, "ngo", map[audit.Act]int{audit.QuestionTaken: len(said), audit.QuestionAnswered: len(said), audit.AnswerTaken: 0})
}

// ends are the ways in which a referral ends of which questions were asked.
func ends() map[string]func(t *testing.T, ngo, legal *client.Client, label string, id posada.ReferralID) {
	mark := func(t *testing.T, node *client.Client, id posada.ReferralID, m client.NewMark) {
		t.Helper()
		if _, err := node.Mark(t.Context(), id, m); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]func(t *testing.T, ngo, legal *client.Client, label string, id posada.ReferralID){
		"her word where it was collected": func(t *testing.T, ngo, _ *client.Client, label string, _ posada.ReferralID) {
			if _, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Case: label}); err != nil {
				t.Fatal(err)
			}
		},
		"her word where it is": func(t *testing.T, _, legal *client.Client, _ string, id posada.ReferralID) {
			if _, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Referral: string(id)}); err != nil {
				t.Fatal(err)
			}
		},
		"the case is erased": func(t *testing.T, ngo, _ *client.Client, label string, _ posada.ReferralID) {
			if _, err := ngo.EraseCase(t.Context(), client.NewErasure{Case: label}); err != nil {
				t.Fatal(err)
			}
		},
		"it is recalled": func(t *testing.T, ngo, _ *client.Client, _ string, id posada.ReferralID) {
			mark(t, ngo, id, client.NewMark{State: "recalled"})
		},
		"it was sent in error": func(t *testing.T, ngo, _ *client.Client, _ string, id posada.ReferralID) {
			mark(t, ngo, id, client.NewMark{State: "entered_in_error"})
		},
		"its time is over": nil,
	}
}

// TestWhenAReferralEndsNeitherEndCanReadWhatWasAsked: however it ends. Then both nodes are
// seized, with what a backup of before held and every key that is left.
func TestWhenAReferralEndsNeitherEndCanReadWhatWasAsked(t *testing.T) {
	t.Parallel()
	for name, end := range sampled.Rows(ends(), few(3)) {
		t.Run(name, func(t *testing.T) {
			laid, ahead := lay(t), time.Duration(0)
			options := func() town.Options {
				days := ahead
				return town.Options{
					Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond,
					Clock: func(string) time.Time { return time.Now().Add(days) },
				}
			}
			w, err := town.Start(t.Context(), laid, options())
			if err != nil {
				t.Fatal(err)
			}
			ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
			label := agree(t, ngo).Case
			id := send(t, ngo, label).ID
			// It is somebody's work, and not said to be seen: so it can still be recalled.
			eventually(t, "it came", func() bool {
				_, err := legal.AssignReferral(t.Context(), id, client.NewAssignment{To: "Invented Lawyer"})
				return err == nil
			})
			askWithTokens(t, ngo, legal, id)
			asks(t, legal, id, "access_needs")
			backup := t.TempDir()
			store := func(key string) string { return filepath.Join(laid.Dir, key, "vault", "vault.db") }
			for _, key := range []string{"ngo", "legal"} {
				copyFile(t, store(key), filepath.Join(backup, key))
			}
			if end != nil {
				end(t, ngo, legal, label, id)
				eventually(t, "it ended at both", func() bool {
					a, wrong := ngo.Referral(t.Context(), id)
					b, err := legal.Referral(t.Context(), id)
					s, no := ngo.Status(t.Context())
					o, neither := legal.Status(t.Context())
					return no == nil && neither == nil && (wrong != nil || len(a.Questions) == 0) && err == nil && len(b.Questions) == 0 && s.Waiting+s.AtHub+o.Waiting+o.AtHub == 0
				})
			}
			if err := w.Stop(); err != nil {
				t.Fatal(err)
			}
			if end == nil {
				for _, key := range []string{"ngo", "legal"} { // it shows that there is something to find
					if readable(t, laid, key, noteAsked) == 0 || readable(t, laid, key, noteAnswered) == 0 {
						t.Errorf("%s: nothing is there to be destroyed", key)
					}
				}
				ahead = 91 * 24 * time.Hour
			}
			// What was given up is destroyed by the next sweep, at the latest at the next start.
			if w, err = town.Start(t.Context(), laid, options()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "both nodes swept", func() bool { return swept(t, ask(t, w, "ngo"), ask(t, w, "legal"), id) })
			if err := w.Stop(); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"ngo", "legal"} {
				for _, which := range []string{"store", "backup"} {
					if which == "backup" {
						copyFile(t, filepath.Join(backup, key), store(key))
					}
					if n := readable(t, laid, key, noteAsked) + readable(t, laid, key, noteAnswered); n != 0 {
						t.Errorf("%d records of the %s of %s say what was asked or answered", n, which, key)
					}
				}
			}
		})
	}
}

// swept reports whether neither node shows anything that was asked.
func swept(t *testing.T, ngo, legal *client.Client, id posada.ReferralID) bool {
	t.Helper()
	for _, node := range []*client.Client{ngo, legal} {
		r, err := node.Referral(t.Context(), id)
		if err == nil && len(r.Questions) != 0 || err != nil && !strings.Contains(key(err), "nothing_there") {
			return false
		}
		if s, err := node.Status(t.Context()); err != nil || s.Hub != "connected" {
			return false
		}
	}
	return true
}
