package members

import (
	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// named lists the errors whose fixed text may stand in a log line.
func named() []error {
	return []error{
		broker.ErrUnreachable, mail.ErrRefused, mail.ErrUsed, mail.ErrBusy, mail.ErrAnswer, mail.ErrSync,
		roster.ErrUnknownKey, roster.ErrKeysShape, roster.ErrKeysForked, roster.ErrKeysOlder, roster.ErrKeysExpired,
		vault.ErrClosed, vault.ErrDamaged,
	}
}
