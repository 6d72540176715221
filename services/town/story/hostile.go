package story

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
)

func keyOf[T ~string](word T) i18n.Key { return i18n.Key(word) }

// tap stands between an agency's post and the hub and keeps what was submitted,
// as a hub that wants to replay it could.
type tap struct {
	post.Hub
	mu      sync.Mutex
	sent    []envelope.Envelope
	through int // of them the hub has
}

func (t *tap) Submit(ctx context.Context, e envelope.Envelope) error {
	t.mu.Lock()
	t.sent = append(t.sent, e)
	t.mu.Unlock()
	err := t.Hub.Submit(ctx, e)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.through++
	}
	return err
}

// settled reports whether so many others were told that the agency is there, which
// every node does as it starts, and then begins to count anew.
func (t *tap) settled(others int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.through < others {
		return false
	}
	t.sent = nil
	return true
}

func (t *tap) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sent)
}

func (t *tap) first() envelope.Envelope {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent[0]
}

func (t *tap) sizes() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sizes []int
	for _, e := range t.sent {
		sizes = append(sizes, len(e.Bytes()))
	}
	return sizes
}

// letters are those that were sent to a mailbox.
func (t *tap) letters(box posada.MailboxID) (all []envelope.Envelope) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.sent {
		if e.Header().Mailbox == box {
			all = append(all, e)
		}
	}
	return all
}

// last is the size of the last that was sent to a mailbox.
func (t *tap) last(box posada.MailboxID) (size int) {
	for _, e := range t.letters(box) {
		size = len(e.Bytes())
	}
	return size
}

// spy is the police department's own program: a NATS client with the real
// credentials of a member, and none of a member's manners.
type spy struct {
	nc      *nats.Conn
	route   broker.Route
	mu      sync.Mutex
	heard   map[string]int
	refused int
	tried   int
}

// listening connects as the police and listens everywhere, before anything
// happens.
func (s *Story) listening(context.Context) error {
	credentials, err := s.Town.Credentials(police, time.Now())
	if err != nil {
		return err
	}
	return s.listenAs(credentials)
}

// listenAs listens everywhere with the credentials of the police.
func (s *Story) listenAs(credentials node.Credentials) (err error) {
	if s.spy, err = connect(s.Town.Bus(), s.Town.Pins, credentials); err != nil {
		return err
	}
	patterns := []string{">", "*", "posada.>", "posada.v1.>", "posada.v1.inbox.>", "_INBOX.>", "_R_.>", "$JS.>", "$SYS.>", "$SRV.>", "mail.>"}
	for key, member := range s.Town.Members {
		if key != police {
			r := broker.RouteOf(string(member.ID))
			patterns = append(patterns, r.Inbox()+".>", r.Inbox()+".bell.*", broker.SubmitPrefix+string(r), broker.CollectPrefix+string(r), "mail.*."+member.Mailbox.String()+".>")
		}
	}
	for _, p := range patterns {
		s.spy.listen(p)
	}
	s.told.fact(s.c.Printer.Text("story.subscriptions"), fmt.Sprint(len(patterns)))
	return s.spy.nc.FlushTimeout(5 * time.Second)
}

func connect(url string, pins []roster.Pin, who node.Credentials) (*spy, error) {
	key, err := nkeys.FromSeed(who.Connection.Seed)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	y := &spy{heard: map[string]int{}, route: broker.RouteOf(string(who.Agency))}
	y.nc, err = nats.Connect(url,
		nats.Token(who.Connection.Statement), nats.Nkey(public, func(nonce []byte) ([]byte, error) { return key.Sign(nonce) }),
		nats.Secure(broker.ClientTLS(roster.Pinned(pins...))), nats.TLSHandshakeFirst(),
		nats.CustomInboxPrefix(y.route.Inbox()), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { y.mu.Lock(); y.refused++; y.mu.Unlock() }))
	return y, err
}

func (y *spy) close() { y.nc.Close() }

func (y *spy) listen(pattern string) {
	y.tried++
	// What the library itself refuses is refused, too.
	_, _ = y.nc.Subscribe(pattern, func(m *nats.Msg) {
		if strings.HasPrefix(m.Subject, y.route.Inbox()+".") {
			return
		}
		y.mu.Lock()
		y.heard[m.Subject]++
		y.mu.Unlock()
	})
}

// ask uses the member's own right to a service of the relay.
func (y *spy) ask(ctx context.Context, prefix string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	reply, err := y.nc.RequestWithContext(ctx, prefix+string(y.route), body)
	if err != nil {
		return nil, err
	}
	_, answer, err := mail.ReadAnswer(reply.Data)
	return answer, err
}

// replay submits the envelope that was delivered a second time, byte for byte.
func (s *Story) replay(ctx context.Context) error {
	before, err := s.asks[legal].Status(ctx)
	if err != nil {
		return err
	}
	if _, err := s.spy.ask(ctx, broker.SubmitPrefix, s.tap.first().Bytes()); err != nil {
		return err
	}
	if err := s.drained(ctx, legal); err != nil {
		return err
	}
	list, err := s.asks[legal].Referrals(ctx)
	if err != nil {
		return err
	}
	after, err := s.asks[legal].Status(ctx)
	s.told.fact(s.c.Printer.Text("story.referrals_there"), fmt.Sprint(len(list)))
	return errors.Join(err, must(len(list) == 1 && len(after.Quarantined) == len(before.Quarantined) && after.Audit.Entries == before.Audit.Entries,
		"the replay had an effect: %d referrals", len(list)))
}

// forward puts the same sealed body under the shelter's address, as a hub that
// wants another agency to read it could.
func (s *Story) forward(ctx context.Context) error {
	forged, err := s.readdressed(s.Town.Members[shelter].Mailbox)
	if err != nil {
		return err
	}
	if _, err := s.spy.ask(ctx, broker.SubmitPrefix, forged.Bytes()); err != nil {
		return err
	}
	return eventually(ctx, func() (bool, error) {
		status, err := s.asks[shelter].Status(ctx)
		if err != nil || len(status.Quarantined) == 0 {
			return false, err
		}
		list, err := s.asks[shelter].Referrals(ctx)
		s.told.fact(s.name(shelter), s.c.Printer.Term("aside", status.Quarantined[0].Code))
		return true, errors.Join(err, must(len(list) == 0, "the forwarded envelope was opened"))
	})
}

// readdressed is the stolen body under another mailbox and a new message id.
func (s *Story) readdressed(to posada.MailboxID) (envelope.Envelope, error) {
	stolen := s.tap.first()
	h := stolen.Header()
	h.Mailbox = to
	if _, err := rand.Read(h.Message[:]); err != nil {
		return envelope.Envelope{}, err
	}
	return envelope.New(h, stolen.Body())
}

// drained waits until an agency's mailbox is empty: everything that was
// submitted before has been looked at.
func (s *Story) drained(ctx context.Context, key string) error {
	box := [][]byte{[]byte(s.Town.Members[key].Mailbox.String())}
	return eventually(ctx, func() (bool, error) {
		_, _, found, err := search(filepath.Join(s.Town.Dir, "hub", "mail"), box)
		return found == 0, err
	})
}

// heard lets the police try what is left, and counts what they got all night.
func (s *Story) heard(ctx context.Context) error {
	if err := s.spy.triesAll(s.Town.Members); err != nil {
		return err
	}
	mine, err := s.spy.ask(ctx, broker.CollectPrefix, mail.WriteAcknowledged(nil))
	if err != nil {
		return err
	}
	// The exchange still works for everybody else.
	if _, err := s.asks[legal].Mark(ctx, s.referral.ID, newMark("scheduled")); err != nil {
		return err
	}
	err = eventually(ctx, func() (bool, error) {
		got, err := s.asks[ngo].Referral(ctx, s.referral.ID)
		return got.State == "scheduled", err
	})
	y := s.spy
	y.mu.Lock()
	defer y.mu.Unlock()
	s.gotNothing()
	// Of each other agency's node it has the word that it is there, as everybody has.
	letters := mail.Collected(mine)
	s.told.fact(s.c.Printer.Text("story.mailbox"), fmt.Sprint(len(letters)))
	s.told.fact(s.name(legal), s.c.Printer.Text("story.goes_on"))
	return errors.Join(err, must(len(y.heard) == 0 && len(letters) < len(s.Town.Members) && y.refused > 0,
		"the police heard %d subjects, have %d letters and were refused %d times", len(y.heard), len(letters), y.refused))
}

// gotNothing says what the police tried and heard.
func (s *Story) gotNothing() {
	s.told.fact(s.c.Printer.Text("story.tried"), fmt.Sprint(s.spy.tried))
	s.told.fact(s.c.Printer.Text("story.heard_count"), fmt.Sprint(len(s.spy.heard)))
}

// triesAll asks in every other member's name, and what is no member's to ask.
func (y *spy) triesAll(members map[string]roster.Agency) error {
	own := string(y.route)
	for key, member := range members {
		if key == police {
			continue
		}
		r := string(broker.RouteOf(string(member.ID)))
		for _, subject := range []string{broker.SubmitPrefix + r, broker.CollectPrefix + r, broker.RecallPrefix + r, "posada.v1.inbox." + r + ".bell." + strings.Repeat("0", 32), "mail.0." + member.Mailbox.String() + ".8192.x"} {
			y.tried++
			if err := y.nc.PublishRequest(subject, y.route.Inbox()+".stolen", mail.WriteAcknowledged(nil)); err != nil {
				return err
			}
		}
	}
	for _, subject := range []string{"$JS.API.STREAM.NAMES", "$JS.API.STREAM.PURGE.mail0", "$JS.API.STREAM.DELETE.mail0", "$SYS.REQ.SERVER.PING.CONNZ"} {
		for _, service := range []string{broker.SubmitPrefix, broker.CollectPrefix, broker.RecallPrefix} {
			y.tried++
			if err := y.nc.PublishRequest(service+own, subject, mail.WriteAcknowledged(nil)); err != nil {
				return err
			}
		}
		y.tried++
		if err := y.nc.PublishRequest(subject, y.route.Inbox()+".stolen", nil); err != nil {
			return err
		}
	}
	return y.nc.FlushTimeout(5 * time.Second)
}

// search looks for texts in every file below a folder. A file that goes away
// while it looks is not there.
func search(dir string, texts [][]byte) (files, size, found int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files, size = files+1, size+len(content)
		for _, text := range texts {
			if bytes.Contains(content, text) || strings.Contains(path, string(text)) {
				found++
			}
		}
		return err
	})
	return files, size, found, err
}
