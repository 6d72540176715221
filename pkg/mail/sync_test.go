package mail_test

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	"github.com/posada-exchange/posada/pkg/mail"
)

func TestWhatIsGivenBackComesInPiecesOfOneShape(t *testing.T) {
	for name, c := range map[string]struct {
		g  mail.Given
		ok bool
	}{
		"the first":              {mail.Given{Pulse: []byte("p"), Size: 1}, true},
		"a piece":                {mail.Given{Piece: []byte("x")}, true},
		"a later piece":          {mail.Given{From: 5, Piece: []byte("x")}, true},
		"the largest piece":      {mail.Given{Piece: make([]byte, mail.MaxPiece)}, true},
		"nothing":                {mail.Given{}, false},
		"a first of no size":     {mail.Given{Pulse: []byte("p")}, false},
		"a first of a size":      {mail.Given{Pulse: []byte("p"), Size: mail.MaxGiven + 1}, false},
		"a first with a piece":   {mail.Given{Pulse: []byte("p"), Size: 1, Piece: []byte("x")}, false},
		"a piece with a size":    {mail.Given{Piece: []byte("x"), Size: 1}, false},
		"a piece too large":      {mail.Given{Piece: make([]byte, mail.MaxPiece+1)}, false},
		"a piece from before":    {mail.Given{From: -1, Piece: []byte("x")}, false},
		"a piece from far":       {mail.Given{From: mail.MaxGiven, Piece: []byte("x")}, false},
		"a piece without a byte": {mail.Given{From: 3}, false},
	} {
		body, err := mail.WriteQuestion(mail.Question{Restore: &c.g})
		if err != nil {
			t.Fatal(err)
		}
		got, err := mail.ReadQuestion(body)
		if (err == nil) != c.ok || c.ok && (got.Restore.From != c.g.From || !bytes.Equal(got.Restore.Piece, c.g.Piece)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if body, err := mail.WriteQuestion(mail.Question{Restore: &mail.Given{Piece: []byte("x")}, Announce: "x"}); err != nil {
		t.Fatal(err)
	} else if _, err := mail.ReadQuestion(body); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("two questions at once: %v", err)
	}
}

func TestFilesAreReadAsTheyWereWritten(t *testing.T) {
	want := map[string][]byte{"metadata/1.root.json": []byte("{}"), "chain/0.jsonl": {0, 1}}
	text, err := mail.WriteFiles(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := mail.ReadFiles(text); err != nil || !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range [][]byte{nil, []byte("x"), text[1:], append(text, text...), make([]byte, mail.MaxGiven+1)} {
		if _, err := mail.ReadFiles(bad); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("%.20s: %v", bad, err)
		}
	}
}
