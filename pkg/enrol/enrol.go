// Package enrol reads and writes the files that people hand to each other when
// a network is founded and when an agency joins it.
//
// Guarantee: what a request or a steward's claim says was signed by the key it
// shows, so that nothing of it can be changed on its way without its words
// changing; what is read is whole and of one network. Limit: whose key it is
// nobody can read out of a file. People compare its words by voice.
//
//	network.draft    a network's id, before there is anybody in it
//	agency.request   an agency's keys, signed by its identity key
//	NAME.pub         a steward's key, signed by itself
//	hub.pub          the hub's keys and where it is
//	a motion         what stewards are asked to sign (motion.go)
//
// All of them are public. It holds no private key longer than it takes to sign.
package enrol

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a file, and of files that do not belong together.
var (
	ErrMalformed = errors.New("not a file of this kind, or changed since it was written")
	ErrNetwork   = errors.New("of another network")
	ErrTwice     = errors.New("stands there twice")
	ErrNoAgency  = errors.New("a steward whose agency is no member")
	ErrSigned    = errors.New("it is signed by enough stewards already")
	ErrUnsigned  = errors.New("it is not signed by enough stewards yet")
	ErrNotYours  = errors.New("there is nothing in it for this steward to sign")
	ErrUnchanged = errors.New("nothing would change")
	ErrNoMember  = errors.New("no such member")
	ErrDirectory = errors.New("the file of the directory in force is wanted")
)

// Draft is a network before there is anybody in it.
type Draft struct {
	Network  posada.NetworkID `json:"network"`
	Practice bool             `json:"practice"` // nothing in it will be real
}

// Write writes the file.
func (d Draft) Write() ([]byte, error) { return write(d) }

// ReadDraft reads the file.
func ReadDraft(text []byte) (d Draft, err error) {
	if err := read(text, &d); err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	if _, err := posada.ParseID[posada.NetworkID](string(d.Network)); err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", ErrMalformed)
	}
	return d, nil
}

// shown is something signed, and the key that signed it: whoever reads the file
// has no other way yet to know the key.
type shown struct {
	Key    jose.PublicKey `json:"key"`
	Signed string         `json:"signed"` // compact JWS
}

func sign(key jose.PrivateKey, t jose.Type, said any) ([]byte, error) {
	payload, err := jose.Marshal(said)
	if err != nil {
		return nil, err
	}
	compact, err := jose.Sign(key, t, payload)
	if err != nil {
		return nil, err
	}
	return write(shown{Key: key.Public(), Signed: string(compact)})
}

// verify reads what a key shows of itself.
func verify(text []byte, t jose.Type, said any) (key jose.PublicKey, err error) {
	var s shown
	if err := read(text, &s); err != nil {
		return key, err
	}
	u, err := jose.Parse([]byte(s.Signed), t)
	if err != nil {
		return key, ErrMalformed
	}
	payload, err := u.Verify(s.Key)
	if err != nil {
		return key, ErrMalformed
	}
	if err := jose.Unmarshal(payload, said); err != nil {
		return key, ErrMalformed
	}
	return s.Key, nil
}

func write(v any) ([]byte, error) {
	text, err := json.Marshal(v, jsontext.Multiline(true), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	return append(text, '\n'), nil
}

// read drops the library's error: it may quote what somebody sent.
func read(text []byte, v any) error {
	if json.Unmarshal(text, v, json.RejectUnknownMembers(true)) != nil {
		return ErrMalformed
	}
	return nil
}
