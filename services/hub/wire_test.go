package hub_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/roster"
)

// wire is a member's connection with no library on our side of it. It asks the
// server to say of each thing it is told whether it was done, so that nothing
// that is permitted can go unnoticed.
type wire struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex // of writing
	out  *bufio.Writer
}

func (b *bench) wire(t testing.TB, n int) *wire {
	t.Helper()
	plain, err := net.Dial("tcp", strings.TrimPrefix(b.hub.Where().Bus, "tls://"))
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(plain, broker.ClientTLS(roster.Pinned(b.parts.Founding.Roster().Hub().Pins...)))
	t.Cleanup(func() { _ = conn.Close() })
	w := &wire{t: t, conn: conn, in: bufio.NewReaderSize(conn, 1<<16), out: bufio.NewWriterSize(conn, 1<<16)}
	var greeting struct {
		Nonce string `json:"nonce"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(w.line(), "INFO ")), &greeting); err != nil {
		t.Fatal(err)
	}
	key, err := nkeys.FromSeed(b.members[n].seed)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign([]byte(greeting.Nonce))
	if err != nil {
		t.Fatal(err)
	}
	hello, err := json.Marshal(map[string]any{
		"verbose": true, "pedantic": false, "protocol": 1, "headers": true, "no_responders": true, "lang": "none", "version": "0",
		"nkey": b.members[n].connection, "sig": base64.RawURLEncoding.EncodeToString(signature), "auth_token": b.members[n].statement,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.tell(fmt.Sprintf("CONNECT %s\r\n", hello)); got[0] != "+OK" {
		t.Fatal(got)
	}
	return w
}

// line is the server's next line.
func (w *wire) line() string {
	text, err := w.in.ReadString('\n')
	if err != nil {
		w.t.Error("the server hung up: ", err)
		panic(io.ErrUnexpectedEOF)
	}
	return strings.TrimRight(text, "\r\n")
}

// tell says things to the server, and gives what it says of each: +OK, or -ERR
// and why. Messages that come meanwhile are passed over.
func (w *wire) tell(said ...string) []string {
	w.t.Helper()
	if err := w.conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		w.t.Fatal(err)
	}
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		for _, s := range said {
			w.write(s, false)
		}
		w.write("", true)
	})
	var answers []string
	for len(answers) < len(said) {
		switch got := w.line(); {
		case got == "+OK", strings.HasPrefix(got, "-ERR"):
			answers = append(answers, got)
		case got == "PING":
			w.write("PONG\r\n", true)
		case strings.HasPrefix(got, "MSG "), strings.HasPrefix(got, "HMSG "):
			fields := strings.Fields(got)
			size, err := strconv.Atoi(fields[len(fields)-1])
			if err != nil {
				w.t.Error(got)
			}
			if _, err := w.in.Discard(size + 2); err != nil {
				w.t.Error(err)
			}
		}
	}
	return answers
}

func (w *wire) write(text string, flush bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.out.WriteString(text)
	if err == nil && flush {
		err = w.out.Flush()
	}
	if err != nil {
		w.t.Error(err)
	}
}
