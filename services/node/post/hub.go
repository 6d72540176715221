package post

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/run"
)

// Hub is what post asks of the relay.
//
//  1. Submit returns nil when the hub says, signed, that it holds the
//     envelope. An error means nothing: it may hold it all the same.
//  2. Collect erases what is acknowledged, then gives what waits, the oldest
//     first, and says whether there is more. What was given and not
//     acknowledged is given again.
//  3. Recall erases an envelope that was not collected; one that was, or never
//     was there, is no error.
//  4. Listen rings whenever mail may wait: at a bell and at each reconnection.
type Hub interface {
	Submit(ctx context.Context, e envelope.Envelope) error
	Collect(ctx context.Context, acknowledged []posada.MessageID) (list [][]byte, more bool, err error)
	Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error
	Listen(ctx context.Context) (bell <-chan struct{}, err error)
}

// ErrReceipt says that the hub's receipt is not one.
var ErrReceipt = errors.New("the hub's receipt does not verify")

// answerTime is how long an answer of the hub is waited for.
const answerTime = 10 * time.Second

// Bus is the Hub at the other end of a NATS connection.
type Bus struct {
	line    *broker.Line
	network posada.NetworkID
	key     func() jose.PublicKey
	bell    chan struct{}
	decided func()
}

var _ Hub = (*Bus)(nil)

// NewBus asks over a line; key is the one that verifies the hub's receipts now,
// which must be of the network. Ring is to be called when the line is back. Decided is
// called when the hub says that stewards decided something.
func NewBus(line *broker.Line, network posada.NetworkID, key func() jose.PublicKey, decided func()) *Bus {
	return &Bus{line: line, network: network, key: key, bell: make(chan struct{}, 1), decided: decided}
}

// Ring says that mail may wait.
func (b *Bus) Ring() {
	run.Poke(b.bell)
}

// Listen subscribes to the member's own bell.
func (b *Bus) Listen(context.Context) (<-chan struct{}, error) {
	return b.bell, b.line.Listen(func(says broker.Ring) {
		if says == broker.RingDecided {
			b.decided()
			return
		}
		b.Ring()
	})
}

// Submit sends an envelope and checks the hub's receipt.
func (b *Bus) Submit(ctx context.Context, e envelope.Envelope) error {
	_, body, err := b.ask(ctx, broker.SubmitPrefix, e.Bytes())
	if err != nil {
		return err
	}
	u, err := jose.Parse(body, jose.TypeHubReceipt)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	payload, err := u.Verify(b.key())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	var r mail.Receipt
	if err := jose.Unmarshal(payload, &r); err != nil || r.Network != b.network || r.Message != e.Header().Message {
		return ErrReceipt
	}
	return nil
}

// Collect acknowledges and fetches, and names the line's bell.
func (b *Bus) Collect(ctx context.Context, acknowledged []posada.MessageID) ([][]byte, bool, error) {
	more, body, err := b.ask(ctx, broker.CollectPrefix, mail.WriteCollection(b.line.Bell(), acknowledged))
	if err != nil {
		return nil, false, err
	}
	return mail.Collected(body), more, nil
}

// Recall takes an envelope back.
func (b *Bus) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	_, _, err := b.ask(ctx, broker.RecallPrefix, mail.WriteRecall(to, id))
	return err
}

func (b *Bus) ask(ctx context.Context, prefix string, body []byte) (bool, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := b.line.Ask(ctx, prefix, body)
	if err != nil {
		return false, nil, err
	}
	return mail.ReadAnswer(answer)
}
