package post

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Reasons of ours to put an envelope aside.
var (
	errPanicked   = errors.New("it made this program panic")
	errNotTakenIn = errors.New("it could not be taken in")
)

// problem is one of the errors post meets, with the code people are told it by
// (pkg/i18n, aside.*). One without a code never puts anything aside.
type problem struct {
	err  error
	code string
}

// problems lists them; the first that matches counts.
func problems() []problem {
	return []problem{
		{envelope.ErrSize, "size"}, {envelope.ErrMagic, "magic"}, {envelope.ErrVersion, "version"}, {envelope.ErrHeader, "header"},
		{seal.ErrMailbox, "mailbox"}, {seal.ErrEpoch, "epoch"}, {seal.ErrNoIdentity, "no_identity"}, {seal.ErrStanza, "stanza"},
		{seal.ErrSealed, "sealed"}, {seal.ErrFrame, "frame"}, {seal.ErrSignature, "signature"}, {seal.ErrSignedTime, "signed_time"},
		{seal.ErrNetwork, "network"}, {seal.ErrBinding, "binding"}, {seal.ErrExpired, "expired"}, {seal.ErrContent, "content"}, {errPanicked, "panicked"}, {errNotTakenIn, "not_taken_in"},
		{handoff.ErrNotAdmitted, ""}, {seal.ErrTooLarge, ""}, {ErrReceipt, ""},
		{broker.ErrUnreachable, ""}, {mail.ErrRefused, ""}, {mail.ErrBusy, ""}, {mail.ErrAnswer, ""},
		{roster.ErrUnknownAgency, ""}, {roster.ErrNoRecipient, ""}, {roster.ErrUnknownKey, ""}, {roster.ErrKeysExpired, ""},
		{vault.ErrClosed, ""}, {vault.ErrDamaged, ""}, {vault.ErrErased, ""}, {vault.ErrPanicked, ""}, {vault.ErrNewer, ""},
	}
}

// Why something is held of an agency whose sequence is not believed: its store is one of
// before, or ours.
const (
	codeDoubted = "not_believed"
	codeBehind  = "behind"
)

// Codes lists every code something may be put aside by, besides those of the
// units.
func Codes() []string {
	codes := []string{"unknown", "unknown_type", "too_many_held", codeDoubted, codeBehind}
	for _, p := range problems() {
		if p.code != "" {
			codes = append(codes, p.code)
		}
	}
	return codes
}

// named lists the errors whose fixed text may stand in a log line.
func named() []error {
	var list []error
	for _, p := range problems() {
		list = append(list, p.err)
	}
	return list
}

// codeOf is the code of an error.
func codeOf(err error) string {
	if r, ok := errors.AsType[*handoff.Refusal](err); ok {
		return r.Code
	}
	for _, p := range problems() {
		if p.code != "" && errors.Is(err, p.err) {
			return p.code
		}
	}
	return "unknown"
}
