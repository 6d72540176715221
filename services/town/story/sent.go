package story

import (
	"context"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// drafted is a referral of the story's files, in a case.
func (s *Story) drafted(file, label string) (client.NewPreview, error) {
	text, err := s.read(file)
	if err != nil {
		return client.NewPreview{}, err
	}
	in, err := client.ReadReferral(text)
	in.Case = label
	return in, err
}

// delivers sends a draft from Casa Girasol as it was previewed, and waits for the
// recipient's signed receipt.
func (s *Story) delivers(ctx context.Context, in client.NewPreview) (sent client.Referral, preview client.Preview, err error) {
	if preview, err = s.asks[ngo].Preview(ctx, in); err != nil {
		return sent, preview, err
	}
	if err := must(preview.Digest != "", "it is not covered: %v", preview.Uncovered); err != nil {
		return sent, preview, err
	}
	if sent, err = s.asks[ngo].Send(ctx, client.NewSend{Digest: preview.Digest}); err != nil {
		return sent, preview, err
	}
	return sent, preview, eventually(ctx, func() (bool, error) {
		sent, err = s.asks[ngo].Referral(ctx, sent.ID)
		return !sent.Delivered.IsZero(), err
	})
}

// takenOn: somebody there takes it on, and Casa Girasol knows: what it owes for that letter
// is under way before the next step counts what leaves.
func (s *Story) takenOn(ctx context.Context, key string, id posada.ReferralID) error {
	if _, err := s.asks[key].Mark(ctx, id, newMark(string(posada.StateAcknowledged))); err != nil {
		return err
	}
	return eventually(ctx, func() (bool, error) {
		here, err := s.asks[ngo].Referral(ctx, id)
		return here.State == posada.StateAcknowledged, err
	})
}
