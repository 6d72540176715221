package trust

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Said is what stewards sign of a policy beside the policy: digests, SHA-256 in
// hexadecimal, of what each of them was shown. Whoever shows one of them another
// difference, or holds the policy against another than the one in force, gets
// another digest there.
type Said struct {
	Follows    string `json:"follows"`    // the policy in force
	Difference string `json:"difference"` // all that changes
	Proof      string `json:"proof"`      // that the guard refuses nothing of it
}

// write is nil for nothing said.
func (s *Said) write() (*json.RawMessage, error) {
	if s == nil {
		return nil, nil
	}
	text, err := jose.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("policy: what is said of it: %w", ErrContent)
	}
	raw := json.RawMessage(text)
	return &raw, nil
}

// saidOf reads what is said of a role's file; nothing may be of any but a policy.
func saidOf(role Role, file *metadata.TargetFiles) (*Said, error) {
	if file.Custom == nil {
		return nil, nil
	}
	var s Said
	if err := jose.Unmarshal(*file.Custom, &s); err != nil || role != RolePolicy {
		return nil, fmt.Errorf("%s: what is said of its file: %w", role, ErrMalformed)
	}
	for _, d := range []string{s.Follows, s.Difference, s.Proof} {
		if raw, err := hex.DecodeString(d); err != nil || len(raw) != 32 || hex.EncodeToString(raw) != d {
			return nil, fmt.Errorf("%s: a digest: %w", role, ErrMalformed)
		}
	}
	return &s, nil
}
