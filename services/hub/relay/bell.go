package relay

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/roster"
)

// openBells opens the stream of the bells that members named last, each on the
// subject mail.bells.<route>. Relays agree through the streams alone, and
// whichever of them the next envelope comes to must know the bell; so it is
// looked up at each, because what a relay remembers another may have replaced.
// The stream is in memory: a bell is its connection's, and when the server ends
// so do the connections, and nothing need be left of who had one.
func openBells(ctx context.Context, c *broker.Conn) (*broker.Stream, error) {
	return c.OpenStream(ctx, broker.StreamConfig{
		Name: "bells", Subjects: "mail.bells.*", MaxBytes: 2 << 20, MaxSize: int32(len(broker.Bell{})), Replicas: 1, Memory: true,
	})
}

func bellSubject(who roster.Agency) string {
	return "mail.bells." + string(broker.RouteOf(string(who.ID)))
}

// bell is a member's bell; broker.ErrNoneLeft where it named none.
func (s *store) bell(ctx context.Context, who roster.Agency) (broker.Bell, error) {
	kept, _, err := s.bells.Next(ctx, bellSubject(who), 0)
	if err != nil {
		return broker.Bell{}, err
	}
	return broker.Bell(kept.Body), nil
}

// hang replaces a member's bell. Of two relays that do so at once, one does: a
// member has one line.
func (s *store) hang(ctx context.Context, who roster.Agency, b broker.Bell) error {
	kept, _, err := s.bells.Next(ctx, bellSubject(who), 0)
	switch {
	case err == nil && string(kept.Body) == string(b[:]):
		return nil
	case err == nil:
		if err := s.bells.Erase(ctx, kept); err != nil {
			return err
		}
	case !errors.Is(err, broker.ErrNoneLeft):
		return err
	}
	if err := s.bells.Put(ctx, bellSubject(who), b[:]); !errors.Is(err, broker.ErrTwice) {
		return err
	}
	return nil
}
