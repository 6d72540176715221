package gateway

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/page"
)

// Parted is how a list that grows is asked for: a part at a time.
type Parted struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"How many at most."`
	Cursor string `query:"cursor" doc:"Where the part before ended, as its link says; without it, the beginning. It is of this list, and for whoever was given it."`
}

// listed is a part of a list. How long the whole is nobody is told.
type listed[T any] struct {
	Link string `header:"Link" doc:"Where the next part is (RFC 8288, rel=next); without it there is none."`
	Body []T
}

// list is one that grows: where it is asked for, with what is sifted by, and for whom.
type list struct {
	g  *Gateway
	by Person
	at string
	in Parted
}

// asked is which part of it is wanted. A cursor that is not of this list is refused, and not quoted.
func (l list) asked(ctx context.Context) (page.Asked, error) {
	a := page.Asked{Limit: l.in.Limit}
	if l.in.Cursor == "" {
		return a, nil
	}
	var ok bool
	if a.After, ok = l.g.cursors.open(l.in.Cursor, string(l.by.ID), l.at); !ok {
		return a, refusal(ctx, http.StatusBadRequest, fault.CursorWrong)
	}
	return a, nil
}

// link is where what stands behind a place is asked for.
func (l list) link(next page.Place) string {
	if next == (page.Place{}) {
		return ""
	}
	sep := "?"
	if strings.Contains(l.at, sep) {
		sep = "&"
	}
	return fmt.Sprintf("<%s%scursor=%s&limit=%d>; rel=\"next\"", l.at, sep, l.g.cursors.seal(next, string(l.by.ID), l.at), l.in.Limit)
}

// partOf answers with a part of a list, each row as it is shown.
func partOf[Row, Shown any](ctx context.Context, l list, take func(page.Asked) (page.Of[Row], error), show func([]Row) ([]Shown, error)) (*listed[Shown], error) {
	a, err := l.asked(ctx)
	if err != nil {
		return nil, err
	}
	part, err := take(a)
	if err != nil {
		return nil, err
	}
	rows, err := show(part.Rows)
	if err != nil {
		return nil, err
	}
	return &listed[Shown]{Link: l.link(part.Next), Body: rows}, nil
}

// each shows rows that need nothing else.
func each[Row, Shown any](show func(Row) Shown) func([]Row) ([]Shown, error) {
	return func(rows []Row) ([]Shown, error) {
		out := make([]Shown, len(rows))
		for i, r := range rows {
			out[i] = show(r)
		}
		return out, nil
	}
}

// cursors seal places, so that whoever holds one can neither read it nor make another, nor use
// it for another list or as somebody else: XChaCha20-Poly1305, with both as what it is bound to.
//
// A nonce is a MAC of all that is sealed and bound, under a key of its own (as in SIV, RFC
// 5297): two that differ anywhere have nonces that differ, but by a chance of 2^-96. So nothing
// random is needed; that the same place has the same cursor tells whoever was given both
// nothing. The key is the vault's, so a cursor outlives a restart.
type cursors struct {
	sealing cipher.AEAD
	naming  []byte
}

// maxID is the longest id that a cursor has place for; all are as long, and so say nothing of it.
const (
	maxID  = 44
	placed = 8 + 4 + maxID
)

func newCursors(secret [32]byte) cursors {
	key := func(use string) []byte {
		// The lengths are ours: it does not fail.
		k, _ := hkdf.Expand(sha256.New, secret[:], "posada cursors: "+use, chacha20poly1305.KeySize)
		return k
	}
	sealing, _ := chacha20poly1305.NewX(key("seal"))
	return cursors{sealing, key("nonce")}
}

// bound is what a cursor is of, written so that no two lists are written alike.
func bound(to []string) []byte {
	var out []byte
	for _, part := range to {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(part))), part...)
	}
	return out
}

func (c cursors) seal(p page.Place, to ...string) string {
	text := binary.BigEndian.AppendUint64(nil, uint64(p.At.Unix()))
	text = binary.BigEndian.AppendUint32(text, uint32(p.At.Nanosecond()))
	text = append(text, p.ID...)
	text = append(text, make([]byte, placed-len(text))...)
	mac := hmac.New(sha256.New, c.naming)
	mac.Write(bound(to))
	mac.Write(text)
	nonce := mac.Sum(nil)[:chacha20poly1305.NonceSizeX]
	return base64.RawURLEncoding.EncodeToString(c.sealing.Seal(nonce, nonce, text, bound(to)))
}

func (c cursors) open(cursor string, to ...string) (page.Place, bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(sealed) != chacha20poly1305.NonceSizeX+placed+chacha20poly1305.Overhead {
		return page.Place{}, false
	}
	text, err := c.sealing.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], bound(to))
	if err != nil {
		return page.Place{}, false
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(text)), int64(binary.BigEndian.Uint32(text[8:])))
	return page.Place{At: at.UTC(), ID: strings.TrimRight(string(text[12:]), "\x00")}, true
}
