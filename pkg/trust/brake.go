package trust

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Brake is what one steward may do alone: suspend members, set cells to never,
// and object to what others published. It can only narrow, and it ends.
type Brake struct {
	Suspend []posada.AgencyID `json:"suspend"`
	Never   []matrix.Cell     `json:"never"`
	Object  []string          `json:"object"` // SHA-256 of a target file, in hexadecimal
	Until   int64             `json:"until"`  // Unix seconds
}

// Limits of a brake.
const (
	maxListed = 256 // of each kind
	maxUntil  = 1 << 40
)

// ReadBrake reads a brake, strictly. Whether it is in time is inTime's to say.
func ReadBrake(text []byte) (Brake, error) {
	var b Brake
	if len(text) > maxBrake {
		return Brake{}, fmt.Errorf("brake: %w", ErrTooLarge)
	}
	if err := jose.Unmarshal(text, &b); err != nil {
		return Brake{}, fmt.Errorf("brake: %w: %w", ErrContent, err)
	}
	if err := b.check(); err != nil {
		return Brake{}, err
	}
	return b, nil
}

// Write writes the one text of a brake.
func (b Brake) Write() ([]byte, error) {
	b.Suspend, b.Never, b.Object = listed(b.Suspend), listed(b.Never), listed(b.Object)
	if err := b.check(); err != nil {
		return nil, err
	}
	text, err := jose.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("brake: %w: %w", ErrContent, err)
	}
	return text, nil
}

// listed is the list, never nil, so that an empty one is written as one.
func listed[T any](list []T) []T { return append([]T{}, list...) }

func (b Brake) check() error {
	if len(b.Suspend)+len(b.Never)+len(b.Object) == 0 || b.Suspend == nil || b.Never == nil || b.Object == nil {
		return fmt.Errorf("brake: it brakes nothing: %w", ErrContent)
	}
	if len(b.Suspend) > maxListed || len(b.Never) > maxListed || len(b.Object) > maxListed {
		return fmt.Errorf("brake: %w", ErrTooLarge)
	}
	if b.Until <= 0 || b.Until > maxUntil {
		return fmt.Errorf("brake: until: %w", ErrContent)
	}
	for _, id := range b.Suspend {
		if _, err := posada.ParseID[posada.AgencyID](string(id)); err != nil {
			return fmt.Errorf("brake: agency: %w", ErrContent)
		}
	}
	for _, c := range b.Never {
		if !posada.Known(c.Class) || !posada.Known(c.Purpose) || !posada.Known(c.Category) {
			return fmt.Errorf("brake: cell: %w", ErrContent)
		}
	}
	for _, d := range b.Object {
		if raw, err := hex.DecodeString(d); err != nil || len(raw) != 32 || hex.EncodeToString(raw) != d {
			return fmt.Errorf("brake: digest: %w", ErrContent)
		}
	}
	return nil
}

// Active reports whether the brake holds at a moment.
func (b Brake) Active(now time.Time) bool { return now.Unix() < b.Until }

// inTime refuses a brake that lasts longer than one steward may stop others.
func (b Brake) inTime(now time.Time, slack time.Duration) error {
	if time.Unix(b.Until, 0).Sub(now) > BrakeLife+slack {
		return fmt.Errorf("brake: longer than %s: %w", BrakeLife, ErrContent)
	}
	return nil
}

// SeenBrake is a brake that was verified, and who signed it.
type SeenBrake struct {
	Steward posada.AgencyID `json:"steward"` // the agency the key is of
	Role    Role            `json:"role"`
	Version uint64          `json:"version"`
	Brake   Brake           `json:"brake"`
}

// unexpired keeps the brakes that hold at a moment.
func unexpired(brakes []SeenBrake, now time.Time) []SeenBrake {
	return slices.DeleteFunc(slices.Clone(brakes), func(b SeenBrake) bool { return !b.Brake.Active(now) })
}

// Nevers lists the cells that an unexpired brake sets to never, each once.
func Nevers(brakes []SeenBrake, now time.Time) []matrix.Cell {
	cells := []matrix.Cell{}
	for _, b := range unexpired(brakes, now) {
		for _, c := range b.Brake.Never {
			if !slices.Contains(cells, c) {
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// Objected reports whether an unexpired brake objects to a digest.
func Objected(brakes []SeenBrake, digest string, now time.Time) bool {
	return slices.ContainsFunc(unexpired(brakes, now), func(b SeenBrake) bool {
		return slices.Contains(b.Brake.Object, digest)
	})
}
