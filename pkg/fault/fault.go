// Package fault holds the few error codes that cross a boundary: from a unit
// to the API, from the API to a person. Everything else is internal and is
// told to nobody outside the process.
//
// Guarantee: an Error carries a code, a message key and arguments that are
// words of closed vocabularies, field names or identifiers; never free text,
// never a value from a case. Limit: the arguments are strings, so it is the
// caller who passes only such words.
package fault

import "errors"

// Code is what a caller can act on.
type Code string

// The codes. Withheld is the one shape of refusal towards a requester (guard
// rule G7): it carries no reason and looks the same for "may not" and "does
// not exist".
const (
	Invalid         Code = "invalid"         // the request is wrong; the message names what
	Unauthenticated Code = "unauthenticated" // who is asking is not known
	Withheld        Code = "withheld"        // not allowed, or not there
	Refused         Code = "refused"         // our own policy or consent does not cover what our own staff asked
	Conflict        Code = "conflict"        // the thing has moved on since the caller looked
	Unavailable     Code = "unavailable"     // try again; the work was kept
	Internal        Code = "internal"        // a defect; the log has its own account
)

// Key names a sentence in the catalogues: what happened, what was kept, what
// to do next.
type Key string

// Error is an error that may be told to a person.
type Error struct {
	Code Code
	Key  Key
	Args map[string]string

	cause error
}

// New makes an Error. Arguments come in pairs, name then value.
func New(code Code, key Key, args ...string) *Error {
	e := &Error{Code: code, Key: key}
	if len(args) > 0 {
		e.Args = make(map[string]string, len(args)/2)
	}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// Because attaches the internal cause: for errors.Is and the log's code, never
// for a person.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Error gives the code and the key, nothing of the cause's text.
func (e *Error) Error() string { return string(e.Code) + ": " + string(e.Key) }

func (e *Error) Unwrap() error { return e.cause }

// From finds the Error in a chain. An error that carries none is Internal.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return New(Internal, UnexpectedFailure).Because(err)
}
