package jose

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotCanonical says that signed JSON is not in the one form we write.
var ErrNotCanonical = errors.New("json is not in canonical form")

// Marshal writes v as canonical JSON (RFC 8785, JCS): members sorted, no white
// space, one spelling for each string and number. Everything we sign is in
// this form, so equal meanings have equal bytes.
func Marshal(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write json: %w", err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("write canonical json: %w", err)
	}
	return value, nil
}

// Unmarshal reads a canonical JSON object into v, strictly: a member that v does not
// have, a member twice, another letter case, white space, another spelling of
// the same value and invalid UTF-8 are all errors. Two readers can therefore
// not understand one signed text differently (the hazard behind
// GHSA-4cf7-xm37-g63h and most JSON signature bypasses).
func Unmarshal(text []byte, v any) error {
	if err := json.Unmarshal(text, v, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("read json: %w", sanitise(err))
	}
	if text[0] != '{' {
		return ErrWrongShape
	}
	canonical := jsontext.Value(text).Clone()
	if err := canonical.Canonicalize(); err != nil || string(canonical) != string(text) {
		return ErrNotCanonical
	}
	return nil
}

// sanitise keeps what is wrong and drops what was read: the library's errors
// may quote the text, which may be somebody's data.
func sanitise(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return ErrDuplicateMember
		}
		return ErrSyntax
	}
	if errors.Is(err, json.ErrUnknownName) {
		return ErrUnknownMember
	}
	return ErrWrongShape
}

// What can be wrong with JSON, without what was in it.
var (
	ErrDuplicateMember = errors.New("a member stands twice")
	ErrUnknownMember   = errors.New("a member is not known here")
	ErrSyntax          = errors.New("not json, or not all of it")
	ErrWrongShape      = errors.New("a value has another type or is not in its vocabulary")
)
