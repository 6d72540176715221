package members

import (
	"context"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// answerTime is how long an answer of the hub is waited for.
const answerTime = 10 * time.Second

// Bus is the Registry at the other end of a line.
type Bus struct{ line *broker.Line }

var _ Registry = Bus{}

// NewBus asks over a line.
func NewBus(line *broker.Line) Bus { return Bus{line} }

// Sync asks what is new.
func (b Bus) Sync(ctx context.Context, have map[posada.AgencyID]uint64) (mail.Reply, bool, error) {
	more, body, err := b.ask(ctx, mail.Question{Have: have})
	if err != nil {
		return mail.Reply{}, false, err
	}
	reply, err := mail.ReadReply(body)
	return reply, more, err
}

// Announce hands an announcement in.
func (b Bus) Announce(ctx context.Context, compact []byte) error {
	_, _, err := b.ask(ctx, mail.Question{Announce: string(compact)})
	return err
}

func (b Bus) ask(ctx context.Context, q mail.Question) (bool, []byte, error) {
	body, err := mail.WriteQuestion(q)
	if err != nil {
		return false, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := b.line.Ask(ctx, broker.SyncPrefix, body)
	if err != nil {
		return false, nil, err
	}
	return mail.ReadAnswer(answer)
}

// named lists the errors whose fixed text may stand in a log line.
func named() []error {
	return []error{
		broker.ErrUnreachable, mail.ErrRefused, mail.ErrBusy, mail.ErrAnswer, mail.ErrSync,
		roster.ErrUnknownKey, roster.ErrKeysShape, roster.ErrKeysForked, roster.ErrKeysOlder, roster.ErrKeysExpired,
		vault.ErrClosed, vault.ErrDamaged,
	}
}
