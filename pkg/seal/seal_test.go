package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
)

func sealed(t testing.TB, n network, statements ...event.Statement) envelope.Envelope {
	t.Helper()
	if len(statements) == 0 {
		statements = []event.Statement{disclosure(t, n.a, event.Place{Seq: 1}, 200)}
	}
	e, err := seal.Seal(n.a.sender(), n.b.address(t, posada.EpochAt(now)), posada.MessageID{1}, now, statements)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatWasSealedIsWhatIsOpened(t *testing.T) {
	n := newNetwork(t)
	members := n.roster(t)
	rapid.Check(t, func(t2 *rapid.T) {
		var want []event.Statement
		prev := posada.EventID("")
		for seq := range rapid.IntRange(1, 5).Draw(t2, "count") {
			s := disclosure(t, n.a, event.Place{Seq: uint64(seq + 1), Prev: prev}, rapid.IntRange(1, 15000).Draw(t2, "size"))
			prev = s.ID()
			want = append(want, s)
		}
		e := sealed(t, n, want...)
		got, err := seal.Open(e, n.b.receiver(members, now))
		if err != nil {
			t2.Fatal(err)
		}
		if got.Sender() != n.a.id || got.Message() != e.Header().Message || !got.SignedAt().Equal(now) || len(got.Statements()) != len(want) {
			t2.Fatalf("opened another envelope than was sealed")
		}
		for i, s := range got.Statements() {
			if !bytes.Equal(s.Data(), want[i].Data()) || s.ID() != want[i].ID() || s.Obligations() != want[i].Obligations() || s.Grant() != want[i].Grant() {
				t2.Fatalf("statement %d changed", i)
			}
		}
	})
}

func TestOnlyTheAddresseeOpens(t *testing.T) {
	n := newNetwork(t)
	members := n.roster(t)
	e := sealed(t, n)
	if _, err := seal.Open(e, n.c.receiver(members, now)); !errors.Is(err, seal.ErrMailbox) {
		t.Errorf("another agency: %v", err)
	}
	curious := n.c.receiver(members, now)
	curious.Mailbox = n.b.mailbox
	if _, err := seal.Open(e, curious); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another agency at this mailbox: %v", err)
	}
	none := n.b.receiver(members, now)
	none.Identities = func(posada.Epoch) (seal.Identity, bool) { return seal.Identity{}, false }
	if _, err := seal.Open(e, none); !errors.Is(err, seal.ErrNoIdentity) {
		t.Errorf("the epoch's key destroyed: %v", err)
	}
	if _, err := seal.Open(envelope.Envelope{}, n.b.receiver(members, now)); err == nil {
		t.Error("the zero envelope opened")
	}
	if _, err := seal.Open(e, seal.Receiver{Members: members, Now: now}); err == nil {
		t.Error("the zero receiver opened")
	}
}

// TestEveryBindingHolds moves each thing an envelope is bound to, one at a
// time, as somebody with the right keys could.
func TestEveryBindingHolds(t *testing.T) {
	n := newNetwork(t)
	members := n.roster(t)
	good := sealed(t, n)
	reheaded := func(change func(*envelope.Header)) envelope.Envelope {
		h := good.Header()
		change(&h)
		e, err := envelope.New(h, good.Body())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	shared := n.b.receiver(members, now)
	shared.Identities = func(posada.Epoch) (seal.Identity, bool) { return n.b.identity[posada.EpochAt(now)], true }

	cases := map[string]struct {
		e    envelope.Envelope
		r    seal.Receiver
		want error
	}{
		"message id changed": {reheaded(func(h *envelope.Header) { h.Message[3] ^= 1 }), n.b.receiver(members, now), seal.ErrBinding},
		"expiry changed":     {reheaded(func(h *envelope.Header) { h.Expiry++ }), n.b.receiver(members, now), seal.ErrBinding},
		"mailbox changed":    {reheaded(func(h *envelope.Header) { h.Mailbox[0] ^= 1 }), n.b.receiver(members, now), seal.ErrMailbox},
		"mailbox changed to the opener's": {
			reheaded(func(h *envelope.Header) { h.Mailbox = n.c.mailbox }),
			func() seal.Receiver { r := shared; r.Mailbox = n.c.mailbox; return r }(), seal.ErrBinding,
		},
		"epoch changed":            {reheaded(func(h *envelope.Header) { h.Epoch-- }), n.b.receiver(members, now), seal.ErrSealed},
		"epoch changed, same keys": {reheaded(func(h *envelope.Header) { h.Epoch-- }), shared, seal.ErrBinding},
		"another agency, same key and mailbox": {
			good, func() seal.Receiver { r := n.b.receiver(members, now); r.Agency = n.c.id; return r }(), seal.ErrBinding,
		},
		"an agency without a name": {
			good, func() seal.Receiver { r := n.b.receiver(members, now); r.Agency = ""; return r }(), seal.ErrBinding,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := seal.Open(c.e, c.r); !errors.Is(err, c.want) {
				t.Errorf("got %v; want %v", err, c.want)
			}
		})
	}
}

func TestOpeningEndsInTime(t *testing.T) {
	n := newNetwork(t)
	e := sealed(t, n)
	all := func(at time.Time) seal.Receiver {
		r := n.b.receiver(n.roster(t), at)
		r.Identities = func(posada.Epoch) (seal.Identity, bool) { return n.b.identity[posada.EpochAt(now)], true }
		return r
	}
	for _, c := range []struct {
		at   time.Duration
		want error
	}{
		{0, nil},
		{-seal.SignedAhead, nil},
		{-seal.SignedAhead - time.Second, seal.ErrSignedTime},
		{seal.Life - time.Second, nil},
		{seal.Life, seal.ErrExpired},
		{8 * 24 * time.Hour, seal.ErrExpired},
		{9 * 24 * time.Hour, seal.ErrEpoch},
		{-48 * time.Hour, seal.ErrEpoch},
		{-10 * 365 * 24 * time.Hour, seal.ErrEpoch},
		{10 * 365 * 24 * time.Hour, seal.ErrEpoch},
	} {
		if _, err := seal.Open(e, all(now.Add(c.at))); !errors.Is(err, c.want) {
			t.Errorf("at now%+v: %v; want %v", c.at, err, c.want)
		}
	}
}

func TestASendersKeyCountsOnlyInItsTimes(t *testing.T) {
	n := newNetwork(t)
	e := sealed(t, n)
	key := func(all []*invented.Agency) *roster.SigningKey { return &all[0].Keys.Signing[0] }
	for name, change := range map[string]func([]*invented.Agency){
		"revoked":         func(all []*invented.Agency) { key(all).Revoked = true },
		"not yet valid":   func(all []*invented.Agency) { key(all).From = now.Add(time.Second) },
		"no longer":       func(all []*invented.Agency) { key(all).Until = now },
		"never announced": func(all []*invented.Agency) { key(all).Key = invented.Key(t, 77).Public() },
		"another member's": func(all []*invented.Agency) {
			key(all).Key, all[2].Keys.Signing[0].Key = all[2].Keys.Signing[0].Key, key(all).Key
		},
		"announced for a time that is over": func(all []*invented.Agency) {
			all[0].Keys.IssuedAt, all[0].Keys.Expires = now.AddDate(0, 0, -15).Unix(), now.Unix()
		},
	} {
		if _, err := seal.Open(e, n.b.receiver(n.roster(t, change), now)); !errors.Is(err, seal.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Who announces another's key takes nothing from its owner.
	claimed := func(all []*invented.Agency) { all[2].Keys.Signing[0].Key = key(all).Key }
	if _, err := seal.Open(e, n.b.receiver(n.roster(t, claimed), now)); err != nil {
		t.Errorf("a key that another claims, too: %v", err)
	}
}

// TestWireSizesAreFour seals 100,000 random statements, several to an envelope
// as post does, and looks at every length.
func TestWireSizesAreFour(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	const statements = 100_000
	random := rand.New(rand.NewPCG(1, 2))
	sizes := map[int]int{}
	for left := statements; left > 0; {
		batch := make([]event.Statement, 0, seal.MaxStatements)
		prev := posada.EventID("")
		for i := range min(1+random.IntN(seal.MaxStatements), left) {
			s := disclosure(t, n.a, event.Place{Seq: uint64(i + 1), Prev: prev}, 1+random.IntN(4000))
			prev = s.ID()
			batch = append(batch, s)
		}
		sizes[len(sealed(t, n, batch...).Bytes())]++
		left -= len(batch)
	}
	for size, count := range sizes {
		if size != 8<<10 && size != 32<<10 && size != 128<<10 && size != 512<<10 {
			t.Errorf("%d envelopes of %d bytes", count, size)
		}
	}
	if len(sizes) != 4 {
		t.Errorf("the statements reached %d of four sizes", len(sizes))
	}
	t.Logf("%d statements, envelopes by size: %v", statements, sizes)
}

func TestTheSmallestClassHoldsWhatTheFormatSays(t *testing.T) {
	n := newNetwork(t)
	largest := 0
	for size := 1; ; size += 10 {
		if e := sealed(t, n, disclosure(t, n.a, event.Place{Seq: 1}, size)); e.Header().Class != envelope.Class8K {
			break
		}
		largest = size
	}
	// With a real grant of about 1,000 bytes this is the 2.6 KB of the format.
	if largest < 3000 || largest > 4200 {
		t.Errorf("8 KiB hold %d bytes of data", largest)
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	n := newNetwork(t)
	to := n.b.address(t, posada.EpochAt(now))
	var many []event.Statement
	for i := range seal.MaxStatements + 1 {
		place := event.Place{Seq: uint64(i + 1)}
		if i > 0 {
			place.Prev = many[i-1].ID()
		}
		many = append(many, disclosure(t, n.a, place, 15000))
	}
	if _, err := seal.Seal(n.a.sender(), to, posada.MessageID{1}, now, many); !errors.Is(err, seal.ErrNothingToSeal) {
		t.Errorf("65 statements: %v", err)
	}
	if _, err := seal.Seal(n.a.sender(), to, posada.MessageID{1}, now, many[:64]); !errors.Is(err, seal.ErrTooLarge) {
		t.Errorf("more than 512 KiB: %v", err)
	}
	if _, err := seal.Seal(n.a.sender(), to, posada.MessageID{1}, now, nil); !errors.Is(err, seal.ErrNothingToSeal) {
		t.Errorf("no statement: %v", err)
	}
	if _, err := seal.Seal(n.c.sender(), to, posada.MessageID{1}, now, many[:1]); !errors.Is(err, event.ErrShape) {
		t.Errorf("another agency's statement: %v", err)
	}
	for name, err := range map[string]error{
		"zero sender":  second(seal.Seal(seal.Sender{}, to, posada.MessageID{1}, now, many[:1])),
		"zero address": second(seal.Seal(n.a.sender(), seal.Address{}, posada.MessageID{1}, now, many[:1])),
		"zero message": second(seal.Seal(n.a.sender(), to, posada.MessageID{}, now, many[:1])),
	} {
		if !errors.Is(err, seal.ErrUnaddressed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[A, B any](_ A, b B) B { return b }

func TestOnlyHybridRecipientsAreParsed(t *testing.T) {
	n := newNetwork(t)
	good := n.b.identity[posada.EpochAt(now)].Recipient()
	for name, text := range map[string]string{
		"x25519":     "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
		"plugin":     "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
		"ssh":        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
		"empty":      "",
		"cut":        good[:len(good)-1],
		"upper case": strings.ToUpper(good),
		"changed":    good[:40] + map[bool]string{false: "q", true: "p"}[good[40] == 'q'] + good[41:],
		"a secret":   n.b.identity[posada.EpochAt(now)].Secret(),
	} {
		if _, err := seal.ParseRecipient(text); !errors.Is(err, seal.ErrBadRecipient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := seal.ParseRecipient(good); err != nil {
		t.Error(err)
	}
}

func TestSecretsAndContentsPrintAsNothing(t *testing.T) {
	n := newNetwork(t)
	identity := n.b.identity[posada.EpochAt(now)]
	opened, err := seal.Open(sealed(t, n), n.b.receiver(n.roster(t), now))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{identity, opened, opened.Statements(), opened.Statements()[0]} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			text := fmt.Sprintf(verb, v)
			if strings.Contains(text, "SECRET") || strings.Contains(text, "Invented") || strings.Contains(text, "grant.of") {
				t.Errorf("%T printed with %s: %s", v, verb, text)
			}
		}
	}
	again, err := seal.ParseIdentity(identity.Secret())
	if err != nil || again.Recipient() != identity.Recipient() {
		t.Errorf("an identity does not survive its own text: %v", err)
	}
}

func BenchmarkSeal4KB(b *testing.B) {
	n := newNetwork(b)
	statements := []event.Statement{disclosure(b, n.a, event.Place{Seq: 1}, 4000)}
	to := n.b.address(b, posada.EpochAt(now))
	for b.Loop() {
		if _, err := seal.Seal(n.a.sender(), to, posada.MessageID{1}, now, statements); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen4KB(b *testing.B) {
	n := newNetwork(b)
	e := sealed(b, n, disclosure(b, n.a, event.Place{Seq: 1}, 4000))
	r := n.b.receiver(n.roster(b), now)
	for b.Loop() {
		if _, err := seal.Open(e, r); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWhatIsPractisedCountsInNoOtherNetwork: the same agencies with the same
// keys, and nothing said in the one is taken in the other.
func TestWhatIsPractisedCountsInNoOtherNetwork(t *testing.T) {
	n := newNetwork(t)
	from := n.a.sender()
	from.Network = posada.IDFrom[posada.NetworkID]([16]byte{'p'})
	e, err := seal.Seal(from, n.b.address(t, posada.EpochAt(now)), posada.MessageID{1}, now, []event.Statement{disclosure(t, n.a, event.Place{Seq: 1}, 200)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(e, n.b.receiver(n.roster(t), now)); !errors.Is(err, seal.ErrNetwork) {
		t.Errorf("a practice event in the real network: %v", err)
	}
	if _, err := seal.Open(sealed(t, n), n.b.receiver(n.roster(t), now)); err != nil {
		t.Errorf("without the difference: %v", err)
	}
}
