package registry

import (
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
)

// TestWhoDoesNotGoOnLeavesItToOthers: nobody keeps the place of who could give
// back what was lost (T15).
func TestWhoDoesNotGoOnLeavesItToOthers(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	g := newGiving(func() time.Time { return now })
	begin := func(who broker.Route, want error) {
		t.Helper()
		if err := g.begin(who, 4); !errors.Is(err, want) {
			t.Errorf("%s begins: %v; want %v", who, err, want)
		}
	}
	piece := func(who broker.Route, from int64, text string, want error) []byte {
		t.Helper()
		whole, err := g.piece(who, mail.Given{From: from, Piece: []byte(text)})
		if !errors.Is(err, want) {
			t.Errorf("%s gives: %v; want %v", who, err, want)
		}
		return whole
	}
	begin("a", nil)
	now = now.Add(giveWithin - time.Second)
	begin("b", mail.ErrBusy)
	begin("a", nil) // and that gives it no more time
	piece("a", 0, "ab", nil)
	now = now.Add(time.Second)
	piece("a", 2, "cd", mail.ErrRefused)
	begin("a", mail.ErrBusy)
	begin("b", nil)
	piece("b", 0, "ab", nil)
	if whole := piece("b", 2, "cd", nil); string(whole) != "abcd" {
		t.Errorf("the whole is %q", whole)
	}
	piece("b", 2, "cd", mail.ErrBusy) // it is being looked at
	now = now.Add(giveWithin)
	begin("c", mail.ErrBusy)
	g.checked(broker.ErrUnreachable) // the store could not: it may be given again
	if g.until = now.Add(time.Second); string(piece("b", 0, "abcd", nil)) != "abcd" {
		t.Error("not given again")
	}
	g.checked(mail.ErrRefused)
	begin("b", mail.ErrBusy)
	begin("c", nil)
	piece("c", 0, "abcd", nil)
	g.checked(nil)
	begin("c", nil)
	now = now.Add(pauseOf)
	g.lapse()
	begin("a", nil)
}
