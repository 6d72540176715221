package trust

import (
	"errors"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// What can be wrong with what a hub serves or a steward proposes. Every error
// of this package is one of these; none says more about the content than a
// role's name and a version.
var (
	ErrRollback    = errors.New("older than what was seen before")
	ErrExpired     = errors.New("expired: the hub is frozen, or nobody renewed it")
	ErrThreshold   = errors.New("not signed by enough stewards of different agencies")
	ErrMix         = errors.New("parts that do not belong together")
	ErrTooLarge    = errors.New("larger than anything that belongs here")
	ErrChain       = errors.New("the chain of publications was shortened, forked or leads nowhere")
	ErrNetwork     = errors.New("of another network")
	ErrUnreachable = errors.New("the hub did not answer, or not with what it must have")
	ErrAhead       = errors.New("signed later than this clock shows")
	ErrMalformed   = errors.New("not a document of ours")
	ErrNotSigner   = errors.New("the key has no part in this role")
	ErrContent     = errors.New("a published file is not what its role is for")
	ErrRides       = errors.New("a body leaves a distrusted class together with something else that is allowed more")
	ErrSponsors    = errors.New("somebody joins for whom not two members speak")
)

// ErrAbsent is how a Fetcher or a store says that there is no such file.
var ErrAbsent = errors.New("no such file")

// Errors lists them: their fixed texts may stand in a log line.
func Errors() []error {
	return []error{
		ErrRollback, ErrExpired, ErrThreshold, ErrMix, ErrTooLarge, ErrChain, ErrNetwork, ErrUnreachable, ErrAhead, ErrMalformed,
		ErrNotSigner, ErrContent, ErrRides, ErrSponsors, ErrAbsent,
	}
}

// AheadError is ErrAhead with the time that was signed: what a clock in
// dispute shows beside its own.
type AheadError struct{ Signed int64 } // Unix seconds

func (e *AheadError) Error() string { return ErrAhead.Error() }

// Is says that the error is ErrAhead.
func (e *AheadError) Is(target error) bool { return target == ErrAhead }

// classified gives a go-tuf error its class. The library's text is dropped: it
// may quote what a hub sent.
func classified(err error) error {
	for _, c := range []struct{ is, class error }{
		// Ours pass through the library unchanged.
		{ErrTooLarge, ErrTooLarge},
		{ErrUnreachable, ErrUnreachable},
		{ErrMalformed, ErrMalformed},
		{&metadata.ErrDownloadHTTP{}, ErrUnreachable},
		{&metadata.ErrBadVersionNumber{}, ErrRollback},
		{&metadata.ErrExpiredMetadata{}, ErrExpired},
		{&metadata.ErrUnsignedMetadata{}, ErrThreshold},
		{&metadata.ErrLengthOrHashMismatch{}, ErrMix},
		{&metadata.ErrDownloadLengthMismatch{}, ErrTooLarge},
		{&metadata.ErrRepository{}, ErrMix},
	} {
		if errors.Is(err, c.is) {
			return c.class
		}
	}
	return ErrMalformed
}

// guarded runs a piece of go-tuf and classes its error. The library follows
// pointers that a JSON null leaves empty, some of them before it has checked a
// signature, so a hub could stop every node with one file: what panics is
// malformed.
func guarded(what string, run func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%s: %w", what, ErrMalformed)
		}
	}()
	if err := run(); err != nil {
		return fmt.Errorf("%s: %w", what, classified(err))
	}
	return nil
}
