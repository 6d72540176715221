// Package registry asks the hub's registry: what members announced, and what
// stewards decided.
//
// Guarantee: what it returns is what the registry said, no more. Limit: nothing
// of it is believed here; announcements are for pkg/roster to read, files for
// pkg/trust.
package registry

import (
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// answerTime is how long one answer is waited for.
const answerTime = 10 * time.Second

// Bus is the way to the registry: a member's line, or a connection of the
// hub's own services.
type Bus interface {
	Ask(ctx context.Context, prefix string, body []byte) ([]byte, error)
}

var (
	_ Bus = (*broker.Line)(nil)
	_ Bus = (*broker.Conn)(nil)
)

// Registry is the registry at the other end of a bus.
type Registry struct{ bus Bus }

var _ trust.Fetcher = Registry{}

// New asks over a bus.
func New(bus Bus) Registry { return Registry{bus} }

// Sync asks for announcements the asker has not, in some order, and says
// whether there is more to ask for.
func (r Registry) Sync(ctx context.Context, have map[posada.AgencyID]uint64) (mail.Reply, bool, error) {
	more, body, err := r.ask(ctx, mail.Question{Have: have})
	if err != nil {
		return mail.Reply{}, false, err
	}
	reply, err := mail.ReadReply(body)
	return reply, more, err
}

// Announce hands an announcement in. It returns nil when the registry has taken
// it in, or had it or a newer one; mail.ErrRefused: it will not; mail.ErrUsed:
// it has another under this number, or one before it that this does not follow.
func (r Registry) Announce(ctx context.Context, compact []byte) error {
	_, _, err := r.ask(ctx, mail.Question{Announce: string(compact)})
	return err
}

// Publish hands in what stewards signed.
func (r Registry) Publish(ctx context.Context, proposals ...trust.Proposal) error {
	var signed []mail.Signed
	for _, p := range proposals {
		signed = append(signed, mail.Signed{Document: p.Document, Target: p.Target})
	}
	_, _, err := r.ask(ctx, mail.Question{Publish: signed})
	return err
}

// Restore gives the registry back what it published and lost: the files of a
// trust.Client. It is asked by their timestamp whether it lost anything before
// it is sent the rest. It returns nil when it has taken them back;
// mail.ErrRefused: it has as much itself, or these do not go on from what it
// has; mail.ErrBusy: somebody else is at it.
func (r Registry) Restore(ctx context.Context, files map[string][]byte) error {
	text, err := mail.WriteFiles(files)
	if err != nil {
		return err
	}
	if len(text) > mail.MaxGiven {
		return trust.ErrTooLarge
	}
	if _, _, err := r.ask(ctx, mail.Question{Restore: &mail.Given{Pulse: files[trust.PulseName], Size: int64(len(text))}}); err != nil {
		return err
	}
	for from := 0; from < len(text); {
		piece := text[from:min(from+mail.MaxPiece, len(text))]
		more, err := r.give(ctx, mail.Given{From: int64(from), Piece: piece})
		if err != nil {
			return err
		}
		if from += len(piece); more != (from < len(text)) {
			return mail.ErrAnswer
		}
	}
	return nil
}

// How often a piece is offered again to a registry that asks to wait, and after
// how long. One that it has already does no harm.
const (
	offers  = 20
	between = 500 * time.Millisecond
)

func (r Registry) give(ctx context.Context, g mail.Given) (more bool, err error) {
	for range offers {
		more, _, err = r.ask(ctx, mail.Question{Restore: &g})
		if !errors.Is(err, mail.ErrBusy) {
			break
		}
		select {
		case <-ctx.Done():
			return false, err
		case <-time.After(between):
		}
	}
	return more, err
}

// Fetch fetches a file in pieces, no more of it than limit and what shows that
// there is more.
func (r Registry) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	var text []byte
	for {
		more, piece, err := r.ask(ctx, mail.Question{Fetch: name, From: int64(len(text))})
		if errors.Is(err, mail.ErrAbsent) {
			return nil, trust.ErrAbsent
		}
		if err != nil {
			return nil, err
		}
		text = append(text, piece...)
		switch {
		case int64(len(text)) > limit:
			return nil, trust.ErrTooLarge
		case !more:
			return text, nil
		case len(piece) == 0:
			return nil, mail.ErrAnswer // it would never end
		}
	}
}

func (r Registry) ask(ctx context.Context, q mail.Question) (bool, []byte, error) {
	body, err := mail.WriteQuestion(q)
	if err != nil {
		return false, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := r.bus.Ask(ctx, broker.SyncPrefix, body)
	if err != nil {
		return false, nil, err
	}
	return mail.ReadAnswer(answer)
}
