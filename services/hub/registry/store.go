package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// maxBatch bounds one message of the stream: a batch of files, or an
// announcement.
const maxBatch = 1 << 20

// store keeps each agency's newest announcement, alone on the subject
// registry.keys.<agency>.<sequence>. A newer one is put before the older is
// erased, so a crash between leaves two, and the newer counts. What a crash
// of the disk loses, its owner announces again when it is asked for it.
type store struct{ stream *broker.Stream }

func openStream(ctx context.Context, c *broker.Conn) (*broker.Stream, error) {
	return c.OpenStream(ctx, broker.StreamConfig{
		Name: "registry", Subjects: "registry.>", MaxBytes: 1 << 30, MaxSize: maxBatch, Replicas: 1,
	})
}

func subject(id posada.AgencyID, sequence string) string {
	return fmt.Sprintf("registry.keys.%s.%s", id, sequence)
}

func (s *store) put(ctx context.Context, a roster.Announcement) error {
	k := a.Keys()
	err := s.stream.Put(ctx, subject(k.Issuer, fmt.Sprint(k.Sequence)), a.Compact())
	if err != nil && !errors.Is(err, broker.ErrTwice) {
		return err
	}
	return s.each(ctx, k.Issuer, func(kept broker.Kept) error {
		if kept.Subject == subject(k.Issuer, fmt.Sprint(k.Sequence)) {
			return nil
		}
		return s.stream.Erase(ctx, kept)
	})
}

// all reads what is kept of a roster's members. What does not verify was
// changed on the disk, or its owner's identity key is another now: its owner
// has it.
func (s *store) all(ctx context.Context, members *roster.Roster) (list []roster.Announcement, err error) {
	for _, a := range members.Agencies() {
		err := s.each(ctx, a.ID, func(kept broker.Kept) error {
			if announced, err := roster.ReadAnnouncement(kept.Body, a, members.Network()); err == nil {
				list = append(list, announced)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *store) each(ctx context.Context, id posada.AgencyID, do func(broker.Kept) error) error {
	for place := uint64(0); ; {
		kept, next, err := s.stream.Next(ctx, subject(id, "*"), place)
		if errors.Is(err, broker.ErrNoneLeft) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(kept); err != nil {
			return err
		}
		place = next
	}
}
