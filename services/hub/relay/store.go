package relay

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrRoom says that a mailbox could not hold one envelope of the largest size.
var ErrRoom = errors.New("no room for each mailbox")

// store spreads mailboxes over a few streams. An envelope is alone on the
// subject mail.<shard>.<mailbox>.<class>.<message>, so it is found by its id,
// and what a mailbox takes is counted, without a table beside. Names on the
// disk are numbers and random identifiers.
type store struct {
	shards []*broker.Stream
	bells  *broker.Stream
	room   *room
}

func openStore(ctx context.Context, c Config) (*store, error) {
	s := &store{room: newRoom(c)}
	if s.room.each < envelope.MaxSize+around {
		return nil, fmt.Errorf("%w: max_bytes is too small for so many members: %d is the least", ErrRoom, s.room.mailboxes*(envelope.MaxSize+around))
	}
	var err error
	s.shards, s.bells, err = openStreams(ctx, c)
	return s, err
}

// openStreams makes the streams, or finds them.
func openStreams(ctx context.Context, c Config) (shards []*broker.Stream, bells *broker.Stream, err error) {
	for i := range c.Shards {
		stream, err := c.Store.OpenStream(ctx, broker.StreamConfig{
			Name: fmt.Sprintf("mail%d", i), Subjects: fmt.Sprintf("mail.%d.>", i),
			MaxAge: maxAge, MaxBytes: c.MaxBytes, MaxSize: envelope.MaxSize, Replicas: 1,
		})
		if err != nil {
			return nil, nil, err
		}
		shards = append(shards, stream)
	}
	bells, err = openBells(ctx, c.Store)
	return shards, bells, err
}

// shard is where a mailbox is kept: its id is random, so any part of it
// spreads evenly.
func (s *store) shard(m posada.MailboxID) int { return int(m[0]) % len(s.shards) }

// subject is where one envelope is, or, with "*", some.
func (s *store) subject(m posada.MailboxID, class, message string) string {
	return fmt.Sprintf("mail.%d.%s.%s.%s", s.shard(m), m, class, message)
}

// put keeps an envelope, if its mailbox has room; one that is kept already is
// no error.
func (s *store) put(ctx context.Context, e envelope.Envelope) error {
	h, size := e.Header(), len(e.Bytes())
	stream := s.shards[s.shard(h.Mailbox)]
	if err := s.room.take(h.Mailbox, size, func() ([]string, error) {
		return stream.Subjects(ctx, s.subject(h.Mailbox, "*", "*"))
	}); err != nil {
		return err
	}
	err := stream.Put(ctx, s.subject(h.Mailbox, strconv.Itoa(size), h.Message.String()), e.Bytes())
	if errors.Is(err, broker.ErrTwice) {
		return nil
	}
	return err
}

// waiting is the oldest envelopes of a mailbox, as many as one answer holds,
// and whether there are more.
func (s *store) waiting(ctx context.Context, m posada.MailboxID) (list []envelope.Envelope, more bool, err error) {
	size := 0
	for place := uint64(0); ; {
		kept, next, err := s.shards[s.shard(m)].Next(ctx, s.subject(m, "*", "*"), place)
		if errors.Is(err, broker.ErrNoneLeft) {
			return list, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		if len(list) == mail.MaxCollected || size+len(kept.Body) > mail.MaxAnswer {
			return list, true, nil
		}
		e, err := envelope.Parse(kept.Body)
		if err != nil {
			// The disk changed it; its sender still has it.
			if err := s.shards[s.shard(m)].Erase(ctx, kept); err != nil {
				return nil, false, err
			}
		} else {
			list, size = append(list, e), size+len(kept.Body)
		}
		place = next
	}
}

// erase removes one envelope of a mailbox and overwrites it.
func (s *store) erase(ctx context.Context, m posada.MailboxID, id posada.MessageID) error {
	stream := s.shards[s.shard(m)]
	kept, _, err := stream.Next(ctx, s.subject(m, "*", id.String()), 0)
	if errors.Is(err, broker.ErrNoneLeft) {
		return nil
	}
	if err != nil {
		return err
	}
	return stream.Erase(ctx, kept)
}
