package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// marks is what our documents say in their signed part beside what TUF asks
// for. TUF documents do not name their network, and delegated ones not even
// their role.
type marks struct {
	Network  posada.NetworkID `json:"network"`
	Role     Role             `json:"role"`
	Practice *bool            `json:"practice,omitempty"`  // root
	SignedAt int64            `json:"signed_at,omitempty"` // timestamp, Unix seconds
	Chain    *Head            `json:"chain,omitempty"`     // timestamp
}

func (m marks) fields() map[string]any {
	fields := map[string]any{"network": string(m.Network), "role": string(m.Role)}
	if m.Practice != nil {
		fields["practice"] = *m.Practice
	}
	if m.Chain != nil {
		fields["signed_at"] = m.SignedAt
		fields["chain"] = map[string]any{"length": m.Chain.Length, "hash": m.Chain.Hash}
	}
	return fields
}

// marksOf reads the marks out of what go-tuf parsed, never out of the text a
// second time: two parsers could understand one text differently.
func marksOf(fields map[string]any, role Role) (marks, error) {
	var m marks
	text, err := jose.Marshal(fields)
	if err == nil {
		err = jose.Unmarshal(text, &m)
	}
	if err != nil || m.Role != role {
		return marks{}, fmt.Errorf("%s: %w", role, ErrMalformed)
	}
	return m, nil
}

// read parses a document with go-tuf.
func read[T metadata.Roles](role Role, text []byte) (*metadata.Metadata[T], error) {
	if len(text) > maxMetadata {
		return nil, fmt.Errorf("read %s: %w", role, ErrTooLarge)
	}
	meta := &metadata.Metadata[T]{}
	err := guarded("read "+string(role), func() error {
		_, err := meta.FromBytes(text)
		return err
	})
	return meta, err
}

// sameSigned compares the bytes that are signed.
func sameSigned(a, b any) bool {
	x, err := cjson.EncodeCanonical(a)
	if err != nil {
		return false
	}
	y, err := cjson.EncodeCanonical(b)
	return err == nil && bytes.Equal(x, y)
}

// digestSigned is of the bytes that are signed.
func digestSigned(signed any) (d [sha256.Size]byte, err error) {
	text, err := cjson.EncodeCanonical(signed)
	if err != nil {
		return d, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return sha256.Sum256(text), nil
}

// write writes a document as TUF's canonical JSON.
func write(meta any) ([]byte, error) {
	text, err := cjson.EncodeCanonical(meta)
	if err != nil {
		return nil, fmt.Errorf("write: %w", ErrMalformed)
	}
	return text, nil
}

// roleOf tells what role a document says it is of.
func roleOf(text []byte) (Role, error) {
	var said struct {
		Signed struct {
			Role Role `json:"role"`
		} `json:"signed"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Signed.Role == "" {
		return "", fmt.Errorf("read a document: %w", ErrMalformed)
	}
	return said.Signed.Role, nil
}

// versionOf tells what version a verified document is.
func versionOf(text []byte) (int64, error) {
	var said struct {
		Signed struct {
			Version int64 `json:"version"`
		} `json:"signed"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return 0, fmt.Errorf("read a document: %w", ErrMalformed)
	}
	return said.Signed.Version, nil
}

// digest is the SHA-256 of a file, in hexadecimal.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func sum(text []byte) []byte {
	s := sha256.Sum256(text)
	return s[:]
}
